import { agencyPartOf, provinceOfRound, readFigureName } from '#kernel';
import type { Actor, AgencyId, PersonId, Role } from '#kernel';
import { actorOf, actsIn } from '#directory';
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

/**
 * The context with the agency that the command says its sender acts for. It is noted and not used to
 * leave out capacities: rules about people and units look at every hat (rule 3).
 */
export function speakingFor<C extends { readonly acting: ActingPerson }>(
  context: C,
  { forAgency = null }: { readonly forAgency?: AgencyId | null },
): C {
  return { ...context, acting: { ...context.acting, forAgency } };
}

/**
 * Those of one agency: the one that was named, else the only one there is. An act is an agency's as
 * much as a person's, so where two would do it is refused and never guessed. `fitting` is not empty.
 */
function ofOneAgency({ forAgency = null }: ActingPerson, fitting: readonly Capacity[]): Capacity[] {
  const agencies = [...new Set(fitting.map(({ agency }) => agency))];
  const pointer = '/forAgency';
  if (forAgency === null && agencies.length > 1) {
    throw refuse('duty/agency-ambiguous', { pointer, expected: agencies });
  }
  const chosen = fitting.filter(({ agency }) => agency === (forAgency ?? agencies[0]));
  if (chosen.length === 0) throw refuse('duty/not-for-agency', { pointer, expected: agencies });
  return chosen;
}

/** The capacities in one of `roles` for one of `agencies`; refuses with `elsewhere`. */
function capacitiesFor(
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
  const fitting = capacitiesFor(acting, roles, agencies, elsewhere);
  const [capacity] = ofOneAgency(acting, fitting);
  return actorOf(acting.person, capacity as Capacity);
}

/**
 * Somebody in one of the roles, of any agency of the round's province or of a central one: auditors
 * and inspectors are no party to a round, and those of another province have no business in it.
 */
export function inRole(
  { acting, round }: Pick<StatementContext, 'acting' | 'round'>,
  ...roles: readonly Role[]
): Actor {
  const held = acting.capacities.filter(({ role }) => roles.includes(role));
  if (held.length === 0) throw refuse('duty/role-required', { roles });
  const province = provinceOfRound(round.id);
  const here = held.filter(({ agency }) => actsIn(agency, province));
  if (here.length === 0) throw refuse('duty/other-province', { province });
  const [capacity] = ofOneAgency(acting, here);
  return actorOf(acting.person, capacity as Capacity);
}

export type Signatory = { readonly actor: Actor; readonly signature: SignatureForm };
type Form = SignatureForm['form'];

/**
 * Who answers by signing (DOMAIN, Who uses it): the head, a deputy KT., or whom the head authorised
 * in writing TUQ., a deputy or the head of a division. TL. is not among them: by Decree 30/2020 a
 * paper is signed by order only where the head need not sign it, and taking on the responsibility
 * sentence is the head's.
 */
const answeringForms: readonly Form[] = ['head', 'KT', 'TUQ'];
/** For what an officer may do as well, such as explaining: there TL. is enough. */
export const everyForm: readonly Form[] = [...answeringForms, 'TL'];

/**
 * The head of one of the agencies, or somebody who signs in the head's place under a recorded
 * delegation in force on that day. The form of signature is part of the fact.
 */
export function signatoryOf(
  acting: ActingPerson,
  agencies: readonly AgencyId[],
  elsewhere: FigureRefusal,
  forms: readonly Form[] = answeringForms,
): Signatory {
  const signing = acting.capacities.filter(({ role, delegation }) => {
    return role === 'head' || role === 'deputy' || delegation !== null;
  });
  const roles = ['head', 'deputy', 'officer'] as const;
  const candidates = capacitiesFor({ ...acting, capacities: signing }, roles, agencies, elsewhere);
  const able = candidates.filter((one) => mayAnswer(one, forms));
  const chosen = able.length === 0 ? candidates : ofOneAgency(acting, able);
  const head = chosen.find(({ role }) => role === 'head');
  if (head !== undefined) {
    // In their own office nobody signs for another, whatever else was delegated to them.
    const actor = actorOf(acting.person, head);
    return { actor, signature: { form: 'head', delegation: null } };
  }
  const delegated = chosen.filter(({ delegation }) => delegation !== null);
  const one = delegated.find(({ delegation }) => delegation && forms.includes(delegation.form));
  if (!one?.delegation) {
    const isByOrder = delegated.length > 0;
    throw refuse(isByOrder ? 'duty/by-order-only' : 'duty/no-delegation', { agencies });
  }
  const { form, id: delegation } = one.delegation;
  return { actor: actorOf(acting.person, one), signature: { form, delegation } };
}

function mayAnswer({ role, delegation }: Capacity, forms: readonly Form[]): boolean {
  return role === 'head' || (delegation !== null && forms.includes(delegation.form));
}

/** At a desk of one of the agencies, else in the place of its head; see `ofOneAgency`. */
export function deskOrSignatory(
  acting: ActingPerson,
  desks: readonly Role[],
  agencies: readonly AgencyId[],
  elsewhere: FigureRefusal,
): Actor {
  const isAtDesk = ({ role }: Capacity) => desks.includes(role);
  const able = acting.capacities.filter((one) => {
    return agencies.includes(one.agency) && (isAtDesk(one) || mayAnswer(one, everyForm));
  });
  const chosen = able.length === 0 ? able : ofOneAgency(acting, able);
  const here = chosen.length === 0 ? agencies : agenciesOf(chosen);
  return chosen.some(isAtDesk)
    ? inRoleOf(acting, desks, here, elsewhere)
    : signatoryOf(acting, here, elsewhere, everyForm).actor;
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

/** These agencies, each with the lead that took over its duty: a body that is gone answers no more. */
export function withHeirs(
  agencies: readonly AgencyId[],
  { leads }: Pick<AssignmentFacts, 'leads'>,
): AgencyId[] {
  const heirs = leads.filter(({ succeeds }) => succeeds.some((id) => agencies.includes(id)));
  return [...new Set([...agencies, ...agenciesOf(heirs)])];
}

export function agenciesOf(parties: readonly { readonly agency: AgencyId }[]): AgencyId[] {
  return parties.map(({ agency }) => agency);
}
