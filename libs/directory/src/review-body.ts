import { canonicalJson, isAgencyId, isIdPart, isUuid, readFigureName } from '#kernel';
import type {
  AgencyId,
  Day,
  Decider,
  Decision,
  Digest,
  DocumentRef,
  PersonId,
  Recorded,
} from '#kernel';
import { actsIn, existsOn, provinceOfAgency } from './agency.ts';
import type { Agency } from './agency.ts';
import { actorOf, capacityAs } from './capacity.ts';
import type { ActingPerson, Capacity } from './capacity.ts';
import type { ReviewBodyCommand } from './directory.commands.ts';
import {
  checkChoice,
  checkDay,
  checkDigest,
  checkDistinct,
  checkDocument,
  checkId,
  checkText,
  checkUuid,
  nameLengthMax,
} from './input-checks.ts';
import { refuse } from './refusals.ts';
import { reviewBodyForms } from './review-body.events.ts';
import type {
  ReviewBodyFact,
  ReviewBodyForm,
  ReviewBodyMember,
  SessionItem,
} from './review-body.events.ts';

export type ReviewSession = {
  readonly session: string;
  readonly heldOn: Day;
  readonly minutes: Digest;
  readonly present: readonly PersonId[];
  readonly items: readonly SessionItem[];
  /** Whoever typed it in: on what they wrote down themselves, another member verifies. */
  readonly recordedBy: PersonId;
};

/** One advisory body as its stream tells it; null before it was established. */
export type ReviewBody = {
  readonly body: string;
  readonly name: string;
  readonly form: ReviewBodyForm;
  readonly province: string;
  readonly decision: DocumentRef;
  readonly appointedBy: AgencyId;
  readonly members: readonly ReviewBodyMember[];
  readonly sessions: readonly ReviewSession[];
  readonly dissolved: { readonly on: Day; readonly document: DocumentRef } | null;
};

export type ReviewBodyContext = {
  readonly acting: ActingPerson;
  readonly today: Day;
  /** The agency that `establish` names as appointing; null where none is registered. */
  readonly appointer: Agency | null;
  /** Of each enrolled member that `establish` names: the agencies the person belongs to today. */
  readonly agenciesOf: ReadonlyMap<PersonId, readonly AgencyId[]>;
  /** The minutes, where nobody deposited them that the recorder may read; null otherwise. */
  readonly missingFile: Digest | null;
};

type Of<T extends ReviewBodyCommand['type']> = Extract<ReviewBodyCommand, { type: T }>;

/** What a session decided on one version of a figure, or undefined where it did not. */
export function sessionItem(
  body: ReviewBody,
  session: string,
  version: Pick<SessionItem, 'figure' | 'version'>,
): SessionItem | undefined {
  const held = body.sessions.find((one) => one.session === session);
  return held?.items.find((item) => {
    return item.figure === version.figure && item.version === version.version;
  });
}

function decide(
  command: ReviewBodyCommand,
  body: ReviewBody | null,
  context: ReviewBodyContext,
): Decision<ReviewBodyFact> {
  const { capacity, fact } = ruling(command, body, context);
  return { actor: actorOf(context.acting.person, capacity), facts: [fact] };
}

type Ruling = { readonly capacity: Capacity; readonly fact: ReviewBodyFact };

function ruling(
  command: ReviewBodyCommand,
  body: ReviewBody | null,
  context: ReviewBodyContext,
): Ruling {
  if (command.type === 'establish') {
    const capacity = founderOf(context, command.province);
    return { capacity, fact: establish(command, body, context) };
  }
  if (body === null) throw refuse('review-body/unknown');
  if (command.type === 'dissolve') {
    return { capacity: founderOf(context, body.province), fact: dissolve(command, body) };
  }
  return {
    capacity: recorderOf(body, context.acting),
    fact: recordSession(command, body, context),
  };
}

function founderOf({ acting }: ReviewBodyContext, province: string): Capacity {
  const founding = ['registrar', 'certifier'] as const;
  if (capacityAs(acting, founding) === undefined) throw refuse('review-body/not-founder');
  const capacity = capacityAs(acting, founding, ({ agency }) => {
    return actsIn(agency, province) || !isIdPart(province);
  });
  if (capacity === undefined) throw refuse('directory/other-province', { province });
  return capacity;
}

