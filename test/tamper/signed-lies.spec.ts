import { beforeAll, describe, expect, test } from '@jest/globals';
import { derivedUuid } from '#kernel';
import type { Basis, Entry } from '#kernel';
import { specSigner } from '../../libs/transparency/src/made-up-log.contract.ts';
import { asSigned, bytesOf, changed, placeOf } from './forgery.ts';
import { faultsIn, judge, judgeLog } from './ledger.ts';
import { smallLedger } from './small-ledger.ts';
import type { WholeLedger } from './small-ledger.ts';

/**
 * What the holder of the key can do with witnesses that look at no entry, as none does: another
 * history, signed and cosigned like the true one. Its entries still have to agree with each other,
 * with what an auditor kept, and with the event store.
 */
let ledger: WholeLedger;
let entries: readonly Entry[];
beforeAll(async () => {
  ledger = await smallLedger();
  ({ entries } = ledger);
});

const at = (index: number) => entries[index] as Entry;
const signedAs = (list: readonly Entry[]) => asSigned(ledger, bytesOf(list), specSigner(7));

/** Faults of the log by itself, under a policy that is met. */
async function inLog(list: readonly Entry[]) {
  return faultsIn(await judgeLog(await signedAs(list)));
}

/** What the honest store says against it. */
async function againstStore(list: readonly Entry[]) {
  const faults = faultsIn(await judge(await signedAs(list)));
  return faults.filter(({ code }) => code.startsWith('store/'));
}

const codeAt = (code: string, index: number, entry = at(index)) => {
  const { stream, revision } = entry;
  return { code, index, stream, revision };
};

describe('an entry left out', () => {
  test('within its stream: the next one does not follow', async () => {
    const { index } = placeOf(ledger, 'contribution.endorsed.v1');
    const { index: heads } = placeOf(ledger, 'log.heads-recorded.v1');
    const list = entries.toSpliced(index, 1);
    expect(await inLog(list)).toEqual([
      codeAt('entry/revision-not-dense', index, list[index]),
      // They speak of one entry more than stands before them now.
      codeAt('log/heads-event', heads - 1, at(heads)),
    ]);
  });

  test('the last of its stream: recorded heads, store and kept checkpoint tell', async () => {
    const { index } = placeOf(ledger, 'figure.verified.v1');
    const list = entries.toSpliced(index, 1);
    const codes = async (judged: ReturnType<typeof inLog>) =>
      (await judged).map(({ code }) => code);
    expect(await codes(inLog(list))).toEqual(['log/heads-event']);
    const { stream, revision } = at(index);
    expect(await againstStore(list)).toEqual([{ code: 'store/event-added', stream, revision }]);
    const forked = await judgeLog(await signedAs(list), { since: ledger.earlier });
    expect(faultsIn(forked).map(({ code }) => code)).toContain('log/forked');
  });
});

describe('an entry put in', () => {
  test('twice: its id and its revision were there', async () => {
    const { index } = placeOf(ledger, 'figure.submitted.v1');
    const { index: heads } = placeOf(ledger, 'log.heads-recorded.v1');
    const again = index + 1;
    expect(await inLog(entries.toSpliced(again, 0, at(index)))).toEqual([
      codeAt('entry/revision-not-dense', again, at(index)),
      codeAt('entry/id-twice', again, at(index)),
      codeAt('log/heads-differ', heads + 1, at(heads)),
    ]);
  });

  test('at the end of a stream, as if it had happened: the store knows nothing of it', async () => {
    const { index, stream } = placeOf(ledger, 'figure.verified.v1');
    const made = { ...at(index), id: derivedUuid(['made up']), revision: 3 };
    const list = [...entries, made];
    expect(await inLog(list)).toEqual([]);
    expect(await againstStore(list)).toEqual([
      { code: 'store/event-missing', index: entries.length, stream, revision: 3 },
    ]);
  });

  test('before its stream began', async () => {
    const { index } = placeOf(ledger, 'figure.submitted.v1');
    const early = { ...at(index), id: derivedUuid(['made up']), revision: 1 };
    const [first] = await inLog(entries.toSpliced(index, 0, early));
    expect(first).toEqual(codeAt('entry/revision-not-dense', index, early));
  });
});

