import { beforeAll, describe, expect, test } from '@jest/globals';
import { derivedUuid, isLogged } from '#kernel';
import type { StoredEvent } from '#event-store';
import { utf8 } from '#tlog';
import { compareWithRegister, fsck, LogClaims } from '#verification';
import { changed, placeOf } from './forgery.ts';
import { testTimeoutMs, tryBits } from './flips.ts';
import { faultsIn, judge, MapSource, oneByOne, short } from './ledger.ts';
import { smallLedger } from './small-ledger.ts';
import type { RegisterRow, WholeLedger } from './small-ledger.ts';

/**
 * What an administrator can do to event store and register while the log stays as it is. Each
 * attack names exactly what is found and where, and that nothing else is.
 */
let ledger: WholeLedger;
let events: readonly StoredEvent[];
beforeAll(async () => {
  ledger = await smallLedger();
  events = ledger.events.filter(({ stream }) => isLogged(stream));
});

type Place = ReturnType<typeof placeOf>;
const placeAt = (index: number): Place => {
  const { stream, revision } = events[index] as StoredEvent;
  return { index, stream, revision };
};
const at = ({ index }: Place) => events[index] as StoredEvent;

/** Faults of the store in short; the verdict must say that there are any. */
async function found(tampered: readonly StoredEvent[]) {
  const report = await judge({ ...ledger, events: tampered });
  expect(report.verdict).toBe('unsound');
  return faultsIn(report);
}

describe('the store as it is', () => {
  test('is sound, also with the events that are no entries', async () => {
    const { verdict, findings } = await judge(ledger);
    expect([verdict, findings]).toEqual(['sound', []]);
  });
});

describe('an event deleted', () => {
  test('is missed at its place', async () => {
    const place = placeOf(ledger, 'figure.endorsed.v1');
    expect(await found(events.toSpliced(place.index, 1))).toEqual([
      { code: 'store/event-missing', ...place },
    ]);
  });

  test('is missed as well when the later ones of its stream were renumbered', async () => {
    const place = placeOf(ledger, 'contribution.endorsed.v1');
    const next = placeOf(ledger, 'contribution.accepted.v1');
    const renumbered = events
      .with(next.index, { ...at(next), revision: place.revision })
      .toSpliced(place.index, 1);
    expect(await found(renumbered)).toEqual([
      { code: 'store/event-altered', ...place },
      { code: 'store/event-missing', ...next },
    ]);
  });

  test('with all of its stream: each is missed', async () => {
    const { stream } = placeOf(ledger, 'evidence.deposited.v1');
    const gone = events.flatMap((event, index) =>
      event.stream === stream ? [{ code: 'store/event-missing', ...placeAt(index) }] : [],
    );
    expect(gone).toHaveLength(2);
    expect(await found(events.filter((event) => event.stream !== stream))).toEqual(gone);
  });

  test('and everything after it: the tail is missed, entry by entry', async () => {
    const kept = events.length - 7;
    const tail = events.slice(kept).map((_, n) => {
      return { code: 'store/event-missing', ...placeAt(kept + n) };
    });
    expect(await found(events.slice(0, kept))).toEqual(tail);
  });

  test('all of them: an empty store is no store of this log', async () => {
    const all = events.map((_, index) => ({ code: 'store/event-missing', ...placeAt(index) }));
    expect(await found([])).toEqual(all);
  });
});

