import type { AgencyId, Decider, Decision } from '#kernel';
import type { FigureContext } from './contexts.ts';
import {
  draftAbsence,
  draftStatement,
  hasPlannedReplacement,
  readLastDay,
  readRemarks,
  refuseBrokenEvidence,
  transcription,
} from './drafting.ts';
import type { Draft } from './drafting.ts';
import {
  agenciesOf,
  inRoleOf,
  leadsOfFigure,
  officerOf,
  refuseAuditor,
  refuseSamePerson,
  signatoryOf,
} from './duties.ts';
import type { FigureFact, FigureStatement } from './figure.events.ts';
import {
  auditorsOf,
  awaitedFigure,
  decided,
  evolveFigure,
  openOrders,
  refuseWrongStatus,
} from './figure-state.ts';
import type { CommandOf, Figure, FigureVersion } from './figure-state.ts';
import type { FigureCommand } from './figures.commands.ts';
import { dueOfCorrection, dueOfFirst, dueOfResubmission } from './lateness.ts';
import { isBuiltOnOlderPart, outstandingParts, partsBuiltFrom } from './parts.ts';
import { dispute, explain, orderCorrection, requestExplanation, settle } from './questions.ts';
import { refuse } from './refusals.ts';
import type { VersionKind } from './statement.ts';
import { readText } from './values.ts';
import { verification } from './verification.ts';
import { answersOlderDefinition, presentVersion, standing, versionToApprove } from './versions.ts';

function decide(
  command: FigureCommand,
  figure: Figure,
  context: FigureContext,
): Decision<FigureFact> {
  const parties = leadsOfFigure('figure', context.figure, context.assignment);
  const leads = agenciesOf(parties);
  const mayAudit = command.type === 'request-explanation' || command.type === 'order-correction';
  if (!mayAudit) refuseAuditor(context.acting, auditorsOf(figure));
  switch (command.type) {
    case 'submit':
    case 'declare-unavailable':
    case 'correct':
      return handIn(command, figure, context, leads);
    case 'endorse':
      return endorse(command, figure, context, leads);
    case 'withdraw-endorsement':
      return withdrawEndorsement(command, figure, context, leads);
    case 'return':
      return sendBack(command, figure, context, leads);
    case 'verify': {
      refuseWrongStatus(figure, 'verify');
      const version = versionToApprove('figure', figure, command.version);
      const { actor, fact } = verification(command, version, context);
      return decided(actor, fact);
    }
    case 'withdraw':
      return withdraw(command, figure, context, leads);
    case 'request-explanation':
      return requestExplanation(command, figure, context);
    case 'explain':
      return explain(command, figure, context, leads);
    case 'dispute':
      return dispute(command, figure, context, leads);
    case 'settle':
      return settle(command, figure, context);
    case 'order-correction':
      return orderCorrection(command, figure, context);
  }
}

function handIn(
  command: CommandOf<'submit' | 'declare-unavailable' | 'correct'>,
  figure: Figure,
  context: FigureContext,
  leads: readonly AgencyId[],
): Decision<FigureFact> {
  const actor = officerOf(context.acting, leads, 'duty/not-lead-agency');
  refuseWrongStatus(figure, command.type);
  // Closing a round stops new figures, never corrections: one that was handed in before is not new.
  if (context.round.closed && figure.versions.length === 0) throw refuse('figure/round-closed');
  const kind = kindOf(command, figure, context);
  const draft = draftFor(kind, actor.agency, figure, context);
  const outstanding = outstandingParts(context);
  if (command.type === 'declare-unavailable') {
    const reason = readText(command.reason, '/reason');
    const statement = draftAbsence(draft, command, context);
    const data = { ...statement, builtFrom: [], outstanding, reason };
    return decided(actor, { type: 'figure.declared-unavailable.v1', data });
  }
  const statement: FigureStatement = {
    ...draftStatement(draft, command, context),
    builtFrom: partsBuiltFrom(command.builtFrom, context),
    outstanding,
  };
  if (command.type === 'submit') {
    return decided(actor, { type: 'figure.submitted.v1', data: statement });
  }
  const reason = readText(command.reason, '/reason');
  const replaces = presentVersion(figure)?.statement.version ?? 0;
  return decided(actor, { type: 'figure.corrected.v1', data: { ...statement, reason, replaces } });
}

/**
 * What kind of version this is. A return asks for a resubmission and nothing else; from anywhere
 * else it is an update, if a replacement was to be expected, or a correction.
 */
function kindOf(
  command: CommandOf<'submit' | 'declare-unavailable' | 'correct'>,
  figure: Figure,
  context: FigureContext,
): VersionKind {
  const isReturned = figure.status === 'returned';
  if (command.type !== 'correct') return isReturned ? 'resubmission' : 'first';
  const { kind } = command;
  if ((kind === 'resubmission') !== isReturned) {
    const expected = isReturned ? ['resubmission'] : ['update', 'correction'];
    throw refuse('figure/wrong-kind', { pointer: '/kind', expected });
  }
  const replaced = presentVersion(figure);
  if (kind === 'update' && replaced && !mayBeUpdated(replaced, context)) {
    throw refuse('figure/not-an-update', { pointer: '/kind', expected: ['correction'] });
  }
  return kind;
}

/** Planned: an estimate, a part that has come since, a part or a definition that moved on. */
function mayBeUpdated(version: FigureVersion, context: FigureContext): boolean {
  const outstanding = outstandingParts(context);
  return (
    hasPlannedReplacement(version) ||
    version.statement.outstanding.some((agency) => !outstanding.includes(agency)) ||
    isBuiltOnOlderPart(version.statement, context.contributions) ||
    answersOlderDefinition(version, context.assignment)
  );
}

