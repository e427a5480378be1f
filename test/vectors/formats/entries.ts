import { canonicalJson, entryBytesMax, entryLevelsMax, streamNameBytesMax } from '#kernel';
import { textOf, utf8 } from '#tlog';
import type { Entryish } from './ledger.ts';

/** A name, the bytes of an entry, and what is wrong with them by themselves: nothing or one fault. */
export type EntryBound = readonly [name: string, bytes: Uint8Array, fault: string | undefined];

/**
 * Both sides of each bound that docs/formats/entry.md sets: what is just allowed and what is just not.
 * None of them is in the log, so a receipt for it finds that as well.
 */
export function entryBounds(entry: Uint8Array): readonly EntryBound[] {
  const text = textOf(entry) as string;
  const changed = (change: (entry: Entryish) => void): string => {
    const value = JSON.parse(text) as Entryish;
    change(value);
    return canonicalJson(value);
  };
  const data = (value: Entryish['data']) => changed((one) => void (one.data = value));
  const metadata = (name: string, value: unknown) => {
    return changed((one) => void (one.metadata[name] = value));
  };
  const actor = (name: string, value: unknown) => {
    return changed((one) => void ((one.metadata['actor'] as Entryish['data'])[name] = value));
  };
  const spelt = (number: string) => data({ number: 7 }).replace(':7}', `:${number}}`);
  const ofLength = (bytes: number) => {
    return data({ text: 'x'.repeat(bytes - utf8(data({ text: '' })).length) });
  };
  const stream = (name: string) => changed((one) => void (one.stream = name));
  const name = 'figure-'.padEnd(streamNameBytesMax, 'a');
  // Bytes are counted, of which this letter has three, not characters.
  const accented = `${'ạ'.repeat((streamNameBytesMax - 2) / 3)}aa`;
  const part = 'a'.repeat(64);
  const at = (recordedAt: string) => metadata('recordedAt', recordedAt);
  const basis = (...streams: readonly string[]) =>
    metadata(
      'basis',
      streams.map((stream) => ({ stream, revision: 0 })),
    );
  const list: readonly (readonly [string, string, string?])[] = [
    ['longest', ofLength(entryBytesMax)],
    ['too-long', ofLength(entryBytesMax + 1), 'entry/too-long'],
    // The entry and its data are two levels.
    ['deepest', data({ list: listsIn(entryLevelsMax - 2) })],
    ['too-deep', data({ list: listsIn(entryLevelsMax - 1) }), 'entry/too-deep'],
    ['too-deep-and-cut', data({ list: listsIn(entryLevelsMax) }).slice(0, -1), 'entry/too-deep'],
    ['brackets-in-text', data({ '"[': '[{'.repeat(entryLevelsMax), end: '\\' })],
    ['largest-number', spelt('9007199254740991')],
    ['number-too-large', spelt('9007199254740992'), 'entry/number-not-whole'],
    ['smallest-number', spelt('-9007199254740991')],
    ['number-too-small', spelt('-9007199254740992'), 'entry/number-not-whole'],
    ['number-with-point', spelt('1.0'), 'entry/not-canonical'],
    ['number-with-exponent', spelt('1e2'), 'entry/not-canonical'],
    ['number-negative-zero', spelt('-0'), 'entry/not-canonical'],
    ['number-beyond-doubles', spelt('1e400'), 'entry/not-json'],
    ['number-none', spelt('NaN'), 'entry/not-json'],
    ['mark-after-escape', data({ text: '\n\u0303' })],
    ['lone-surrogate', spelt('"\\ud800"'), 'entry/not-json'],
    ['stream-longest', stream(name)],
    ['stream-too-long', stream(`${name}a`), 'entry/shape'],
    ['stream-longest-in-bytes', stream(accented)],
    ['stream-too-long-in-bytes', stream(`${accented}a`), 'entry/shape'],
    ['stream-without-name', stream(''), 'entry/shape'],
    ['basis-longest', basis(name)],
    ['basis-too-long', basis(`${name}a`), 'entry/shape'],
    ['agency-longest', actor('agency', `${part}.${part}`)],
    ['agency-too-long', actor('agency', `${part}.${part}a`), 'entry/shape'],
    ['agency-of-one-part', actor('agency', 'so_tc'), 'entry/shape'],
    ['agency-of-three-parts', actor('agency', 'son_la.so_tc.p_khtc'), 'entry/shape'],
    ['unit-of-two-parts', actor('unit', 'son_la.so_tc')],
    ['unit-longest', actor('unit', `${part}.${part}.${part}`)],
    ['unit-of-four-parts', actor('unit', 'son_la.so_tc.p_khtc.to_1'), 'entry/shape'],
    ['unit-in-capitals', actor('unit', 'son_la.SO_TC'), 'entry/shape'],
    ['role-of-none', actor('role', 'king'), 'entry/shape'],
    ['person-in-capitals', actor('person', '1D6CEC6D-899B-861D-869E-53C7D7DB6D55'), 'entry/shape'],
    ['acting-for-a-person', actor('actingFor', '1d6cec6d-899b-861d-869e-53c7d7db6d55')],
    ['acting-for-a-name', actor('actingFor', 'giam_doc'), 'entry/shape'],
    ['acting-for-nobody', actor('actingFor', ''), 'entry/shape'],
    ['cause', metadata('causationId', 'x')],
    ['cause-empty', metadata('causationId', ''), 'entry/shape'],
    ['software-empty', metadata('software', ''), 'entry/shape'],
    ['leap-day', at('2028-02-29T23:59:59.999Z')],
    ['day-that-is-none', at('2026-02-29T00:00:00.000Z'), 'entry/shape'],
    ['hour-24', at('2026-07-01T24:00:00.000Z'), 'entry/shape'],
    ['leap-second', at('2026-06-30T23:59:60.000Z'), 'entry/shape'],
    ['basis-of-two', basis('agency-a', 'agency-b')],
    ['basis-twice', basis('agency-a', 'agency-a'), 'entry/shape'],
  ];
  return list.map(([name, written, fault]) => [name, utf8(written), fault]);
}

/** A list in a list, so many in all. */
function listsIn(levels: number): readonly unknown[] {
  return levels === 1 ? [] : [listsIn(levels - 1)];
}
