import { capacityAs } from '#directory';
import type { ActingPerson } from '#directory';
import type { Role } from '#kernel';
import { depositing } from './description.ts';
import type { Evidence } from './evidence.ts';

/**
 * Roles to whom no restriction closes a file: a figure that its checker, certifier or auditor
 * could not look behind would stand on nothing. Our choice; the plans say nothing of it.
 */
const alwaysReading: readonly Role[] = ['checker', 'certifier', 'auditor', 'inspector'];

/**
 * True when this person may read the content today. Unrestricted evidence is open to everybody who
 * is known to the ledger; restricted evidence to the depositing agency and those it named.
 */
export function mayReadEvidence(evidence: Evidence, acting: ActingPerson): boolean {
  const { restrictedTo, depositedFor } = evidence;
  if (restrictedTo === null) return true;
  if (capacityAs(acting, alwaysReading) !== undefined) return true;
  return acting.capacities.some(({ agency }) => {
    return agency === depositedFor || restrictedTo.includes(agency);
  });
}

/** True for who could deposit something for some agency: nobody else's bytes are taken. */
export function mayDepositAny(acting: ActingPerson): boolean {
  return capacityAs(acting, [...depositing, 'registrar']) !== undefined;
}