describe('entries in another order', () => {
  test('of one stream: revisions and times run backwards', async () => {
    const { index: one } = placeOf(ledger, 'figure.submitted.v1');
    const { index: other } = placeOf(ledger, 'figure.endorsed.v1');
    const list = entries.with(one, at(other)).with(other, at(one));
    expect(await inLog(list)).toEqual([
      codeAt('entry/revision-not-dense', one, at(other)),
      codeAt('entry/revision-not-dense', other, at(one)),
      codeAt('entry/time-backwards', other, at(one)),
    ]);
  });

  test('of two streams: the log alone cannot tell, store and kept checkpoint can', async () => {
    const { index: one } = placeOf(ledger, 'evidence.deposited.v1');
    const { index: other } = placeOf(ledger, 'evidence.deposited.v1', one + 1);
    const [first, second] = [entries.slice(one, other), entries.slice(other, other + 2)];
    const list = [...entries.slice(0, one), ...second, ...first, ...entries.slice(other + 2)];
    expect(await inLog(list)).toEqual([]);
    // Which of two moved past the other nobody can say; those named are all among them.
    const moved = await againstStore(list);
    expect(new Set(moved.map(({ code }) => code))).toEqual(new Set(['store/event-moved']));
    expect(moved.every(({ index = -1 }) => index >= one && index <= other + 1)).toBe(true);
    const forked = await judgeLog(await signedAs(list), { since: ledger.earlier });
    expect(faultsIn(forked)).toEqual([{ code: 'log/forked' }]);
  });

  test('an act before the one that it rests on', async () => {
    const { index } = placeOf(ledger, 'contribution.submitted.v1');
    const { stream } = at(index).metadata.basis[0] as Basis;
    const started = entries.findIndex((entry) => entry.stream === stream);
    const request = entries.findIndex((entry) => entry.stream === at(index).stream);
    const moved = entries.slice(request, index + 1);
    const list = entries.toSpliced(request, moved.length).toSpliced(started, 0, ...moved);
    const found = await inLog(list);
    expect(found).toContainEqual(codeAt('entry/basis-unknown', started + 1, at(index)));
  });
});

describe('contents exchanged between streams', () => {
  const pair = () => {
    const { index } = placeOf(ledger, 'evidence.deposited.v1');
    return [index, placeOf(ledger, 'evidence.deposited.v1', index + 1).index] as const;
  };

  test('their data: the log agrees with itself, the store names both', async () => {
    const [one, other] = pair();
    const list = entries
      .with(one, { ...at(one), data: at(other).data })
      .with(other, { ...at(other), data: at(one).data });
    expect(await inLog(list)).toEqual([]);
    expect(await againstStore(list)).toEqual([
      codeAt('store/event-altered', one),
      codeAt('store/event-altered', other),
    ]);
  });

  test('one act under the stream of another: neither stream is whole', async () => {
    const { index } = placeOf(ledger, 'figure.endorsed.v1');
    const { stream } = placeOf(ledger, 'contribution.submitted.v1');
    const list = entries.with(index, { ...at(index), stream });
    expect((await inLog(list)).slice(0, 2)).toEqual([
      codeAt('entry/revision-not-dense', index, list[index]),
      codeAt('entry/revision-not-dense', index + 1),
    ]);
  });
});

describe('what the log says of itself', () => {
  test('recorded heads of another history', async () => {
    const { index } = placeOf(ledger, 'log.heads-recorded.v1');
    const other = changed(at(index), { root: `${'A'.repeat(43)}=` });
    expect(await inLog(entries.with(index, other))).toEqual([codeAt('log/heads-differ', index)]);
  });

  test('a key that comes in twice, one that goes and was never there', async () => {
    const { index: added } = placeOf(ledger, 'log.key-added.v1');
    const { index: retired } = placeOf(ledger, 'log.key-retired.v1');
    const opened = at(0).data as { readonly key: string };
    const again = changed(at(added), { key: opened.key });
    expect(await inLog(entries.with(added, again))).toContainEqual(codeAt('log/keys-event', added));
    const stranger = changed(at(retired), { key: `${opened.key.slice(0, -4)}AAAA` });
    expect(await inLog(entries.with(retired, stranger))).toContainEqual(
      codeAt('log/keys-event', retired),
    );
  });

  test('another origin in its first entry', async () => {
    const other = changed(at(0), { origin: 'ledger.invalid/other' });
    const codes = (await inLog(entries.with(0, other))).map(({ code }) => code);
    expect(codes).toContain('log/opening-differs');
  });
});
