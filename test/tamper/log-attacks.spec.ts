import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Entry } from '#kernel';
import { base64, formatVerifierKey, utf8 } from '#tlog';
import { fsck } from '#verification';
import { specSigner } from '../../libs/transparency/src/made-up-log.contract.ts';
import type { WitnessAnswer } from '#transparency';
import {
  asSigned,
  bytesOf,
  changed,
  noteOf,
  noteOver,
  placeOf,
  rebuilt,
  signed,
  withTree,
} from './forgery.ts';
import { faultsIn, judge, judgeLog, MapSource, short } from './ledger.ts';
import { largeLedger, smallLedger } from './small-ledger.ts';
import type { WholeLedger } from './small-ledger.ts';

/**
 * What an administrator can do to the log's own files, with every hash made anew where that helps,
 * and what the holder of the log's key can do beyond it. Each attack names what is found and where.
 */
let small: WholeLedger;
let large: WholeLedger;
beforeAll(async () => {
  small = await smallLedger();
  large = await largeLedger();
});

const ownKey = specSigner(7);
const codesIn = (list: readonly { readonly code: string }[]) =>
  [...new Set(list.map(({ code }) => code))].toSorted();

/** The figure says something else, from its entry on and in the store. */
function rewritten(ledger: WholeLedger) {
  const place = placeOf(ledger, 'figure.submitted.v1');
  const other = changed(ledger.entries[place.index] as Entry, { note: 'đã sửa' });
  const entries = ledger.entries.with(place.index, other);
  const events = ledger.events.map((event) =>
    event.stream === place.stream && event.revision === place.revision
      ? { ...event, data: other.data }
      : event,
  );
  return { place, entries, events };
}

describe('the chain made anew, without the key', () => {
  const forged = (ledger: WholeLedger) => {
    const { entries, events } = rewritten(ledger);
    return { tree: rebuilt(bytesOf(entries)), events };
  };

  test('under the checkpoint as it was: the root is another one', async () => {
    const { tree, events } = forged(small);
    const checkpoint = small.objects.get('checkpoint') as Uint8Array;
    const report = await judge({ ...withTree(small, tree, checkpoint), events });
    expect(report.verdict).toBe('unsound');
    expect(report.findings.map(({ code, expected, found }) => [code, expected, found])).toEqual([
      ['log/root-differs', report.root, base64(tree.root)],
    ]);
  });

  test('under a checkpoint of its own with the signatures of the old one', async () => {
    const { tree, events } = forged(small);
    const { signatures } = noteOf(small.objects.get('checkpoint') as Uint8Array);
    const report = await judge({ ...withTree(small, tree, noteOver(tree, signatures)), events });
    expect(report.findings.map(({ code, detail }) => [code, detail])).toEqual([
      ['log/signature-invalid', small.policy.log.name],
      ['log/witness-signature-invalid', 'mot'],
      ['log/witness-signature-invalid', 'hai'],
      ['log/witness-signature-invalid', 'ba'],
      ['log/quorum-missing', '0 valid cosignatures'],
    ]);
  });

  test('under a checkpoint that another key of the same name signed', async () => {
    const { tree, events } = forged(small);
    const checkpoint = await signed(tree, [specSigner(66)]);
    const report = await judge({ ...withTree(small, tree, checkpoint), events });
    expect(faultsIn(report).map(({ code }) => code)).toEqual([
      'log/signature-missing',
      'log/quorum-missing',
    ]);
  });

  /** CONTRACTS 8: forged as a whole it agrees with itself, so it takes an anchor to see it. */
  test('from the first entry on, with a key of its own', async () => {
    const forger = specSigner(66);
    const [opened, ...rest] = small.entries as [Entry, ...Entry[]];
    const ours = rest.filter(({ stream }) => !stream.startsWith('log-'));
    const entries = [changed(opened, { key: formatVerifierKey(forger.key) }), ...ours];
    const forged = await asSigned(small, bytesOf(entries), forger);
    const { verdict, keys } = await fsck({ source: new MapSource(forged.objects) });
    expect([verdict, keys]).toEqual(['sound-unanchored', [formatVerifierKey(forger.key)]]);
    expect(codesIn(faultsIn(await judge(forged)))).toEqual([
      'log/key-unrecorded',
      'log/signature-missing',
      'store/event-added',
      'store/event-altered',
    ]);
  });

  test('under a retired key: its own entries say that it signs no more', async () => {
    const { tree, events } = forged(small);
    const checkpoint = await signed(tree, [specSigner(1)]);
    const report = await judge({ ...withTree(small, tree, checkpoint), events });
    expect(codesIn(report.findings)).toEqual([
      'log/quorum-missing',
      'log/signature-missing',
      'log/signature-retired',
    ]);
  });

  test('in one entry of a full tile: the tile above convicts the entry', async () => {
    const { place, entries } = rewritten(large);
    expect(place.index).toBeLessThan(256);
    const { objects } = rebuilt(bytesOf(entries));
    const bundle = 'tile/entries/000';
    const altered = new Map(large.objects).set(bundle, objects.get(bundle) as Uint8Array);
    const report = await judgeLog({ ...large, objects: altered });
    const { index, stream, revision } = place;
    expect(report.firstBadEntry && short(report.firstBadEntry)).toEqual({
      code: 'log/entry-differs',
      index,
      stream,
      revision,
    });
  });

  test('in entry and full tile: the two agree, and the root does not', async () => {
    const { entries } = rewritten(large);
    const { objects } = rebuilt(bytesOf(entries));
    const altered = new Map(large.objects);
    for (const path of ['tile/entries/000', 'tile/0/000']) {
      altered.set(path, objects.get(path) as Uint8Array);
    }
    const report = await judgeLog({ ...large, objects: altered });
    expect(faultsIn(report)).toEqual(
      expect.arrayContaining([
        { code: 'log/tile-differs', path: 'tile/1/000.p/1' },
        { code: 'log/root-differs' },
      ]),
    );
  });
});

