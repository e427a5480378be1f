/** What the caller says the stream looks like. Revisions are plain numbers below 2^53. */
export type Expectation =
  | { kind: 'any' }
  | { kind: 'no-stream' }
  | { kind: 'stream-exists' }
  | { kind: 'revision'; revision: number };

/** What the log knows of a stream without reading its events. No events: `lastRevision` is -1. */
export type StreamFacts = {
  lastRevision: number;
  tombstoned: boolean;
  softDeleted: boolean;
};

/** Questions that cost a look-up, so the decision asks only those it needs. */
export type StreamHistory = {
  /** The newest revision that carries this event id in this stream, or undefined. */
  revisionOf(eventId: string): number | undefined;
  /** Whether exactly this event id stands at exactly this revision. */
  holdsAt(revision: number, eventId: string): boolean;
  /** Whether the stream has a metadata event, which makes it exist even without events. */
  hasMetadata(): boolean;
};

export type Decision =
  | { kind: 'write' }
  | { kind: 'already-written'; revision: number }
  | { kind: 'wrong-version' }
  | { kind: 'deleted' };

const write = { kind: 'write' } as const;
const wrongVersion = { kind: 'wrong-version' } as const;
const deleted = { kind: 'deleted' } as const;

/**
 * Decides one append. The order of the rules is the order a real server applies them in, and it
 * is what makes "explicit revision and stable event ids" a safe retry: an append that was already
 * written is answered with the revision it got, not with a conflict.
 *
 * @param eventIds ids of the proposed events, in order; may be empty
 */
export function decideAppend(
  facts: StreamFacts,
  expectation: Expectation,
  eventIds: readonly string[],
  history: StreamHistory,
): Decision {
  if (facts.tombstoned) return deleted;
  if (expectation.kind === 'stream-exists') {
    if (facts.softDeleted) return deleted;
    if (facts.lastRevision < 0 && !history.hasMetadata()) return wrongVersion;
  }
  if (expectation.kind === 'any' || expectation.kind === 'stream-exists') {
    return decideByIds(eventIds, history);
  }
  const expected = expectation.kind === 'no-stream' ? -1 : expectation.revision;
  if (expected > facts.lastRevision) return wrongVersion;
  if (expected === facts.lastRevision) return write;
  return decideRetry(expected, expectation, facts, eventIds, history);
}

/** Without a revision only the ids can tell a retry from something new. */
function decideByIds(eventIds: readonly string[], history: StreamHistory): Decision {
  let revision: number | undefined;
  for (const [index, eventId] of eventIds.entries()) {
    const known = history.revisionOf(eventId);
    if (known === undefined) {
      // A known event followed by an unknown one is neither a retry nor something new.
      return index === 0 ? write : wrongVersion;
    }
    revision = known;
  }
  return revision === undefined ? write : { kind: 'already-written', revision };
}

/** The stream is longer than expected: either this very append was written, or another one. */
function decideRetry(
  expected: number,
  expectation: Expectation,
  facts: StreamFacts,
  eventIds: readonly string[],
  history: StreamHistory,
): Decision {
  for (const [index, eventId] of eventIds.entries()) {
    if (history.holdsAt(expected + 1 + index, eventId)) continue;
    // To its users a soft-deleted stream does not exist, so "no stream" begins it anew.
    const beginsAnew = index === 0 && expectation.kind === 'no-stream' && facts.softDeleted;
    return beginsAnew ? write : wrongVersion;
  }
  if (eventIds.length === 0) return wrongVersion;
  return { kind: 'already-written', revision: expected + eventIds.length };
}

/**
 * Decides a deletion. Unlike an append it has no event ids, hence no retry: the expectation must
 * fit the stream as it is.
 *
 * @param mustExist a soft delete needs something to delete; a tombstone may burn an unused name
 */
export function decideDeletion(
  facts: StreamFacts,
  expectation: Expectation,
  mustExist: boolean,
  history: Pick<StreamHistory, 'hasMetadata'>,
): Exclude<Decision, { kind: 'already-written' }> {
  if (facts.tombstoned) return deleted;
  const exists = facts.lastRevision >= 0 || history.hasMetadata();
  if (mustExist && !exists) return wrongVersion;
  switch (expectation.kind) {
    case 'any':
      return write;
    case 'stream-exists':
      return exists ? write : wrongVersion;
    case 'no-stream':
      return facts.lastRevision < 0 ? write : wrongVersion;
    case 'revision':
      return expectation.revision === facts.lastRevision ? write : wrongVersion;
  }
}
