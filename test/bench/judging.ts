import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { derivedUuid, digestOf, entryBytes as bytesOfEntry, parseCount } from '#kernel';
import type { Instant } from '#kernel';
import {
  formatCheckpoint,
  formatSignedNote,
  formatVerifierKey,
  hashesFromTiles,
  leafHash,
  proveInclusion,
  TreeEdge,
  verifyInclusion,
} from '#tlog';
import {
  checkpointPath,
  GrowingLog,
  keysStream,
  machineEvent,
  tileReader,
  PartialObjects,
} from '#transparency';
import { FolderTileStore, makeKeyFile, openFileSigner } from '#transparency/node';
import { run } from './log.ts';
import { seconds, spreadOf } from './statistics.ts';
import type { Measured } from './statistics.ts';

const judgedEntries = 1_000_000;
const entriesPerWrite = 65_536;
const proofsAtOnce = 5_000;
const roundCount = 3;
const origin = 'ledger.invalid/bench-judged';

type Judged = {
  readonly folder: string;
  readonly key: string;
  readonly tiles: FolderTileStore;
  readonly root: Uint8Array;
};

/**
 * What a reader does: fsck of a log of a million entries in a folder, by `ledger fsck` and by
 * Tessera's, and proofs out of its tiles, made and verified.
 */
export async function measureJudges(
  folder: string,
  tesseraFolder: string | undefined,
): Promise<Measured[]> {
  const judged = await makeLog(join(folder, 'judged'));
  const rows = [...(await measureFsck(judged)), ...(await measureProofs(judged))];
  if (tesseraFolder !== undefined) rows.push(await measureTesseraFsck(judged, tesseraFolder));
  return rows;
}

/** Written as the sequencer writes: the same tree, the same store, one head at the end. */
async function makeLog(folder: string): Promise<Judged> {
  await makeKeyFile(join(folder, '..', 'judged-keys', 'log.key'));
  const signer = await openFileSigner(join(folder, '..', 'judged-keys', 'log.key'), origin);
  const key = formatVerifierKey(signer.key);
  await writeFile(join(folder, '..', 'judged.vkey'), `${key}\n`);
  const tiles = await FolderTileStore.open(folder);
  const [log, partials] = [new GrowingLog(new TreeEdge(), []), new PartialObjects(tiles)];
  log.append(opening(key));
  while (log.size < judgedEntries) {
    const to = Math.min(judgedEntries, log.size + entriesPerWrite);
    while (log.size < to) log.append(madeUpEntry(log.size));
    const objects = log.takeObjects();
    await tiles.write(objects);
    partials.note(objects.map(({ path }) => path));
    await partials.removeUnder(log.size);
  }
  const root = log.root();
  const text = formatCheckpoint({ origin, size: log.size, root, extensions: [] });
  const signature = await signer.sign(new TextEncoder().encode(text));
  const { name, keyId } = signer.key;
  const bytes = formatSignedNote({ text, signatures: [{ name, keyId, signature }] });
  await tiles.write([{ path: checkpointPath, bytes }]);
  return { folder, key, tiles, root };
}

const stamp = { recordedAt: '2026-11-20T01:00:00.000Z' as Instant, software: 'bench' };

function opening(key: string): Uint8Array {
  const fact = { type: 'log.opened.v1', data: { origin, key } } as const;
  const { metadata, ...event } = machineEvent(fact, ['bench'], stamp);
  return bytesOfEntry({
    ...event,
    metadata,
    stream: keysStream,
    revision: 0,
  });
}

const eventsPerStream = 1_000;

/** An act of about five hundred bytes, with everything that an entry has. */
function madeUpEntry(index: number): Uint8Array {
  const at = index - 1;
  const stream = `figure-bench.I.${Math.floor(at / eventsPerStream)}`;
  const commandId = derivedUuid(['bench', index]);
  return bytesOfEntry({
    id: derivedUuid(['bench-event', index]),
    type: 'figure.endorsed.v1',
    stream,
    revision: at % eventsPerStream,
    data: { version: 1 },
    metadata: {
      actor: { person: commandId, agency: 'a.b', unit: 'a.b', role: 'head', actingFor: null },
      commandId,
      requestDigest: digestOf(commandId),
      correlationId: commandId,
      causationId: null,
      basis: [],
      ...stamp,
    },
  });
}

