import { derivedUuid, digestOf, entryDigest, epochMs, eventIdOf, instantFromMs } from '#kernel';
import type { Actor, Fact, Instant, Metadata, Recorded } from '#kernel';
import type { Position, StoredEvent } from '#event-store';

/** Instant of revision 0 in every made-up history; each later revision is a minute later. */
export const historyStart = '2026-01-05T02:00:00.000Z' as Instant;

/** Somebody whose capacity does not matter to the spec. */
export const someActor: Actor = {
  person: '11111111-1111-4111-8111-111111111111',
  agency: 'son_la.so_khcn',
  unit: 'son_la.so_khcn',
  role: 'officer',
  actingFor: null,
};

/** What a spec may fix about an event; everything else follows from stream and revision. */
export type Told<F extends Fact = Fact> = F & {
  readonly id?: string;
  readonly metadata?: Partial<Metadata>;
};

export type Place = { readonly stream: string; readonly revision: number };

/**
 * Metadata as the Recorder would have stamped it, the same on every run: ids are derived from the
 * place, the time is `historyStart` and a minute for each revision.
 */
export function metadataAt(place: Place, overrides: Partial<Metadata> = {}): Metadata {
  return {
    actor: someActor,
    commandId: derivedUuid(['told-command', place.stream, place.revision]),
    requestDigest: digestOf(`${place.stream} ${place.revision}`),
    correlationId: derivedUuid(['told-correlation', place.stream, place.revision]),
    causationId: null,
    recordedAt: instantFromMs(epochMs(historyStart) + place.revision * 60_000),
    software: 'spec/1',
    basis: [],
    ...overrides,
  };
}

/** A fact as deciders and read models see it after it was recorded, with its real entry digest. */
export function recordedEvent<F extends Fact>(told: Told<F>, place: Place): Recorded<F> {
  const { type, data } = told;
  const metadata = metadataAt(place, told.metadata);
  const id = told.id ?? eventIdOf(metadata.commandId, 0);
  const entry = { id, type, data, metadata, ...place };
  return { ...entry, digest: entryDigest(entry) } as unknown as Recorded<F>;
}

/** The facts of one stream from revision 0 on, oldest first. */
export function recordedHistory<F extends Fact>(
  told: readonly Told<F>[],
  stream: string,
): Recorded<F>[] {
  return told.map((one, revision) => recordedEvent<F>(one, { stream, revision }));
}

/**
 * A fact as an event store delivers it, for specs of read models. `order` is its place among all
 * events of the spec; positions are made from it with gaps, because real ones have them.
 */
export function storedEvent(told: Told, place: Place, order: number = place.revision): StoredEvent {
  const { id, type, data, metadata } = recordedEvent(told, place);
  const position = String(order * 7 + 3).padStart(20, '0') as Position;
  return { id, type, data, metadata, ...place, position };
}
