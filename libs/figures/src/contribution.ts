import type { Actor, AgencyId, Decider, Decision } from '#kernel';
import type { ComponentDefinition } from '#catalogue';
import type { ContributionFact, OutsideSource } from './contribution.events.ts';
import {
  awaitedContribution,
  evolveContribution,
  isFromOutside,
  refuseWrongStatus,
} from './contribution-state.ts';
import type { Contribution } from './contribution-state.ts';
import type { ContributionContext } from './contexts.ts';
import {
  draftAbsence,
  draftStatement,
  hasPlannedReplacement,
  refuseBrokenEvidence,
} from './drafting.ts';
import type { Draft } from './drafting.ts';
import {
  agenciesOf,
  officerOf,
  refuseAuditor,
  refuseSamePerson,
  signatoryOf,
  speakingFor,
} from './duties.ts';
import type { ContributionCommand } from './figures.commands.ts';
import { refuse } from './refusals.ts';
import type { VersionKind } from './statement.ts';
import { readText } from './values.ts';
import {
  correctionKind,
  dueReader,
  endorsing,
  returning,
  takingBack,
  withdrawing,
} from './version-acts.ts';
import { answersOlderDefinition, handsIn, presentVersion, versionToApprove } from './versions.ts';

/**
 * A coordinating agency's part: requested, submitted, endorsed by its own head (a commune answers
 * to the committee exactly as a department does, 000:95-101), accepted by the lead or returned.
 * "No data" takes the same road. Closing a round stops new figures, and a part is none: the late
 * part of a submitted figure may still come and leads to a correction.
 */

type CommandOf<T extends ContributionCommand['type']> = Extract<ContributionCommand, { type: T }>;
type HandIn = CommandOf<'submit' | 'correct' | 'declare-no-data'>;

function decided(actor: Actor, fact: ContributionFact): Decision<ContributionFact> {
  return { actor, facts: [fact] };
}

function decide(
  command: ContributionCommand,
  part: Contribution,
  around: ContributionContext,
): Decision<ContributionFact> {
  const context = speakingFor(around, command);
  refuseAuditor(context.acting, new Set());
  switch (command.type) {
    case 'request':
      return request(command, part, context);
    case 'submit':
    case 'correct':
    case 'declare-no-data':
      return handIn(command, part, context);
    case 'endorse':
      return endorse(command, part, context);
    case 'withdraw-endorsement':
      return withdrawEndorsement(command, part, context);
    case 'accept':
      return accept(command, part, context);
    case 'return':
      return sendBack(command, part, context);
    case 'withdraw':
      return withdraw(command, part, context);
  }
}

/** The lead asks a participant for components, or for documents only (I.1 and I.6 of Sơn La). */
function request(
  command: CommandOf<'request'>,
  part: Contribution,
  context: ContributionContext,
): Decision<ContributionFact> {
  const { assignment, contribution, figure, giver, round } = context;
  const actor = officerOf(context.acting, agenciesOf(assignment.leads), 'duty/not-lead-agency');
  refuseWrongStatus(part, 'request');
  const { agency, components, documentsOnly } = command;
  if (agency !== giver.agency) {
    throw refuse('contribution/wrong-agency', { pointer: '/agency', expected: giver.agency });
  }
  const { frozenBy } = assignment;
  if (frozenBy === null) throw refuse('contribution/participants-not-frozen');
  if (!isParticipant(context)) throw refuse('contribution/not-a-participant', { agency });
  if (documentsOnly === components.length > 0) {
    throw refuse('contribution/components-or-documents', { pointer: '/components' });
  }
  const known = suppliedByParts(context).map(({ key }) => key);
  components.forEach((key, index) => {
    const pointer = `/components/${index}`;
    if (!known.includes(key)) {
      throw refuse('value/unknown-component', { pointer, expected: known });
    }
    if (components.indexOf(key) !== index) throw refuse('value/duplicate-component', { pointer });
  });
  const indicator = assignment.definition.code;
  const names = { contribution, figure, round: round.id, indicator, agency };
  return decided(actor, {
    type: 'contribution.requested.v1',
    data: { ...names, components: [...components], documentsOnly, frozenBy },
  });
}