describe('the chain made anew by the holder of the key', () => {
  test('without witnesses: no quorum', async () => {
    const { entries, events } = rewritten(small);
    const tree = rebuilt(bytesOf(entries));
    const altered = { ...withTree(small, tree, await signed(tree, [ownKey])), events };
    expect(faultsIn(await judge(altered))).toEqual([{ code: 'log/quorum-missing' }]);
  });

  test('with witnesses that sign anything: the kept checkpoint convicts all of them', async () => {
    const { entries, events, place } = rewritten(small);
    expect(place.index).toBeLessThan(27);
    const altered = { ...(await asSigned(small, bytesOf(entries), ownKey)), events };
    expect((await judge(altered)).verdict).toBe('sound');
    const report = await judge(altered, { since: small.earlier });
    expect(report.findings.map(({ code, detail }) => [code, detail])).toEqual([
      ['log/forked', 'size 27'],
    ]);
  });
});

describe('an older state', () => {
  test('of the checkpoint alone is found by whoever kept a newer one', async () => {
    const objects = new Map(small.objects).set('checkpoint', small.earlier);
    const since = small.objects.get('checkpoint') as Uint8Array;
    const report = await judge({ ...small, objects }, { since });
    expect(faultsIn(report)).toEqual([{ code: 'log/rolled-back' }]);
    const [fault] = report.findings;
    expect([fault?.expected, fault?.found]).toEqual(['28', '27']);
  });

  test('of log and store together as well', async () => {
    const tree = rebuilt(bytesOf(small.entries.slice(0, 27)));
    const lastPlace = small.events.findIndex(({ id }) => id === small.entries[27]?.id);
    const events = small.events.slice(0, lastPlace);
    const cut = { ...withTree(small, tree, small.earlier), events };
    const since = small.objects.get('checkpoint') as Uint8Array;
    const report = await judge(cut, { since });
    expect(faultsIn(report)).toEqual([{ code: 'log/rolled-back' }]);
  });

  /** CONTRACTS 8: by itself it is what the log was; nothing in it is wrong. */
  test('says by itself that there is more, and cannot say what', async () => {
    const objects = new Map(small.objects).set('checkpoint', small.earlier);
    const { verdict, counts } = await judge({ ...small, objects });
    expect([verdict, counts]).toEqual(['sound', { 'log/beyond-head': 2, 'store/behind-head': 1 }]);
  });

  test('is not cosigned again: a witness remembers how far the log was', async () => {
    const [witness] = small.witnesses;
    const shorter = rebuilt(bytesOf(small.entries.slice(0, 20)));
    const answer = (await witness?.add(
      utf8(`old 0\n\n${Buffer.from(await signed(shorter, [ownKey])).toString()}`),
    )) as WitnessAnswer;
    expect(answer).toEqual({ kind: 'conflict', size: 28 });
  });
});

describe('two views of one log', () => {
  /** Another last act, signed and cosigned like the first by witnesses that took part in it. */
  async function otherView(extra: number): Promise<WholeLedger> {
    const own = small.entries.slice(0, 24);
    const tail = large.entries.slice(40, 44 + extra);
    return asSigned(small, [...bytesOf(own), ...bytesOf(tail)], ownKey);
  }

  test('of one size are each sound by their signatures, and a fork together', async () => {
    const other = await otherView(0);
    const [mine, theirs] = [small, other].map(
      ({ objects }) => objects.get('checkpoint') as Uint8Array,
    );
    for (const [view, since] of [
      [small, theirs],
      [other, mine],
    ] as const) {
      const { findings } = await judgeLog(view, { since: since as Uint8Array });
      const forks = findings.filter(({ code }) => code === 'log/forked');
      expect(forks.map(({ detail }) => detail)).toEqual(['size 28']);
    }
  });

  test('of two sizes are a fork for the longer, and a rollback for the shorter', async () => {
    const longer = await otherView(3);
    const mine = small.objects.get('checkpoint') as Uint8Array;
    const theirs = longer.objects.get('checkpoint') as Uint8Array;
    const codes = async (view: WholeLedger, since: Uint8Array) =>
      codesIn(faultsIn(await judgeLog(view, { since })));
    expect(await codes(longer, mine)).toContain('log/forked');
    expect(await codes(small, theirs)).toEqual(['log/rolled-back']);
  });

  test('need every honest witness to be asked twice, who then refuses', async () => {
    const [witness] = small.witnesses;
    const other = await otherView(3);
    const checkpoint = Buffer.from(other.objects.get('checkpoint') as Uint8Array).toString();
    const answer = await witness?.add(utf8(`old 28\n${'A'.repeat(43)}=\n\n${checkpoint}`));
    expect(answer).toEqual({ kind: 'refused', status: 422 });
  });
});

