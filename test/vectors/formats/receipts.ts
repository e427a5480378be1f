import { jsonText } from '#kernel';
import { base64, formatSignatureLine, textOf, utf8 } from '#tlog';
import { HeadsTree } from '#transparency';
import { kindsOf } from './cases.ts';
import { entryBounds } from './entries.ts';
import { checkpointText, keys, policyText, proofOf, signed, witnesses } from './ledger.ts';
import type { VectorLedger } from './ledger.ts';

/** A set of files by path, and what is to be found in them. */
export type Vectors = { readonly files: Map<string, Uint8Array>; readonly cases: object[] };

export type ReceiptCase = {
  readonly name: string;
  readonly proof: string;
  readonly entry: string;
  readonly policy: string;
  /** Each once, in order of the alphabet. */
  readonly faults: readonly string[];
};

type Change = (text: string) => string;
type Bad = { readonly name: string; readonly change: Change; readonly fault: string };

const line =
  (number: number, change: Change): Change =>
  (text) =>
    text
      .split('\n')
      .map((one, index) => (index === number ? change(one) : one))
      .join('\n');

/** Another character in its place: still base64, of other bytes. */
const altered: Change = (text) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);

/** The same bytes, spelt with an unused bit set: base64 that decodes and is not canonical. */
const uncanonical: Change = (text) => text.replace(/[^=](?==+$)/, next);
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const next = (digit: string): string => alphabet.charAt(alphabet.indexOf(digit) + 1);

/** The lines of a proof of the ledger: header, index, hashes, blank, origin, size, root, blank. */
function alterations(hashCount: number): readonly Bad[] {
  const [origin, size, root] = [hashCount + 3, hashCount + 4, hashCount + 5];
  const [log, first, second] = [hashCount + 7, hashCount + 8, hashCount + 9];
  const without = (number: number): Change => {
    return (text) => text.split('\n').toSpliced(number, 1).join('\n');
  };
  const after = (number: number, added: string): Change => {
    return (text) => text.split('\n').toSpliced(number, 0, added).join('\n');
  };
  const signature = (change: Change): Change => line(first, (one) => one.replace(/\S+$/, change));
  return [
    {
      name: 'another-header',
      change: line(0, () => 'c2sp.org/tlog-proof@v2'),
      fault: 'receipt/malformed',
    },
    {
      name: 'carriage-returns',
      change: (text) => text.replaceAll('\n', '\r\n'),
      fault: 'receipt/malformed',
    },
    { name: 'byte-order-mark', change: (text) => `\ufeff${text}`, fault: 'receipt/malformed' },
    {
      name: 'index-with-zero',
      change: line(1, (one) => one.replace(' ', ' 0')),
      fault: 'receipt/malformed',
    },
    { name: 'index-of-another', change: line(1, () => 'index 7'), fault: 'entry/not-included' },
    { name: 'index-beyond-size', change: line(1, () => 'index 1000'), fault: 'entry/not-included' },
    { name: 'hash-missing', change: without(2), fault: 'entry/not-included' },
    {
      name: 'hash-added',
      change: after(2, base64(new Uint8Array(32))),
      fault: 'entry/not-included',
    },
    { name: 'hash-altered', change: line(2, altered), fault: 'entry/not-included' },
    { name: 'hash-uncanonical', change: line(2, uncanonical), fault: 'receipt/malformed' },
    { name: 'hash-short', change: line(2, (one) => one.slice(4)), fault: 'receipt/malformed' },
    { name: 'extra-line', change: after(1, 'extra AAAA'), fault: 'receipt/extra-line' },
    {
      name: 'another-origin',
      change: line(origin, (one) => `${one}x`),
      fault: 'log/origin-differs',
    },
    {
      name: 'size-with-zero',
      change: line(size, (one) => `0${one}`),
      fault: 'log/checkpoint-malformed',
    },
    {
      name: 'another-size',
      change: line(size, (one) => altered(one)),
      fault: 'log/checkpoint-malformed',
    },
    { name: 'another-root', change: line(root, altered), fault: 'log/signature-invalid' },
    {
      name: 'no-last-newline',
      change: (text) => text.slice(0, -1),
      fault: 'log/note-malformed',
    },
    { name: 'log-line-missing', change: without(log), fault: 'log/signature-missing' },
    {
      name: 'log-line-altered',
      change: line(log, (one) => one.replace(/(\S{20}$)/, altered)),
      fault: 'log/signature-invalid',
    },
    { name: 'witness-line-missing', change: without(first), fault: 'log/quorum-missing' },
    {
      name: 'witness-time-altered',
      change: signature((text) => text.slice(0, 14) + altered(text.slice(14))),
      fault: 'log/witness-signature-invalid',
    },
    {
      name: 'witness-uncanonical',
      change: signature(uncanonical),
      fault: 'log/note-malformed',
    },
    {
      name: 'witness-line-twice',
      change: (text) => text + text.split('\n')[second] + '\n',
      fault: 'receipt/signature-twice',
    },
    {
      name: 'hyphen-for-dash',
      change: line(log, (one) => one.replace('\u2014', '-')),
      fault: 'log/note-malformed',
    },
  ];
}

