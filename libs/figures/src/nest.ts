/**
 * Figures, parts and findings in a Nest application: an envelope command and a handler for each of
 * the three aggregates. The handler loads what the rules need from elsewhere and notes the revision
 * of each stream it looked at (CONTRACTS 2, `basis`); the decider never sees a store.
 */
import { Injectable } from '@nestjs/common';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { readFigureName } from '#kernel';
import type { ContributionId, FigureId } from '#kernel';
import { Catalogue } from '#catalogue/nest';
import { Directory } from '#directory/nest';
import { EvidenceReader } from '#evidence/nest';
import { Recorder } from '#event-store';
import type { Envelope, Folded, Receipt } from '#event-store';
import { Basing } from './basing.ts';
import { citedBy } from './citations.ts';
import { ContextLoader } from './context-loader.ts';
import type { Wanted } from './context-loader.ts';
import { nothingToCompare } from './contexts.ts';
import type { ContributionContext, FigureContext } from './contexts.ts';
import { contributionDecider } from './contribution.ts';
import type { Contribution } from './contribution-state.ts';
import { figureDecider } from './figure.ts';
import type { Figure } from './figure-state.ts';
import type { ContributionCommand, FigureCommand } from './figures.commands.ts';
import type { FindingCommand } from './finding.commands.ts';
import { findingDecider } from './finding.ts';
import type { FindingContext } from './finding.ts';
import type { Finding } from './finding-state.ts';
import { figureOf, frozenFor, giverOf, partsFor } from './owed.ts';
import { refuse } from './refusals.ts';
import { presentVersion } from './versions.ts';

/** A command to the figure with this id. */
export class DecideFigure extends Command<Receipt> {
  constructor(
    readonly figure: FigureId,
    readonly envelope: Envelope<FigureCommand>,
  ) {
    super();
  }
}

/** A command to the part with this id. */
export class DecideContribution extends Command<Receipt> {
  constructor(
    readonly contribution: ContributionId,
    readonly envelope: Envelope<ContributionCommand>,
  ) {
    super();
  }
}

/** A command to the finding with this id. */
export class DecideFinding extends Command<Receipt> {
  constructor(
    readonly finding: string,
    readonly envelope: Envelope<FindingCommand>,
  ) {
    super();
  }
}

/** Folded figures, parts and findings, for pages that show one and for handlers of contexts to the right. */
@Injectable()
export class FigureReader {
  constructor(private readonly recorder: Recorder) {}

  figure(figure: FigureId): Promise<Folded<Figure>> {
    return this.recorder.load(figureDecider, `figure-${figure}`);
  }

  contribution(contribution: ContributionId): Promise<Folded<Contribution>> {
    return this.recorder.load(contributionDecider, `contribution-${contribution}`);
  }

  finding(finding: string): Promise<Folded<Finding | null>> {
    return this.recorder.load(findingDecider, `finding-${finding}`);
  }
}

/** What the handlers' contexts are loaded with. */
@Injectable()
export class Contexts extends ContextLoader {
  constructor(
    recorder: Recorder,
    directory: Directory,
    catalogue: Catalogue,
    evidence: EvidenceReader,
  ) {
    super(recorder, directory, catalogue, evidence);
  }
}

@CommandHandler(DecideFigure)
export class DecideFigureHandler implements ICommandHandler<DecideFigure> {
  constructor(
    private readonly recorder: Recorder,
    private readonly loader: Contexts,
  ) {}

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
        cited: citedBy(command, presentVersion(state), state.versions),
        sentences: command.type === 'endorse' || command.type === 're-endorse',
        committee:
          command.type === 'verify' ||
          command.type === 'settle' ||
          (command.type === 'return' && command.document != null),
      };
      const loaded = await this.loader.statement(wanted, basing);
      const parts = partsFor(command, state, name, loaded);
      const contributions = await this.loader.parts(parts, basing);
      const ofParts = await this.loader.citedOfParts(wanted, loaded, contributions, basing);
      const context: FigureContext = {
        ...loaded.context,
        figure,
        contributions,
        evidence: [...loaded.context.evidence, ...ofParts],
        reviewBody:
          'reviewBody' in command && command.reviewBody != null
            ? await this.loader.reviewBody(command.reviewBody, basing)
            : null,
        comparisons:
          command.type === 'verify'
            ? await this.loader.comparisons(name, loaded, basing)
            : nothingToCompare,
        ordering:
          command.type === 'order-correction' && command.finding != null
            ? await this.loader.ordering(command.finding, basing)
            : null,
      };
      return { context, basis: basing.basis };
    });
  }
}

@CommandHandler(DecideContribution)
export class DecideContributionHandler implements ICommandHandler<DecideContribution> {
  constructor(
    private readonly recorder: Recorder,
    private readonly loader: Contexts,
  ) {}

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
        cited: citedBy(command, presentVersion(state), state.versions),
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

@CommandHandler(DecideFinding)
export class DecideFindingHandler implements ICommandHandler<DecideFinding> {
  constructor(
    private readonly recorder: Recorder,
    private readonly loader: Contexts,
  ) {}

  async execute({ finding, envelope }: DecideFinding): Promise<Receipt> {
    const { command, person } = envelope;
    const stream = `finding-${finding}`;
    return this.recorder.record(findingDecider, stream, envelope, async (state, now) => {
      const figure = command.type === 'raise' ? command.figure : state?.subject.figure;
      const name = figure === undefined ? undefined : readFigureName(figure);
      if (figure === undefined || name === undefined) throw refuse('finding/unknown');
      const basing = new Basing(stream);
      const cited = citedBy(command, undefined);
      const committee = command.type === 'overrule';
      const about = { subject: 'figure', name, person, now, cited } as const;
      const wanted = { ...about, sentences: false, committee };
      const { context } = await this.loader.statement(wanted, basing);
      const { versions } = await this.loader.figure(figure, basing);
      const all: FindingContext = { ...context, finding, figure, versions };
      return { context: all, basis: basing.basis };
    });
  }
}

/** For the module that puts the application together; it provides the Recorder. */
export const figureHandlers = [
  DecideFigureHandler,
  DecideContributionHandler,
  DecideFindingHandler,
  Contexts,
  FigureReader,
];