function draftFor(
  kind: VersionKind,
  agency: AgencyId,
  figure: Figure,
  context: FigureContext,
): Draft {
  const stream = `figure-${context.figure}`;
  const due: Draft['due'] = (handedInOn) => {
    const returned = presentVersion(figure)?.returned;
    if (kind === 'resubmission' && returned) {
      const { lastDay, revision } = returned;
      return dueOfResubmission({ lastDay, decidedBy: { stream, revision } }, handedInOn);
    }
    if (kind === 'first') {
      const lead = context.assignment.leads.find((party) => party.agency === agency);
      return dueOfFirst(lead?.due ?? null, handedInOn);
    }
    const order = openOrders(figure)[0];
    if (kind === 'update' || order === undefined) return dueOfCorrection(null, handedInOn);
    const { lastDay, revision } = order;
    return dueOfCorrection({ lastDay, decidedBy: { stream, revision } }, handedInOn);
  };
  const { components } = context.assignment.definition;
  const version = figure.versions.length + 1;
  return { subject: 'figure', version, kind, agency, components, due };
}

/**
 * Endorsement belongs to the lead agency, binds one version's digest and quotes the responsibility
 * sentence with its source. Joint leads all endorse; until then the figure stays submitted.
 */
function endorse(
  { version: number, paper }: CommandOf<'endorse'>,
  figure: Figure,
  context: FigureContext,
  leads: readonly AgencyId[],
): Decision<FigureFact> {
  const { actor, signature } = signatoryOf(context.acting, leads, 'duty/not-lead-agency');
  refuseWrongStatus(figure, 'endorse');
  const version = versionToApprove('figure', figure, number);
  refuseSamePerson(actor.person, [version.by], number);
  const agencies = standing(version).map(({ by }) => by.agency);
  if (agencies.includes(actor.agency)) {
    throw refuse('figure/already-endorsed', { agency: actor.agency });
  }
  refuseBrokenEvidence('figure', version, context);
  const party = context.assignment.leads.find(({ agency }) => agency === actor.agency);
  const responsibility = party?.responsibility ?? null;
  if (responsibility === null) {
    throw refuse('figure/no-responsibility-sentence', { agency: actor.agency });
  }
  const awaited = leads.filter((lead) => lead !== actor.agency && !agencies.includes(lead));
  const { digest } = version;
  const { agency } = actor;
  return decided(actor, {
    type: 'figure.endorsed.v1',
    data: {
      version: number,
      digest,
      agency,
      responsibility,
      signature,
      awaited,
      ...transcription('figure', paper, context),
    },
  });
}

/** The same head, before verification. In a joint lead also while the others are awaited. */
function withdrawEndorsement(
  command: CommandOf<'withdraw-endorsement'>,
  figure: Figure,
  { acting }: FigureContext,
  leads: readonly AgencyId[],
): Decision<FigureFact> {
  const { actor } = signatoryOf(acting, leads, 'duty/not-lead-agency');
  const last = presentVersion(figure);
  const isAwaitingOthers = figure.status === 'submitted' && last && standing(last).length > 0;
  if (isAwaitingOthers !== true) refuseWrongStatus(figure, 'withdraw-endorsement');
  const version = versionToApprove('figure', figure, command.version);
  if (!standing(version).some(({ by }) => by.person === actor.person)) {
    throw refuse('duty/not-your-endorsement');
  }
  const reason = readText(command.reason, '/reason');
  const data = { version: command.version, digest: version.digest, reason };
  return decided(actor, { type: 'figure.endorsement-withdrawn.v1', data });
}

/** The head returns what was submitted to them, the checker what was endorsed. */
function sendBack(
  command: CommandOf<'return'>,
  figure: Figure,
  context: FigureContext,
  leads: readonly AgencyId[],
): Decision<FigureFact> {
  const { acting, round, today } = context;
  const from = figure.status === 'endorsed' ? 'endorsed' : 'submitted';
  const actor =
    from === 'endorsed'
      ? inRoleOf(acting, ['checker'], [round.checkingAgency], 'duty/not-checking-agency')
      : signatoryOf(acting, leads, 'duty/not-lead-agency').actor;
  refuseWrongStatus(figure, 'return');
  const version = versionToApprove('figure', figure, command.version);
  const remarks = readRemarks('figure', command.remarks, version, context);
  const lastDay = readLastDay('figure', command.lastDay, today);
  const { digest } = version;
  const paper = transcription('figure', command.paper, context);
  const data = { version: command.version, digest, from, remarks, lastDay, ...paper } as const;
  return decided(actor, { type: 'figure.returned.v1', data });
}

function withdraw(
  command: CommandOf<'withdraw'>,
  figure: Figure,
  { acting }: FigureContext,
  leads: readonly AgencyId[],
): Decision<FigureFact> {
  const { actor } = signatoryOf(acting, leads, 'duty/not-lead-agency');
  refuseWrongStatus(figure, 'withdraw');
  const version = versionToApprove('figure', figure, command.version);
  const reason = readText(command.reason, '/reason');
  const data = { version: command.version, digest: version.digest, reason };
  return decided(actor, { type: 'figure.withdrawn.v1', data });
}

/**
 * Every rule of a figure. A submission may also replace a withdrawn figure, so no command is a
 * creation as such: whoever acts on what exists names the revision they saw (CONTRACTS 4).
 */
export const figureDecider: Decider<FigureCommand, Figure, FigureFact, FigureContext> = {
  initial: awaitedFigure,
  creates: () => false,
  decide,
  evolve: evolveFigure,
};
