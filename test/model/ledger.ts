import {
  canonicalJson,
  derivedUuid,
  digestOf,
  entryDigest,
  manualClock,
  Refusal,
  replay,
} from '#kernel';
import type { Digest, Instant } from '#kernel';
import { MemoryEventStore, Recorder, StreamCache } from '#event-store';
import type { Envelope, Receipt, StoredEvent } from '#event-store';
import type { ActingPerson } from '#directory';
import {
  contributionDecider,
  factsOfContribution,
  figureDecider,
  nothingToCompare,
} from '#figures';
import type {
  Contribution,
  ContributionCommand,
  ContributionContext,
  ContributionFact,
  Figure,
  FigureCommand,
  FigureContext,
  FigureFact,
} from '#figures';
import {
  agencies,
  definition,
  frozenBy,
  hat,
  input,
  letter,
  party,
  round,
  roundFacts,
  today,
  units,
  wearing,
} from '../duties/stage.ts';
import type { Act, Person, Subject } from './model.ts';

/**
 * The ledger that the model is held against: an event store, and a Recorder with its cache that can
 * be thrown away and made again as a restart does. Everything goes the way of the application, but
 * for the loading of contexts, which are the same for the whole history.
 */
export const figure = `${round}.I.4`;
export const part = `${figure}.so_khcn`;
export const streams = { figure: `figure-${figure}`, part: `contribution-${part}` } as const;

const person = (name: Person) => derivedUuid(['model', name]);
const office = (name: Person, ...hats: Parameters<typeof hat>[]): ActingPerson =>
  wearing(
    person(name),
    hats.map((one) => hat(...one)),
  );

export const cast: Readonly<Record<Person, ActingPerson>> = {
  officer: office('officer', ['officer', agencies.lead, units.leadDesk]),
  colleague: office('colleague', ['officer', agencies.lead, units.leadDesk]),
  both: office('both', ['officer', agencies.lead], ['head', agencies.lead]),
  head: office('head', ['head', agencies.lead]),
  deputy: office('deputy', ['deputy', agencies.lead, agencies.lead, 'KT']),
  checker: office('checker', ['checker', agencies.dost, units.dostClean]),
  feedingChecker: office('feedingChecker', ['checker', agencies.dost, units.dostDesk]),
  giver: office('giver', ['officer', agencies.dost, units.dostDesk]),
  givingColleague: office('givingColleague', ['officer', agencies.dost, units.dostDesk]),
  giverHead: office('giverHead', ['head', agencies.dost]),
  auditor: office('auditor', ['auditor', agencies.stranger]),
  inspector: office('inspector', ['inspector', agencies.stranger]),
  registrar: office('registrar', ['registrar', agencies.dost]),
};

/** A command with its name: the same `key` is the same command, sent once more. */
export type Sending = {
  readonly act: Act;
  /** Of the present version, or of another one the sender takes for it. */
  readonly version: number;
  readonly key: number;
  readonly ifMatch: number | null;
  /** Whether the request under this key says something else than before. */
  readonly altered?: boolean;
};

export class ModelledLedger {
  readonly store: MemoryEventStore;
  private readonly clock = manualClock('2026-09-01T01:00:00.000Z' as Instant);
  private recorder: Recorder;

  constructor(store = new MemoryEventStore()) {
    this.store = store;
    this.recorder = this.fresh(true);
  }

  /** Everything in memory is gone; the events are not. */
  restart(soleWriter: boolean): void {
    this.recorder = this.fresh(soleWriter);
  }

  private fresh(soleWriter: boolean): Recorder {
    const { store, clock } = this;
    const cache = new StreamCache({ store, upcasters: [], streamsMax: 2, soleWriter });
    return new Recorder({ store, clock, software: 'model/1', cache });
  }

  async figure(): Promise<{ readonly state: Figure; readonly revision: number }> {
    return this.recorder.load(figureDecider, streams.figure);
  }

  async part(): Promise<{ readonly state: Contribution; readonly revision: number }> {
    return this.recorder.load(contributionDecider, streams.part);
  }

  async revision(on: Subject): Promise<number> {
    return (await (on === 'figure' ? this.figure() : this.part())).revision;
  }

  /** The receipt, or the code of the refusal. */
  async send(sending: Sending): Promise<Receipt | string> {
    this.clock.advance(1_000);
    const { act } = sending;
    try {
      return await (act.on === 'figure' ? this.sendToFigure(sending) : this.sendToPart(sending));
    } catch (error) {
      if (error instanceof Refusal) return error.code;
      throw error;
    }
  }

  private sendToFigure(sending: Sending): Promise<Receipt> {
    const envelope = envelopeOf(sending, figureCommand(sending));
    const acting = cast[sending.act.by];
    return this.recorder.record(figureDecider, streams.figure, envelope, async () => {
      const { state, revision } = await this.part();
      const facts = factsOfContribution(state, { contribution: part, agency: agencies.dost });
      const context: FigureContext = {
        ...contextOf(acting),
        figure,
        contributions: [facts],
        reviewBody: null,
        comparisons: nothingToCompare,
        ordering: null,
      };
      const basis = revision < 0 ? [] : [{ stream: streams.part, revision }];
      return { context, basis };
    });
  }

