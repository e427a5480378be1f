import type { AgencyId, Day, Role } from '#kernel';
import { actsIn, isCentral, provinceOfAgency } from './agency.ts';
import { capacityAs } from './capacity.ts';
import type { ActingPerson, Capacity } from './capacity.ts';
import { refuse } from './refusals.ts';
import { spanOf } from './standing.ts';
import type { Person } from './standing.ts';

/**
 * Whom and what a registrar may touch (decision 0013): people and agencies of their own province, a
 * central registrar those of every one. Central agencies have no province of their own, and a ledger
 * may have no central registrar, so a province's may do there what reads and judges, never what
 * writes: a central writing role reaches into every province.
 */

/** What a province's registrar may grant at a central agency. */
const openAtCentral: readonly Role[] = ['auditor', 'inspector', 'recipient'];

/** A registrar who reaches this agency. */
export function registrarOver(acting: ActingPerson, agency: AgencyId): Capacity | undefined {
  const province = provinceOfAgency(agency);
  return capacityAs(acting, ['registrar'], (held) => actsIn(held.agency, province));
}

/** A registrar who may give or take this role at this agency. */
export function registrarOfRole(
  acting: ActingPerson,
  { role, agency }: { readonly role: Role; readonly agency: AgencyId },
): Capacity | undefined {
  const isOpen = isCentral(agency) && openAtCentral.includes(role);
  return isOpen ? capacityAs(acting, ['registrar']) : registrarOver(acting, agency);
}

/**
 * A registrar who may change what is on record of a person, or open their account again. Where the
 * person writes for a central agency, whoever can act as them can act everywhere.
 */
export function registrarOfPerson(
  acting: ActingPerson,
  { agency, grants }: Pick<Person, 'agency' | 'grants'>,
  today: Day,
): Capacity | undefined {
  const reachesAll = grants.some((grant) => {
    const span = spanOf(grant);
    // A role that will end is still a role: only the day of its end takes it away.
    const isOver = span === null || (span.to !== null && span.to < today);
    return isCentral(grant.agency) && !openAtCentral.includes(grant.role) && !isOver;
  });
  if (reachesAll) return capacityAs(acting, ['registrar'], (held) => isCentral(held.agency));
  return isCentral(agency) ? capacityAs(acting, ['registrar']) : registrarOver(acting, agency);
}

/** Refuses a registrar of elsewhere with a code of its own, and everybody else with `none`. */
export function refuseNonRegistrar(
  acting: ActingPerson,
  none: Parameters<typeof refuse>[0],
  agency: AgencyId,
): never {
  const isElsewhere = capacityAs(acting, ['registrar']) !== undefined;
  throw isElsewhere ? refuse('directory/other-province', { agency }) : refuse(none);
}
