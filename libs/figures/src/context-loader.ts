import { dayInVietnam } from '#kernel';
import type {
  AgencyId,
  ContributionId,
  Decider,
  Fact,
  FigureId,
  FigureName,
  Instant,
  PersonId,
} from '#kernel';
import { definitionOf, dueOf, isClosed, participantsOf, sentenceFor } from '#catalogue';
import type { CrossCheck, DueScope } from '#catalogue';
import type { Catalogue } from '#catalogue/nest';
import type { ActingPerson, ReviewSession } from '#directory';
import type { Directory } from '#directory/nest';
import { depositFor, oversees, readableDeposit } from '#evidence';
import type { Deposit, Evidence } from '#evidence';
import type { EvidenceReader } from '#evidence/nest';
import type { Basing } from './basing.ts';
import type { Cited } from './citations.ts';
import { compareWith } from './comparisons.ts';
import type {
  Comparisons,
  ContributionFacts,
  EvidenceFacts,
  OrderingFinding,
  PartyFacts,
  ReferenceFacts,
  ReviewBodyFacts,
  StatementContext,
} from './contexts.ts';
import { contributionDecider } from './contribution.ts';
import { factsOfContribution } from './contribution-state.ts';
import { figureDecider } from './figure.ts';
import type { Figure } from './figure-state.ts';
import { findingDecider } from './finding.ts';
import { isOpenFinding } from './finding-state.ts';
import { predecessorsOf } from './owed.ts';
import type { Duty } from './owed.ts';
import { refuse } from './refusals.ts';
import type { Subject } from './refusals.ts';

/** What a context is loaded for. Only what the command needs is read, so that `basis` says why. */
export type Wanted = {
  readonly subject: Subject;
  readonly name: FigureName;
  readonly person: PersonId;
  readonly now: Instant;
  readonly cited: Cited;
  readonly sentences: boolean;
  readonly committee: boolean;
};

export type Loaded = Duty & {
  readonly context: StatementContext;
  readonly crossChecks: readonly CrossCheck[];
};

/** Reads a stream and folds it, as the Recorder does; revision -1 where there is none. */
export type StreamLoader = {
  load<S, F extends Fact>(
    folding: Pick<Decider<never, S, F, never>, 'initial' | 'evolve'>,
    stream: string,
  ): Promise<{ readonly state: S; readonly revision: number }>;
};

/** People's Committees decide together: whoever signs for one signs on its behalf (TM.). */
const collectiveKinds: readonly string[] = ['committee', 'commune'];

/** Reads the streams of other contexts into the facts that `contexts.ts` asks for. */
export class ContextLoader {
  private readonly recorder: StreamLoader;
  private readonly directory: Directory;
  private readonly catalogue: Catalogue;
  private readonly evidence: EvidenceReader;

  constructor(
    recorder: StreamLoader,
    directory: Directory,
    catalogue: Catalogue,
    evidence: EvidenceReader,
  ) {
    this.recorder = recorder;
    this.directory = directory;
    this.catalogue = catalogue;
    this.evidence = evidence;
  }

  async statement(wanted: Wanted, basing: Basing): Promise<Loaded> {
    const { subject, name, person, now } = wanted;
    const today = dayInVietnam(now);
    const { acting, basis } = await this.directory.actingPerson(person, today);
    for (const one of basis) basing.note(one);
    const round = basing.take(`round-${name.round}`, await this.catalogue.round(name.round));
    const assigned = round?.assignments.get(name.indicator);
    if (round == null || assigned === undefined) throw refuse(`${subject}/unknown`);

    const { framework, checkingAgency, chain, verificationBasis } = round.opening;
    const opensOn = round.opening.legalBasis.date ?? round.opening.period.from;
    const { edition, revision } = assigned.assignment.definition;
    const folded = await this.catalogue.framework(framework);
    const editions = basing.take(`framework-${framework}`, folded);
    const definition = definitionOf(editions, edition, name.indicator, revision);
    if (definition === undefined) throw refuse(`${subject}/unknown`, { edition, revision });

    const { mode } = assigned.assignment;
    const leads: PartyFacts[] = [];
    for (const lead of assigned.leads) {
      leads.push(await this.party(lead, 'figure', wanted, { round, assigned }, basing));
    }
    const committee = wanted.committee ? await this.committeeIn(chain, basing) : null;
    const participants = participantsOf(round, name.indicator);
    const context: StatementContext = {
      acting,
      today,
      round: {
        id: name.round,
        framework,
        checkingAgency,
        opensOn,
        committee,
        closed: isClosed(round, today),
        verificationBasis,
      },
      assignment: { mode, leads, participants, frozenBy: null, edition, definition },
      ...(await this.citations(wanted, acting, basing)),
    };
    const { crossChecks = [] } = editions?.editions.get(edition) ?? {};
    return { context, round, assigned, crossChecks };
  }

  async party(
    agency: AgencyId,
    scope: DueScope,
    { name, sentences }: Pick<Wanted, 'name' | 'sentences'>,
    { round, assigned }: Duty,
    basing: Basing,
  ): Promise<PartyFacts> {
    const kind = sentences ? await this.kindOf(agency, basing) : null;
    const sentence = kind === null ? null : sentenceFor(round, kind);
    return {
      agency,
      succeeds: predecessorsOf(agency, assigned),
      ...(kind !== null && { collective: collectiveKinds.includes(kind) }),
      responsibility: sentence && { text: sentence.text, source: sentence.source },
      due: dueOf(round, name.indicator, scope, agency),
    };
  }