describe('an event inserted', () => {
  const another = (event: StoredEvent, more: Partial<StoredEvent>): StoredEvent => {
    return { ...event, id: derivedUuid(['inserted', event.id]), ...more };
  };

  test('in a stream that ends before is one too much', async () => {
    const place = placeOf(ledger, 'evidence.deposited.v1');
    const { stream } = place;
    const inserted = another(at(place), { revision: 2 });
    expect(await found(events.toSpliced(place.index + 3, 0, inserted))).toEqual([
      { code: 'store/event-added', stream, revision: 2 },
    ]);
  });

  test('in a stream of its own is one too much', async () => {
    const stream = 'person-nobody';
    const inserted = another(events[3] as StoredEvent, { stream, revision: 0 });
    expect(await found(events.toSpliced(5, 0, inserted))).toEqual([
      { code: 'store/event-added', stream, revision: 0 },
    ]);
  });

  test('before the one whose place it takes: now that one is too much', async () => {
    const place = placeOf(ledger, 'figure.submitted.v1');
    const { stream, revision } = place;
    const inserted = another(at(place), {});
    expect(await found(events.toSpliced(place.index, 0, inserted))).toEqual([
      { code: 'store/event-altered', ...place },
      { code: 'store/event-added', stream, revision },
    ]);
  });

  test('behind the one whose place it takes', async () => {
    const place = placeOf(ledger, 'figure.submitted.v1');
    const { stream, revision } = place;
    const inserted = another(at(place), {});
    expect(await found(events.toSpliced(place.index + 1, 0, inserted))).toEqual([
      { code: 'store/event-added', stream, revision },
    ]);
  });

  test('twice as it is: the second is one too much', async () => {
    const place = placeOf(ledger, 'figure.submitted.v1');
    const { stream, revision } = place;
    expect(await found(events.toSpliced(place.index, 0, at(place)))).toEqual([
      { code: 'store/event-added', stream, revision },
    ]);
  });

  test('behind the last one is not yet in the log: a note, and no fault', async () => {
    const inserted = another(events[3] as StoredEvent, { stream: 'person-new', revision: 0 });
    const { verdict, findings } = await judge({ ...ledger, events: [...events, inserted] });
    const note = { code: 'store/behind-head', stream: 'person-new', revision: 0 };
    expect([verdict, findings.map(short)]).toEqual(['sound', [note]]);
  });

  test.each([
    ['again', 0],
    ['with a gap before it', 9],
  ])('behind the last one, under a revision that cannot come there: %s', async (_, revision) => {
    const { stream } = placeOf(ledger, 'figure.submitted.v1');
    const inserted = another(events[3] as StoredEvent, { stream, revision });
    expect(await found([...events, inserted])).toEqual([
      { code: 'store/event-added', stream, revision },
    ]);
  });
});

describe('events in another order', () => {
  test('two neighbours are told apart', async () => {
    const { index } = placeOf(ledger, 'figure.submitted.v1');
    const [one, other] = [events[index], events[index + 1]] as [StoredEvent, StoredEvent];
    expect(await found(events.with(index, other).with(index + 1, one))).toEqual([
      { code: 'store/event-moved', ...placeAt(index + 1) },
    ]);
  });

  test('one that went to the front, one that went to the end', async () => {
    const place = placeOf(ledger, 'figure.endorsed.v1');
    const without = events.toSpliced(place.index, 1);
    const moved = { code: 'store/event-moved', ...place };
    expect(await found([at(place), ...without])).toEqual([moved]);
    // The last one of all is then too early, seen from behind.
    const last = { code: 'store/event-moved', ...placeAt(events.length - 1) };
    expect(await found([...without, at(place)])).toEqual([moved, last]);
  });

  test('a whole stream backwards: its ends are not where they were', async () => {
    const { stream } = placeOf(ledger, 'person.enrolled.v1');
    const places = events.flatMap((event, index) => (event.stream === stream ? [index] : []));
    const turned = places.reduce(
      (list, index, n) => list.with(index, events[places.at(-1 - n) as number] as StoredEvent),
      [...events],
    );
    const ends = [places[0], places.at(-1)] as [number, number];
    expect(await found(turned)).toEqual(
      ends.map((index) => ({ code: 'store/event-moved', ...placeAt(index) })),
    );
  });
});

