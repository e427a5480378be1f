import type { Actor, AgencyId, Decider, Decision, FigureId, Role } from '#kernel';
import type { StatementContext } from './contexts.ts';
import { readDocument, readFiledDocument, readLastDay, readLinks, readPaper } from './drafting.ts';
import {
  agenciesOf,
  committeeMember,
  deskOrSignatory,
  inRole,
  inRoleOf,
  leadsOfFigure,
  refuseAuditor,
  refuseOwnWork,
  speakingFor,
  withHeirs,
} from './duties.ts';
import type { FindingCommand } from './finding.commands.ts';
import type { FindingFact } from './finding.events.ts';
import { evolveFinding, findingFor } from './finding-state.ts';
import type { Finding } from './finding-state.ts';
import { handInDay } from './lateness.ts';
import { refuse } from './refusals.ts';
import { readText } from './values.ts';
import { versionNumbered } from './versions.ts';
import type { Version } from './versions.ts';

/**
 * Findings of auditors and inspectors: raised about one version, answered by the agency asked,
 * closed by the raiser's agency. Only UBND tỉnh may set one aside, by a document; nobody deletes
 * one. A finding leaves the figure where it is: what follows from it is a correction, ordered or
 * not, by those who answer for the figure.
 */
/** What the rules of a finding need: the figure it is about, with every version there ever was. */
export type FindingContext = StatementContext & {
  readonly finding: string;
  readonly figure: FigureId;
  readonly versions: readonly Version[];
};

type CommandOf<T extends FindingCommand['type']> = Extract<FindingCommand, { type: T }>;

function decided(actor: Actor, fact: FindingFact): Decision<FindingFact> {
  return { actor, facts: [fact] };
}

function decide(
  command: FindingCommand,
  finding: Finding | null,
  around: FindingContext,
): Decision<FindingFact> {
  const context = speakingFor(around, command);
  switch (command.type) {
    case 'raise':
      return raise(command, finding, context);
    case 'answer':
      return answer(command, finding, context);
    case 'overrule':
      return overrule(command, finding, context);
    case 'close':
      return close(command, finding, context);
  }
}

/**
 * By an auditor or an inspector without a hand in the figure; an order is an inspector's. About any
 * version there ever was: an audit looks back.
 */
function raise(
  command: CommandOf<'raise'>,
  finding: Finding | null,
  context: FindingContext,
): Decision<FindingFact> {
  const { acting, figure, versions, today } = context;
  const mayRaise: readonly Role[] = command.kind === 'order' ? [] : ['auditor'];
  const actor = inRole(context, ...mayRaise, 'inspector');
  if (finding !== null) throw refuse('finding/exists');
  refuseOwnWork(acting, versions);
  const version = versionNumbered({ versions, inForce: null }, command.version);
  if (version === undefined) {
    throw refuse('figure/no-such-version', { pointer: '/version', latest: versions.length });
  }
  const asked = askedAgencies(command.asked, context);
  const text = readText(command.text, '/text');
  const evidence = readLinks('figure', command.evidence, context);
  const answerBy = readLastDay('figure', command.answerBy, today, '/answerBy');
  const document =
    command.document &&
    (command.document.digest === null
      ? readDocument(command.document, '/document')
      : readFiledDocument(command.document, '/document', context));
  const { kind } = command;
  const { digest, statement } = version;
  const subject = { kind: 'figure', figure, version: statement.version, digest } as const;
  return decided(actor, {
    type: 'finding.raised.v1',
    data: {
      finding: context.finding,
      kind,
      subject,
      asked,
      text,
      evidence,
      answerBy,
      document,
    },
  });
}

/** The leads unless somebody else is named, who must have a part in the figure. */
function askedAgencies(asked: AgencyId | null, context: FindingContext): readonly AgencyId[] {
  const { assignment, figure, round } = context;
  const leads = agenciesOf(leadsOfFigure('figure', figure, assignment));
  if (asked === null) return leads;
  const parties = [...leads, ...assignment.participants, round.checkingAgency];
  if (!parties.includes(asked)) {
    throw refuse('finding/not-a-party', { pointer: '/asked', expected: parties });
  }
  return [asked];
}

/** Most answers to one finding: our proposal. A raiser who is not content closes it or orders. */
export const answersMax = 100;

/** An officer or the head of an agency asked, or of the one its duty passed to. */
function answer(
  command: CommandOf<'answer'>,
  present: Finding | null,
  context: FindingContext,
): Decision<FindingFact> {
  const { acting, today } = context;
  refuseAuditor(acting, new Set());
  if (present === null) throw refuse('finding/unknown');
  const agencies = withHeirs(present.asked, context.assignment);
  // What the checking agency is asked about is the work of its checkers.
  const roles: readonly Role[] = ['officer', 'checker'];
  const actor = deskOrSignatory(acting, roles, agencies, 'duty/not-asked');
  const finding = findingFor(present, 'answer');
  if (finding.answers.length >= answersMax) {
    throw refuse('finding/answers-full', { max: answersMax });
  }
  const text = readText(command.text, '/text');
  const evidence = readLinks('figure', command.evidence, context);
  const paper = readPaper('figure', command.paper, context);
  const handedInOn = handInDay(paper, today);
  const { answerBy: lastDay } = finding;
  const name = `answer-${finding.answers.length + 1}`;
  return decided(actor, {
    type: 'finding.answered.v1',
    data: {
      answer: name,
      agency: actor.agency,
      text,
      evidence,
      due: {
        lastDay,
        decidedBy: { stream: `finding-${finding.finding}`, revision: 0 },
        kind: 'document',
        source: null,
        handedInOn,
        late: handedInOn > lastDay,
      },
      paper,
    },
  });
}

function overrule(
  command: CommandOf<'overrule'>,
  present: Finding | null,
  context: FindingContext,
): Decision<FindingFact> {
  refuseAuditor(context.acting, new Set());
  const actor = committeeMember(context);
  findingFor(present, 'overrule');
  const reason = readText(command.reason, '/reason');
  const document = readFiledDocument(command.document, '/document', context);
  return decided(actor, { type: 'finding.overruled.v1', data: { reason, document } });
}

/** The raiser's agency: the person may have moved on, the finding is the agency's. */
function close(
  command: CommandOf<'close'>,
  present: Finding | null,
  { acting }: FindingContext,
): Decision<FindingFact> {
  if (present === null) throw refuse('finding/unknown');
  const agencies = [present.by.agency];
  const actor = inRoleOf(acting, ['auditor', 'inspector'], agencies, 'duty/not-raising-agency');
  findingFor(present, 'close');
  const { outcome } = command;
  const reason = readText(command.reason, '/reason');
  return decided(actor, { type: 'finding.closed.v1', data: { outcome, reason } });
}

/** Every rule of a finding. */
export const findingDecider: Decider<FindingCommand, Finding | null, FindingFact, FindingContext> =
  {
    initial: null,
    creates: ({ type }) => type === 'raise',
    decide,
    evolve: evolveFinding,
  };