/**
 * Chair and secretary act as the members they are, in a capacity of the agency they sit for where
 * they hold one, and in any of theirs where that agency gave them none.
 */
function recorderOf(body: ReviewBody, acting: ActingPerson): Capacity {
  const seat = body.members.find(({ person, position }) => {
    return person === acting.person && position !== 'member';
  });
  const own = seat && acting.capacities.find((one) => one.agency === seat.agency);
  const registrar = () => {
    return capacityAs(acting, ['registrar'], ({ agency }) => actsIn(agency, body.province));
  };
  const capacity = own ?? (seat && acting.capacities[0]) ?? registrar();
  if (capacity === undefined) throw refuse('review-body/not-recorder');
  return capacity;
}

/**
 * The plan allows the forms (000:61) and does not say who appoints; that the decision is one of the
 * province's People's Committee is our reading, because the body also judges what DOST leads.
 */
function establish(
  command: Of<'establish'>,
  present: ReviewBody | null,
  context: ReviewBodyContext,
): ReviewBodyFact {
  const { body, name, form, province, decision, appointedBy, members } = command;
  checkId(isIdPart(body) || isAgencyId(body), '/body');
  checkText(name, nameLengthMax, '/name');
  checkChoice(form, reviewBodyForms, '/form');
  checkId(isIdPart(province), '/province');
  checkId(isAgencyId(appointedBy), '/appointedBy');
  checkDocument(decision, '/decision', ['number', 'date']);
  members.forEach(({ person, agency, position }, index) => {
    checkUuid(person, `/members/${index}/person`);
    checkId(isAgencyId(agency), `/members/${index}/agency`);
    checkChoice(position, ['chair', 'member', 'secretary'], `/members/${index}/position`);
  });
  const data = { body, name, form, province, decision, appointedBy, members };
  if (present !== null) {
    const { sessions: _, dissolved: __, ...established } = present;
    throw refuse('review-body/already-established', {
      same: canonicalJson(established) === canonicalJson(data),
    });
  }
  checkAppointment(command, context);
  checkMembers(command, context);
  return { type: 'review-body.established.v1', data };
}

function checkAppointment(command: Of<'establish'>, context: ReviewBodyContext): void {
  const { appointedBy, province, decision } = command;
  const { appointer, today } = context;
  if (appointer === null) throw refuse('agency/unknown', { pointer: '/appointedBy' });
  const on = decision.date ?? today;
  if (on > today) throw refuse('directory/day', { pointer: '/decision/date', today });
  const ofProvince = provinceOfAgency(appointedBy) === province;
  if (appointer.kind !== 'committee' || !ofProvince || !existsOn(appointer, on)) {
    throw refuse('review-body/not-appointed', { pointer: '/appointedBy' });
  }
  if (decision.kind !== 'decision') {
    throw refuse('review-body/not-appointed', { pointer: '/decision/kind' });
  }
}

function checkMembers({ members, form }: Of<'establish'>, context: ReviewBodyContext): void {
  checkDistinct(
    members.map(({ person }) => person),
    '/members',
  );
  const chairs = members.filter(({ position }) => position === 'chair').length;
  const agencies = new Set(members.map(({ agency }) => agency)).size;
  if (chairs !== 1 || (form === 'interagency-group' && agencies < 2)) {
    throw refuse('review-body/members', { pointer: '/members', chairs, agencies });
  }
  members.forEach(({ person, agency }, index) => {
    if (context.agenciesOf.get(person)?.includes(agency) !== true) {
      throw refuse('review-body/member-agency', { pointer: `/members/${index}` });
    }
  });
}

