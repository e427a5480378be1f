import { provinceOfRound } from '#kernel';
import type { Actor, AgencyId, DocumentRef } from '#kernel';
import { actorOf, provinceOfAgency } from '#directory';
import type { SessionItem } from '#directory';
import { checksOf, readOverrides, standingFindings } from './checks.ts';
import type { ContributionFacts, FigureContext, Hand } from './contexts.ts';
import { readFiledDocument, refuseBrokenEvidence, transcription } from './drafting.ts';
import {
  agenciesOf,
  agencyHasHandIn,
  committeeMember,
  inRoleOf,
  leadsOfFigure,
  refuseSamePerson,
  refuseSameUnit,
} from './duties.ts';
import { isEvidenceComplete, isReferencedOnly } from './evidence-kinds.ts';
import type { FigureFact, VerificationMark } from './figure.events.ts';
import type { Figure, FigureVersion } from './figure-state.ts';
import type { FigureCommand } from './figures.commands.ts';
import { refuse } from './refusals.ts';
import { readText } from './values.ts';
import { handsIn, versionToApprove } from './versions.ts';

/**
 * Verification (kiểm tra, xác nhận): acceptance of one version, on one of three roads. The checking
 * agency's checker takes the first. What that agency leads itself goes another way (rule 4): a
 * checker of another agency, a review body citing a session, or the committee by a document.
 */

type Verify = Extract<FigureCommand, { type: 'verify' }>;
type Verified = Extract<FigureFact, { type: 'figure.verified.v1' }>;
type Road = {
  readonly actor: Actor;
  readonly reviewBody: Verified['data']['reviewBody'];
  readonly acceptance: DocumentRef | null;
};

/** The act of verifying `version`, which the caller has found to be endorsed and present. */
export function verification(
  command: Verify,
  version: FigureVersion,
  context: FigureContext,
): { readonly actor: Actor; readonly fact: Verified } {
  const leads = agenciesOf(leadsOfFigure('figure', context.figure, context.assignment));
  const isSelfLed = leads.includes(context.round.checkingAgency);
  const own = handsIn(version);
  const fed = handsInParts(version, context.contributions);
  const hands = [...own, ...fed];

  const road = roadOf(command, version, leads, isSelfLed, hands, context);
  refuseSamePerson(context.acting.person, hands, command.version);
  refuseSameUnit(context.acting, road.actor, hands);
  refuseBrokenEvidence('figure', version, context);

  const { findings } = checksOf(version, context);
  const overrides = readOverrides(command.overrides ?? [], findings);
  const { note } = command;
  const { verificationBasis: source } = context.round;
  const marks = marksOf(version, road, isSelfLed, agencyHasHandIn(road.actor, hands), context);
  return {
    actor: road.actor,
    fact: {
      type: 'figure.verified.v1',
      data: {
        version: command.version,
        digest: version.digest,
        basis: { text: source.raw, source },
        reviewBody: road.reviewBody,
        acceptance: road.acceptance,
        marks,
        note: note === null ? null : readText(note, '/note'),
        ...(findings.length > 0 && { findings: standingFindings(findings) }),
        ...(overrides.length > 0 && { overrides }),
        ...transcription('figure', command.paper, context),
      },
    },
  };
}

function roadOf(
  command: Verify,
  version: FigureVersion,
  leads: readonly AgencyId[],
  isSelfLed: boolean,
  hands: readonly Hand[],
  context: FigureContext,
): Road {
  if (command.reviewBody !== null && command.acceptance !== null) {
    throw refuse('figure/one-verification-basis', { pointer: '/acceptance' });
  }
  if (command.reviewBody !== null) {
    return byReviewBody(command.reviewBody.session, 'accept', version, hands, context);
  }
  if (command.acceptance !== null) {
    return byCommittee(command.acceptance, '/acceptance', isSelfLed, context);
  }
  const actor = isSelfLed ? otherChecker(leads, context) : ownChecker(context);
  return { actor, reviewBody: null, acceptance: null };
}

type Returned = Pick<
  Extract<FigureFact, { type: 'figure.returned.v1' }>['data'],
  'reviewBody' | 'document'
>;

/**
 * Who returns what was endorsed: whoever might verify it, on the same roads, because a verifier who
 * may only say yes does not check. The checking agency's own checker may return what that agency
 * leads, too: it is the yes that needs somebody else.
 */
export function returnRoad(
  command: Extract<FigureCommand, { type: 'return' }>,
  figure: Figure,
  context: FigureContext,
): { readonly actor: Actor; readonly cited: Returned } {
  const { reviewBody = null, document = null } = command;
  const leads = agenciesOf(leadsOfFigure('figure', context.figure, context.assignment));
  const { checkingAgency } = context.round;
  const isSelfLed = leads.includes(checkingAgency);
  if (reviewBody !== null && document !== null) {
    throw refuse('figure/one-return-basis', { pointer: '/document' });
  }
  if (reviewBody !== null) {
    const version = versionToApprove('figure', figure, command.version);
    const hands = [...handsIn(version), ...handsInParts(version, context.contributions)];
    const road = byReviewBody(reviewBody.session, 'return', version, hands, context);
    return { actor: road.actor, cited: road.reviewBody ? { reviewBody: road.reviewBody } : {} };
  }
  if (document !== null) {
    const road = byCommittee(document, '/document', isSelfLed, context);
    return { actor: road.actor, cited: road.acceptance ? { document: road.acceptance } : {} };
  }
  const holdsOwn = context.acting.capacities.some(
    ({ role, agency }) => role === 'checker' && agency === checkingAgency,
  );
  const actor = isSelfLed && !holdsOwn ? otherChecker(leads, context) : ownChecker(context);
  return { actor, cited: {} };
}

