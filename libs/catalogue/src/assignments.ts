import { agencyOfUnit, isIdPart, isUnitId } from '#kernel';
import type { AgencyId, Day } from '#kernel';
import type { AssignmentInput, RoundCommand } from './catalogue.commands.ts';
import { checkAuthority } from './due-dates.ts';
import { contentOf, definitionOf } from './framework.ts';
import type { Framework } from './framework.ts';
import {
  checkChoice,
  checkDay,
  checkDistinct,
  checkDocument,
  checkId,
  checkSource,
  checkText,
  existing,
  registered,
  sameJson,
} from './input-checks.ts';
import type { KnownAgencies } from './input-checks.ts';
import { isChosen, sortedIds } from './party-class.ts';
import { refuse } from './refusals.ts';
import { assignmentModes, dueScopes } from './round.events.ts';
import type { Party, RoundFact } from './round.events.ts';
import { dueOf, participantsOf } from './round-queries.ts';
import type { AssignedIndicator, Round } from './round-state.ts';

type CommandOf<Type extends RoundCommand['type']> = Extract<RoundCommand, { type: Type }>;
type Surroundings = {
  readonly today: Day;
  readonly agencies: KnownAgencies;
  readonly framework: Framework | null;
};

/**
 * Gives an indicator to its leads. The definition is stamped here: the one in force in the
 * round's edition at this moment is what figures will answer.
 */
export function assign(
  { assignment }: CommandOf<'assign'>,
  round: Round,
  around: Surroundings,
): RoundFact {
  const { indicator } = assignment;
  const { edition } = round.opening;
  checkAssignment(assignment, around.agencies);
  const definition = definitionOf(around.framework, edition, indicator);
  if (definition === undefined) {
    throw refuse('indicator/unknown', { pointer: '/assignment/indicator', indicator, edition });
  }
  const present = round.assignments.get(indicator);
  if (present !== undefined) {
    throw refuse('assignment/exists', {
      pointer: '/assignment/indicator',
      same: sameJson(present.made, assignment),
    });
  }
  const answered = { edition, revision: definition.revision };
  return { type: 'assignment.made.v1', data: { ...assignment, definition: answered } };
}

/** Changes who answers or when, on a document. The definition stays: editions move as a whole. */
export function amendAssignment(
  { assignment, reason, document }: CommandOf<'amend-assignment'>,
  round: Round,
  present: AssignedIndicator,
  around: Surroundings,
): RoundFact {
  checkAssignment(assignment, around.agencies);
  checkText(reason, '/reason');
  checkDocument(document, '/document', ['issuer']);
  const { definition, ...before } = present.assignment;
  if (sameJson(before, assignment)) throw refuse('assignment/unchanged', { same: true });
  if (present.participants !== null && !sameJson(before.coordinating, assignment.coordinating)) {
    throw refuse('assignment/frozen', { pointer: '/assignment/coordinating' });
  }
  const amended = { ...present, assignment: { ...assignment, definition } };
  const assignments = new Map(round.assignments).set(assignment.indicator, amended);
  checkDatesKept(round, { ...round, assignments }, assignment);
  if (!sameJson(before.dates, assignment.dates)) checkAuthority(document, round);
  return {
    type: 'assignment.amended.v1',
    data: { ...assignment, definition, reason, document },
  };
}

/** A duty without a date is nobody's fault, so an amendment may move the date but not lose it. */
function checkDatesKept(before: Round, after: Round, { indicator }: AssignmentInput): void {
  for (const scope of dueScopes) {
    const lost =
      dueOf(before, indicator, scope, null) !== null &&
      dueOf(after, indicator, scope, null) === null;
    if (lost) throw refuse('assignment/date-in-use', { pointer: '/assignment/dates', scope });
  }
}

function checkAssignment(assignment: AssignmentInput, agencies: KnownAgencies): void {
  const at = '/assignment';
  const { mode, leads, coordinating, dates, raw, source } = assignment;
  checkChoice(mode, assignmentModes, `${at}/mode`);
  if (leads.length === 0 || (mode === 'single' && leads.length > 1)) {
    throw refuse('assignment/leads-invalid', { pointer: `${at}/leads`, mode, count: leads.length });
  }
  checkDistinct(leads, `${at}/leads`);
  checkLeadParties(assignment, `${at}/leadParties`);
  // A plan may name a body that is gone: its duty waits for a document that passes it on.
  leads.forEach((lead, index) => registered(agencies, lead, `${at}/leads/${index}`));
  coordinating.forEach((party, index) => {
    const pointer = `${at}/coordinating/${index}`;
    checkParty(party, pointer);
    if (party.agency !== null) registered(agencies, party.agency, `${pointer}/agency`);
  });
  checkDistinct(
    dates.map(({ id }) => id),
    `${at}/dates`,
  );
  dates.forEach((date, index) => {
    const pointer = `${at}/dates/${index}`;
    checkId(isIdPart(date.id), `${pointer}/id`);
    checkDay(date.lastDay, `${pointer}/lastDay`);
    checkSource(date.source, `${pointer}/source`);
    date.scopes.forEach((scope, n) => checkChoice(scope, dueScopes, `${pointer}/scopes/${n}`));
  });
  checkText(raw.lead, `${at}/raw/lead`);
  checkSource(source, `${at}/source`);
}

