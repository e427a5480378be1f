import { canonicalJson } from '#kernel';
import { checkAppend } from './append-check.ts';
import { AppendFailed, EventStore, StoreUnavailable, VersionConflict } from './port.ts';
import type {
  AllFilter,
  Appended,
  Delivery,
  ExpectedRevision,
  NewEvent,
  Position,
  StoredEvent,
} from './port.ts';

/** An event at rest: text, so that no reader shares an object with the writer or another reader. */
type Kept = {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly type: string;
  readonly text: string;
};

/** The same distance as the stores we know: a checkpoint for so many events passed over. */
const checkpointAfter = 32;

/**
 * The event store of specs: everything the port promises except durability, and stricter where a
 * real one would let a mistake pass. An event id is accepted once in the whole store, what is not
 * JSON is refused, readers get copies, positions have gaps of varying width. It passes the same
 * contract as the adapter, so a spec that holds with it says something about the real thing.
 */
export class MemoryEventStore extends EventStore {
  private readonly all: Kept[] = [];
  private readonly streams = new Map<string, Kept[]>();
  private readonly ids = new Set<string>();
  private readonly sleepers = new Set<() => void>();
  private lastPosition = 0;
  private closed = false;

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    checkAppend(stream, expected, events);
    // Serialised before the first suspension: a caller that changes its objects changes nothing.
    const proposed = events.map(({ id, type, data, metadata }) => ({
      id,
      type,
      text: canonicalJson({ data, metadata }),
    }));
    // Two appends asked for at once really do arrive one after the other, as over a wire.
    await Promise.resolve();
    if (this.closed) throw new AppendFailed('absent', 'the store was closed');

    const kept = this.streams.get(stream) ?? [];
    const present = kept.length - 1;
    const wanted = expected === 'no-stream' ? -1 : expected;
    if (wanted < present) {
      const earlier = kept.slice(wanted + 1, wanted + 1 + proposed.length);
      const last = earlier.at(-1);
      const isRepetition =
        earlier.length === proposed.length &&
        earlier.every(({ id }, at) => id === proposed[at]?.id);
      if (isRepetition && last) return { lastRevision: last.revision, position: last.position };
    }
    if (wanted !== present) {
      throw new VersionConflict(stream, expected, present < 0 ? null : present);
    }
    for (const { id } of proposed) {
      if (this.ids.has(id)) throw new TypeError(`event id ${id} is in the store already`);
    }
    for (const event of proposed) this.write(stream, kept, event);
    this.streams.set(stream, kept);
    this.wake();
    return { lastRevision: kept.length - 1, position: this.present() };
  }

  override async *readStream(
    stream: string,
    options: { readonly fromRevision?: number; readonly maxCount?: number } = {},
  ): AsyncGenerator<StoredEvent> {
    const { fromRevision = 0, maxCount = Number.MAX_SAFE_INTEGER } = options;
    await this.answer();
    const events = this.streams.get(stream)?.slice(fromRevision, fromRevision + maxCount) ?? [];
    for (const event of events) yield opened(event);
  }

  override async *readAll(
    options: { readonly after?: Position; readonly maxCount?: number } = {},
  ): AsyncGenerator<StoredEvent> {
    const { after, maxCount = Number.MAX_SAFE_INTEGER } = options;
    await this.answer();
    const from = this.indexAfter(after);
    for (const event of this.all.slice(from, from + maxCount)) yield opened(event);
  }

  override async *subscribeToAll(options: {
    readonly after?: Position;
    readonly filter?: AllFilter;
    readonly signal: AbortSignal;
  }): AsyncGenerator<Delivery> {
    const { after, filter, signal } = options;
    const excluded = filter?.excludeStreamPrefixes ?? [];
    // Read from the log until it is empty, then sleep until an append: there is no buffer between
    // the two that could overflow or be read in the wrong order.
    let next = this.indexAfter(after);
    let passedOver = 0;
    let isLive = false;
    while (!signal.aborted) {
      await this.answer();
      const event = this.all[next];
      if (event !== undefined) {
        next += 1;
        const matches = !excluded.some((prefix) => event.stream.startsWith(prefix));
        passedOver = matches ? 0 : passedOver + 1;
        if (matches) yield { kind: 'event', event: opened(event) };
        if (passedOver >= checkpointAfter) {
          passedOver = 0;
          yield { kind: 'checkpoint', position: event.position };
        }
      } else if (!isLive) {
        isLive = true;
        if (passedOver > 0) yield { kind: 'checkpoint', position: this.present() };
        passedOver = 0;
        yield { kind: 'caught-up' };
      } else {
        await this.sleep(next, signal);
      }
    }
  }

  override async ping(): Promise<void> {
    await this.answer();
  }

  override async close(): Promise<void> {
    this.closed = true;
    this.wake();
  }

  private write(stream: string, kept: Kept[], event: Pick<Kept, 'id' | 'type' | 'text'>): void {
    // As in a real store, the distance is the size of what lies between.
    this.lastPosition += 64 + event.text.length;
    const stored = { ...event, stream, revision: kept.length, position: this.present() };
    kept.push(stored);
    this.all.push(stored);
    this.ids.add(event.id);
  }

  private present(): Position {
    return String(this.lastPosition).padStart(20, '0') as Position;
  }

  private indexAfter(after: Position | undefined): number {
    if (after === undefined) return 0;
    const index = this.all.findIndex(({ position }) => position > after);
    return index < 0 ? this.all.length : index;
  }

  private async answer(): Promise<void> {
    await Promise.resolve();
    if (this.closed) throw new StoreUnavailable('the store was closed');
  }

  private sleep(next: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const rise = () => {
        this.sleepers.delete(rise);
        signal.removeEventListener('abort', rise);
        resolve();
      };
      if (signal.aborted || this.closed || this.all.length > next) return resolve();
      this.sleepers.add(rise);
      signal.addEventListener('abort', rise);
    });
  }

  private wake(): void {
    for (const rise of [...this.sleepers]) rise();
  }
}

function opened({ id, stream, revision, position, type, text }: Kept): StoredEvent {
  const { data, metadata } = JSON.parse(text) as Pick<StoredEvent, 'data' | 'metadata'>;
  return { id, stream, revision, position, type, data, metadata };
}
