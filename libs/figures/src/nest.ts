/**
 * Figures and parts in a Nest application: an envelope command and a handler for each of the two
 * aggregates. The handler loads what the rules need from elsewhere and notes the revision of each
 * stream it looked at (CONTRACTS 2, `basis`); the decider never sees a store.
 */
import { Injectable } from '@nestjs/common';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { dayInVietnam, readFigureName } from '#kernel';
import type {
  AgencyId, Basis, ContributionId, Digest, FigureId, FigureName, Instant, PersonId,
} from '#kernel';
import { definitionOf, dueOf, participantsOf, sentenceFor } from '#catalogue';
import type { DueScope } from '#catalogue';
import { Catalogue } from '#catalogue/nest';
import { Directory } from '#directory/nest';
import { EvidenceReader } from '#evidence/nest';
import { Recorder } from '#event-store';
import type { Envelope, Folded, Receipt } from '#event-store';
import { citedBy } from './citations.ts';
import type { Cited } from './citations.ts';
import type {
  ContributionContext, ContributionFacts, FigureContext, PartyFacts, ReviewBodyFacts,
  StatementContext,
} from './contexts.ts';
import { contributionDecider } from './contribution.ts';
import { factsOfContribution } from './contribution-state.ts';
import type { Contribution } from './contribution-state.ts';
import { figureDecider } from './figure.ts';
import type { Figure } from './figure-state.ts';
import type { ContributionCommand, FigureCommand } from './figures.commands.ts';
import { figureOf, frozenFor, giverOf, partsFor, predecessorsOf } from './owed.ts';
import type { Duty } from './owed.ts';
import { refuse } from './refusals.ts';
import type { Subject } from './refusals.ts';
import { presentVersion } from './versions.ts';

/** A command to the figure with this id. */
export class DecideFigure extends Command<Receipt> {
  readonly figure: FigureId;
  readonly envelope: Envelope<FigureCommand>;

  constructor(figure: FigureId, envelope: Envelope<FigureCommand>) {
    super();
    this.figure = figure;
    this.envelope = envelope;
  }
}

/** A command to the part with this id. */
export class DecideContribution extends Command<Receipt> {
  readonly contribution: ContributionId;
  readonly envelope: Envelope<ContributionCommand>;

  constructor(contribution: ContributionId, envelope: Envelope<ContributionCommand>) {
    super();
    this.contribution = contribution;
    this.envelope = envelope;
  }
}

/** Folded figures and parts, for pages that show one and for handlers of contexts to the right. */
@Injectable()
export class FigureReader {
  private readonly recorder: Recorder;

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  figure(figure: FigureId): Promise<Folded<Figure>> {
    return this.recorder.load(figureDecider, `figure-${figure}`);
  }

  contribution(contribution: ContributionId): Promise<Folded<Contribution>> {
    return this.recorder.load(contributionDecider, `contribution-${contribution}`);
  }
}

/** What one decision looked at, each stream once, less the one it is written to. */
class Basing {
  private readonly revisions = new Map<string, number>();
  private readonly own: string;

  constructor(own: string) {
    this.own = own;
  }

  /** The first look counts: where a stream moved in between, the older revision claims less. */
  note({ stream, revision }: Basis): void {
    if (revision < 0 || stream === this.own || this.revisions.has(stream)) return;
    this.revisions.set(stream, revision);
  }

  take<S>(stream: string, { state, revision }: Folded<S>): S {
    this.note({ stream, revision });
    return state;
  }

  get basis(): Basis[] {
    return [...this.revisions].map(([stream, revision]) => ({ stream, revision }));
  }
}

/** What a context is loaded for. Only what the command needs is read, so that `basis` says why. */
type Wanted = {
  readonly subject: Subject;
  readonly name: FigureName;
  readonly person: PersonId;
  readonly now: Instant;
  readonly cited: Cited;
  readonly sentences: boolean;
  readonly committee: boolean;
};

type Loaded = Duty & { readonly context: StatementContext };

/** Reads the streams of other contexts into the facts that `contexts.ts` asks for. */
@Injectable()
export class ContextLoader {
  private readonly recorder: Recorder;
  private readonly directory: Directory;
  private readonly catalogue: Catalogue;
  private readonly evidence: EvidenceReader;

  constructor(
    recorder: Recorder,
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
    return { context, round, assigned };
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

  private async committeeIn(
    chain: readonly AgencyId[],
    basing: Basing,
  ): Promise<AgencyId | null> {
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

@CommandHandler(DecideFigure)
export class DecideFigureHandler implements ICommandHandler<DecideFigure> {
  private readonly recorder: Recorder;
  private readonly loader: ContextLoader;

  constructor(recorder: Recorder, loader: ContextLoader) {
    this.recorder = recorder;
    this.loader = loader;
  }

  async execute({ figure, envelope }: DecideFigure): Promise<Receipt> {
    const { command, person } = envelope;
    const name = readFigureName(figure);
    if (name === undefined) throw refuse('figure/unknown', { figure });
    const stream = `figure-${figure}`;
    return this.recorder.record(figureDecider, stream, envelope, async (state, now) => {
      const basing = new Basing(stream);
      const wanted: Wanted = {
        subject: 'figure',
        name,
        person,
        now,
        cited: citedBy(command, presentVersion(state)),
        sentences: command.type === 'endorse',
        committee: command.type === 'verify' || command.type === 'settle',
      };
      const loaded = await this.loader.statement(wanted, basing);
      const parts = partsFor(command, state, name, loaded);
      const context: FigureContext = {
        ...loaded.context,
        figure,
        contributions: await this.loader.parts(parts, basing),
        reviewBody:
          command.type === 'verify' && command.reviewBody !== null
            ? await this.loader.reviewBody(command.reviewBody, basing)
            : null,
      };
      return { context, basis: basing.basis };
    });
  }
}

@CommandHandler(DecideContribution)
export class DecideContributionHandler implements ICommandHandler<DecideContribution> {
  private readonly recorder: Recorder;
  private readonly loader: ContextLoader;

  constructor(recorder: Recorder, loader: ContextLoader) {
    this.recorder = recorder;
    this.loader = loader;
  }

  async execute({ contribution, envelope }: DecideContribution): Promise<Receipt> {
    const { command, person } = envelope;
    const name = readFigureName(contribution);
    const part = name?.agencyPart ?? null;
    if (name === undefined || part === null) {
      throw refuse('contribution/unknown', { contribution });
    }
    const stream = `contribution-${contribution}`;
    return this.recorder.record(contributionDecider, stream, envelope, async (state, now) => {
      const basing = new Basing(stream);
      const wanted: Wanted = {
        subject: 'contribution',
        name,
        person,
        now,
        cited: citedBy(command, presentVersion(state)),
        sentences: command.type === 'endorse',
        committee: false,
      };
      const loaded = await this.loader.statement(wanted, basing);
      const agency = giverOf(part, name, loaded);
      const giver = await this.loader.party(agency, 'contribution', wanted, loaded, basing);
      const context: ContributionContext = {
        ...loaded.context,
        assignment: { ...loaded.context.assignment, frozenBy: frozenFor(agency, name, loaded) },
        contribution,
        figure: figureOf(name, loaded),
        giver,
      };
      return { context, basis: basing.basis };
    });
  }
}

/** For the module that puts the application together; it provides the Recorder. */
export const figureHandlers = [
  DecideFigureHandler, DecideContributionHandler, ContextLoader, FigureReader,
];