function handIn(
  command: HandIn,
  part: Contribution,
  context: ContributionContext,
): Decision<ContributionFact> {
  const outsideSource =
    command.type === 'declare-no-data' ? null : readOutsideSource(command.outsideSource);
  const actor = depositor(outsideSource, context);
  refuseWrongStatus(part, command.type);
  const kind = kindOf(command, part, context);
  const draft = draftFor(kind, part, context);
  if (command.type === 'declare-no-data') {
    const reason = readText(command.reason, '/reason');
    const data = { ...draftAbsence(draft, command, context), reason };
    return decided(actor, { type: 'contribution.declared-no-data.v1', data });
  }
  if (outsideSource !== null && command.evidence.length === 0) {
    throw refuse('contribution/outside-document-required', { pointer: '/evidence' });
  }
  const statement = { ...draftStatement(draft, command, context), outsideSource };
  if (command.type === 'submit') {
    return decided(actor, { type: 'contribution.submitted.v1', data: statement });
  }
  const reason = readText(command.reason, '/reason');
  const replaces = presentVersion(part)?.statement.version ?? 0;
  const data = { ...statement, reason, replaces };
  return decided(actor, { type: 'contribution.corrected.v1', data });
}

/**
 * Who hands in: an officer of the agency itself, or, for an outsider without an account, an officer
 * of the lead. An agency that owes a part is never spoken for: it answers for its own words.
 */
function depositor(outsideSource: OutsideSource | null, context: ContributionContext): Actor {
  const { acting, assignment, giver } = context;
  if (outsideSource !== null) {
    const actor = officerOf(acting, agenciesOf(assignment.leads), 'duty/not-lead-agency');
    if (isParticipant(context)) throw refuse('contribution/not-an-outsider');
    return actor;
  }
  const actor = officerOf(acting, [giver.agency], 'duty/not-your-agency');
  if (!isParticipant(context)) {
    throw refuse('contribution/not-a-participant', { agency: giver.agency });
  }
  return actor;
}

function isParticipant({ assignment, giver }: ContributionContext): boolean {
  return assignment.participants.includes(giver.agency);
}

function readOutsideSource(source: OutsideSource | null): OutsideSource | null {
  if (source === null) return null;
  const { name, sourceKind } = source;
  return { name: readText(name, '/outsideSource/name', 500, 'one'), sourceKind };
}

function kindOf(command: HandIn, part: Contribution, context: ContributionContext): VersionKind {
  const isReturned = part.status === 'returned';
  if (command.type !== 'correct') return isReturned ? 'resubmission' : 'first';
  const replaced = presentVersion(part);
  return correctionKind('contribution', command.kind, isReturned, () => {
    return (
      replaced === undefined ||
      hasPlannedReplacement(replaced) ||
      answersOlderDefinition(replaced, context.assignment)
    );
  });
}

function draftFor(kind: VersionKind, part: Contribution, context: ContributionContext): Draft {
  const { contribution, giver } = context;
  const stream = `contribution-${contribution}`;
  return {
    subject: 'contribution',
    version: part.versions.length + 1,
    kind,
    agency: giver.agency,
    components: componentsOf(part, context),
    due: dueReader(kind, part, { stream, first: giver.due, ordered: null }),
  };
}

/**
 * What may be stated in this part: the components asked for, each as obligatory as the definition
 * says. Without a request anything that parts supply may be stated and nothing must be, because
 * nobody has said which component is this agency's.
 */
function componentsOf(
  { request: asked }: Contribution,
  context: ContributionContext,
): readonly ComponentDefinition[] {
  const supplied = suppliedByParts(context);
  return asked === null
    ? supplied.map((component) => ({ ...component, required: false }))
    : supplied.filter(({ key }) => asked.components.includes(key));
}

