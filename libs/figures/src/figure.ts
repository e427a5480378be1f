import type { Actor, AgencyId, Decider, Decision } from '#kernel';
import type { FigureContext, PartyFacts } from './contexts.ts';
import {
  draftAbsence,
  draftStatement,
  hasPlannedReplacement,
  refuseBrokenEvidence,
} from './drafting.ts';
import type { Draft } from './drafting.ts';
import {
  agenciesOf,
  leadsOfFigure,
  officerOf,
  refuseAuditor,
  refuseSamePerson,
  signatoryOf,
  speakingFor,
} from './duties.ts';
import type { FigureFact, FigureStatement } from './figure.events.ts';
import {
  auditorsOf,
  awaitedFigure,
  decided,
  evolveFigure,
  strictestOrder,
  refuseWrongStatus,
  versionInQuestion,
} from './figure-state.ts';
import type { CommandOf, Figure, FigureVersion } from './figure-state.ts';
import type { FigureCommand } from './figures.commands.ts';
import { isBuiltOnOlderPart, outstandingParts, partsBuiltFrom } from './parts.ts';
import { dispute, explain, orderCorrection, requestExplanation, settle } from './questions.ts';
import { refuse } from './refusals.ts';
import { returnRoad, verification } from './verification.ts';
import type { VersionKind } from './statement.ts';
import { definitionMisfits } from './value-checks.ts';
import { readText } from './values.ts';
import {
  correctionKind,
  dueReader,
  endorsing,
  returning,
  takingBack,
  withdrawing,
} from './version-acts.ts';
import {
  answersOlderDefinition,
  presentVersion,
  reEndorsedFor,
  standing,
  versionToApprove,
} from './versions.ts';
import type { Endorsement } from './versions.ts';

function decide(
  command: FigureCommand,
  figure: Figure,
  around: FigureContext,
): Decision<FigureFact> {
  const context = speakingFor(around, command);
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
    case 're-endorse':
      return reEndorse(command, figure, context, leads);
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
  const draft = draftFor(kindOf(command, figure, context), actor.agency, figure, context);
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

function kindOf(
  command: CommandOf<'submit' | 'declare-unavailable' | 'correct'>,
  figure: Figure,
  context: FigureContext,
): VersionKind {
  const isReturned = figure.status === 'returned';
  if (command.type !== 'correct') return isReturned ? 'resubmission' : 'first';
  const replaced = presentVersion(figure);
  return correctionKind('figure', command.kind, isReturned, () => {
    return replaced === undefined || mayBeUpdated(replaced, context);
  });
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
  { assignment, figure: id }: FigureContext,
): Draft {
  const lead = assignment.leads.find((party) => party.agency === agency);
  return {
    subject: 'figure',
    version: figure.versions.length + 1,
    kind,
    agency,
    components: assignment.definition.components,
    due: dueReader(kind, figure, {
      stream: `figure-${id}`,
      first: lead?.due ?? null,
      ordered: strictestOrder(figure) ?? null,
    }),
  };
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
  const signatory = signatoryOf(context.acting, leads, 'duty/not-lead-agency');
  const { actor } = signatory;
  refuseWrongStatus(figure, 'endorse');
  const version = versionToApprove('figure', figure, number);
  refuseSamePerson(actor.person, [version.by], number);
  const awaited = awaitedLeads(standing(version), actor, leads);
  refuseBrokenEvidence('figure', version, context);
  const party = partyOf(actor.agency, context);
  const data = { ...endorsing('figure', signatory, version, party, paper, context), awaited };
  return decided(actor, { type: 'figure.endorsed.v1', data });
}

/** Leads whose word is still missing after this one's; each gives it once. */
function awaitedLeads(
  given: readonly Pick<Endorsement, 'by'>[],
  { agency }: Actor,
  leads: readonly AgencyId[],
): AgencyId[] {
  const agencies = given.map(({ by }) => by.agency);
  if (agencies.includes(agency)) throw refuse('figure/already-endorsed', { agency });
  return leads.filter((lead) => lead !== agency && !agencies.includes(lead));
}

function partyOf(agency: AgencyId, { assignment }: FigureContext): PartyFacts | undefined {
  return assignment.leads.find((party) => party.agency === agency);
}

/**
 * The round moved to an edition that asks by another definition (DOMAIN, A figure's life). The head
 * says that the version stands as its answer too: nothing is handed in again, what was verified
 * stays verified, and the mark goes. Whether it can be an answer at all is looked at first; where
 * the values no longer fit, only an update will do. It may be about the version in force whatever
 * became of later ones, because that is what a snapshot holds.
 */
function reEndorse(
  { version: number, paper }: CommandOf<'re-endorse'>,
  figure: Figure,
  context: FigureContext,
  leads: readonly AgencyId[],
): Decision<FigureFact> {
  const signatory = signatoryOf(context.acting, leads, 'duty/not-lead-agency');
  const { actor } = signatory;
  if (number !== figure.inForce) refuseWrongStatus(figure, 're-endorse');
  const version = versionInQuestion(figure, number);
  const { assignment, round } = context;
  if (!answersOlderDefinition(version, assignment)) {
    throw refuse('figure/definition-unchanged', { pointer: '/version' });
  }
  const { approval } = version;
  refuseSamePerson(actor.person, [version.by, ...(approval ? [approval.by] : [])], number);
  const awaited = awaitedLeads(reEndorsedFor(version, assignment), actor, leads);
  refuseBrokenEvidence('figure', version, context);
  const misfits = definitionMisfits(version.statement, assignment.definition);
  if (misfits.length > 0) throw refuse('figure/definition-not-answered', { findings: misfits });
  const { edition, definition } = assignment;
  return decided(actor, {
    type: 'figure.re-endorsed.v1',
    data: {
      ...endorsing('figure', signatory, version, partyOf(actor.agency, context), paper, context),
      definition: { framework: round.framework, edition, revision: definition.revision },
      parties: leads,
      awaited,
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
  const data = takingBack('figure', command, figure, actor.person);
  return decided(actor, { type: 'figure.endorsement-withdrawn.v1', data });
}

/** The head returns what was submitted to them; what was endorsed, whoever might verify it. */
function sendBack(
  command: CommandOf<'return'>,
  figure: Figure,
  context: FigureContext,
  leads: readonly AgencyId[],
): Decision<FigureFact> {
  const { reviewBody = null, document = null } = command;
  if (figure.status === 'endorsed') {
    const { actor, cited } = returnRoad(command, figure, context);
    const data = { ...returning('figure', command, 'endorsed', figure, context), ...cited };
    return decided(actor, { type: 'figure.returned.v1', data });
  }
  const { actor } = signatoryOf(context.acting, leads, 'duty/not-lead-agency');
  refuseWrongStatus(figure, 'return');
  if (reviewBody !== null || document !== null) {
    const pointer = reviewBody === null ? '/document' : '/reviewBody';
    throw refuse('figure/own-return', { pointer });
  }
  const data = returning('figure', command, 'submitted', figure, context);
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
  const data = withdrawing('figure', command, figure);
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
