/**
 * The catalogue in a Nest application: one envelope command and one handler for each aggregate,
 * always reached through the CommandBus, and `Catalogue`, the reader other contexts ask what is
 * assigned to whom and by when.
 */
import { Injectable } from '@nestjs/common';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { Directory } from '#directory/nest';
import type { Agency } from '#directory';
import { Recorder } from '#event-store';
import type { Envelope, Folded, Receipt } from '#event-store';
import { dayInVietnam } from '#kernel';
import type { AgencyId, Basis, RoundId } from '#kernel';
import type { FrameworkCommand, RoundCommand } from './catalogue.commands.ts';
import { frameworkDecider } from './framework.ts';
import type { Framework } from './framework.ts';
import { refuse } from './refusals.ts';
import { agenciesIn, roundDecider } from './round.ts';
import type { Round } from './round-state.ts';

const frameworkStream = (framework: string) => `framework-${framework}`;
const roundStream = (round: RoundId) => `round-${round}`;

/** Reads frameworks and rounds as they stand now; `revision` is -1 where there is none. */
@Injectable()
export class Catalogue {
  private readonly recorder: Recorder;

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  framework(framework: string): Promise<Folded<Framework | null>> {
    return this.recorder.load(frameworkDecider, frameworkStream(framework));
  }

  round(round: RoundId): Promise<Folded<Round | null>> {
    return this.recorder.load(roundDecider, roundStream(round));
  }
}

export class DecideFramework extends Command<Receipt> {
  constructor(
    readonly framework: string,
    readonly envelope: Envelope<FrameworkCommand>,
  ) {
    super();
  }
}

export class DecideRound extends Command<Receipt> {
  constructor(
    readonly round: RoundId,
    readonly envelope: Envelope<RoundCommand>,
  ) {
    super();
  }
}

@CommandHandler(DecideFramework)
export class DecideFrameworkHandler implements ICommandHandler<DecideFramework> {
  private readonly recorder: Recorder;
  private readonly directory: Directory;

  constructor(recorder: Recorder, directory: Directory) {
    this.recorder = recorder;
    this.directory = directory;
  }

  async execute({ framework, envelope }: DecideFramework): Promise<Receipt> {
    const { command, person } = envelope;
    // An edition published under another framework's address would found a stream with a false name.
    if (command.type === 'publish-edition' && command.framework !== framework) {
      throw refuse('framework/name', { pointer: '/framework', framework });
    }
    const stream = frameworkStream(framework);
    return this.recorder.record(frameworkDecider, stream, envelope, async (_, now) => {
      const today = dayInVietnam(now);
      const { acting, basis } = await this.directory.actingPerson(person, today);
      return { context: { acting, today }, basis };
    });
  }
}

@CommandHandler(DecideRound)
export class DecideRoundHandler implements ICommandHandler<DecideRound> {
  private readonly recorder: Recorder;
  private readonly directory: Directory;
  private readonly catalogue: Catalogue;

  constructor(recorder: Recorder, directory: Directory, catalogue: Catalogue) {
    this.recorder = recorder;
    this.directory = directory;
    this.catalogue = catalogue;
  }

  async execute({ round, envelope }: DecideRound): Promise<Receipt> {
    const { command, person } = envelope;
    if (command.type === 'open' && command.round !== round) {
      throw refuse('round/name', { pointer: '/round', round });
    }
    return this.recorder.record(roundDecider, roundStream(round), envelope, async (state, now) => {
      const today = dayInVietnam(now);
      const { acting, basis } = await this.directory.actingPerson(person, today);
      const framework = await this.frameworkFor(command, state);
      const agencies = await this.agenciesFor(command, state);
      return {
        context: { acting, today, framework: framework.state, agencies: agencies.known },
        basis: [...basis, ...framework.basis, ...agencies.basis],
      };
    });
  }

  /** Only the acts that read definitions rest on the framework. */
  private async frameworkFor(
    command: RoundCommand,
    state: Round | null,
  ): Promise<{ readonly state: Framework | null; readonly basis: readonly Basis[] }> {
    const reads = ['open', 'assign', 'move-to-edition'].includes(command.type);
    const id = command.type === 'open' ? command.framework : state?.opening.framework;
    if (!reads || id === undefined) return { state: null, basis: [] };
    const folded = await this.catalogue.framework(id);
    return { state: folded.state, basis: basisOf(frameworkStream(id), folded.revision) };
  }

  /**
   * Each agency that the command names, from its own stream. Its revision goes into the basis: an
   * auditor can repeat the check of membership as it was made.
   */
  private async agenciesFor(
    command: RoundCommand,
    state: Round | null,
  ): Promise<{ readonly known: ReadonlyMap<AgencyId, Agency>; readonly basis: readonly Basis[] }> {
    const known = new Map<AgencyId, Agency>();
    const basis: Basis[] = [];
    for (const id of agenciesIn(command, state)) {
      const { state: agency, revision } = await this.directory.agency(id);
      if (agency === null) continue;
      known.set(id, agency);
      basis.push(...basisOf(`agency-${id}`, revision));
    }
    return { known, basis };
  }
}

function basisOf(stream: string, revision: number): readonly Basis[] {
  return revision < 0 ? [] : [{ stream, revision }];
}

/** For the module that puts the application together; it provides Recorder and Directory. */
export const catalogueHandlers = [Catalogue, DecideFrameworkHandler, DecideRoundHandler];
