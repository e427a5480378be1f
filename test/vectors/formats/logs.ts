import { canonicalJson, jsonText } from '#kernel';
import { base64, formatVerifierKey, textOf, utf8 } from '#tlog';
import { headsRoot, headsStream } from '#transparency';
import { kindsOf } from './cases.ts';
import {
  checkpointText,
  keys,
  policyText,
  rewritten,
  signed,
  treeOf,
  witnesses,
} from './ledger.ts';
import type { Entryish, Tree, VectorLedger } from './ledger.ts';
import { brokenHeads, brokenKeys } from './log-streams.ts';
import type { Broken } from './log-streams.ts';
import type { Vectors } from './receipts.ts';
import { Story } from './story.ts';

/** One thing done to a folder before it is judged. */
export type Tampering =
  | { readonly file: string; readonly at: number; readonly xor: number }
  | { readonly file: string; readonly length: number }
  | { readonly file: string; readonly content: string }
  | { readonly file: string; readonly remove: true };

export type LogCase = {
  readonly name: string;
  readonly folder: string;
  readonly policy: string;
  /** An older checkpoint that the auditor kept. */
  readonly since?: string;
  readonly change?: Tampering;
  /** Kinds of fault, each once, in alphabetical order; more may be said of each. */
  readonly faults: readonly string[];
};

const sound = { folder: 'ledger', policy: 'policy', faults: [] } as const;

/** The whole log, what may be done to its folder, and logs whose own writer broke a rule. */
export async function logVectors(ledger: VectorLedger): Promise<Vectors> {
  const files = new Map<string, Uint8Array>();
  const { tree, checkpoint, older } = ledger;
  putLog(files, 'ledger', tree, checkpoint);
  // Partial objects of an earlier size are no fault while they are beginnings of the full ones.
  for (const [path, bytes] of older.tree.objects) {
    if (path.startsWith('tile/0/') || path.startsWith('tile/entries/')) {
      files.set(`ledger/${path}`, bytes);
    }
  }
  files.set('older-checkpoint', older.checkpoint);
  const cases: LogCase[] = [
    { ...sound, name: 'sound' },
    { ...sound, name: 'sound-since', since: 'older-checkpoint' },
    ...tampered(ledger),
    ...split(ledger, files),
  ];
  for (const { name, entries, signers, policy, faults } of await brokenLogs(ledger)) {
    const broken = treeOf(entries);
    const folder = `altered/logs/${name}`;
    const note = signed(checkpointText(broken), [...(signers ?? [keys.second]), ...witnesses]);
    putLog(files, folder, broken, note);
    cases.push({ name, folder, policy: policy ?? 'policy', faults });
  }
  files.set('altered/policies/of-forger', utf8(policyText(keys.forger, 'hai_co_quan')));
  return { files, cases };
}

function putLog(files: Map<string, Uint8Array>, folder: string, tree: Tree, note: Uint8Array) {
  for (const [path, bytes] of tree.objects) files.set(`${folder}/${path}`, bytes);
  files.set(`${folder}/checkpoint`, note);
}

