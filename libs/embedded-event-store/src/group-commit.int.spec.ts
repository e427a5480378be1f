import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from './database.ts';
import { EventLog } from './event-log.ts';
import { GroupCommit } from './group-commit.ts';
import type { Job, Outcome } from './group-commit.ts';
import type { ProposedEvent } from './protocol.ts';

let folder: string;
let database: DatabaseSync;
let log: EventLog;
let commits: GroupCommit;
let nowMs = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-node-'));
  database = openDatabase(join(folder, 'events.db'));
  log = new EventLog(database);
  nowMs = 1_767_225_600_000;
  commits = new GroupCommit(log, () => nowMs);
});

afterEach(() => {
  log.close();
  rmSync(folder, { recursive: true, force: true });
});

function event(sizeBytes = 10): ProposedEvent {
  return {
    id: randomUUID(),
    type: 'figure.submitted.v1',
    isJson: false,
    data: Buffer.alloc(sizeBytes, 1),
    metadata: Buffer.alloc(0),
  };
}

/** Submits jobs that arrive together and returns what each was told. */
function commitTogether(...jobs: Partial<Job>[]): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const [index, job] of jobs.entries()) {
    commits.submit({
      kind: 'append',
      stream: 'figure-1',
      expectation: { kind: 'any' },
      events: [event()],
      deadlineMs: undefined,
      settle: (outcome) => {
        expect(outcomes[index]).toBeUndefined();
        outcomes[index] = outcome;
      },
      ...job,
    });
  }
  expect(outcomes).toEqual([]);
  commits.flush();
  return outcomes;
}

function revisions(stream: string): number[] {
  return log.streamEvents(log.state(stream), 0, 'forwards', 1000).map((each) => each.revision);
}

describe('a group', () => {
  test('is decided in order of arrival, each job seeing the ones before it', () => {
    const first = { kind: 'no-stream' } as const;
    const outcomes = commitTogether({ expectation: first }, { expectation: first }, {});
    expect(outcomes).toEqual([
      { kind: 'written', revision: 0, position: 64 },
      { kind: 'wrong-version', lastRevision: 0 },
      { kind: 'written', revision: 1, position: expect.any(Number) },
    ]);
    expect(revisions('figure-1')).toEqual([0, 1]);
    expect(commits.commits).toBe(1);
  });

  test('recognises a retry inside the same group', () => {
    const events = [event(), event()];
    const expectation = { kind: 'no-stream' } as const;
    const [one, two] = commitTogether({ events, expectation }, { events, expectation });
    expect(one).toEqual({ kind: 'written', revision: 1, position: expect.any(Number) });
    expect(two).toEqual(one);
    expect(revisions('figure-1')).toEqual([0, 1]);
  });

  test('does not write what comes after its deadline', () => {
    const [late, timely] = commitTogether({ deadlineMs: nowMs }, { deadlineMs: nowMs + 1 });
    expect(late).toEqual({ kind: 'timeout' });
    expect(timely).toEqual({ kind: 'written', revision: 0, position: 64 });
  });

  test('wakes listeners once, and only if something was written', () => {
    let wakes = 0;
    const stop = commits.onCommit(() => {
      wakes += 1;
    });
    commitTogether({ expectation: { kind: 'revision', revision: 5 } });
    expect(wakes).toBe(0);
    commitTogether({}, {}, {});
    expect(wakes).toBe(1);
    stop();
    commitTogether({});
    expect(wakes).toBe(1);
  });

  test('goes out by itself at the end of the turn', async () => {
    const outcome = new Promise<Outcome>((settle) => {
      commits.submit({
        kind: 'append',
        stream: 'figure-1',
        expectation: { kind: 'any' },
        events: [event()],
        deadlineMs: undefined,
        settle,
      });
    });
    expect(await outcome).toEqual({ kind: 'written', revision: 0, position: 64 });
  });
});

describe('positions', () => {
  test('grow by the size of what is stored, and go on after the file was reopened', () => {
    commitTogether({ events: [event(10), event(1000), event(10)] });
    const [one, two, three] = log.allEvents(0, 'forwards', 10);
    expect(two?.position).toBe((one?.position ?? 0) + (one?.record.length ?? 0));
    expect(three?.position).toBe((two?.position ?? 0) + (two?.record.length ?? 0));
    const { end } = log;
    expect(new EventLog(database).end).toBe(end);
  });
});

describe('a full disk', () => {
  function pageCount(): number {
    const pages = database.prepare('PRAGMA page_count').get()?.['page_count'];
    return typeof pages === 'number' ? pages : 0;
  }

  test('tells nobody success, keeps serving reads, and is over when there is space', () => {
    commitTogether({});
    const { end } = log;
    database.exec(`PRAGMA max_page_count = ${pageCount() + 2}`);
    const big = { events: [event(200_000)] };
    const outcomes = commitTogether({}, big, { expectation: { kind: 'no-stream' } });
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(revisions('figure-1')).toEqual([0]);
    expect(log.end).toBe(end);
    expect(commits.commits).toBe(1);

    // The file is full for big events, not for small ones.
    expect(commitTogether({})).toEqual([{ kind: 'written', revision: 1, position: end }]);
    database.exec('PRAGMA max_page_count = 100000');
    expect(commitTogether(big)[0]).toMatchObject({ kind: 'written', revision: 2 });
    expect(revisions('figure-1')).toEqual([0, 1, 2]);
  });
});
