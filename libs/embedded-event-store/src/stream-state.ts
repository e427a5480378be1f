/** What the node keeps per stream beside its events. */
export type StreamState = {
  /** Row of the stream, or undefined while it has neither events nor metadata. */
  id: number | undefined;
  name: string;
  lastRevision: number;
  tombstoned: boolean;
  limits: StreamLimits;
};

/** The readable part of a stream, as its metadata says. Events outside stay in `$all`. */
export type StreamLimits = {
  /** `$tb`: revisions below are gone for readers. */
  truncateBefore: number;
  /** `$maxCount` */
  maxCount: number | undefined;
  /** `$maxAge`, which the wire counts in seconds */
  maxAgeMs: number | undefined;
};

/** Stands for 2^63-1 in `$tb`, with which clients delete softly; saturated to a safe integer. */
export const softDeletedBefore = Number.MAX_SAFE_INTEGER;

export const noLimits: StreamLimits = {
  truncateBefore: 0,
  maxCount: undefined,
  maxAgeMs: undefined,
};

export function isSoftDeleted(state: StreamState): boolean {
  return state.limits.truncateBefore === softDeletedBefore;
}

/** To a reader a stream without events and a soft-deleted one are both "not found". */
export function isReadable(state: StreamState): state is StreamState & { id: number } {
  return state.id !== undefined && state.lastRevision >= 0 && !isSoftDeleted(state);
}

/** The lowest revision a reader may see now. */
export function firstReadable(state: StreamState): number {
  const { truncateBefore, maxCount } = state.limits;
  const byCount = maxCount === undefined ? 0 : state.lastRevision - maxCount + 1;
  return Math.max(truncateBefore, byCount, 0);
}

/** The name of the stream that holds the metadata of another. */
export function metadataStreamOf(name: string): string {
  return `$$${name}`;
}

/** The stream a metadata stream speaks of, or undefined for an ordinary one. */
export function describedStreamOf(name: string): string | undefined {
  return name.startsWith('$$') && name.length > 2 ? name.slice(2) : undefined;
}

/** Reads the limits out of a `$metadata` event. What is not understood limits nothing. */
export function limitsIn(metadata: Uint8Array): StreamLimits {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(metadata).toString('utf8'));
  } catch {
    return noLimits;
  }
  if (typeof parsed !== 'object' || parsed === null) return noLimits;
  const seconds = natural(Reflect.get(parsed, '$maxAge'));
  return {
    truncateBefore: natural(Reflect.get(parsed, '$tb')) ?? 0,
    maxCount: natural(Reflect.get(parsed, '$maxCount')),
    maxAgeMs: seconds === undefined ? undefined : Math.min(seconds * 1000, softDeletedBefore),
  };
}

function natural(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0)) return undefined;
  return Math.min(Math.floor(value), softDeletedBefore);
}