function tampered({ tree, older, entries }: VectorLedger): readonly LogCase[] {
  const width = tree.size % 256;
  const [stale, last] = [`p/${older.tree.size}`, `p/${width}`];
  // A letter inside the text of entry 3: what is there afterwards is still an entry by its form.
  const before = entries.slice(0, 3).reduce((sum, { length }) => sum + 2 + length, 0);
  const text = textOf(entries[3] as Uint8Array) as string;
  const letter = before + 2 + Buffer.byteLength(text.slice(0, text.indexOf('"vi":"') + 6));
  const flip = (file: string, at: number) => ({ file, at, xor: 1 });
  const list: readonly (readonly [string, Tampering, readonly string[]])[] = [
    ['tile-flipped', flip('tile/0/000', 4_000), ['log/tile-differs']],
    ['last-tile-flipped', flip(`tile/0/001.${last}`, 0), ['log/tile-differs']],
    ['upper-tile-flipped', flip('tile/1/000.p/1', 31), ['log/tile-differs']],
    ['old-tile-flipped', flip(`tile/0/000.${stale}`, 5), ['log/tile-differs']],
    ['tile-cut', { file: 'tile/0/000', length: 8_160 }, ['log/tile-malformed']],
    ['tile-gone', { file: 'tile/0/000', remove: true }, ['log/tile-missing']],
    [
      'entry-flipped',
      flip('tile/entries/000', letter),
      ['log/entry-differs', 'log/bundle-differs', 'log/root-differs'],
    ],
    ['length-flipped', flip('tile/entries/000', 1), ['log/bundle-malformed']],
    ['bundle-cut', { file: 'tile/entries/000', length: 100_000 }, ['log/bundle-malformed']],
    ['bundle-gone', { file: `tile/entries/001.${last}`, remove: true }, ['log/bundle-missing']],
    ['old-bundle-flipped', flip(`tile/entries/000.${stale}`, letter), ['log/bundle-differs']],
    ['another-spelling', { file: 'tile/0/0000', content: 'policy' }, []],
    ['a-tile-too-high', { file: 'tile/2/000.p/1', content: 'ledger/tile/1/000.p/1' }, []],
    ['root-flipped', { file: 'checkpoint', content: 'altered/checkpoints/root' }, spoiled],
    [
      'checkpoint-of-before',
      { file: 'checkpoint', content: 'older-checkpoint' },
      ['log/quorum-missing'],
    ],
  ];
  return list.map(([name, change, faults]) => ({
    ...sound,
    name,
    change,
    faults: kindsOf(faults),
  }));
}

const spoiled = [
  'log/signature-invalid',
  'log/quorum-missing',
  'log/root-differs',
  'log/witness-signature-invalid',
];

/** Two readers, two logs: checkpoints that are signed and cannot both be true. */
function split(ledger: VectorLedger, files: Map<string, Uint8Array>): readonly LogCase[] {
  const { entries, tree, older, checkpoint } = ledger;
  const shorter = treeOf(entries.slice(0, older.tree.size - 1).concat(entries.slice(-1)));
  const longer = treeOf(entries.concat(entries.slice(0, 1)));
  const by = [keys.second, ...witnesses];
  files.set('altered/checkpoints/forked', signed(checkpointText(shorter), by));
  files.set('altered/checkpoints/longer', signed(checkpointText(longer), by));
  const [head = '', ...signatures] = (textOf(checkpoint) as string).split('\n\n');
  const root = base64(tree.root);
  const other = head.replace(root, base64(older.tree.root));
  files.set('altered/checkpoints/root', utf8([other, ...signatures].join('\n\n')));
  const since = (name: string, fault: string) => {
    return { ...sound, name, since: `altered/checkpoints/${name}`, faults: [fault] };
  };
  return [since('forked', 'log/forked'), since('longer', 'log/rolled-back')];
}

/**
 * Small logs, each signed and witnessed as it should be, whose entries break one rule: a witness
 * sees hashes only, so this is for whoever reads the entries to find.
 */
