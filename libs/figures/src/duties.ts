import { agencyPartOf, readFigureName } from '#kernel';
import type { Actor, AgencyId, PersonId, Role } from '#kernel';
import { actorOf } from '#directory';
import type { ActingPerson, Capacity } from '#directory';
import type { AssignmentFacts, Hand, PartyFacts, StatementContext } from './contexts.ts';
import { refuse } from './refusals.ts';
import type { FigureRefusal, Subject } from './refusals.ts';
import type { SignatureForm } from './statement.ts';
import { handsIn } from './versions.ts';
import type { Version } from './versions.ts';

/**
 * Who may do what, and who may not do both (DOMAIN, Separation of duties). No switch bypasses any
 * of it. A person may wear several hats: the rules look for one that fits, and then at everything
 * the person had a hand in.
 */

/** The capacity to act in one of `roles` for one of `agencies`; refuses with `elsewhere`. */
function capacityFor(
  { capacities }: ActingPerson,
  roles: readonly Role[],
  agencies: readonly AgencyId[],
  elsewhere: FigureRefusal,
): Capacity[] {
  const inRole = capacities.filter(({ role }) => roles.includes(role));
  if (inRole.length === 0) throw refuse('duty/role-required', { roles });
  const fitting = inRole.filter(({ agency }) => agencies.includes(agency));
  if (fitting.length === 0) throw refuse(elsewhere, { agencies });
  return fitting;
}

/** An officer of one of the agencies (chuyên viên, đầu mối). */
export function officerOf(
  acting: ActingPerson,
  agencies: readonly AgencyId[],
  elsewhere: FigureRefusal,
): Actor {
  return inRoleOf(acting, ['officer'], agencies, elsewhere);
}

/** Somebody in one of the roles, none of which is signed for another. */
export function inRoleOf(
  acting: ActingPerson,
  roles: readonly Role[],
  agencies: readonly AgencyId[],
  elsewhere: FigureRefusal,
): Actor {
  const [capacity] = capacityFor(acting, roles, agencies, elsewhere);
  return actorOf(acting.person, capacity as Capacity);
}

/** Anybody in one of the roles, whatever the agency: auditors and inspectors come from outside. */
export function inRole({ person, capacities }: ActingPerson, ...roles: readonly Role[]): Actor {
  const capacity = capacities.find(({ role }) => roles.includes(role));
  if (capacity === undefined) throw refuse('duty/role-required', { roles });
  return actorOf(person, capacity);
}

export type Signatory = { readonly actor: Actor; readonly signature: SignatureForm };

/**
 * The head of one of the agencies, or a deputy who signs in the head's place under a recorded
 * delegation in force on that day. The form of signature is part of the fact.
 */
export function signatoryOf(
  acting: ActingPerson,
  agencies: readonly AgencyId[],
  elsewhere: FigureRefusal,
): Signatory {
  const candidates = capacityFor(acting, ['head', 'deputy'], agencies, elsewhere);
  const head = candidates.find(({ role }) => role === 'head');
  if (head !== undefined) {
    // In their own office nobody signs for another, whatever else was delegated to them.
    const actor = actorOf(acting.person, head);
    return { actor, signature: { form: 'head', delegation: null } };
  }
  const deputy = candidates.find(({ delegation }) => delegation !== null);
  if (!deputy?.delegation) throw refuse('duty/no-delegation', { agencies });
  const { form, id: delegation } = deputy.delegation;
  return { actor: actorOf(acting.person, deputy), signature: { form, delegation } };
}

/** The committee's head, deputy or certifier, for what UBND tỉnh does by a document. */
export function committeeMember({ acting, round }: StatementContext): Actor {
  const agencies = round.committee === null ? [] : [round.committee];
  const certifies = acting.capacities.some(
    ({ role, agency }) => role === 'certifier' && agencies.includes(agency),
  );
  return certifies
    ? inRoleOf(acting, ['certifier'], agencies, 'duty/not-committee')
    : signatoryOf(acting, agencies, 'duty/not-committee').actor;
}

/** Auditors and inspectors have no writing role but findings and orders (rule 6). */
export function isAuditing({ capacities }: ActingPerson): boolean {
  return capacities.some(({ role }) => role === 'auditor' || role === 'inspector');
}

/**
 * Rule 6 against the history too: whoever audited this figure does not write in it afterwards,
 * though the role has ended.
 */
export function refuseAuditor(acting: ActingPerson, audited: ReadonlySet<PersonId>): void {
  if (isAuditing(acting) || audited.has(acting.person)) throw refuse('duty/auditor-writes');
}

/** The same rule seen from the other side: nobody audits what they had a hand in. */
export function refuseOwnWork(acting: ActingPerson, versions: readonly Version[]): void {
  for (const version of versions) {
    const hands =
      version.approval === null ? handsIn(version) : [...handsIn(version), version.approval.by];
    refuseSamePerson(acting.person, hands, version.statement.version);
  }
}

/** Rule 1: handing in, endorsing and verifying a version are done by different people. */
export function refuseSamePerson(person: PersonId, hands: readonly Hand[], version: number): void {
  if (hands.some((hand) => hand.person === person)) throw refuse('duty/same-person', { version });
}

/**
 * Rule 3: the verifier's unit neither submitted, nor endorsed, nor contributed. All units the
 * person belongs to count, so that nobody picks the hat that happens to be clean.
 */
export function refuseSameUnit(
  { capacities }: ActingPerson,
  actor: Actor,
  hands: readonly Hand[],
): void {
  const units = new Set([actor.unit, ...capacities.map(({ unit }) => unit)]);
  const fed = hands.find(({ unit }) => units.has(unit));
  if (fed !== undefined) throw refuse('duty/same-unit', { unit: fed.unit });
}

/**
 * Rule 3, last sentence: where the verifier's agency contributed through another unit, the mark
 * shows. Where no unit is registered the agency is its own unit, and rule 3 has refused already.
 */
export function agencyHasHandIn(actor: Actor, hands: readonly Hand[]): boolean {
  return hands.some(({ agency }) => agency === actor.agency);
}

/**
 * The leads that answer for the figure of this name: all of a single or joint assignment, in mode
 * `each` the one in the name, or the successor to whom its duty passed.
 */
export function leadsOfFigure(
  subject: Subject,
  figure: string,
  { mode, leads }: Pick<AssignmentFacts, 'mode' | 'leads'>,
): readonly PartyFacts[] {
  const part = readFigureName(figure)?.agencyPart ?? null;
  const answering =
    mode === 'each'
      ? leads.filter((lead) => part !== null && isKnownAs(lead, part))
      : part === null
        ? leads
        : [];
  if (answering.length === 0) throw refuse(`${subject}/unknown`);
  return answering;
}

/** Whether the party is, or took over from, the agency with this last part of its id. */
export function isKnownAs(
  { agency, succeeds }: Pick<PartyFacts, 'agency' | 'succeeds'>,
  part: string,
): boolean {
  return [agency, ...succeeds].some((id) => agencyPartOf(id) === part);
}

export function agenciesOf(parties: readonly PartyFacts[]): AgencyId[] {
  return parties.map(({ agency }) => agency);
}