/**
 * Says at its end how much memory the process had at its most, in KiB. Not by `maxRSS`, which a child
 * inherits from whoever started it.
 */
const peakReport = `data:text/javascript,${encodeURIComponent(
  `import { readFileSync } from 'node:fs';
  process.on('exit', () => {
    const status = readFileSync('/proc/self/status', 'utf8');
    process.stderr.write('peak ' + /VmHWM:\\s+([0-9]+)/.exec(status)[1] + '\\n');
  });`,
)}`;

/**
 * `ledger fsck` as its reader starts it, the start of the process included: hashes alone, as
 * Tessera's does, and with all that the entries say of each other.
 */
async function measureFsck(judged: Judged): Promise<Measured[]> {
  return [
    ...(await measureFsckOf('signature, hashes and root', judged, ['--hashes'])),
    ...(await measureFsckOf('and what entries say', judged, [])),
  ];
}

async function measureFsckOf(
  what: string,
  { folder, key }: Judged,
  more: readonly string[],
): Promise<Measured[]> {
  const perSecond: number[] = [];
  const peaks: number[] = [];
  const ledger = fileURLToPath(new URL('../../dist/apps/cli/src/main.js', import.meta.url));
  const words = ['fsck', folder, '--key', key, '--json', ...more];
  for (let turn = 0; turn < roundCount; turn += 1) {
    const { stdout, stderr, tookS } = await run(process.execPath, [
      '--import',
      peakReport,
      ledger,
      ...words,
    ]);
    const { entries, verdict } = JSON.parse(stdout) as {
      readonly entries: number;
      readonly verdict: string;
    };
    const peak = parseCount(/^peak ([0-9]+)$/m.exec(stderr)?.[1]);
    if (verdict !== 'sound' || entries !== judgedEntries || peak === undefined) {
      throw new Error(stdout + stderr);
    }
    perSecond.push(judgedEntries / tookS);
    peaks.push(peak / 1_024);
  }
  const name = `ledger fsck of a million entries: ${what}`;
  return [
    { what: name, unit: 'entries/s', spread: spreadOf(perSecond) },
    { what: `${name}: most memory`, unit: 'MiB', spread: spreadOf(peaks) },
  ];
}

/** From files that the system has in memory, one proof after the other. */
async function measureProofs({ tiles, root }: Judged): Promise<Measured[]> {
  const made: number[] = [];
  const verified: number[] = [];
  for (let turn = 0; turn < roundCount; turn += 1) {
    const indexes = Array.from({ length: proofsAtOnce }, () => randomInt(1, judgedEntries));
    const started = seconds();
    const claims = [];
    for (const index of indexes) {
      const source = hashesFromTiles(judgedEntries, tileReader(tiles));
      claims.push({ index, proof: await proveInclusion(index, judgedEntries, source) });
    }
    made.push(proofsAtOnce / (seconds() - started));
    const leaves = indexes.map((index) => leafHash(madeUpEntry(index)));
    const began = seconds();
    for (const [at, claim] of claims.entries()) {
      const leaf = leaves[at] as Uint8Array;
      if (!verifyInclusion({ ...claim, leaf, size: judgedEntries, root })) {
        throw new Error(`the proof of entry ${claim.index} does not hold`);
      }
    }
    verified.push(proofsAtOnce / (seconds() - began));
  }
  return [
    { what: 'inclusion proofs from tiles of a million', unit: '/s', spread: spreadOf(made) },
    { what: 'inclusion proofs verified', unit: '/s', spread: spreadOf(verified) },
  ];
}

/** Its exit code says nothing (CONTRACTS 10): the closing line must be there. */
async function measureTesseraFsck({ folder }: Judged, programs: string): Promise<Measured> {
  const perSecond: number[] = [];
  for (let turn = 0; turn < roundCount; turn += 1) {
    const { stdout, stderr, tookS } = await run(join(programs, 'fsck'), [
      '--ui=false',
      '--N=8',
      `--storage_url=file://${folder}/`,
      `--public_key=${join(folder, '..', 'judged.vkey')}`,
    ]);
    const said = `Successfully fsck'd log with size ${judgedEntries}`;
    if (!`${stdout}${stderr}`.includes(said)) throw new Error(`Tessera: ${stderr.slice(-2_000)}`);
    perSecond.push(judgedEntries / tookS);
  }
  return { what: "the same by Tessera's fsck", unit: 'entries/s', spread: spreadOf(perSecond) };
}