/** The three sound receipts, and every way to spoil one of them. */
export async function receiptVectors(ledger: VectorLedger): Promise<Vectors> {
  const files = new Map<string, Uint8Array>();
  const cases: ReceiptCase[] = [];
  const add = (one: ReceiptCase): void => void cases.push(one);
  const { entries, tree, checkpoint } = ledger;
  for (const index of [0, 200, tree.size - 1]) {
    const folder = `receipts/${index}`;
    files.set(`${folder}/receipt.tlog-proof`, await proofOf(tree, index, checkpoint));
    files.set(`${folder}/entry.json`, entries[index] as Uint8Array);
    add({ ...places(folder), name: `sound-${index}`, faults: [] });
  }
  const base = 'receipts/200';
  const text = textOf(files.get(`${base}/receipt.tlog-proof`) as Uint8Array) as string;
  const put = (name: string, proof: string, fault: readonly string[]): void => {
    files.set(`altered/receipts/${name}.tlog-proof`, utf8(proof));
    const proofFile = `altered/receipts/${name}.tlog-proof`;
    add({ ...places(base), name, proof: proofFile, faults: fault });
  };
  const hashCount = text.slice(0, text.indexOf('\n\n')).split('\n').length - 2;
  for (const { name, change, fault } of alterations(hashCount))
    put(name, change(text), faultsOf(name, fault));
  const note = checkpointText(tree);
  const strangers = formatSignatureLine(keys.stranger.sign(note));
  put('stranger-signed', text + strangers, ['receipt/signature-unnamed']);
  const forged = text.replace(/— ledger.*\n/, () => formatSignatureLine(keys.forger.sign(note)));
  put('forger-signed', forged, ['log/signature-missing']);
  const other = await proofOf(tree, 200, signed(note, [keys.first, ...witnesses]));
  put('retired-key', textOf(other) as string, ['log/signature-missing']);

  const entry = entries[200] as Uint8Array;
  const alteredEntries: readonly (readonly [string, Uint8Array, (string | undefined)?])[] = [
    ['one-bit', utf8((textOf(entry) as string).replace('son_la', 'snn_la'))],
    ['indented', utf8(jsonText(JSON.parse(textOf(entry) as string), 1)), 'entry/not-canonical'],
    ['last-newline', utf8(`${textOf(entry)}\n`), 'entry/not-canonical'],
    ['of-another', entries[199] as Uint8Array],
    ['digest-of-it', utf8(String(ledger.story.told[200]?.digest)), 'entry/not-json'],
    ...entryBounds(entry),
  ];
  for (const [name, bytes, fault = 'entry/not-included'] of alteredEntries) {
    const file = `altered/entries/${name}.json`;
    files.set(file, bytes);
    add({
      ...places(base),
      name: `entry-${name}`,
      entry: file,
      faults: kindsOf([fault, 'entry/not-included']),
    });
  }
  for (const [name, policy, faults] of policies()) {
    const file = `altered/policies/${name}`;
    files.set(file, utf8(policy));
    add({ ...places(base), name: `policy-${name}`, policy: file, faults });
  }
  return { files, cases };
}

function places(folder: string) {
  return { proof: `${folder}/receipt.tlog-proof`, entry: `${folder}/entry.json`, policy: 'policy' };
}

/** An altered text is signed by nobody, so some faults never come alone. */
function faultsOf(name: string, fault: string): readonly string[] {
  const invalid = ['log/signature-invalid', 'log/witness-signature-invalid', 'log/quorum-missing'];
  switch (name) {
    case 'another-origin':
      return kindsOf([fault, ...invalid]);
    case 'another-root':
      return kindsOf([...invalid, 'entry/not-included']);
    case 'witness-time-altered':
      return kindsOf([fault, 'log/quorum-missing']);
    default:
      return [fault];
  }
}

