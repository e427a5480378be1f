import { AppendFailed, MemoryEventStore, StoreUnavailable } from '#event-store';
import type { Appended, ExpectedRevision, NewEvent, StoredEvent } from '#event-store';
import { headStream } from './log-events.ts';
import { MemoryTileStore } from './memory-tile-store.ts';
import { TileStoreUnavailable } from './tile-store.ts';
import type { StoredObject } from './tile-store.ts';

const append = 'append to the head';

/**
 * `before`: the call never reached its store. `after`: it took effect, and the answer was lost. `absent`
 * is an append that never reached its store and is known not to have, which only an append can say.
 */
export type Moment = 'absent' | 'before' | 'after';

/**
 * One fault in the life of a log: the call number `at`, counted over both stores, fails. Every other
 * one works, so that what comes after shows whether the log goes on.
 */
export class OneFault {
  private readonly at: number;
  private readonly moment: Moment;
  private count = 0;
  /** What is done now is not the log's: nothing fails any more. */
  isOver = false;
  /** Which call was struck, undefined while none was. */
  struck: string | undefined;

  constructor(at: number, moment: Moment) {
    this.at = at;
    this.moment = moment;
  }

  async around<T>(
    call: string,
    work: () => Promise<T>,
    fail: (moment: Moment) => Error,
  ): Promise<T> {
    if (this.isOver || (this.moment === 'absent' && call !== append)) return work();
    const isIt = this.count === this.at;
    this.count += 1;
    if (!isIt) return work();
    this.struck = call;
    if (this.moment === 'after') await work();
    throw fail(this.moment);
  }
}

/** Tiles in memory, whose every call may be the one that fails. */
export class StruckTileStore extends MemoryTileStore {
  private readonly fault: OneFault;

  constructor(fault: OneFault) {
    super();
    this.fault = fault;
  }

  override write(objects: readonly StoredObject[]): Promise<void> {
    const what = objects.some(({ path }) => path === 'checkpoint') ? 'checkpoint' : 'tiles';
    return this.struck(`write ${what}`, () => super.write(objects));
  }

  override read(path: string): Promise<Uint8Array | undefined> {
    return this.struck(`read ${path}`, () => super.read(path));
  }

  override list(folder: string): Promise<readonly string[]> {
    return this.struck('list', () => super.list(folder));
  }

  override remove(paths: readonly string[]): Promise<void> {
    return this.struck('remove', () => super.remove(paths));
  }

  private struck<T>(call: string, work: () => Promise<T>): Promise<T> {
    return this.fault.around(call, work, () => new TileStoreUnavailable('as asked for'));
  }
}

/** Events in memory; appends to the head and reads of it may fail, whatever else goes on. */
export class StruckEventStore extends MemoryEventStore {
  private readonly fault: OneFault;

  constructor(fault: OneFault) {
    super();
    this.fault = fault;
  }

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const work = () => super.append(stream, expected, events);
    if (stream !== headStream) return work();
    return this.fault.around(append, work, (moment) => {
      return new AppendFailed(moment === 'absent' ? 'absent' : 'unknown', 'as asked for');
    });
  }

  override async *readStream(
    stream: string,
    options?: { readonly fromRevision?: number; readonly maxCount?: number },
  ): AsyncGenerator<StoredEvent> {
    const events = super.readStream(stream, options);
    if (stream === headStream) {
      const first = () => events.next();
      const fail = () => new StoreUnavailable('as asked for');
      const { value, done } = await this.fault.around('read the head', first, fail);
      if (done === true) return;
      yield value;
    }
    yield* events;
  }
}
