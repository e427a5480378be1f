import { isAgencyId, isRoundId, provinceOfRound } from '#kernel';
import type { AgencyId, Day, Decider, Decision, IndicatorCode } from '#kernel';
import { actorOf, actsIn, agencyKinds, capacityAs } from '#directory';
import type { ActingPerson, Capacity } from '#directory';
import { amendAssignment, assign, moveToEdition, passToSuccessor } from './assignments.ts';
import type { RoundCommand } from './catalogue.commands.ts';
import { decideDue, extendDeadline } from './due-dates.ts';
import type { Framework } from './framework.ts';
import {
  checkChoice,
  checkDay,
  checkDocument,
  checkNotEmpty,
  checkSource,
  checkText,
  checkTexts,
  existing,
  sameJson,
} from './input-checks.ts';
import type { KnownAgencies } from './input-checks.ts';
import { amendParticipants, freezeParticipants, presentParties } from './participants.ts';
import { refuse } from './refusals.ts';
import { dueScopes } from './round.events.ts';
import type { Party, RoundFact } from './round.events.ts';
import { isClosed } from './round-queries.ts';
import { evolveRound } from './round-state.ts';
import type { AssignedIndicator, Round } from './round-state.ts';

export type RoundContext = {
  readonly acting: ActingPerson;
  readonly today: Day;
  /** The framework of the round, or the one that `open` names; null where none is published. */
  readonly framework: Framework | null;
  /** The agencies of `agenciesIn(command)` that are registered. */
  readonly agencies: KnownAgencies;
};

type CommandOf<Type extends RoundCommand['type']> = Extract<RoundCommand, { type: Type }>;

/** Acts that begin something new; the others also serve corrections, which never close. */
const closedTo: readonly RoundCommand['type'][] = [
  'assign',
  'amend-assignment',
  'decide-due',
  'extend-deadline',
  'freeze-participants',
  'amend-participants',
  'move-to-edition',
];

function decide(
  command: RoundCommand,
  round: Round | null,
  context: RoundContext,
): Decision<RoundFact> {
  const { acting } = context;
  const capacity = registrarOf(command, round, acting);
  checkTexts(command);
  return { actor: actorOf(acting.person, capacity), facts: [factOf(command, round, context)] };
}

/** A registrar of the round's province, or of a central agency (decision 0013). */
function registrarOf(command: RoundCommand, round: Round | null, acting: ActingPerson): Capacity {
  const any = capacityAs(acting, ['registrar']);
  if (any === undefined) throw refuse('round/not-registrar');
  const name = command.type === 'open' ? command.round : round?.opening.round;
  // What is no round is refused by its own rule.
  if (name === undefined || !isRoundId(name)) return any;
  const province = provinceOfRound(name);
  const capacity = capacityAs(acting, ['registrar'], ({ agency }) => actsIn(agency, province));
  if (capacity === undefined) throw refuse('round/other-province', { province });
  return capacity;
}

function factOf(command: RoundCommand, round: Round | null, context: RoundContext): RoundFact {
  if (command.type === 'open') return open(command, round, context);
  if (round === null) throw refuse('round/unknown');
  if (isClosed(round, context.today) && closedTo.includes(command.type)) {
    throw refuse('round/closed', { on: round.closedOn });
  }
  switch (command.type) {
    case 'issue-legal-basis':
      return issueLegalBasis(command, round);
    case 'assign':
      return assign(command, round, context);
    case 'amend-assignment': {
      const assigned = assignedIn(round, command.assignment.indicator, '/assignment/indicator');
      return amendAssignment(command, round, assigned, context);
    }
    case 'pass-to-successor':
      return passToSuccessor(command, round, assignedIn(round, command.indicator), context);
    case 'decide-due': {
      const { indicator } = command;
      checkChoice(command.scope, dueScopes, '/scope');
      return decideDue(command, round, indicator === null ? null : assignedIn(round, indicator));
    }
    case 'extend-deadline':
      checkChoice(command.scope, dueScopes, '/scope');
      assignedIn(round, command.indicator);
      return extendDeadline(command, round);
    case 'freeze-participants':
      return freezeParticipants(command, round, assignedIn(round, command.indicator), context);
    case 'amend-participants':
      return amendParticipants(command, round, assignedIn(round, command.indicator), context);
    case 'move-to-edition':
      return moveToEdition(command, round, context);
    case 'close':
      return close(command, round);
  }
}

function assignedIn(
  round: Round,
  indicator: IndicatorCode,
  pointer = '/indicator',
): AssignedIndicator {
  const assigned = round.assignments.get(indicator);
  if (assigned === undefined) throw refuse('assignment/unknown', { pointer, indicator });
  return assigned;
}