describe('files of the log', () => {
  const without = (ledger: WholeLedger, path: string) =>
    judgeLog({ ...ledger, objects: new Map([...ledger.objects].filter(([one]) => one !== path)) });
  const replaced = (ledger: WholeLedger, path: string, bytes: Uint8Array) =>
    judgeLog({ ...ledger, objects: new Map(ledger.objects).set(path, bytes) });
  const bytesAt = ({ objects }: WholeLedger, path: string) => objects.get(path) as Uint8Array;

  test.each([
    ['tile/0/000', 'log/tile-missing', { path: 'tile/0/000' }],
    ['tile/1/000.p/1', 'log/tile-missing', { path: 'tile/1/000.p/1' }],
    ['tile/entries/000', 'log/bundle-missing', { index: 0, path: 'tile/entries/000' }],
    ['tile/entries/001.p/44', 'log/bundle-missing', { index: 256, path: 'tile/entries/001.p/44' }],
  ])('%s gone', async (path, code, place) => {
    const report = await without(large, path);
    expect(report.verdict).toBe('unsound');
    expect(faultsIn(report)).toContainEqual({ code, ...place });
  });

  /**
   * docs/formats/log.md: without it nobody can say what the log should be, so nobody calls it
   * sound.
   */
  test('the checkpoint gone: could not tell', async () => {
    const { verdict, findings } = await without(large, 'checkpoint');
    expect([verdict, findings.map(({ code }) => code)]).toEqual([
      'unknown',
      ['log/checkpoint-missing'],
    ]);
  });

  test.each(['tile/0/000', 'tile/0/001.p/44', 'tile/1/000.p/1'])('%s cut', async (path) => {
    const report = await replaced(large, path, bytesAt(large, path).slice(0, -32));
    expect(faultsIn(report)).toContainEqual({ code: 'log/tile-malformed', path });
  });

  test('a bundle cut within an entry names the entry', async () => {
    const path = 'tile/entries/001.p/44';
    const report = await replaced(large, path, bytesAt(large, path).slice(0, -1));
    const malformed = { code: 'log/bundle-malformed', index: 299, path };
    expect(faultsIn(report)).toContainEqual(malformed);
  });

  test('a bundle with a byte more names its end', async () => {
    const path = 'tile/entries/001.p/44';
    const longer = Uint8Array.from([...bytesAt(large, path), 0]);
    const report = await replaced(large, path, longer);
    expect(faultsIn(report).map(({ code }) => code)).toContain('log/bundle-malformed');
  });

  test('two entries of a bundle exchanged are both named', async () => {
    const one = placeOf(small, 'evidence.deposited.v1');
    const other = placeOf(small, 'evidence.deposited.v1', one.index + 1);
    const bytes = bytesOf(small.entries);
    const { objects } = rebuilt(
      bytes
        .with(one.index, bytes[other.index] as Uint8Array)
        .with(other.index, bytes[one.index] as Uint8Array),
    );
    const path = 'tile/entries/000.p/28';
    const report = await replaced(small, path, objects.get(path) as Uint8Array);
    const named = faultsIn(report).filter(({ code }) => code === 'log/entry-differs');
    expect(named.map(({ index }) => index)).toEqual([one.index, other.index]);
    expect(report.firstBadEntry?.index).toBe(one.index);
  });

  test('an entry left out of its bundle, all others moved up', async () => {
    const index = 11;
    const { objects } = rebuilt(bytesOf(small.entries.toSpliced(index, 1)));
    const shorter = objects.get('tile/entries/000.p/27') as Uint8Array;
    const report = await replaced(small, 'tile/entries/000.p/28', shorter);
    const path = 'tile/entries/000.p/28';
    expect(report.firstBadEntry && short(report.firstBadEntry)).toEqual({
      code: 'log/bundle-malformed',
      index,
      path,
    });
  });

  test('an entry put in, all others moved down', async () => {
    const index = 11;
    const extra = large.entries[40] as Entry;
    const { objects } = rebuilt(bytesOf(small.entries.toSpliced(index, 0, extra)));
    const longer = objects.get('tile/entries/000.p/29') as Uint8Array;
    const report = await replaced(small, 'tile/entries/000.p/28', longer);
    expect(report.firstBadEntry?.index).toBe(index);
  });

  test('the checkpoint of another log', async () => {
    const other = utf8(
      Buffer.from(bytesAt(small, 'checkpoint')).toString().replace(/^.*\n/, 'other.invalid/log\n'),
    );
    const report = await replaced(small, 'checkpoint', other);
    expect(codesIn(faultsIn(report))).toEqual(
      expect.arrayContaining(['log/origin-differs', 'log/signature-invalid']),
    );
  });
});
