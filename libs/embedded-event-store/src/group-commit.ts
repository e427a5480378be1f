import { randomUUID } from 'node:crypto';
import { reasonOf } from './database.ts';
import { decideAppend, decideDeletion } from './decision.ts';
import type { Expectation, StreamFacts, StreamHistory } from './decision.ts';
import type { EventLog } from './event-log.ts';
import type { Written } from './frames.ts';
import { recordedData } from './protocol.ts';
import type { ProposedEvent } from './protocol.ts';
import { isSoftDeleted, metadataStreamOf } from './stream-state.ts';
import type { StreamState } from './stream-state.ts';

/** Something to write. `settle` is called exactly once, after the outcome is on disk. */
export type Job = {
  kind: 'append' | 'delete' | 'tombstone';
  stream: string;
  expectation: Expectation;
  /** The events of an append; empty for a deletion. */
  events: readonly ProposedEvent[];
  /** Absolute, in milliseconds since 1970. A job that comes too late is not written. */
  deadlineMs: number | undefined;
  settle(outcome: Outcome): void;
};

export type Outcome =
  | ({ kind: 'written' } & Written)
  | { kind: 'wrong-version'; lastRevision: number }
  | { kind: 'deleted' }
  | { kind: 'timeout' }
  /** The disk refused. The transaction was rolled back, but only a later read can be certain. */
  | { kind: 'unknown'; reason: string };

/**
 * The only writer. Everything that arrived in one turn of the event loop is decided and written
 * in one transaction: one fsync then serves all of them, and under load the fsync of one group is
 * the time in which the next one gathers. Jobs see the writes of those before them, in order.
 * Nobody is answered before the commit returned; if it fails, nobody is told success.
 */
export class GroupCommit {
  readonly #log: EventLog;
  readonly #nowMs: () => number;
  readonly #listeners = new Set<() => void>();
  #waiting: Job[] = [];
  #scheduled = false;
  #commits = 0;

  constructor(log: EventLog, nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** Counts the groups written since the start; a sleeper compares it to miss none. */
  get commits(): number {
    return this.#commits;
  }

  submit(job: Job): void {
    this.#waiting.push(job);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.flush();
    });
  }

  /** Writes what is waiting now; also called before the file is closed. */
  flush(): void {
    this.#scheduled = false;
    const jobs = this.#waiting;
    if (jobs.length === 0) return;
    this.#waiting = [];
    const endBefore = this.#log.end;
    const outcomes = this.#write(jobs);
    for (const [index, job] of jobs.entries()) {
      const outcome = outcomes[index];
      if (outcome) job.settle(outcome);
    }
    if (this.#log.end === endBefore) return;
    this.#commits += 1;
    for (const wake of [...this.#listeners]) wake();
  }

  /** Calls back after each commit that added events. Returns how to stop that. */
  onCommit(wake: () => void): () => void {
    this.#listeners.add(wake);
    return () => {
      this.#listeners.delete(wake);
    };
  }

  #write(jobs: readonly Job[]): Outcome[] {
    const nowMs = this.#nowMs();
    try {
      this.#log.begin();
      const outcomes = jobs.map((job) => this.#perform(job, nowMs));
      this.#log.commit();
      return outcomes;
    } catch (error) {
      const reason = reasonOf(error);
      // Should even this fail, the node stops: readers must not see what was not committed.
      this.#log.rollBack();
      return jobs.map(() => ({ kind: 'unknown', reason }));
    }
  }

  #perform(job: Job, nowMs: number): Outcome {
    if (job.deadlineMs !== undefined && job.deadlineMs <= nowMs) return { kind: 'timeout' };
    const state = this.#log.state(job.stream);
    const facts = { ...state, softDeleted: isSoftDeleted(state) };
    const history = this.#historyOf(state);
    if (job.kind === 'append') return this.#append(job, state, facts, history, nowMs);
    const decision = decideDeletion(facts, job.expectation, job.kind === 'delete', history);
    switch (decision.kind) {
      case 'deleted':
        return { kind: 'deleted' };
      case 'wrong-version':
        return { kind: 'wrong-version', lastRevision: state.lastRevision };
      case 'write':
        return job.kind === 'delete'
          ? this.#deleteSoftly(state, nowMs)
          : this.#tombstone(state, nowMs);
    }
  }

  #append(
    job: Job,
    state: StreamState,
    facts: StreamFacts,
    history: StreamHistory,
    nowMs: number,
  ): Outcome {
    const eventIds = job.events.map((event) => event.id);
    const decision = decideAppend(facts, job.expectation, eventIds, history);
    switch (decision.kind) {
      case 'deleted':
        return { kind: 'deleted' };
      case 'wrong-version':
        return { kind: 'wrong-version', lastRevision: state.lastRevision };
      case 'already-written': {
        const { revision } = decision;
        return { kind: 'written', revision, position: this.#log.positionOf(state, revision) };
      }
      case 'write': {
        const revision = state.lastRevision + job.events.length;
        if (job.events.length === 0) return { kind: 'written', revision, position: undefined };
        if (facts.softDeleted) this.#restore(state, nowMs);
        const position = this.#log.append(job.stream, job.events, nowMs);
        return { kind: 'written', revision, position };
      }
    }
  }

  #deleteSoftly(state: StreamState, nowMs: number): Outcome {
    const event = systemEvent('$metadata', '{"$tb":9223372036854775807}');
    const position = this.#log.append(metadataStreamOf(state.name), [event], nowMs);
    return { kind: 'written', revision: state.lastRevision, position };
  }

  /** Writing to a soft-deleted stream brings it back; what was before stays out of sight. */
  #restore(state: StreamState, nowMs: number): void {
    const first = state.lastRevision + 1;
    const metadata = this.#log.metadataTruncatedBefore(state.name, first, recordedData);
    const event = systemEvent('$metadata', metadata);
    this.#log.append(metadataStreamOf(state.name), [event], nowMs);
  }

  #tombstone(state: StreamState, nowMs: number): Outcome {
    const position = this.#log.tombstone(state.name, systemEvent('$streamDeleted', ''), nowMs);
    return { kind: 'written', revision: state.lastRevision, position };
  }

  #historyOf(state: StreamState): StreamHistory {
    return {
      revisionOf: (eventId) => this.#log.revisionOf(state, eventId),
      holdsAt: (revision, eventId) => this.#log.holdsAt(state, revision, eventId),
      hasMetadata: () => this.#log.state(metadataStreamOf(state.name)).lastRevision >= 0,
    };
  }
}

function systemEvent(type: string, json: string): ProposedEvent {
  return {
    id: randomUUID(),
    type,
    isJson: json !== '',
    data: Buffer.from(json),
    metadata: Buffer.alloc(0),
  };
}
