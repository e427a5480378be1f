import { describe, expect, test } from '@jest/globals';
import { decideAppend, decideDeletion } from './decision.ts';
import type { Decision, Expectation, StreamFacts, StreamHistory } from './decision.ts';

/** A stream as its list of event ids; metadata and deletions are said beside it. */
type Given = { ids: string[]; metadata?: boolean; softDeleted?: boolean; tombstoned?: boolean };

function facts({ ids, softDeleted = false, tombstoned = false }: Given): StreamFacts {
  return { lastRevision: ids.length - 1, softDeleted, tombstoned };
}

function history({ ids, metadata = false }: Given): StreamHistory {
  return {
    revisionOf: (eventId) => (ids.includes(eventId) ? ids.lastIndexOf(eventId) : undefined),
    holdsAt: (revision, eventId) => ids[revision] === eventId,
    hasMetadata: () => metadata,
  };
}

const any: Expectation = { kind: 'any' };
const noStream: Expectation = { kind: 'no-stream' };
const streamExists: Expectation = { kind: 'stream-exists' };
const at = (revision: number): Expectation => ({ kind: 'revision', revision });
const write: Decision = { kind: 'write' };
const wrong: Decision = { kind: 'wrong-version' };
const deleted: Decision = { kind: 'deleted' };
const already = (revision: number): Decision => ({ kind: 'already-written', revision });

const none: Given = { ids: [] };
const described: Given = { ids: [], metadata: true };
const ab: Given = { ids: ['a', 'b'] };
const abGone: Given = { ids: ['a', 'b'], softDeleted: true, metadata: true };
const burnt: Given = { ids: ['a', 'b'], tombstoned: true };

type Row = [rule: string, given: Given, expected: Expectation, ids: string[], decision: Decision];

const appends: Row[] = [
  ['1 a burnt name takes nothing, any', burnt, any, ['c'], deleted],
  ['1 a burnt name takes nothing, not even a retry', burnt, at(0), ['b'], deleted],
  ['1 a burnt name is not "no stream"', burnt, noStream, ['c'], deleted],
  ['2 stream_exists on a soft-deleted stream', abGone, streamExists, ['c'], deleted],
  ['2 stream_exists on nothing', none, streamExists, ['a'], wrong],
  ['2 stream_exists on nothing, without events', none, streamExists, [], wrong],
  ['2 stream_exists on metadata alone', described, streamExists, ['a'], write],
  ['2 stream_exists on events', ab, streamExists, ['c'], write],
  ['3 any on nothing', none, any, ['a'], write],
  ['3 any, all ids known', ab, any, ['a', 'b'], already(1)],
  ['3 any, one old id known', ab, any, ['a'], already(0)],
  ['3 stream_exists, all ids known', ab, streamExists, ['b'], already(1)],
  ['3 any, first id unknown', ab, any, ['c', 'a'], write],
  ['3 any, first known and a later one not', ab, any, ['b', 'c'], wrong],
  ['3 any, no events at all', ab, any, [], write],
  ['3 any on a soft-deleted stream, new id', abGone, any, ['c'], write],
  ['4 revision, the same append again', ab, at(0), ['b'], already(1)],
  ['4 no_stream, the same append again', ab, noStream, ['a', 'b'], already(1)],
  ['4 no_stream, the first half again', ab, noStream, ['a'], already(0)],
  ['4 revision, another append', ab, at(0), ['c'], wrong],
  ['4 revision, half the same', ab, at(0), ['b', 'c'], wrong],
  ['4 no_stream, half the same', ab, noStream, ['a', 'c'], wrong],
  ['4 no_stream on a stream', ab, noStream, ['c'], wrong],
  ['4 revision behind, without events', ab, at(0), [], wrong],
  ['4 no_stream on a soft-deleted stream begins anew', abGone, noStream, ['c'], write],
  ['4 a revision behind on a soft-deleted stream', abGone, at(0), ['c'], wrong],
  ['4 a known id elsewhere is no retry', ab, at(0), ['a'], wrong],
  ['5 revision beyond the end', ab, at(2), ['c'], wrong],
  ['5 revision of a stream that is not', none, at(0), ['a'], wrong],
  ['6 revision is the last', ab, at(1), ['c'], write],
  ['6 revision is the last, a known id is not looked at', ab, at(1), ['a'], write],
  ['6 no_stream on nothing', none, noStream, ['a'], write],
  ['6 no_stream on metadata alone', described, noStream, ['a'], write],
  ['6 the last revision of a soft-deleted stream', abGone, at(1), ['c'], write],
];

describe('decideAppend', () => {
  test.each(appends)('rule %s', (_rule, given, expected, ids, decision) => {
    expect(decideAppend(facts(given), expected, ids, history(given))).toEqual(decision);
  });

  test('an explicit revision at the end costs no look-up', () => {
    const unasked = (): never => {
      throw new Error('asked');
    };
    const untouchable: StreamHistory = {
      revisionOf: unasked,
      holdsAt: unasked,
      hasMetadata: unasked,
    };
    expect(decideAppend(facts(ab), at(1), ['c'], untouchable)).toEqual(write);
  });
});

type DeletionRow = [
  rule: string,
  given: Given,
  expected: Expectation,
  soft: Decision,
  hard: Decision,
];

const deletions: DeletionRow[] = [
  ['a burnt name', burnt, any, deleted, deleted],
  ['nothing, any', none, any, wrong, write],
  ['nothing, no_stream', none, noStream, wrong, write],
  ['nothing, stream_exists', none, streamExists, wrong, wrong],
  ['nothing, a revision', none, at(0), wrong, wrong],
  ['metadata alone, any', described, any, write, write],
  ['metadata alone, no_stream', described, noStream, write, write],
  ['metadata alone, stream_exists', described, streamExists, write, write],
  ['events, any', ab, any, write, write],
  ['events, the last revision', ab, at(1), write, write],
  ['events, an older revision', ab, at(0), wrong, wrong],
  ['events, a later revision', ab, at(2), wrong, wrong],
  ['events, no_stream', ab, noStream, wrong, wrong],
  ['events, stream_exists', ab, streamExists, write, write],
];

describe('decideDeletion', () => {
  test.each(deletions)('%s', (_rule, given, expected, soft, hard) => {
    expect(decideDeletion(facts(given), expected, true, history(given))).toEqual(soft);
    expect(decideDeletion(facts(given), expected, false, history(given))).toEqual(hard);
  });
});