describe('contents exchanged', () => {
  const [type] = ['evidence.deposited.v1'];
  const pair = () => {
    const one = placeOf(ledger, type);
    return [one, placeOf(ledger, type, one.index + 1)] as const;
  };
  const altered = (places: readonly Place[]) =>
    places.map((place) => ({ code: 'store/event-altered', ...place }));

  test('between two streams: both are found', async () => {
    const [one, other] = pair();
    const [left, right] = [at(one), at(other)];
    const swapped = events
      .with(one.index, { ...left, data: right.data })
      .with(other.index, { ...right, data: left.data });
    expect(await found(swapped)).toEqual(altered([one, other]));
  });

  test('with ids and metadata, so that only the names of the streams stay', async () => {
    const [one, other] = pair();
    const [left, right] = [at(one), at(other)];
    const swapped = events
      .with(one.index, { ...right, stream: left.stream })
      .with(other.index, { ...left, stream: right.stream });
    expect(await found(swapped)).toEqual(altered([one, other]));
  });

  test.each([
    ['the recorded time', { recordedAt: '2026-07-01T01:00:00.001Z' }],
    ['the software', { software: 'minhchung/0.0.1' }],
    ['the basis', { basis: [] }],
    ['a member too many', { note: '' }],
  ])('%s of the metadata', async (_, more) => {
    const place = placeOf(ledger, 'contribution.submitted.v1');
    const event = at(place);
    const metadata = { ...event.metadata, ...more } as StoredEvent['metadata'];
    expect(await found(events.with(place.index, { ...event, metadata }))).toEqual(altered([place]));
  });

  test('the actor, in whose name the act was done', async () => {
    const place = placeOf(ledger, 'figure.endorsed.v1');
    const event = at(place);
    const actor = at(placeOf(ledger, 'figure.submitted.v1')).metadata.actor;
    const metadata = { ...event.metadata, actor };
    expect(await found(events.with(place.index, { ...event, metadata }))).toEqual(altered([place]));
  });

  test('a figure and every later digest of it, as if it had always been so', async () => {
    const place = placeOf(ledger, 'figure.submitted.v1');
    const later = events.flatMap((event, index) =>
      event.stream === place.stream && index > place.index ? [placeAt(index)] : [],
    );
    const digest = `sha256:${'0'.repeat(64)}`;
    const rewritten = later.reduce(
      (list, { index }) => list.with(index, changed(at(placeAt(index)), { digest }) as StoredEvent),
      events.with(place.index, changed(at(place), { note: 'đã sửa' }) as StoredEvent),
    );
    expect(await found(rewritten)).toEqual(altered([place, ...later]));
  });
});

describe('the register', () => {
  let claims: LogClaims;
  beforeAll(async () => {
    claims = new LogClaims();
    await fsck({ source: new MapSource(ledger.objects), policy: ledger.policy, claims });
  });

  /** The people whose row does not open what their entries commit to; that must be all there is. */
  async function unbound(rows: readonly RegisterRow[]): Promise<readonly string[]> {
    const particulars = rows.map(({ person, salt, particulars }) => {
      const [commitment = ''] = claims.people.get(person)?.commitments.keys() ?? [];
      return { ...particulars, person, salt, commitment, settled: true };
    });
    const { findings } = await compareWithRegister({
      claims,
      rows: {
        particulars: () => oneByOne(particulars),
        persons: () => oneByOne([]),
        eventsOf: () => oneByOne([]),
      },
    });
    return findings.map(({ code, stream = '' }) => {
      expect(code).toBe('register/differs');
      return stream.replace('person-', '');
    });
  }

  test(
    'with a bit turned in a salt, a name, a position or an agency is found',
    async () => {
      for (const [at, row] of ledger.register.entries()) {
        const { salt, particulars } = row;
        for (const [part, text] of Object.entries({ salt, ...particulars })) {
          const flips = {
            what: `${part} of row ${at}`,
            bytes: utf8(text),
            sample: 20,
            isQuiet: true,
          };
          const counts = await tryBits(flips, async (altered) => {
            const told = Buffer.from(altered).toString('utf8');
            const isSalt = part === 'salt';
            const other = isSalt
              ? { salt: told }
              : { particulars: { ...particulars, [part]: told } };
            const rows = ledger.register.with(at, { ...row, ...other });
            const [found, ...more] = await unbound(rows);
            const isRight = found === row.person && more.length === 0;
            return isRight ? 'found' : { wrong: `${found} for ${row.person}` };
          });
          expect(Object.keys(counts)).toEqual(['found']);
        }
      }
    },
    testTimeoutMs,
  );

  test('as it is holds every name that was committed to', async () => {
    expect(ledger.register).toHaveLength(4);
    expect(await unbound(ledger.register)).toEqual([]);
  });

  test.each([
    [
      'names',
      (one: RegisterRow, other: RegisterRow) => ({ ...one, particulars: other.particulars }),
    ],
    [
      'names and salts',
      (one: RegisterRow, other: RegisterRow) => ({ ...other, person: one.person }),
    ],
    ['salts', (one: RegisterRow, other: RegisterRow) => ({ ...one, salt: other.salt })],
  ])(
    'with the %s of two people exchanged is found for both, and nobody else',
    async (_, taking) => {
      const [first, head, third, deputy] = ledger.register as [
        RegisterRow,
        RegisterRow,
        RegisterRow,
        RegisterRow,
      ];
      const rows = [first, taking(head, deputy), third, taking(deputy, head)];
      expect(await unbound(rows)).toEqual([head.person, deputy.person]);
    },
  );
});