function ownChecker({ acting, round }: FigureContext): Actor {
  return inRoleOf(acting, ['checker'], [round.checkingAgency], 'duty/not-checking-agency');
}

/** Rule 4: a checker of an agency that does not lead the figure, in the province of the round. */
function otherChecker(leads: readonly AgencyId[], { acting, round }: FigureContext): Actor {
  const province = provinceOfRound(round.id);
  const others = acting.capacities
    .filter(({ role, agency }) => role === 'checker' && !leads.includes(agency))
    .filter(({ agency }) => provinceOfAgency(agency) === province)
    .map(({ agency }) => agency);
  return inRoleOf(acting, ['checker'], others, 'duty/self-led');
}

/**
 * Rule 4: a review body citing a recorded session on this version, members who fed the figure
 * abstaining. A member who stayed away had no vote to abstain from.
 */
function byReviewBody(
  wanted: string,
  decision: SessionItem['decision'],
  version: FigureVersion,
  hands: readonly Hand[],
  { acting, figure, reviewBody, round }: FigureContext,
): Road {
  const session = reviewBody?.session ?? null;
  const isHere = reviewBody?.province === provinceOfRound(round.id);
  if (reviewBody === null || !isHere || session === null || session.session !== wanted) {
    throw refuse('figure/no-such-session', { pointer: '/reviewBody' });
  }
  if (reviewBody.dissolved) throw refuse('figure/review-body-dissolved');
  const member = reviewBody.members.find(({ person }) => person === acting.person);
  if (member === undefined) throw refuse('duty/not-a-member', { body: reviewBody.body });
  const item = session.items.find(
    (dealt) =>
      dealt.figure === figure &&
      dealt.version === version.statement.version &&
      dealt.digest === version.digest,
  );
  if (item === undefined) throw refuse('figure/session-on-other-version', { figure });
  if (item.decision !== decision) {
    const code = decision === 'accept' ? 'not-accept' : 'not-return';
    throw refuse(`figure/session-did-${code}`, { figure });
  }
  if (!session.present.includes(acting.person)) throw refuse('duty/member-absent');
  if (item.abstained.includes(acting.person)) throw refuse('duty/member-abstained');
  // Else one person could write down a session and act on what they wrote.
  if (session.recordedBy === acting.person) throw refuse('duty/session-recorder');
  if (!session.minutesHeld) {
    throw refuse('figure/evidence-missing', { pointer: '/reviewBody', evidence: session.minutes });
  }
  const fed = hands.map(({ person }) => person);
  const biased = reviewBody.members.find(
    ({ person }) =>
      fed.includes(person) && session.present.includes(person) && !item.abstained.includes(person),
  );
  if (biased !== undefined) {
    throw refuse('duty/feeder-did-not-abstain', { person: biased.person });
  }
  // A member acts for the agency that sent them, in a role they hold there: the body gives none.
  const capacity = acting.capacities.find(({ agency }) => agency === member.agency);
  if (capacity === undefined) throw refuse('duty/role-required', { agency: member.agency });
  const { body, revision } = reviewBody;
  return {
    actor: actorOf(acting.person, capacity),
    reviewBody: { body, session: session.session, minutes: session.minutes, revision },
    acceptance: null,
  };
}

/**
 * Rule 4: where no independent reviewer exists, UBND tỉnh accepts by a document. Only for what the
 * checking agency leads: elsewhere it would be a way round the checker.
 */
function byCommittee(
  acceptance: DocumentRef,
  pointer: '/acceptance' | '/document',
  isSelfLed: boolean,
  context: FigureContext,
): Road {
  const actor = committeeMember(context);
  if (!isSelfLed) throw refuse('figure/acceptance-not-needed', { pointer });
  const document = readFiledDocument(acceptance, pointer, context);
  return { actor, reviewBody: null, acceptance: document };
}

/** Hands in the versions of the parts that this version was built from, whatever came after. */
function handsInParts(version: FigureVersion, parts: readonly ContributionFacts[]): Hand[] {
  return version.statement.builtFrom.flatMap(({ contribution, digest }) => {
    const part = parts.find((facts) => facts.contribution === contribution);
    return part?.versions.find((built) => built.digest === digest)?.hands ?? [];
  });
}

function marksOf(
  { statement }: FigureVersion,
  road: Road,
  isSelfLed: boolean,
  verifierContributed: boolean,
  { assignment, evidence, references }: FigureContext,
): readonly VerificationMark[] {
  const required = assignment.definition.evidenceKinds;
  const marks: readonly (readonly [VerificationMark, boolean])[] = [
    ['self-led', isSelfLed],
    ['not-independently-reviewed', road.acceptance !== null],
    ['verifier-contributed', verifierContributed],
    [
      'evidence-incomplete',
      !isEvidenceComplete(statement.evidence, required, evidence, references),
    ],
    ['evidence-referenced-only', isReferencedOnly(statement.evidence)],
    ['parts-outstanding', statement.outstanding.length > 0],
  ];
  return marks.filter(([, applies]) => applies).map(([mark]) => mark);
}
