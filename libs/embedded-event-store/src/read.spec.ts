import { describe, expect, test } from '@jest/globals';
import type { StoredEvent } from './event-log.ts';
import type { EventFilter } from './protocol.ts';
import { isVisible, passes } from './read.ts';
import { noLimits } from './stream-state.ts';
import type { StreamLimits, StreamState } from './stream-state.ts';

const event: StoredEvent = {
  position: 64,
  stream: 'figure-1',
  revision: 4,
  type: 'figure.submitted.v1',
  createdMs: 10_000,
  record: new Uint8Array(),
};

function state(limits: Partial<StreamLimits>): StreamState {
  const name = event.stream;
  return { id: 1, name, lastRevision: 9, tombstoned: false, limits: { ...noLimits, ...limits } };
}

describe('isVisible', () => {
  test('by age: to the millisecond', () => {
    expect(isVisible(event, state({ maxAgeMs: 5_000 }), 15_000)).toBe(true);
    expect(isVisible(event, state({ maxAgeMs: 5_000 }), 15_001)).toBe(false);
  });

  test('by revision and by count', () => {
    expect(isVisible(event, state({ truncateBefore: 4 }), 0)).toBe(true);
    expect(isVisible(event, state({ truncateBefore: 5 }), 0)).toBe(false);
    expect(isVisible(event, state({ maxCount: 6 }), 0)).toBe(true);
    expect(isVisible(event, state({ maxCount: 5 }), 0)).toBe(false);
  });
});

describe('passes', () => {
  function filter(parts: Partial<EventFilter>): EventFilter {
    return { on: 'stream', prefixes: [], regex: undefined, checkpointEvery: 32, ...parts };
  }

  test.each([
    ['a prefix of the stream', filter({ prefixes: ['round-', 'figure-'] }), true],
    ['no prefix of the stream', filter({ prefixes: ['gure-', 'figure.'] }), false],
    ['a prefix of the type', filter({ on: 'type', prefixes: ['figure.'] }), true],
    ['the stream is not the type', filter({ on: 'type', prefixes: ['figure-'] }), false],
    ['a regex anywhere in the text', filter({ regex: /re-\d$/ }), true],
    ['a regex that does not match', filter({ regex: /^\$/ }), false],
    ['nothing asked for', filter({}), false],
  ])('%s', (_name, asked, passing) => {
    expect(passes(event, asked)).toBe(passing);
  });
});
