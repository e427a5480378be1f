import { canonicalJson, isAgencyId } from '#kernel';
import { capacityAs } from './capacity.ts';
import type { ActingPerson, Capacity } from './capacity.ts';
import type { PersonCommand } from './directory.commands.ts';
import { confirmingRoles } from './grant-rules.ts';
import type { Ruling } from './grant-rules.ts';
import {
  checkChoice,
  checkDocument,
  checkId,
  checkPeriod,
  checkText,
  checkUuid,
  reasonLengthMax,
} from './input-checks.ts';
import { refuse } from './refusals.ts';
import { refuseNonRegistrar, registrarOver } from './registrar-reach.ts';
import { carries, headsOn, overlap, spanOf } from './standing.ts';
import type { Delegation, Person, PersonContext } from './standing.ts';

/**
 * Who signs in a head's place (DOMAIN, `person-<id>`; decision 0023). A head gives their own place
 * away by one act. What somebody else records in a head's name is a claim about that head: it rests
 * on a deposited paper, and counts once the head agreed to it, or a second person who may confirm.
 */
type Of<T extends PersonCommand['type']> = Extract<PersonCommand, { type: T }>;

/**
 * KT., TL., TUQ.: the person signs in the head's place. Recorded by a registrar or by that head, on
 * a document with a number, and only for somebody whose grant carries it.
 */
export function delegate(command: Of<'delegate'>, person: Person, context: PersonContext): Ruling {
  const { delegation, form, head, agency, from, to, document } = command;
  checkUuid(delegation, '/delegation');
  checkChoice(form, ['KT', 'TL', 'TUQ'], '/form');
  checkUuid(head, '/head');
  checkId(isAgencyId(agency), '/agency');
  checkPeriod({ from, to });
  checkDocument(document, '/document', ['number']);
  const { acting } = context;
  if (head === person.person || acting.person === person.person) {
    throw refuse('delegation/to-oneself', { pointer: '/head' });
  }
  const capacity = ownPlace(command, acting) ?? registrarOver(acting, agency);
  if (capacity === undefined) {
    return refuseNonRegistrar(acting, 'delegation/not-recorder', agency);
  }
  if (acting.person !== head && document.digest === null) {
    throw refuse('delegation/no-document', { pointer: '/document/digest' });
  }
  if (context.missingFile !== null) {
    const facts = { pointer: '/document/digest', evidence: context.missingFile };
    throw refuse('delegation/document-not-deposited', facts);
  }
  const data = { delegation, form, head, agency, from, to, document };
  checkNotRecorded(data, person);
  // The paper is often older than its entry here, so the headship of today answers for the past.
  const on = from > context.today ? from : context.today;
  if (context.head === null || !headsOn(context.head, agency, on)) {
    throw refuse('delegation/not-head', { pointer: '/head', on });
  }
  const carried = person.grants.some((one) => {
    if (one.agency !== agency || !carries(one.role, form)) return false;
    const span = spanOf(one);
    return span !== null && overlap(span, command);
  });
  if (!carried) throw refuse('delegation/no-grant', { form, agency });
  return { capacity, fact: { type: 'delegation.recorded.v1', data } };
}

type Content = Omit<Of<'delegate'>, 'type'>;

/** The same place for the same days by the same paper, unless the earlier one was ended. */
function checkNotRecorded(command: Content, person: Person): void {
  const contentOf = ({ form, head, agency, from, to, document }: Content | Delegation) =>
    canonicalJson({ form, head, agency, from, to, document });
  const content = contentOf(command);
  for (const present of person.delegations) {
    const same = present.ended === null && contentOf(present) === content;
    if (same || present.delegation === command.delegation) {
      throw refuse('delegation/already-recorded', { delegation: present.delegation, same });
    }
  }
}

/**
 * Lets a delegation count that somebody else recorded: the head in whose name it stands, wherever
 * they belong, or, on the deposited paper, a person of another agency than the recorder's who may
 * confirm grants. Neither who recorded it nor who would sign by it.
 */
export function confirmDelegation(
  { delegation: id }: Of<'confirm-delegation'>,
  person: Person,
  { acting, today }: PersonContext,
): Ruling {
  const present = delegationOf(id, person);
  if (!present.needsConfirmation) throw refuse('delegation/needs-no-confirmation');
  if (present.confirmedBy !== null) throw refuse('delegation/already-confirmed');
  checkNotOver(present, today);
  if (acting.person === person.person || acting.person === present.recordedBy) {
    throw refuse('delegation/own-confirmation');
  }
  const fact = { type: 'delegation.confirmed.v1', data: { delegation: id } } as const;
  const own = ownPlace(present, acting);
  if (own !== undefined) return { capacity: own, fact };
  if (capacityAs(acting, confirmingRoles) === undefined) {
    throw refuse('delegation/not-confirmer');
  }
  const elsewhere = (one: Capacity) => one.agency !== present.recorderAgency;
  const capacity = capacityAs(acting, confirmingRoles, elsewhere);
  if (capacity === undefined) {
    throw refuse('delegation/confirmer-same-agency', { agency: present.recorderAgency });
  }
  // Recorded before a file was asked for: nobody but the head can know whether there is a paper.
  if (present.document.digest === null) throw refuse('delegation/unfiled');
  return { capacity, fact };
}

/**
 * Ends a delegation before its last day, by the head who gave it or by a registrar, with the reason.
 * It counts no more from the moment it is recorded: what was signed until then stays. One that
 * nobody confirmed yet is refused in the same way.
 */
export function endDelegation(
  { delegation: id, reason }: Of<'end-delegation'>,
  person: Person,
  { acting, today }: PersonContext,
): Ruling {
  checkText(reason, reasonLengthMax, '/reason', 'many');
  const present = delegationOf(id, person);
  const capacity = ownPlace(present, acting) ?? registrarOver(acting, present.agency);
  if (capacity === undefined) {
    return refuseNonRegistrar(acting, 'delegation/not-ender', present.agency);
  }
  checkNotOver(present, today);
  const data = { delegation: id, from: today, reason };
  return { capacity, fact: { type: 'delegation.ended.v1', data } };
}

/** The head in whose place is signed, acting as head of that agency. */
function ownPlace(
  { head, agency }: Pick<Delegation, 'head' | 'agency'>,
  acting: ActingPerson,
): Capacity | undefined {
  return capacityAs(acting, ['head'], (one) => acting.person === head && one.agency === agency);
}

function checkNotOver({ ended, to }: Delegation, today: string): void {
  if (ended !== null) throw refuse('delegation/already-ended', { from: ended.from });
  if (to !== null && to < today) throw refuse('delegation/over', { to });
}

function delegationOf(id: string, person: Person): Delegation {
  const present = person.delegations.find(({ delegation }) => delegation === id);
  if (present === undefined) throw refuse('delegation/unknown', { pointer: '/delegation' });
  return present;
}
