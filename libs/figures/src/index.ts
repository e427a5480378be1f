/**
 * Figures and parts: the heart of the ledger. A figure answers one indicator of a round; it has
 * versions, each handed in by an officer of the lead, endorsed by its head, verified by somebody
 * who had no hand in it, and never edited. A contribution is a coordinating agency's part of one.
 * Begin with `figure.ts` and `contribution.ts` (what may happen when), then `duties.ts` (who may
 * do what, and not both) and `verification.ts`; `values.ts` and `drafting.ts` turn what was typed
 * into what is kept. `roll-up.ts` offers what parts give together, `checks.ts` finds what does
 * not fit, and `finding.ts` is what auditors and inspectors raise. Everything here is pure: what
 * the rules need from elsewhere is in `contexts.ts`, loaded by the handlers behind `nest.ts`.
 */
export { checkTexts } from './check-catalogue.ts';
export type { CheckCode, CheckFinding } from './check-catalogue.ts';
export { checksOf } from './checks.ts';
export type { CheckFacts, Checks } from './checks.ts';
export { compareWith, formerRoundOf } from './comparisons.ts';
export type { ComparedSource } from './comparisons.ts';
export * from './contexts.ts';
export * from './contribution.events.ts';
export { contributionDecider } from './contribution.ts';
export {
  awaitedContribution,
  contributionStatuses,
  contributionTransitions,
  evolveContribution,
  factsOfContribution,
  isFromOutside,
} from './contribution-state.ts';
export type {
  Contribution,
  ContributionStatement,
  ContributionStatus,
  ContributionVersion,
  PartRequest,
} from './contribution-state.ts';
export * from './figure.events.ts';
export { figureDecider } from './figure.ts';
export {
  awaitedFigure,
  evolveFigure,
  figureStatuses,
  figureTransitions,
  openDisputes,
  openExplanations,
  openOrders,
} from './figure-state.ts';
export type {
  CorrectionOrder,
  Dispute,
  Explanation,
  Figure,
  FigureStatus,
  FigureVersion,
} from './figure-state.ts';
export type { NotCompared } from './cross-checking.ts';
export * from './figures.commands.ts';
export * from './finding.commands.ts';
export * from './finding.events.ts';
export { findingDecider } from './finding.ts';
export type { FindingContext } from './finding.ts';
export {
  evolveFinding,
  findingStatuses,
  findingTransitions,
  isOpenFinding,
} from './finding-state.ts';
export type { Finding, FindingAnswer, FindingStatus } from './finding-state.ts';
export type { DuplicateItem, JoinedItem, JoinedList } from './item-lists.ts';
export { marks, marksOf } from './marks.ts';
export type { Mark, MarkFacts } from './marks.ts';
export { isRecordedLate, transcriptionDaysMax } from './paper-arrival.ts';
export { isBuiltOnOlderPart } from './parts.ts';
export type { Quotient } from './quotient.ts';
export { figureRefusals } from './refusals.ts';
export type { FigureRefusal } from './refusals.ts';
export { differencesOf, movedParts } from './roll-up-difference.ts';
export type { MovedPart, RollUpDifference } from './roll-up-difference.ts';
export { rollUp } from './roll-up.ts';
export type {
  Addend,
  Arithmetic,
  PartStated,
  RollUp,
  RollUpCaveat,
  RollUpProblem,
} from './roll-up.ts';
export * from './statement.ts';
export {
  answersOlderDefinition,
  handsIn,
  isTranscribed,
  presentVersion,
  standing,
  versionNumbered,
} from './versions.ts';
export type {
  Approval,
  Endorsement,
  ReEndorsement,
  Return,
  Version,
  Versioned,
} from './versions.ts';