function policies(): readonly (readonly [string, string, readonly string[]])[] {
  const sound = policyText(keys.second, 'hai_co_quan');
  const lines = sound.split('\n');
  const malformed = ['policy/malformed'];
  const [log = '', witness = '', other = ''] = lines;
  const twice = witness.replace('thanh_tra', 'hai');
  return [
    ['of-retired-key', policyText(keys.first, 'hai_co_quan'), ['log/signature-missing']],
    ['no-quorum-asked', policyText(keys.second, 'none'), []],
    ['comments', `# Hai cơ quan\n\n  \t${sound.replace('log ', 'log\t')}`, []],
    ['cr-lf', sound.replaceAll('\n', '\r\n'), malformed],
    ['control-character', `# \u0001\n${sound}`, malformed],
    ['control-character-between-words', sound.replace('log ', 'log\u000c'), malformed],
    ['control-character-c1', `# \u0085\n${sound}`, malformed],
    ['quorum-absent', lines.slice(0, 4).join('\n') + '\n', malformed],
    ['quorum-twice', `${sound}quorum none\n`, malformed],
    ['log-absent', lines.slice(1).join('\n'), malformed],
    ['log-twice', `${log}\n${sound}`, malformed],
    ['name-used-before', `${log}\nquorum thanh_tra\n${witness}\n${other}\n`, malformed],
    ['key-under-two-names', `${log}\n${witness}\n${twice}\nquorum none\n`, malformed],
    ['member-twice', sound.replace('all thanh_tra', 'all thanh_tra thanh_tra'), malformed],
    ['threshold-above', sound.replace(' all ', ' 3 '), malformed],
    ['key-id-of-another', sound.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), malformed],
    ['unknown-word', `${sound}addendum x\n`, malformed],
  ];
}

/** The entry on heads with its receipt, the list it speaks of, and lists that it does not. */
export async function headsVectors(ledger: VectorLedger): Promise<Vectors> {
  const files = new Map<string, Uint8Array>();
  const { tree, checkpoint, entries, heads } = ledger;
  const folder = 'heads';
  files.set(`${folder}/receipt.tlog-proof`, await proofOf(tree, heads.index, checkpoint));
  files.set(`${folder}/entry.json`, entries[heads.index] as Uint8Array);
  const list = (leaves: readonly Uint8Array[]) => {
    return utf8(leaves.map((leaf) => `${textOf(leaf) as string}\n`).join(''));
  };
  const { leaves } = heads;
  const texts = leaves.map((leaf) => textOf(leaf) as string);
  const differing: readonly (readonly [string, readonly string[], string])[] = [
    ['stream-left-out', texts.toSpliced(5, 1), 'log/heads-differ'],
    [
      'stream-cut',
      texts.map((one, at) => (at === 0 ? one.replace(/,\d+/, ',9') : one)),
      'log/heads-differ',
    ],
    ['out-of-order', texts.toReversed(), 'heads/malformed'],
    ['twice', [texts[0] as string, ...texts], 'heads/malformed'],
    ['with-space', texts.map((one) => one.replace(',', ', ')), 'heads/malformed'],
  ];
  const place = { ...places(folder), heads: `${folder}/heads.jsonl` };
  files.set(place.heads, list(leaves));
  const cases: object[] = [{ ...place, name: 'sound', faults: [] }];
  for (const [name, lines, fault] of differing) {
    const file = `altered/heads/${name}.jsonl`;
    files.set(file, list(lines.map(utf8)));
    cases.push({ ...place, name, heads: file, faults: [fault] });
  }
  const another = { ...place, ...places('receipts/200'), name: 'of-another-entry' };
  cases.push({ ...another, faults: ['heads/malformed'] });
  return { files, cases };
}

/** Proofs of one stream's head under the recorded root, true ones and others. */
export async function headProofs({ heads, story }: VectorLedger) {
  const tree = new HeadsTree(heads.recorded);
  const { root } = story.told[heads.index]?.entry.data as { root: string };
  const proofs = heads.recorded.slice(0, 40).filter((_, at) => at % 13 === 0);
  const all = proofs.map(async (head) => {
    const { index, hashes } = (await tree.proofOf(head)) ?? { index: -1, hashes: [] };
    const [stream, lastRevision] = head;
    const proof = { stream, lastRevision, index, leaves: tree.size, hashes: hashes.map(base64) };
    return [
      { ...proof, root, holds: true },
      { ...proof, lastRevision: lastRevision + 1, root, holds: false },
      { ...proof, index: index + 1, root, holds: false },
    ];
  });
  return (await Promise.all(all)).flat();
}
