import type { Digest, Fact, Recorded } from '#kernel';
import { entryDigest } from '#kernel';
import type { StoredEvent } from './port.ts';

/**
 * Turns an event of a retired version into its successor while it is read. Stored bytes and the
 * digest never change: the digest is taken before upcasting, from what was recorded.
 */
export type Upcaster = {
  readonly from: string;
  readonly to: string;
  upcast(data: unknown): unknown;
};

/** Applies upcasters until none fits, so that v1 reaches v3 through v2. */
export function upcasting(upcasters: readonly Upcaster[]): (event: StoredEvent) => StoredEvent {
  const byType = new Map(upcasters.map((upcaster) => [upcaster.from, upcaster]));
  if (byType.size !== upcasters.length) throw new TypeError('two upcasters for one event type');
  return (event) => {
    let { type, data } = event;
    for (let steps = 0; ; steps += 1) {
      const upcaster = byType.get(type);
      if (upcaster === undefined) return type === event.type ? event : { ...event, type, data };
      if (steps > byType.size) throw new TypeError(`upcasters of ${event.type} go in a circle`);
      data = upcaster.upcast(data);
      type = upcaster.to;
    }
  };
}

/**
 * A stored event as deciders and read models see it: with the digest of its entry, which is made
 * here unless the caller has made it already.
 */
export function recorded<F extends Fact>(
  event: StoredEvent,
  upcast: (event: StoredEvent) => StoredEvent,
  digest: Digest = entryDigest(event),
): Recorded<F> {
  const { id, stream, revision, metadata, type, data } = upcast(event);
  return { id, stream, revision, metadata, type, data, digest } as unknown as Recorded<F>;
}
