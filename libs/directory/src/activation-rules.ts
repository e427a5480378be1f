import { addDays, dayInVietnam } from '#kernel';
import type { Day } from '#kernel';
import { capacityAs } from './capacity.ts';
import type { Capacity } from './capacity.ts';
import type { PersonCommand } from './directory.commands.ts';
import { confirmingRoles } from './grant-rules.ts';
import type { Ruling } from './grant-rules.ts';
import { checkDigest, checkText, checkUuid, reasonLengthMax } from './input-checks.ts';
import { refuse } from './refusals.ts';
import { refuseNonRegistrar, registrarOfPerson } from './registrar-reach.ts';
import type { Activation, Person, PersonContext } from './standing.ts';

/**
 * One-time codes (decisions 0005, 0012). Whoever uses one becomes able to act as the person, so each
 * issue is recorded with its reason, and a code for somebody who has a secret works only once a
 * person of another agency agreed: one registrar alone takes nobody's place. Only the last issue of
 * a person ever works.
 */
type Of<T extends PersonCommand['type']> = Extract<PersonCommand, { type: T }>;

/** Long enough to reach a commune by letter. */
export const activationLifeDays = 14;

/** What becomes of a code, for the person it was issued for and for who may confirm it. */
export type ActivationStanding = 'awaits-confirmation' | 'usable' | 'used' | 'over';

/** Where a code of this person stands on a day; the register ends it to the second besides. */
export function standingOf(
  { activations }: Pick<Person, 'activations'>,
  activation: Activation,
  today: Day,
): ActivationStanding {
  if (activation.usedAt !== null) return 'used';
  const isLast = activations.at(-1)?.issue === activation.issue;
  const lastDay = addDays(dayInVietnam(activation.issuedAt), activationLifeDays);
  if (!isLast || activation.cancelled !== null || today > lastDay) return 'over';
  const awaits = activation.needsConfirmation && activation.confirmedBy === null;
  return awaits ? 'awaits-confirmation' : 'usable';
}

export function issueActivation(
  { issue, code, reason, hasSecret }: Of<'issue-activation'>,
  person: Person,
  { acting, today }: PersonContext,
): Ruling {
  checkUuid(issue, '/issue');
  checkDigest(code, '/code');
  checkText(reason, reasonLengthMax, '/reason', 'many');
  const capacity = registrarOfPerson(acting, person, today);
  if (capacity === undefined) {
    return refuseNonRegistrar(acting, 'activation/not-registrar', person.agency);
  }
  // Who can sign in needs none, and who cannot is not the one who asks.
  if (acting.person === person.person) throw refuse('activation/to-oneself');
  const needsConfirmation = person.hasSecret || hasSecret;
  const data = { issue, code, reason, issuerAgency: capacity.agency, needsConfirmation };
  return { capacity, fact: { type: 'activation.issued.v1', data } };
}

/** By the same people as a grant, and as far away from the registrar who asked. */
export function confirmActivation(
  { issue }: Of<'confirm-activation'>,
  person: Person,
  { acting, today }: PersonContext,
): Ruling {
  const present = activationOf(issue, person);
  if (!present.needsConfirmation) throw refuse('activation/needs-no-confirmation');
  if (present.confirmedBy !== null) throw refuse('activation/already-confirmed');
  refuseOver(person, present, today);
  if (acting.person === person.person || acting.person === present.issuedBy) {
    throw refuse('activation/own-confirmation');
  }
  if (capacityAs(acting, confirmingRoles) === undefined) throw refuse('activation/not-confirmer');
  const elsewhere = (one: Capacity) => one.agency !== present.issuerAgency;
  const capacity = capacityAs(acting, confirmingRoles, elsewhere);
  if (capacity === undefined) {
    throw refuse('activation/confirmer-same-agency', { agency: present.issuerAgency });
  }
  return { capacity, fact: { type: 'activation.confirmed.v1', data: { issue } } };
}

/** The person who did not ask for it, or a registrar: a letter that went astray. */
export function cancelActivation(
  { issue, reason }: Of<'cancel-activation'>,
  person: Person,
  { acting, today }: PersonContext,
): Ruling {
  checkText(reason, reasonLengthMax, '/reason', 'many');
  const isOwn = acting.person === person.person;
  const capacity = isOwn
    ? (acting.capacities[0] ?? holderOf(person, today))
    : registrarOfPerson(acting, person, today);
  if (capacity === undefined) {
    return refuseNonRegistrar(acting, 'activation/not-yours', person.agency);
  }
  refuseOver(person, activationOf(issue, person), today);
  return { capacity, fact: { type: 'activation.cancelled.v1', data: { issue, reason } } };
}

/**
 * Recorded before the secret changes, by whoever holds the code, as the person it was issued for:
 * that they are the same is what the code is for, and all that anybody can know.
 */
export function useActivation(
  { issue, code }: Of<'use-activation'>,
  person: Person,
  { acting, today }: PersonContext,
): Ruling {
  const present = person.activations.find((one) => one.issue === issue);
  const isOwn = acting.person === person.person && present?.code === code;
  if (present === undefined || !isOwn) throw refuse('account/activation', { pointer: '/code' });
  const standing = standingOf(person, present, today);
  if (standing === 'awaits-confirmation') throw refuse('activation/unconfirmed');
  if (standing !== 'usable') throw refuse('account/activation', { pointer: '/code' });
  const capacity = holderOf(person, today);
  return { capacity, fact: { type: 'activation.used.v1', data: { issue } } };
}

/** The capacity of an account's holder: for acts on the account itself, before and beside roles. */
function holderOf({ agency, unit }: Person, today: Day): Capacity {
  const days = { from: today, to: today };
  return { grant: 'account', role: 'holder', agency, unit, ...days, delegation: null };
}

function activationOf(issue: string, person: Person): Activation {
  const present = person.activations.find((one) => one.issue === issue);
  if (present === undefined) throw refuse('activation/unknown', { pointer: '/issue' });
  return present;
}

function refuseOver(person: Person, present: Activation, today: Day): void {
  const standing = standingOf(person, present, today);
  if (standing === 'used' || standing === 'over') throw refuse('activation/over');
}
