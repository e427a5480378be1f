import { actsIn, capacityAs, provinceOfAgency } from '#directory';
import type { ActingPerson } from '#directory';
import type { Actor, AgencyId, DocumentRef, Instant, Period, Role, RoundId } from '#kernel';

/**
 * One agency's standing at a file, and who may read and cite what (decision 0014). Everything here
 * answers from deposits alone; what a reader may see because of a figure that cites the file is
 * asked where figures are known.
 */

/** What one agency said of the file it handed in, and to whom it opened it. */
export type Deposit = {
  readonly depositedFor: AgencyId;
  readonly depositedBy: Actor;
  /** When it was received, which is another thing than the period it covers. */
  readonly depositedAt: Instant;
  /** As last described; earlier descriptions stay in the stream. */
  readonly document: DocumentRef;
  readonly periodCovered: Period | null;
  /** Agencies that may read it beside the depositing one; null while it was not restricted. */
  readonly restrictedTo: readonly AgencyId[] | null;
  /** Agencies it was granted to, and rounds it was published to: their parties read and cite it. */
  readonly grantedTo: readonly AgencyId[];
  readonly publishedTo: readonly RoundId[];
};

/** Whom a right is asked for: a person's agencies and roles, and the round that is worked in. */
export type Reading = {
  readonly acting: ActingPerson;
  /** The round in whose name the file is asked for; null where there is none. */
  readonly round: RoundId | null;
};

/**
 * Roles to which no restriction closes a file: a figure that its checker, certifier or auditor
 * could not look behind would stand on nothing. Our choice; the plans say nothing of it.
 */
const overseeing: readonly Role[] = ['checker', 'certifier'];
const overseeingEverywhere: readonly Role[] = ['auditor', 'inspector'];

/** True when the deposit itself opens the file to one of these agencies. */
export function opensTo(
  { depositedFor, grantedTo, publishedTo }: Deposit,
  agencies: readonly AgencyId[],
  round: RoundId | null,
): boolean {
  if (agencies.includes(depositedFor)) return true;
  if (grantedTo.some((agency) => agencies.includes(agency))) return true;
  return round !== null && publishedTo.includes(round);
}

/** Auditors and inspectors oversee every agency, checkers and certifiers those of their province. */
export function oversees(acting: ActingPerson, agency: AgencyId): boolean {
  if (capacityAs(acting, overseeingEverywhere) !== undefined) return true;
  return holdsIn(acting, overseeing, agency);
}

/**
 * The deposit in whose words the file stands for these agencies: their own before one that was
 * opened to them, the older before the newer. Undefined where none is open to them.
 */
export function depositFor(
  deposits: readonly Deposit[],
  agencies: readonly AgencyId[],
  round: RoundId | null = null,
): Deposit | undefined {
  return (
    deposits.find(({ depositedFor }) => agencies.includes(depositedFor)) ??
    deposits.find((deposit) => opensTo(deposit, agencies, round))
  );
}

/**
 * The deposit that gives this person the right to read, and therefore to cite; undefined where they
 * have none and must not learn that the file exists. A registrar enters what agencies of the
 * province hand over, unless the agency restricted it.
 */
export function readableDeposit(
  deposits: readonly Deposit[],
  { acting, round }: Reading,
): Deposit | undefined {
  const agencies = acting.capacities.map(({ agency }) => agency);
  return (
    depositFor(deposits, agencies, round) ??
    deposits.find(
      (deposit) => isEntering(deposit, acting) || oversees(acting, deposit.depositedFor),
    )
  );
}

function isEntering({ depositedFor, restrictedTo }: Deposit, acting: ActingPerson): boolean {
  return restrictedTo === null && holdsIn(acting, ['registrar'], depositedFor);
}

function holdsIn(acting: ActingPerson, roles: readonly Role[], agency: AgencyId): boolean {
  const province = provinceOfAgency(agency);
  return capacityAs(acting, roles, (held) => actsIn(held.agency, province)) !== undefined;
}
