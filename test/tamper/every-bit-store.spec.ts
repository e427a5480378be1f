import { beforeAll, describe, expect, test } from '@jest/globals';
import { canonicalJson } from '#kernel';
import { MemoryEventStore, StoreUnavailable } from '#event-store';
import type { StoredEvent } from '#event-store';
import { LogRefused, recover } from '#transparency';
import type { HeadAdvanced } from '#transparency';
import { compareWithStore } from '#verification';
import { origin } from '../../libs/transparency/src/made-up-log.contract.ts';
import { isFull, report, testTimeoutMs, tryBits } from './flips.ts';
import type { Outcome } from './flips.ts';
import { faultsIn, findingsOfStore, MapSource } from './ledger.ts';
import { partNames, partOf, withPart } from './stored-parts.ts';
import type { PartName } from './stored-parts.ts';
import { smallLedger } from './small-ledger.ts';
import type { WholeLedger } from './small-ledger.ts';

/**
 * Every bit of every event of the store, held against the log. The log is untouched, so each must
 * be found, and named by the entry whose event it was.
 */
let ledger: WholeLedger;
beforeAll(async () => {
  ledger = await smallLedger();
}, testTimeoutMs);

/** What is said of the event at `index` when one part of it changed. */
function codesFor(name: PartName): readonly string[] {
  // Under another stream or revision nobody finds it: it is missing here and too much there.
  if (name === 'stream' || name === 'revision') return ['store/event-missing'];
  return ['store/event-altered', 'store/event-missing'];
}

async function judged(
  { stream, revision }: StoredEvent,
  index: number,
  name: PartName,
  events: readonly StoredEvent[],
): Promise<Outcome> {
  const list = await findingsOfStore({ ...ledger, events }, ledger.entries.length);
  const first = list.firstBadEntry;
  const isPlaced = first?.index === index && first.stream === stream && first.revision === revision;
  const isRight = isPlaced && codesFor(name).includes(first.code);
  if (isRight && list.verdict(true) === 'unsound') return 'found';
  return { wrong: canonicalJson(faultsIn(list)) };
}

/** A revision that no number holds: our adapter stops reading there. */
async function judgedUpTo(at: number): Promise<Outcome> {
  async function* events(): AsyncGenerator<StoredEvent> {
    yield* ledger.events.slice(0, at);
    throw new StoreUnavailable('a revision out of range');
  }
  const source = new MapSource(ledger.objects);
  const size = ledger.entries.length;
  const list = await compareWithStore({ source, size, readStream: undefined, events: events() });
  const codes = list.findings.map(({ code }) => code);
  const isTold = list.verdict(true) === 'unknown' && codes.join() === 'store/unreachable';
  return isTold ? 'could not be read' : { wrong: canonicalJson(codes) };
}

describe('a bit turned in the event store', () => {
  test.each(partNames)(
    'is found in the %s of every event, and the entry is named',
    async (name) => {
      const total = { bits: 0, found: 0, unread: 0 };
      for (const [index, event] of ledger.entries.entries()) {
        const stored = event as StoredEvent;
        const at = ledger.events.indexOf(stored);
        const bytes = partOf(stored, name);
        const what = `${name} of event ${index}`;
        const counts = await tryBits({ what, bytes, sample: 12, isQuiet: true }, (altered) => {
          const other = withPart(stored, name, altered);
          if (other === 'unreadable') return judgedUpTo(at);
          return judged(stored, index, name, ledger.events.with(at, other));
        });
        const { found = 0, 'could not be read': unread = 0, ...others } = counts;
        expect([others, name === 'revision' || unread === 0]).toEqual([{}, true]);
        total.bits += bytes.length * 8;
        total.found += found;
        total.unread += unread;
      }
      const words = `${total.found} found, ${total.unread} could not be read`;
      if (isFull) report(`store, ${name}: ${total.bits} bits: ${words}`);
    },
    testTimeoutMs,
  );
});

describe('a bit turned in the head of the log, which is no entry', () => {
  /** The store with another last event of `log-head`: whoever may write there cannot sign. */
  class TamperedHead extends MemoryEventStore {
    private readonly inner: MemoryEventStore;
    private readonly head: StoredEvent;

    constructor(inner: MemoryEventStore, head: StoredEvent) {
      super();
      this.inner = inner;
      this.head = head;
    }

    override async *readStream(...[stream, options]: Parameters<MemoryEventStore['readStream']>) {
      for await (const event of this.inner.readStream(stream, options)) {
        yield event.id === this.head.id ? this.head : event;
      }
    }
  }

  /** Nobody but the sequencer reads it, and the sequencer goes by what the signature covers. */
  const reachesNobody = (before: StoredEvent, after: StoredEvent) => {
    const signed = ({ data }: StoredEvent) => {
      const { treeSize, root, position, checkpoint } = data as HeadAdvanced['data'];
      return canonicalJson([treeSize, root, position, checkpoint].map((one) => one ?? null));
    };
    return typeof after.data === 'object' && signed(before) === signed(after);
  };

  test(
    'is refused at the next start, but for the moment at which it was written',
    async () => {
      const head = ledger.events.findLast(({ stream }) => stream === 'log-head') as StoredEvent;
      const { store, tiles } = ledger.writer;
      const keys = [ledger.policy.log];
      const bytes = partOf(head, 'data');
      const counts = await tryBits({ what: 'log-head', bytes, sample: 300 }, async (altered) => {
        const other = withPart(head, 'data', altered) as StoredEvent;
        const tampered = new TamperedHead(store, other);
        const outcome = await recover({ store: tampered, tiles, origin, keys }).then(
          () => 'taken',
          (error: unknown) => (error instanceof LogRefused ? 'refused' : String(error)),
        );
        if (outcome === 'refused') return 'found';
        const isHarmless = outcome === 'taken' && reachesNobody(head, other);
        return isHarmless ? 'ignored by specification' : { wrong: outcome };
      });
      expect(Object.keys(counts).sort()).toEqual(['found', 'ignored by specification']);
    },
    testTimeoutMs,
  );
});