  /** Parts by name, with the agency that answers for each; absent streams have no versions yet. */
  async parts(
    named: ReadonlyMap<ContributionId, AgencyId>,
    basing: Basing,
  ): Promise<ContributionFacts[]> {
    const facts: ContributionFacts[] = [];
    for (const [contribution, agency] of named) {
      const stream = `contribution-${contribution}`;
      const part = basing.take(stream, await this.recorder.load(contributionDecider, stream));
      facts.push(factsOfContribution(part, { contribution, agency }));
    }
    return facts;
  }

  /** Every figure of this and former rounds that the checks of this one look at. */
  comparisons(
    name: FigureName,
    { round, crossChecks }: Loaded,
    basing: Basing,
  ): Promise<Comparisons> {
    return compareWith(name, round, crossChecks, {
      round: async (id) => basing.take(`round-${id}`, await this.catalogue.round(id)),
      figure: (id) => this.figure(id, basing),
    });
  }

  async figure(figure: FigureId, basing: Basing): Promise<Figure> {
    const stream = `figure-${figure}`;
    return basing.take(stream, await this.recorder.load(figureDecider, stream));
  }

  async ordering(finding: string, basing: Basing): Promise<OrderingFinding | null> {
    const stream = `finding-${finding}`;
    const folded = await this.recorder.load(findingDecider, stream);
    const state = basing.take(stream, folded);
    if (state === null) return null;
    const { kind, subject, by } = state;
    const { revision } = folded;
    const open = isOpenFinding(state);
    return { finding, revision, kind, figure: subject.figure, agency: by.agency, open };
  }

  async reviewBody(
    cited: { readonly body: string; readonly session: string },
    basing: Basing,
  ): Promise<ReviewBodyFacts | null> {
    const folded = await this.directory.reviewBody(cited.body);
    const body = basing.take(`review-body-${cited.body}`, folded);
    if (body === null) return null;
    const held = body.sessions.find(({ session }) => session === cited.session);
    const session = held ? await this.heldSession(held, basing) : null;
    const { members, dissolved, province } = body;
    const { revision } = folded;
    const isDissolved = dissolved !== null;
    return { body: cited.body, province, revision, dissolved: isDissolved, members, session };
  }

  private async heldSession(
    session: ReviewSession,
    basing: Basing,
  ): Promise<NonNullable<ReviewBodyFacts['session']>> {
    const minutes = await this.evidence.lookUp(session.minutes);
    if (minutes !== null) basing.note(minutes.basis);
    const minutesHeld = minutes !== null && minutes.state.integrity.status !== 'failed';
    return { ...session, minutesHeld };
  }

  private async committeeIn(chain: readonly AgencyId[], basing: Basing): Promise<AgencyId | null> {
    for (const agency of chain) {
      if ((await this.kindOf(agency, basing)) === 'committee') return agency;
    }
    return null;
  }

  private async kindOf(agency: AgencyId, basing: Basing): Promise<string | null> {
    const found = basing.take(`agency-${agency}`, await this.directory.agency(agency));
    return found?.kind ?? null;
  }

  /**
   * Files cited by a figure that its parts rest on: the lead reads its parts, so it may cite what
   * they show, unless the giver restricted it.
   */
  async citedOfParts(
    { cited }: Wanted,
    { context }: Loaded,
    parts: readonly ContributionFacts[],
    basing: Basing,
  ): Promise<EvidenceFacts[]> {
    const known = new Set(context.evidence.map(({ evidence }) => evidence));
    const facts: EvidenceFacts[] = [];
    for (const digest of cited.files.filter((file) => !known.has(file))) {
      const givers = parts
        .filter(({ versions }) => versions.some(({ evidence }) => evidence?.includes(digest)))
        .map(({ agency }) => agency);
      const found = givers.length === 0 ? null : await this.evidence.lookUp(digest);
      const open = found?.state.deposits.filter(({ restrictedTo }) => restrictedTo === null) ?? [];
      const deposit = depositFor(open, givers, context.round.id);
      if (found !== null && deposit !== undefined) {
        basing.note(found.basis);
        facts.push(factsOfFile(found.state, deposit));
      }
    }
    return facts;
  }

  private async citations(
    { cited, name }: Wanted,
    acting: ActingPerson,
    basing: Basing,
  ): Promise<Pick<StatementContext, 'evidence' | 'references'>> {
    const { files, references, held } = cited;
    const evidence: EvidenceFacts[] = [];
    for (const digest of files) {
      const found = await this.evidence.lookUp(digest);
      if (found === null) continue;
      const { deposits } = found.state;
      const isHeld = held.files.includes(digest);
      const deposit =
        (isHeld ? (depositFor(deposits, held.by, name.round) ?? deposits[0]) : undefined) ??
        readableDeposit(deposits, { acting, round: name.round });
      // What may not be read is answered like what is not there: a digest is not a right.
      if (deposit === undefined) continue;
      basing.note(found.basis);
      evidence.push(factsOfFile(found.state, deposit));
    }
    const known: ReferenceFacts[] = [];
    for (const reference of references) {
      const found = await this.evidence.reference(reference);
      if (found === null) continue;
      const { document, depositedFor } = found.state;
      const isOwn = acting.capacities.some(({ agency }) => agency === depositedFor);
      if (!isOwn && !oversees(acting, depositedFor) && !held.references.includes(reference)) {
        continue;
      }
      basing.note(found.basis);
      known.push({ reference, documentKind: document.kind });
    }
    return { evidence, references: known };
  }
}

function factsOfFile({ evidence, integrity }: Evidence, { document }: Deposit): EvidenceFacts {
  return {
    evidence,
    documentKind: document.kind,
    documentDate: document.date,
    integrityFailed: integrity.status === 'failed',
  };
}
