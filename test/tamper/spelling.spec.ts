import { beforeAll, describe, expect, test } from '@jest/globals';
import { canonicalJson, entryBytes } from '#kernel';
import type { Entry } from '#kernel';
import type { StoredEvent } from '#event-store';
import { leafHash, utf8 } from '#tlog';
import { verifyReceipt } from '#verification';
import { specSigner } from '../../libs/transparency/src/made-up-log.contract.ts';
import { asSigned, bytesOf, placeOf, rebuilt } from './forgery.ts';
import { faultsIn, findingsOfStore, judgeLog } from './ledger.ts';
import { smallLedger } from './small-ledger.ts';
import type { WholeLedger } from './small-ledger.ts';
import { withPart } from './stored-parts.ts';

/**
 * The same act in other letters: members twice, numbers and texts spelled differently. In the log a
 * spelling is the entry, so every other one is found, also under the ledger's own signature. In the
 * store it is not (CONTRACTS 2): what parses to the same values is the same event.
 */
let ledger: WholeLedger;
let place: ReturnType<typeof placeOf>;
let entry: Entry;
let text: string;
beforeAll(async () => {
  ledger = await smallLedger();
  place = placeOf(ledger, 'evidence.deposited.v1');
  entry = ledger.entries[place.index] as Entry;
  text = canonicalJson(entry);
});

type Change = (text: string) => string;
type Spelling = readonly [what: string, change: Change, code: string];

const size = '"sizeBytes":250';
const inNfd: Change = (whole) =>
  whole.replace(/"title":"[^"]*"/, (title) => title.normalize('NFD'));

/** Each still says the same to a reader who takes JSON as it comes, and each is another entry. */
const spellings: readonly Spelling[] = [
  ['a member twice', (t) => t.replace(size, `${size},${size}`), 'entry/key-twice'],
  [
    'a member before with a lie',
    (t) => t.replace(size, `"sizeBytes":9,${size}`),
    'entry/key-twice',
  ],
  [
    'a member behind with a lie',
    (t) => t.replace(size, `${size},"sizeBytes":9`),
    'entry/key-twice',
  ],
  ['an outer member twice', (t) => t.replace('{"data":', '{"data":{},"data":'), 'entry/key-twice'],
  [
    'a name twice, once escaped',
    (t) => t.replace(size, `"size\\u0042ytes":9,${size}`),
    'entry/key-twice',
  ],
  ['a number with a fraction', (t) => t.replace(size, `${size}.0`), 'entry/number-respelt'],
  ['a number with an exponent', (t) => t.replace(size, '"sizeBytes":25e1'), 'entry/number-respelt'],
  ['a number with a large E', (t) => t.replace(size, '"sizeBytes":2.5E2'), 'entry/number-respelt'],
  ['zero below zero', (t) => t.replace('"revision":0', '"revision":-0'), 'entry/number-respelt'],
  ['a space', (t) => t.replace(size, size.replace(':', ': ')), 'entry/not-canonical'],
  ['a line at the end', (t) => `${t}\n`, 'entry/not-canonical'],
  ['members turned round', turned, 'entry/not-canonical'],
  [
    'an escaped letter',
    (t) => t.replace('application', '\\u0061pplication'),
    'entry/not-canonical',
  ],
  ['an escaped slash', (t) => t.replace('application/', 'application\\/'), 'entry/not-canonical'],
  ['a byte order mark', (t) => `\ufeff${t}`, 'entry/not-json'],
];

function turned(whole: string): string {
  const members = Object.entries(JSON.parse(whole) as Entry).reverse();
  return `{${members.map(([name, value]) => `"${name}":${canonicalJson(value)}`).join(',')}}`;
}

/** Each says something else: to a reader, or to one reader and not to another. */
const others: readonly Spelling[] = [
  ['text in NFD', inNfd, 'entry/not-nfc'],
  ['a share instead of a number', (t) => t.replace(size, `${size}.5`), 'entry/number-not-whole'],
  [
    'a number beyond 2^53',
    (t) => t.replace(size, '"sizeBytes":9007199254740992'),
    'entry/number-not-whole',
  ],
  [
    'a number that rounds',
    (t) => t.replace(size, '"sizeBytes":9007199254740993'),
    'entry/number-respelt',
  ],
  ['a number with a zero before', (t) => t.replace(size, '"sizeBytes":0250'), 'entry/not-json'],
  ['a lone surrogate', (t) => t.replace('application', '\\ud800'), 'entry/not-json'],
  ['a seventh member', (t) => t.replace(/\}$/, ',"zone":"x"}'), 'entry/shape'],
];