function suppliedByParts({ assignment }: ContributionContext): readonly ComponentDefinition[] {
  return assignment.definition.components.filter(({ suppliedBy }) => suppliedBy !== 'lead');
}

/** Agencies whose head speaks for the part: the giver's, or the lead's for an outsider. */
function answeringFor(part: Contribution, context: ContributionContext): AgencyId[] {
  return isFromOutside(part) ? agenciesOf(context.assignment.leads) : [context.giver.agency];
}

function endorse(
  { version: number, paper }: CommandOf<'endorse'>,
  part: Contribution,
  context: ContributionContext,
): Decision<ContributionFact> {
  const { acting, giver } = context;
  if (isFromOutside(part)) throw refuse('contribution/outsider-not-endorsed');
  const signatory = signatoryOf(acting, [giver.agency], 'duty/not-your-agency');
  refuseWrongStatus(part, 'endorse');
  const version = versionToApprove('contribution', part, number);
  refuseSamePerson(signatory.actor.person, [version.by], number);
  refuseBrokenEvidence('contribution', version, context);
  const data = endorsing('contribution', signatory, version, giver, paper, context);
  return decided(signatory.actor, { type: 'contribution.endorsed.v1', data });
}

function withdrawEndorsement(
  command: CommandOf<'withdraw-endorsement'>,
  part: Contribution,
  { acting, giver }: ContributionContext,
): Decision<ContributionFact> {
  const { actor } = signatoryOf(acting, [giver.agency], 'duty/not-your-agency');
  refuseWrongStatus(part, 'withdraw-endorsement');
  const data = takingBack('contribution', command, part, actor.person);
  return decided(actor, { type: 'contribution.endorsement-withdrawn.v1', data });
}

/** Accepted by an officer of the lead, who neither deposited nor endorsed it (rule 1). */
function accept(
  command: CommandOf<'accept'>,
  part: Contribution,
  context: ContributionContext,
): Decision<ContributionFact> {
  const { acting, assignment } = context;
  const actor = officerOf(acting, agenciesOf(assignment.leads), 'duty/not-lead-agency');
  refuseWrongStatus(part, 'accept');
  const version = versionToApprove('contribution', part, command.version);
  refuseSamePerson(actor.person, handsIn(version), command.version);
  refuseBrokenEvidence('contribution', version, context);
  const note = command.note === null ? null : readText(command.note, '/note');
  const data = { version: command.version, digest: version.digest, note };
  return decided(actor, { type: 'contribution.accepted.v1', data });
}

/** The giver's head returns what was submitted to them, the lead's officer what was endorsed. */
function sendBack(
  command: CommandOf<'return'>,
  part: Contribution,
  context: ContributionContext,
): Decision<ContributionFact> {
  const { acting, assignment, giver } = context;
  const from = part.status === 'endorsed' ? 'endorsed' : 'submitted';
  const actor =
    from === 'endorsed' || isFromOutside(part)
      ? officerOf(acting, agenciesOf(assignment.leads), 'duty/not-lead-agency')
      : signatoryOf(acting, [giver.agency], 'duty/not-your-agency').actor;
  refuseWrongStatus(part, 'return');
  const data = returning('contribution', command, from, part, context);
  return decided(actor, { type: 'contribution.returned.v1', data });
}

function withdraw(
  command: CommandOf<'withdraw'>,
  part: Contribution,
  context: ContributionContext,
): Decision<ContributionFact> {
  const agencies = answeringFor(part, context);
  const { actor } = signatoryOf(context.acting, agencies, 'duty/not-your-agency');
  refuseWrongStatus(part, 'withdraw');
  const data = withdrawing('contribution', command, part);
  return decided(actor, { type: 'contribution.withdrawn.v1', data });
}

/** Every rule of a part. Only the lead's request makes sense on nothing but an absent stream. */
export const contributionDecider: Decider<
  ContributionCommand,
  Contribution,
  ContributionFact,
  ContributionContext
> = {
  initial: awaitedContribution,
  creates: (command) => command.type === 'request',
  decide,
  evolve: evolveContribution,
};
