import { addDays, isWithin } from '#kernel';
import type { AgencyId, Day, Digest, DocumentRef, Instant, PersonId, Role, UnitId } from '#kernel';
import type { Agency } from './agency.ts';
import type { ActingPerson, Capacity } from './capacity.ts';

/** A role given to a person, with everything that decides whether it counts. */
export type Grant = {
  readonly grant: string;
  readonly role: Role;
  readonly agency: AgencyId;
  readonly unit: UnitId;
  readonly from: Day;
  /** Last day, included; null while open. */
  readonly to: Day | null;
  readonly document: DocumentRef | null;
  readonly commitment: Digest;
  readonly grantedBy: PersonId;
  readonly granterAgency: AgencyId;
  /** The role of who granted it: `operator` for the two of the first start, where trust begins. */
  readonly grantedAs: Role;
  readonly needsConfirmation: boolean;
  readonly confirmedBy: PersonId | null;
  /** Counts no more from this day on. */
  readonly revoked: { readonly from: Day; readonly reason: string } | null;
};

export type Delegation = {
  readonly delegation: string;
  readonly form: 'KT' | 'TL' | 'TUQ';
  readonly head: PersonId;
  readonly agency: AgencyId;
  readonly from: Day;
  readonly to: Day | null;
  readonly document: DocumentRef;
  readonly recordedBy: PersonId;
  /** Of who recorded it, as of then: who else of that agency may not confirm it. */
  readonly recorderAgency: AgencyId;
  /** True where somebody else than the head recorded it: counts once it was confirmed. */
  readonly needsConfirmation: boolean;
  readonly confirmedBy: PersonId | null;
  /** Counts no more from this day on, whatever its last day was to be. */
  readonly ended: { readonly from: Day; readonly reason: string } | null;
};

/** A one-time code, from its issue to its use. Only the last issue of a person ever works. */
export type Activation = {
  readonly issue: string;
  readonly code: Digest;
  /** Null for the code that came with the enrolment. */
  readonly reason: string | null;
  readonly issuedBy: PersonId;
  readonly issuerAgency: AgencyId;
  readonly issuedAt: Instant;
  readonly needsConfirmation: boolean;
  readonly confirmedBy: PersonId | null;
  readonly cancelled: { readonly by: PersonId; readonly reason: string } | null;
  readonly usedAt: Instant | null;
};

/** One person as their stream tells it; null before enrolment. No name ever stands here. */
export type Person = {
  readonly person: PersonId;
  readonly agency: AgencyId;
  readonly unit: UnitId;
  /** Of the particulars, oldest first; the last is the one in force. */
  readonly commitments: readonly Digest[];
  readonly grants: readonly Grant[];
  readonly delegations: readonly Delegation[];
  /** Oldest first. */
  readonly activations: readonly Activation[];
  /** True once a code was used, and for the people of the first start. */
  readonly hasSecret: boolean;
  /** True once contact data was erased; name and position of official acts are kept. */
  readonly erased: boolean;
};

export type PersonContext = {
  readonly acting: ActingPerson;
  readonly today: Day;
  /** The agency that enroll, grant or delegate names; null where none is registered. */
  readonly agency: Agency | null;
  /** Whom `delegate` names as the head; null where nobody of that id is enrolled. */
  readonly head: Person | null;
  /** The file that the command's document cites, where nobody deposited it; null otherwise. */
  readonly missingFile: Digest | null;
  /**
   * The one-time first start: the operator enrols and grants, agencies do not exist yet, and
   * nobody is there to confirm.
   */
  readonly bootstrap: boolean;
};

/** True when a grant gives a capacity on that day: begun, not over, not revoked, confirmed. */
export function isInForce(grant: Grant, on: Day): boolean {
  if (grant.needsConfirmation && grant.confirmedBy === null) return false;
  return isWithin(on, grant) && (grant.revoked === null || on < grant.revoked.from);
}

/**
 * What a person may act as on a day, in the order of the grants. A deputy with delegations in
 * force for the agency has one capacity for each of them, and without any a capacity whose
 * `delegation` is null: whether that is enough is for the rule that asks. Delegations TL. and TUQ.
 * may also be given to an officer (the head of a division): such a grant gives its plain capacity
 * first, so that everyday acts are nobody else's, then one for each delegation.
 *
 * A delegation ends with the headship of the one who gave it. That is another person's stream, so
 * the caller says in `counts` which delegations still have their head; left out, all do.
 */
export function capacitiesOf(
  person: Person,
  on: Day,
  counts: (delegation: Delegation) => boolean = () => true,
): Capacity[] {
  const delegations = person.delegations.filter((one) => isRunning(one, on) && counts(one));
  return person.grants
    .filter((grant) => isInForce(grant, on))
    .flatMap((grant) => {
      const delegated = delegations
        .filter((one) => one.agency === grant.agency && carries(grant.role, one.form))
        .map((one) => capacityOf(grant, one));
      const inPlace = grant.role === 'deputy' && delegated.length > 0;
      return inPlace ? delegated : [capacityOf(grant, null), ...delegated];
    });
}

/** True on the days of a delegation that counts, until it was ended by an act of its own. */
export function isRunning(delegation: Delegation, on: Day): boolean {
  const { needsConfirmation, confirmedBy, ended } = delegation;
  if (needsConfirmation && confirmedBy === null) return false;
  return isWithin(on, delegation) && (ended === null || on < ended.from);
}

/** True when the person heads the agency on that day by a grant in force. */
export function headsOn(person: Person, agency: AgencyId, on: Day): boolean {
  return person.grants.some((grant) => {
    return grant.role === 'head' && grant.agency === agency && isInForce(grant, on);
  });
}

/** The agencies a person belongs to on a day: where enrolled, and where a grant is in force. */
export function agenciesOf(person: Person, on: Day): AgencyId[] {
  const granted = person.grants.filter((grant) => isInForce(grant, on)).map(({ agency }) => agency);
  return [...new Set([person.agency, ...granted])];
}

/** KT. is the form of a deputy; TL. and TUQ. are also given to the head of a division. */
export function carries(role: Role, form: Delegation['form']): boolean {
  return role === 'deputy' || (role === 'officer' && form !== 'KT');
}

/** The days on which a grant could count, confirmed or not; null when there is none. */
export function spanOf(grant: Grant): { readonly from: Day; readonly to: Day | null } | null {
  const lastDay = grant.revoked === null ? null : addDays(grant.revoked.from, -1);
  const to = lastDay !== null && (grant.to === null || lastDay < grant.to) ? lastDay : grant.to;
  return to !== null && to < grant.from ? null : { from: grant.from, to };
}

/** True when two spans of days, each open at its end where `to` is null, share a day. */
export function overlap(
  left: { readonly from: Day; readonly to: Day | null },
  right: { readonly from: Day; readonly to: Day | null },
): boolean {
  return (
    (right.to === null || left.from <= right.to) && (left.to === null || right.from <= left.to)
  );
}

function capacityOf(grant: Grant, by: Delegation | null): Capacity {
  const delegation = by && { id: by.delegation, form: by.form, head: by.head };
  return {
    grant: grant.grant,
    role: grant.role,
    agency: grant.agency,
    unit: grant.unit,
    from: grant.from,
    to: grant.to,
    delegation,
  };
}