const respelt = (change: Change): Uint8Array => {
  const other = change(text);
  expect(other).not.toBe(text);
  return utf8(other);
};

describe.each([...spellings, ...others])('%s', (_, change, code) => {
  test('in the bundle: the entry is not the one in the tree', async () => {
    const { objects } = rebuilt(bytesOf(ledger.entries).with(place.index, respelt(change)));
    const path = 'tile/entries/000.p/28';
    const altered = new Map(ledger.objects).set(path, objects.get(path) as Uint8Array);
    const report = await judgeLog({ ...ledger, objects: altered });
    const { index } = place;
    const named = faultsIn(report).filter((one) => one.index === index);
    expect([report.verdict, report.firstBadEntry?.index]).toEqual(['unsound', index]);
    expect(named.map((one) => one.code)).toEqual(
      expect.arrayContaining(['log/entry-differs', code]),
    );
  });

  test('signed and cosigned: still no entry, at its place', async () => {
    const bytes = bytesOf(ledger.entries).with(place.index, respelt(change));
    const report = await judgeLog(await asSigned(ledger, bytes, specSigner(7)));
    const { index } = place;
    expect([report.verdict, report.firstBadEntry?.index]).toEqual(['unsound', index]);
    expect(
      faultsIn(report)
        .filter((one) => one.index === index)
        .map((one) => one.code),
    ).toContain(code);
  });

  test('beside a receipt: not the entry that it proves', async () => {
    const proof = await ledger.receiptOf(place.index);
    const other = respelt(change);
    expect(leafHash(other)).not.toEqual(leafHash(entryBytes(entry)));
    const { verdict, findings } = verifyReceipt({ proof, entry: other, policy: ledger.policy });
    expect(verdict).toBe('unsound');
    expect(findings.map((one) => one.code)).toEqual(
      expect.arrayContaining(['entry/not-included', code]),
    );
  });
});

describe('in the event store', () => {
  /** The store's JSON of one event's data, changed as text; read as the client reads it. */
  async function withData(change: Change) {
    const stored = entry as StoredEvent;
    const data = canonicalJson(stored.data);
    const other = change(data);
    expect(other).not.toBe(data);
    const event = withPart(stored, 'data', utf8(other)) as StoredEvent;
    const events = ledger.events.with(ledger.events.indexOf(stored), event);
    return findingsOfStore({ ...ledger, events }, ledger.entries.length);
  }

  /** CONTRACTS 2: the store may write JSON as it likes; its bytes are not ours and never matter. */
  test.each<readonly [string, Change]>([
    ['a member twice', (t) => t.replace(size, `${size},${size}`)],
    ['a lie that a later member replaces', (t) => t.replace(size, `"sizeBytes":9,${size}`)],
    ['a number with a fraction of zero', (t) => t.replace(size, `${size}.0`)],
    ['a number with an exponent', (t) => t.replace(size, '"sizeBytes":25e1')],
    ['white space', (t) => t.replaceAll(',', ', ')],
    ['an escaped letter', (t) => t.replace('application', '\\u0061pplication')],
  ])('%s is the same event: nobody is told anything else', async (_, change) => {
    expect((await withData(change)).findings).toEqual([]);
  });

  test.each<readonly [string, Change]>([
    ['a lie that replaces an earlier member', (t) => t.replace(size, `${size},"sizeBytes":9`)],
    ['text in NFD', inNfd],
    ['a number one larger', (t) => t.replace(size, '"sizeBytes":251')],
    ['a number as text', (t) => t.replace(size, '"sizeBytes":"250"')],
    ['a fraction', (t) => t.replace(size, `${size}.25`)],
    ['a number with a zero before', (t) => t.replace(size, '"sizeBytes":0250')],
    ['a look-alike letter', (t) => t.replace('folder', 'f\u043elder')],
    ['a character that nobody sees', (t) => t.replace('folder', 'folder\u200b')],
    ['null for a member', (t) => t.replace(size, '"sizeBytes":null')],
    ['a member that is absent', (t) => t.replace(`${size}`, '"size":250')],
  ])('%s is another event, at its place', async (_, change) => {
    expect(faultsIn(await withData(change))).toEqual([{ code: 'store/event-altered', ...place }]);
  });

  test('a lone surrogate cannot be an entry: unusable here, and missing there', async () => {
    const list = await withData((t) => t.replace('folder', '\\ud800'));
    const { index, stream, revision } = place;
    expect(faultsIn(list)).toEqual([
      { code: 'store/event-unusable', stream, revision },
      { code: 'store/event-missing', index, stream, revision },
    ]);
  });
});