function checkParty(party: Party, pointer: string): void {
  checkText(party.raw, `${pointer}/raw`);
  if ((party.agency === null) === (party.class === null)) {
    throw refuse('assignment/party-invalid', { pointer });
  }
  if (party.class !== null) checkId(isIdPart(party.class), `${pointer}/class`);
}

/**
 * The pieces of the lead cell and the leads must tell the same: every lead comes from a piece, and
 * no piece names anybody else. Where nobody, or nobody registered, follows from the words of a
 * class, the reason stands beside it.
 */
function checkLeadParties({ leads, leadParties }: AssignmentInput, at: string): void {
  if (leadParties === undefined) return;
  leadParties.forEach((party, index) => {
    const pointer = `${at}/${index}`;
    const { agency, unit, members, reason } = party;
    checkParty(party, pointer);
    const isOfAgency = agency !== null && members.length === 1 && members[0] === agency;
    if (agency !== null && !isOfAgency) {
      throw refuse('assignment/lead-party-invalid', { pointer: `${pointer}/members`, agency });
    }
    if (unit !== null && (!isUnitId(unit) || agencyOfUnit(unit) !== agency)) {
      throw refuse('assignment/lead-party-invalid', { pointer: `${pointer}/unit`, agency });
    }
    if (reason !== null) checkText(reason, `${pointer}/reason`);
    const explains = party.class !== null && (members.length === 0 || isChosen(party.class));
    if (explains && reason === null) {
      throw refuse('assignment/lead-party-invalid', { pointer: `${pointer}/reason` });
    }
  });
  const named = sortedIds(leadParties.flatMap(({ members }) => members));
  if (!sameJson(named, sortedIds(leads))) {
    throw refuse('assignment/lead-party-invalid', { pointer: at, leads });
  }
}

/** When an agency no longer exists its duty passes on by a document, as lead and as participant. */
export function passToSuccessor(
  command: CommandOf<'pass-to-successor'>,
  round: Round,
  present: AssignedIndicator,
  around: Surroundings,
): RoundFact {
  const { indicator, from, to, on, document } = command;
  checkDay(on, '/on');
  checkDocument(document, '/document', ['number', 'issuer']);
  const data = { indicator, from, to, on, document };
  if (present.successions.some((one) => sameJson(one, data))) {
    throw refuse('assignment/passed', { same: true });
  }
  const parties: readonly (AgencyId | null)[] = [
    ...present.leads,
    ...participantsOf(round, indicator),
    ...(present.participants === null
      ? present.assignment.coordinating.map(({ agency }) => agency)
      : []),
  ];
  if (!parties.includes(from)) throw refuse('assignment/not-a-party', { pointer: '/from', from });
  if (from === to) throw refuse('assignment/not-a-party', { pointer: '/to', from });
  existing(around.agencies, to, around.today, '/to');
  return { type: 'assignment.passed-to-successor.v1', data };
}

/** Moves every assignment to the definitions in force in an edition, and says which changed. */
export function moveToEdition(
  { edition, document }: CommandOf<'move-to-edition'>,
  round: Round,
  { framework }: Surroundings,
): RoundFact {
  checkDocument(document, '/document', ['number', 'issuer']);
  if (framework?.editions.has(edition) !== true) {
    throw refuse('framework/edition-unknown', { pointer: '/edition', edition });
  }
  const missing: string[] = [];
  const moves = [...round.assignments.values()].flatMap(({ assignment }) => {
    const {
      indicator,
      definition: { edition: from, revision },
    } = assignment;
    const before = definitionOf(framework, from, indicator, revision);
    const after = definitionOf(framework, edition, indicator);
    if (after === undefined) missing.push(indicator);
    if (after === undefined || before === undefined) return [];
    const isSame = sameJson(contentOf(before), contentOf(after));
    return [
      { indicator, revision: after.revision, isSame, stays: isSame && revision === after.revision },
    ];
  });
  if (missing.length > 0) throw refuse('round/edition-lacks-indicator', { indicators: missing });
  if (edition === round.opening.edition && moves.every(({ stays }) => stays)) {
    throw refuse('round/edition-unchanged', { same: true });
  }
  const changed = moves.filter(({ isSame }) => !isSame).map(({ indicator }) => indicator);
  const definitions = moves.map(({ indicator, revision }) => ({ indicator, revision }));
  return { type: 'round.moved-to-edition.v1', data: { edition, changed, definitions, document } };
}