function open(command: CommandOf<'open'>, present: Round | null, context: RoundContext): RoundFact {
  const { type: _, ...opening } = command;
  const { round, framework, edition, legalBasis } = command;
  if (!isRoundId(round) || round.split('-')[1] !== framework) {
    throw refuse('round/name', { pointer: '/round', round, framework });
  }
  checkOpening(command);
  const isNumbered = legalBasis.number !== null && legalBasis.date !== null;
  const data = {
    ...opening,
    province: provinceOfRound(round),
    status: isNumbered ? ('numbered' as const) : ('draft' as const),
  };
  if (present !== null) throw refuse('round/exists', { same: sameJson(present.openedAs, data) });
  if (context.framework?.framework !== framework) {
    throw refuse('framework/unknown', { pointer: '/framework', framework });
  }
  if (!context.framework.editions.has(edition)) {
    throw refuse('framework/edition-unknown', { pointer: '/edition', edition });
  }
  command.chain.forEach((agency, index) => {
    existing(context.agencies, agency, context.today, `/chain/${index}`);
  });
  return { type: 'round.opened.v1', data };
}

function checkOpening(command: CommandOf<'open'>): void {
  const { period, title, legalBasis, checkingAgency, chain, responsibility } = command;
  checkDay(period.from, '/period/from');
  checkDay(period.to, '/period/to');
  if (period.to < period.from) throw refuse('round/period-invalid', { pointer: '/period/to' });
  checkText(title.vi, '/title/vi', 1000);
  checkDocument(legalBasis, '/legalBasis');
  if (chain[0] !== checkingAgency || new Set(chain).size !== chain.length) {
    throw refuse('round/chain-invalid', { pointer: '/chain', checkingAgency });
  }
  checkNotEmpty(responsibility, '/responsibility');
  responsibility.forEach(({ agencyKinds: kinds, text, source }, index) => {
    const at = `/responsibility/${index}`;
    checkText(text, `${at}/text`);
    checkSource(source, `${at}/source`);
    kinds.forEach((kind, n) => checkChoice(kind, agencyKinds, `${at}/agencyKinds/${n}`));
  });
  const bound = responsibility.flatMap(({ agencyKinds: kinds }) => kinds);
  const twice = bound.find((kind, index) => bound.indexOf(kind) < index);
  if (twice !== undefined) {
    throw refuse('round/responsibility-invalid', { pointer: '/responsibility', agencyKind: twice });
  }
  checkSource(command.verificationBasis, '/verificationBasis');
  command.datesUnspecified.forEach((one, n) => checkSource(one, `/datesUnspecified/${n}`));
}

/** A draft becomes a numbered plan, once; what changes afterwards is an amendment. */
function issueLegalBasis({ legalBasis }: CommandOf<'issue-legal-basis'>, round: Round): RoundFact {
  checkDocument(legalBasis, '/legalBasis', ['number', 'date', 'issuer']);
  if (round.opening.status === 'numbered') {
    throw refuse('round/legal-basis-issued', {
      same: sameJson(round.opening.legalBasis, legalBasis),
    });
  }
  return { type: 'round.legal-basis-issued.v1', data: { legalBasis } };
}

/** Stops new figures and assignments, never corrections. */
function close({ on, reason, document }: CommandOf<'close'>, round: Round): RoundFact {
  checkDay(on, '/on');
  checkText(reason, '/reason');
  if (document !== null) checkDocument(document, '/document');
  if (round.status === 'closed') throw refuse('round/closed', { same: round.closedOn === on });
  return { type: 'round.closed.v1', data: { on, reason, document } };
}

/** The agencies that a command is about, each once: whom the handler has to look up. */
export function agenciesIn(command: RoundCommand, round: Round | null): AgencyId[] {
  return [...new Set(namedAgencies(command, round).filter(isAgencyId))];
}

function namedAgencies(command: RoundCommand, round: Round | null): readonly AgencyId[] {
  switch (command.type) {
    case 'open':
      return command.chain;
    case 'assign':
    case 'amend-assignment': {
      const { leads, coordinating } = command.assignment;
      return [...leads, ...partyAgencies(coordinating)];
    }
    case 'pass-to-successor':
      return [command.to];
    case 'freeze-participants': {
      const assigned = round?.assignments.get(command.indicator);
      const parties = assigned === undefined ? [] : presentParties(assigned);
      return [...partyAgencies(parties), ...command.choices.flatMap(({ members }) => members)];
    }
    case 'amend-participants':
      return command.added;
    case 'issue-legal-basis':
    case 'decide-due':
    case 'extend-deadline':
    case 'move-to-edition':
    case 'close':
      return [];
  }
}

function partyAgencies(parties: readonly Party[]): AgencyId[] {
  return parties.flatMap(({ agency }) => agency ?? []);
}

/** Every rule of a round. All its commands belong to registrars (DOMAIN, Who uses it). */
export const roundDecider: Decider<RoundCommand, Round | null, RoundFact, RoundContext> = {
  initial: null,
  creates: ({ type }) => type === 'open',
  decide,
  evolve: evolveRound,
};