async function brokenLogs(ledger: VectorLedger): Promise<readonly Broken[]> {
  const { story } = ledger;
  const chosen = story.told.filter(({ entry: { stream } }) => {
    return stream === 'log-keys' || stream === 'agency-son_la.so_khcn';
  });
  const entries = chosen.map(({ bytes }) => bytes);
  const place = chosen.findIndex(({ entry }) => entry.type === 'unit.registered.v1');
  const changing = (name: string, fault: string, change: (entry: Entryish) => void): Broken => {
    const changed = rewritten(entries[place] as Uint8Array, change);
    return { name, entries: entries.with(place, changed), faults: [fault] };
  };
  const spelling = (
    name: string,
    change: (text: string) => string,
    fault = 'entry/not-canonical',
  ): Broken => {
    const text = textOf(entries[place] as Uint8Array) as string;
    return {
      name,
      entries: entries.with(place, utf8(change(text))),
      faults: [fault],
    };
  };
  const shape = 'entry/shape';
  const gap = 'entry/revision-not-dense';
  return [
    changing('revision-skipped', gap, (entry) => void (entry.revision = 2)),
    changing('revision-again', gap, (entry) => void (entry.revision = 0)),
    changing(
      'id-again',
      'entry/id-twice',
      (entry) => void (entry.id = chosen[0]?.entry.id as string),
    ),
    changing('time-backwards', 'entry/time-backwards', ({ metadata }) => {
      metadata['recordedAt'] = '2026-06-30T01:00:00.000Z';
    }),
    changing('time-with-offset', shape, ({ metadata }) => {
      metadata['recordedAt'] = '2026-07-02T01:00:00.000+07:00';
    }),
    changing('a-fraction', 'entry/number-not-whole', ({ data }) => void (data['share'] = 0.5)),
    changing('not-nfc', 'entry/not-nfc', ({ data }) => void (data['unit'] = 'so\u031b')),
    changing('basis-of-its-own-stream', 'entry/basis-unknown', ({ stream, metadata }) => {
      metadata['basis'] = [{ revision: 0, stream }];
    }),
    changing('basis-missing', shape, ({ metadata }) => void delete metadata['basis']),
    changing('stream-of-the-head', 'entry/stream-not-logged', (entry) => {
      Object.assign(entry, { stream: 'log-head', revision: 0 });
    }),
    changing('stream-of-the-store', 'entry/stream-not-logged', (entry) => {
      Object.assign(entry, { stream: '$ce-agency', revision: 0 });
    }),
    spelling('indented', (text) => jsonText(JSON.parse(text), 1)),
    spelling('members-turned', turned),
    spelling('member-twice', (text) => text.replace('{"data":', '{"data":{},"data":')),
    spelling('seventh-member', (text) => text.replace(/\}$/, ',"zone":"x"}'), shape),
    spelling('escaped-letter', (text) => text.replace('agency', '\\u0061gency')),
    spelling('no-json', () => 'minh chứng', 'entry/not-json'),
    ...underOtherKeys(entries),
    ...brokenKeys(ledger),
    await headsWrong(story),
    ...(await brokenHeads(ledger)),
  ];
}

function turned(text: string): string {
  const entry = JSON.parse(text) as Entryish;
  const members = Object.entries(entry).reverse();
  return `{${members.map(([name, value]) => `"${name}":${canonicalJson(value)}`).join(',')}}`;
}

function underOtherKeys(entries: readonly Uint8Array[]): readonly Broken[] {
  const otherOrigin = rewritten(entries[0] as Uint8Array, ({ data }) => {
    data['origin'] = 'ledger.invalid/other';
  });
  const forger = { signers: [keys.forger], policy: 'altered/policies/of-forger' };
  const retired = { signers: [keys.first], policy: 'altered/policies/of-retired-key' };
  return [
    { name: 'no-entries', entries: [], faults: ['log/opening-missing'] },
    { name: 'never-opened', entries: entries.slice(1, 3), faults: ['log/opening-missing'] },
    { name: 'key-unrecorded', entries, ...forger, faults: ['log/key-unrecorded'] },
    { name: 'key-retired', entries, ...retired, faults: ['log/signature-retired'] },
    {
      name: 'other-origin',
      entries: entries.with(0, otherOrigin),
      faults: ['log/opening-differs'],
    },
  ];
}

/** The log says of its streams what is not so: one of them had come further. */
async function headsWrong(told: Story): Promise<Broken> {
  const story = new Story();
  for (const { entry } of told.told.slice(0, 3)) story.again(entry);
  const second = formatVerifierKey(keys.second.verifier);
  story.machine('log-keys', { type: 'log.key-added.v1', data: { key: second } });
  const heads = story.heads().map(([stream]) => [stream, 0] as const);
  const data = { treeSize: story.told.length, root: base64(await headsRoot(heads)) };
  story.machine(headsStream, { type: 'log.heads-recorded.v1', data });
  return {
    name: 'heads-wrong',
    entries: story.told.map(({ bytes }) => bytes),
    faults: ['log/heads-differ'],
  };
}