function recordSession(
  command: Of<'record-session'>,
  body: ReviewBody,
  { today, missingFile }: ReviewBodyContext,
): ReviewBodyFact {
  const { session, heldOn, minutes, present, items } = command;
  checkId(isIdPart(session) || isUuid(session), '/session');
  checkDay(heldOn, '/heldOn');
  checkDigest(minutes, '/minutes');
  const data = { session, heldOn, minutes, present, items };
  const earlier = body.sessions.find((one) => one.session === session);
  if (earlier !== undefined) {
    const { recordedBy: _, ...recorded } = earlier;
    throw refuse('review-body/session-already-recorded', {
      same: canonicalJson(recorded) === canonicalJson(data),
    });
  }
  if (missingFile !== null) {
    throw refuse('review-body/minutes-not-deposited', { pointer: '/minutes' });
  }
  if (heldOn > today || (body.decision.date !== null && heldOn < body.decision.date)) {
    throw refuse('review-body/session-day', { pointer: '/heldOn' });
  }
  if (body.dissolved !== null && heldOn >= body.dissolved.on) {
    throw refuse('review-body/dissolved', { pointer: '/heldOn', on: body.dissolved.on });
  }
  checkDistinct(present, '/present');
  const members = body.members.map(({ person }) => person);
  checkAmong(present, members, '/present');
  if (present.length === 0 || items.length === 0) {
    const pointer = present.length === 0 ? '/present' : '/items';
    throw refuse('review-body/item', { pointer });
  }
  items.forEach((item, index) => checkItem(item, present, `/items/${index}`));
  checkDistinct(
    items.map(({ figure, version }) => `${figure} ${version}`),
    '/items',
  );
  return { type: 'review-body.session-recorded.v1', data };
}

/**
 * One version, one decision, votes that add up to those present. A decision against the majority
 * is taken for a slip of the pen; on a tie the chair's vote counts, so both decisions may stand.
 */
function checkItem(item: SessionItem, present: readonly PersonId[], pointer: string): void {
  const { figure, version, digest, decision, votesFor, votesAgainst, abstained } = item;
  if (readFigureName(figure) === undefined) {
    throw refuse('review-body/item', { pointer: `${pointer}/figure` });
  }
  if (!Number.isSafeInteger(version) || version < 1) {
    throw refuse('review-body/item', { pointer: `${pointer}/version` });
  }
  checkDigest(digest, `${pointer}/digest`);
  checkChoice(decision, ['accept', 'return'], `${pointer}/decision`);
  checkDistinct(abstained, `${pointer}/abstained`);
  checkAmong(abstained, present, `${pointer}/abstained`);
  const counted = [votesFor, votesAgainst].every((votes) => {
    return Number.isSafeInteger(votes) && votes >= 0;
  });
  if (!counted || votesFor + votesAgainst + abstained.length !== present.length) {
    throw refuse('review-body/votes', { pointer, present: present.length });
  }
  const [agreeing, opposing] =
    decision === 'accept' ? [votesFor, votesAgainst] : [votesAgainst, votesFor];
  if (agreeing < opposing || agreeing === 0) throw refuse('review-body/against-votes', { pointer });
}

function checkAmong(
  persons: readonly PersonId[],
  among: readonly PersonId[],
  pointer: string,
): void {
  persons.forEach((person, index) => {
    if (!among.includes(person)) {
      throw refuse('review-body/not-member', { pointer: `${pointer}/${index}` });
    }
  });
}

function dissolve({ on, document }: Of<'dissolve'>, body: ReviewBody): ReviewBodyFact {
  checkDay(on, '/on');
  checkDocument(document, '/document', ['number']);
  if (body.dissolved !== null) throw refuse('review-body/dissolved', { on: body.dissolved.on });
  return { type: 'review-body.dissolved.v1', data: { on, document } };
}

function evolve(body: ReviewBody | null, event: Recorded<ReviewBodyFact>): ReviewBody | null {
  if (event.type === 'review-body.established.v1') {
    return { ...event.data, sessions: [], dissolved: null };
  }
  if (body === null) return null;
  switch (event.type) {
    case 'review-body.session-recorded.v1':
      return { ...body, sessions: [...body.sessions, sessionIn(event)] };
    case 'review-body.dissolved.v1':
      return { ...body, dissolved: event.data };
  }
}

function sessionIn({
  data,
  metadata,
}: Extract<Recorded<ReviewBodyFact>, { type: 'review-body.session-recorded.v1' }>): ReviewSession {
  return { ...data, recordedBy: metadata.actor.person };
}

/** Every rule of a review body: who founds it, who sits in it, and that a session adds up. */
export const reviewBodyDecider: Decider<
  ReviewBodyCommand,
  ReviewBody | null,
  ReviewBodyFact,
  ReviewBodyContext
> = {
  initial: null,
  creates: ({ type }) => type === 'establish',
  decide,
  evolve,
};
