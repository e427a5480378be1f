import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { MemoryEventStore } from '#event-store';
import type { NewEvent } from '#event-store';
import { formatTlogProof, formatVerifierKey, hashesFromTiles, proveInclusion } from '#tlog';
import { tilePath, tileWidth } from '#tlog';
import { readBundle, readHead, tileReader } from '#transparency';
import type { TileStore } from '#transparency';
import { FolderTileStore } from '#transparency/node';
import { eventually } from './programs.ts';
import {
  madeUpEvent,
  origin,
  sequencerOf,
  specSigner,
} from '../../libs/transparency/src/made-up-log.contract.ts';

/** A log as a ledger leaves it in a folder, with what a judge needs beside it. */
export type JudgedLog = {
  readonly folder: string;
  readonly tiles: TileStore;
  readonly size: number;
  /** Base64, as in the checkpoint. */
  readonly root: string;
  readonly origin: string;
  readonly key: string;
  /** Files outside the log's folder. */
  readonly keyFile: string;
  readonly olderCheckpoint: string;
};

const entriesPerAppend = 500;
const streamCount = 25;

/**
 * A log of `size` entries of about 500 bytes and more, made by our sequencer out of an event store, in
 * as many heads as it takes. An older checkpoint is kept, from when it had `olderSize` entries.
 */
export async function makeJudgedLog(
  folder: string,
  { size, olderSize }: { readonly size: number; readonly olderSize: number },
): Promise<JudgedLog> {
  const store = new MemoryEventStore();
  const tiles = await FolderTileStore.open(join(folder, 'log'));
  const olderCheckpoint = join(folder, 'older-checkpoint');
  const grow = growing(store);
  for (const to of [olderSize, size]) {
    await grow(to);
    const { sequencer, settled } = sequencerOf(store, tiles);
    await sequencer.start();
    await eventually(() => sequencer.status().head?.treeSize === to);
    await sequencer.stop();
    await settled();
    if (to === olderSize) {
      await writeFile(olderCheckpoint, await readFile(join(folder, 'log', 'checkpoint')));
    }
  }
  const key = formatVerifierKey(specSigner(1).key);
  const keyFile = join(folder, 'log.vkey');
  await writeFile(keyFile, `${key}\n`);
  const root = (await readHead(store))?.root ?? '';
  await store.close();
  return { folder: join(folder, 'log'), tiles, size, root, origin, key, keyFile, olderCheckpoint };
}

/** Appends until the store has so many entries, stream after stream, hundreds at once. */
function growing(store: MemoryEventStore): (to: number) => Promise<void> {
  const revisions = new Map<string, number>();
  let count = 0;
  let turn = 0;
  return async (to) => {
    for (; count < to; turn += 1) {
      const stream = `spec-${turn % streamCount}`;
      const events = Array.from({ length: Math.min(entriesPerAppend, to - count) }, (_, index) =>
        wordyEvent(stream, count + index),
      );
      const revision = revisions.get(stream);
      const { lastRevision } = await store.append(stream, revision ?? 'no-stream', events);
      revisions.set(stream, lastRevision);
      count += events.length;
    }
  };
}

function wordyEvent(stream: string, n: number): NewEvent {
  return { ...madeUpEvent(stream, n), data: { value: String(n), words: 'số '.repeat(n % 97) } };
}

/** The bytes of one entry, out of its bundle. */
export async function entryOf({ tiles, size }: JudgedLog, index: number): Promise<Uint8Array> {
  const bundle = Math.floor(index / tileWidth);
  const width = Math.min(tileWidth, size - bundle * tileWidth);
  return (await readBundle(tiles, bundle, width))[index % tileWidth] as Uint8Array;
}

/** A receipt of one entry under a checkpoint of the whole log. */
export async function receiptOf(
  { tiles, size }: JudgedLog,
  index: number,
  checkpoint: Uint8Array,
): Promise<Uint8Array> {
  const source = hashesFromTiles(size, tileReader(tiles));
  const hashes = await proveInclusion(index, size, source);
  return formatTlogProof({ extra: undefined, index, hashes, checkpoint });
}

/** The last tiles and bundles of a tree of this size are partial, the first ones full. */
export function objectsOf(size: number): readonly (readonly [what: string, path: string])[] {
  const partial = { index: Math.floor(size / tileWidth), width: size % tileWidth };
  const full = { index: 0, width: tileWidth };
  return [
    ['a full tile of leaves', tilePath({ level: 0, ...full })],
    ['the partial tile of leaves', tilePath({ level: 0, ...partial })],
    ['a tile above', tilePath({ level: 1, ...full })],
    ['a full bundle of entries', tilePath({ level: 'entries', ...full })],
    ['the partial bundle', tilePath({ level: 'entries', ...partial })],
    ['the checkpoint', 'checkpoint'],
  ];
}

/** Runs `work` while one bit in the middle of an object is another one. */
export async function withOneBitFlipped<T>(file: string, work: () => Promise<T>): Promise<T> {
  const sound = await readFile(file);
  const middle = Math.floor(sound.length / 2);
  const flipped = Uint8Array.from(sound);
  flipped[middle] = (flipped[middle] as number) ^ 1;
  await writeFile(file, flipped);
  try {
    return await work();
  } finally {
    await writeFile(file, sound);
  }
}

/** The folder over HTTP, as any web server would serve it: bytes, or 404. */
export async function serveFolder(
  folder: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const file = join(folder, pathname);
    stat(file).then(
      (found) => {
        if (!found.isFile()) return void response.writeHead(404).end();
        response.writeHead(200, { 'content-length': found.size });
        createReadStream(file).pipe(response);
      },
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