  private sendToPart(sending: Sending): Promise<Receipt> {
    const envelope = envelopeOf(sending, partCommand(sending));
    const context: ContributionContext = {
      ...contextOf(cast[sending.act.by]),
      contribution: part,
      figure,
      giver: party(agencies.dost),
    };
    return this.recorder.record(contributionDecider, streams.part, envelope, async () => ({
      context,
      basis: [],
    }));
  }

  /** Every event of both streams as it lies in the store, oldest first. */
  async events(on: Subject): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for await (const event of this.store.readStream(streams[on])) events.push(event);
    return events;
  }
}

/** What a stream says when it is folded from its first event by nobody's cache. */
export function rebuiltFigure(events: readonly StoredEvent[]): Figure {
  return replay(
    figureDecider,
    events.map((event) => recordedFrom<FigureFact>(event)),
  );
}

export function rebuiltPart(events: readonly StoredEvent[]): Contribution {
  return replay(
    contributionDecider,
    events.map((event) => recordedFrom<ContributionFact>(event)),
  );
}

/** A stored event as deciders see it, with the digest of its bytes computed anew. */
function recordedFrom<F extends FigureFact | ContributionFact>(event: StoredEvent) {
  const digest: Digest = entryDigest(event);
  return { ...event, digest } as unknown as F & {
    readonly id: string;
    readonly stream: string;
    readonly revision: number;
    readonly metadata: StoredEvent['metadata'];
    readonly digest: Digest;
  };
}

function envelopeOf<C>({ act, key, ifMatch, altered }: Sending, command: C): Envelope<C> {
  const said = { command: command as object, altered: altered === true };
  return {
    command,
    person: cast[act.by].person,
    commandId: derivedUuid(['model-command', key]),
    requestDigest: digestOf(canonicalJson(said)),
    ifMatch,
    correlationId: derivedUuid(['model-correlation', key]),
    causationId: null,
  };
}

function contextOf(acting: ActingPerson) {
  return {
    acting,
    today,
    round: roundFacts(),
    assignment: {
      mode: 'single' as const,
      leads: [party(agencies.lead)],
      participants: [agencies.dost],
      frozenBy,
      edition: '2026',
      definition,
    },
    evidence: [{ evidence: letter, documentKind: 'report', integrityFailed: false }],
    references: [],
  };
}

const reason = 'Có lý do.';
const remarks = [{ component: null, evidence: null, text: 'Chưa rõ nguồn số liệu.' }];
const conclusion = {
  kind: 'decision',
  number: '12/KL-TTr',
  date: today,
  issuer: 'Thanh tra tỉnh',
  title: 'Kết luận thanh tra',
  digest: null,
} as const;

const statement = (estimate: boolean) => ({ ...input, status: estimate ? 'P' : 'A' }) as const;

function figureCommand({ act, version }: Sending): FigureCommand {
  switch (act.act) {
    case 'submit':
      return { type: 'submit', builtFrom: act.withPart ? [part] : [], ...statement(act.estimate) };
    case 'correct': {
      const { kind } = act;
      const builtFrom = act.withPart ? [part] : [];
      return { type: 'correct', kind, reason, builtFrom, ...statement(act.estimate) };
    }
    case 'declare':
      return { type: 'declare-unavailable', reason, asOf: today, evidence: [] };
    case 'approve':
      return { type: 'verify', version, note: null, reviewBody: null, acceptance: null };
    case 'ask':
      return { type: 'request-explanation', version, remarks, lastDay: today };
    case 'explain': {
      const request = `explanation-${act.number}`;
      return { type: 'explain', request, text: reason, evidence: [] };
    }
    case 'dispute':
      return { type: 'dispute', version, reason, evidence: [] };
    case 'settle': {
      const dispute = `dispute-${act.number}`;
      return { type: 'settle', dispute, outcome: 'withdrawn', reason, document: null };
    }
    case 'order':
      return { type: 'order-correction', version, conclusion, text: reason, lastDay: today };
    default:
      return commonCommand(act, version);
  }
}

function partCommand({ act, version }: Sending): ContributionCommand {
  switch (act.act) {
    case 'request':
      return {
        type: 'request',
        agency: agencies.dost,
        components: ['value'],
        documentsOnly: false,
      };
    case 'submit':
      return { type: 'submit', outsideSource: null, ...statement(act.estimate) };
    case 'correct': {
      const { kind } = act;
      return { type: 'correct', kind, reason, outsideSource: null, ...statement(act.estimate) };
    }
    case 'declare':
      return { type: 'declare-no-data', reason, asOf: today, evidence: [] };
    case 'approve':
      return { type: 'accept', version, note: null };
    default:
      return commonCommand(act, version);
  }
}

/** Acts that figures and parts have in common. */
function commonCommand({ act }: Act, version: number): FigureCommand & ContributionCommand {
  switch (act) {
    case 'endorse':
      return { type: 'endorse', version };
    case 'recall':
      return { type: 'withdraw-endorsement', version, reason };
    case 'return':
      return { type: 'return', version, remarks, lastDay: today };
    case 'withdraw':
      return { type: 'withdraw', version, reason };
    default:
      throw new TypeError(`${act} is no act of both`);
  }
}

/** Whose hand it was, for comparing with the model. */
export function nameOf(id: string): Person {
  const names = Object.keys(cast) as Person[];
  const found = names.find((name) => cast[name].person === id);
  if (found === undefined) throw new TypeError(`${id} is not of the cast`);
  return found;
}
