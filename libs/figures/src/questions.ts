import type { Actor, AgencyId, Basis, Decision, DocumentRef } from '#kernel';
import type { FigureContext } from './contexts.ts';
import {
  readDocument,
  readFiledDocument,
  readLastDay,
  readLinks,
  readRemarks,
} from './drafting.ts';
import {
  committeeMember,
  inRole,
  inRoleOf,
  officerOf,
  refuseOwnWork,
  signatoryOf,
} from './duties.ts';
import type { FigureFact } from './figure.events.ts';
import { decided, refuseWrongStatus } from './figure-state.ts';
import type { CommandOf, Figure, FigureVersion } from './figure-state.ts';
import { refuse } from './refusals.ts';
import { readText } from './values.ts';
import { versionNumbered, versionToApprove } from './versions.ts';

/**
 * Acts that leave a figure where it is and raise or lower a flag: questions, disputes, orders. A
 * request for explanation is not a return: the version stays where it is (DOMAIN, Words).
 */

/**
 * The version a question, a dispute or an order is about: the present one or the one in force,
 * because both are shown to whoever asks.
 */
function versionInQuestion(figure: Figure, number: number): FigureVersion {
  const inForce = versionNumbered(figure, figure.inForce);
  return inForce?.statement.version === number
    ? inForce
    : versionToApprove('figure', figure, number);
}

export function requestExplanation(
  command: CommandOf<'request-explanation'>,
  figure: Figure,
  context: FigureContext,
): Decision<FigureFact> {
  const { acting, round, today } = context;
  const isAuditor = acting.capacities.some(({ role }) => role === 'auditor');
  const actor = isAuditor
    ? inRole(acting, 'auditor')
    : inRoleOf(acting, ['checker'], [round.checkingAgency], 'duty/not-checking-agency');
  if (isAuditor) refuseOwnWork(acting, figure.versions);
  refuseWrongStatus(figure, 'request-explanation');
  const version = versionInQuestion(figure, command.version);
  const remarks = readRemarks('figure', command.remarks, version, context);
  const lastDay = readLastDay('figure', command.lastDay, today);
  const request = `explanation-${figure.explanations.length + 1}`;
  const { digest } = version;
  const data = { request, version: command.version, digest, remarks, lastDay };
  return decided(actor, { type: 'figure.explanation-requested.v1', data });
}

export function explain(
  command: CommandOf<'explain'>,
  figure: Figure,
  context: FigureContext,
  leads: readonly AgencyId[],
): Decision<FigureFact> {
  const { acting } = context;
  const isOfficer = acting.capacities.some(
    ({ role, agency }) => role === 'officer' && leads.includes(agency),
  );
  const actor = isOfficer
    ? officerOf(acting, leads, 'duty/not-lead-agency')
    : signatoryOf(acting, leads, 'duty/not-lead-agency').actor;
  refuseWrongStatus(figure, 'explain');
  const asked = figure.explanations.find(({ request }) => request === command.request);
  if (asked === undefined) throw refuse('figure/no-such-request', { pointer: '/request' });
  if (asked.explainedBy !== null) throw refuse('figure/already-explained', { pointer: '/request' });
  const text = readText(command.text, '/text');
  const evidence = readLinks('figure', command.evidence, context);
  const data = { request: command.request, text, evidence };
  return decided(actor, { type: 'figure.explained.v1', data });
}

/** Heads of agencies that lead or contributed may dispute (DOMAIN, What blocks certification). */
export function dispute(
  command: CommandOf<'dispute'>,
  figure: Figure,
  context: FigureContext,
  leads: readonly AgencyId[],
): Decision<FigureFact> {
  const parties = [...leads, ...context.assignment.participants];
  const { actor } = signatoryOf(context.acting, parties, 'duty/not-a-party');
  refuseWrongStatus(figure, 'dispute');
  const { digest } = versionInQuestion(figure, command.version);
  const reason = readText(command.reason, '/reason');
  const evidence = readLinks('figure', command.evidence, context);
  const name = `dispute-${figure.disputes.length + 1}`;
  const data = { dispute: name, version: command.version, digest, reason, evidence };
  return decided(actor, { type: 'figure.disputed.v1', data });
}

/** The disputing agency takes it back, or UBND tỉnh decides by a document. */
export function settle(
  command: CommandOf<'settle'>,
  figure: Figure,
  context: FigureContext,
): Decision<FigureFact> {
  const { outcome } = command;
  refuseWrongStatus(figure, 'settle');
  const raised = figure.disputes.find(({ dispute: name }) => name === command.dispute);
  if (raised === undefined) throw refuse('figure/no-such-dispute', { pointer: '/dispute' });
  const actor =
    outcome === 'withdrawn'
      ? signatoryOf(context.acting, [raised.by.agency], 'duty/not-disputing-agency').actor
      : committeeMember(context);
  if (raised.outcome !== null) throw refuse('figure/already-settled', { pointer: '/dispute' });
  const document =
    outcome === 'withdrawn' && command.document === null
      ? null
      : readFiledDocument(command.document, '/document', context);
  const reason = readText(command.reason, '/reason');
  const data = { dispute: command.dispute, outcome, reason, document };
  return decided(actor, { type: 'figure.dispute-settled.v1', data });
}

export function orderCorrection(
  command: CommandOf<'order-correction'>,
  figure: Figure,
  context: FigureContext,
): Decision<FigureFact> {
  const { acting, today } = context;
  const actor = inRole(acting, 'inspector');
  refuseOwnWork(acting, figure.versions);
  refuseWrongStatus(figure, 'order-correction');
  const { digest } = versionToApprove('figure', figure, command.version);
  const conclusion = readConclusion(command.conclusion, context);
  const text = readText(command.text, '/text');
  const lastDay = readLastDay('figure', command.lastDay, today);
  const order = `order-${figure.orders.length + 1}`;
  const { version } = command;
  const finding = command.finding == null ? null : findingOf(actor, context);
  const data = { order, version, digest, conclusion, text, lastDay, finding };
  return decided(actor, { type: 'correction.ordered.v1', data });
}

/** The order that a correction order carries out: an open one, of the same agency and figure. */
function findingOf({ agency }: Actor, { figure, ordering }: FigureContext): Basis {
  const isOwn =
    ordering?.kind === 'order' &&
    ordering.open &&
    ordering.figure === figure &&
    ordering.agency === agency;
  if (ordering === null || !isOwn) {
    throw refuse('figure/finding-not-an-order', { pointer: '/finding' });
  }
  return { stream: `finding-${ordering.finding}`, revision: ordering.revision };
}

/** An inspector's conclusion is known by number and date; its file may still be on its way. */
function readConclusion(conclusion: DocumentRef, context: FigureContext): DocumentRef {
  const { number, date, digest } = conclusion;
  if (number === null || date === null) {
    throw refuse('figure/conclusion-incomplete', { pointer: '/conclusion' });
  }
  return digest === null
    ? readDocument(conclusion, '/conclusion')
    : readFiledDocument(conclusion, '/conclusion', context);
}
