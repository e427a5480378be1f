import { dayInVietnam } from '#kernel';
import type {
  AgencyId,
  ContributionId,
  Decider,
  Digest,
  Fact,
  FigureId,
  FigureName,
  Instant,
  PersonId,
} from '#kernel';
import { definitionOf, dueOf, participantsOf, sentenceFor } from '#catalogue';
import type { CrossCheck, DueScope } from '#catalogue';
import type { Catalogue } from '#catalogue/nest';
import type { Directory } from '#directory/nest';
import type { EvidenceReader } from '#evidence/nest';
import type { Basing } from './basing.ts';
import type { Cited } from './citations.ts';
import { compareWith } from './comparisons.ts';
import type {
  Comparisons,
  ContributionFacts,
  OrderingFinding,
  PartyFacts,
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
        committee,
        closed: round.status === 'closed',
        verificationBasis,
      },
      assignment: { mode, leads, participants, frozenBy: null, edition, definition },
      ...(await this.citations(wanted.cited, basing)),
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
    const session = body.sessions.find((held) => held.session === cited.session) ?? null;
    const { members, dissolved } = body;
    const { revision } = folded;
    return { body: cited.body, revision, dissolved: dissolved !== null, members, session };
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

  private async citations(
    { files, references }: Cited,
    basing: Basing,
  ): Promise<Pick<StatementContext, 'evidence' | 'references'>> {
    const evidence: { evidence: Digest; documentKind: string; integrityFailed: boolean }[] = [];
    for (const digest of files) {
      const found = await this.evidence.lookUp(digest);
      if (found === null) continue;
      basing.note(found.basis);
      const { document, integrity } = found.state;
      const integrityFailed = integrity.status === 'failed';
      evidence.push({ evidence: digest, documentKind: document.kind, integrityFailed });
    }
    const known: { reference: string; documentKind: string }[] = [];
    for (const reference of references) {
      const found = await this.evidence.reference(reference);
      if (found === null) continue;
      basing.note(found.basis);
      known.push({ reference, documentKind: found.state.document.kind });
    }
    return { evidence, references: known };
  }
}
