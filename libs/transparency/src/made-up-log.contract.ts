import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { derivedUuid, digestOf, entryBytes, isLogged, manualClock } from '#kernel';
import type { Instant, Metadata } from '#kernel';
import type { EventStore, NewEvent } from '#event-store';
import { base64, decodeBundle, formatSignedNote, hashesFromTiles, leafHash } from '#tlog';
import { newBundles, newTiles, textOf, tilePath, TreeEdge, treeRoot, utf8 } from '#tlog';
import { verifierKey } from '#tlog';
import type { LogHead } from './log-head.ts';
import { readHead } from './log-head.ts';
import type { LogSigner } from './log-signer.ts';
import { openCheckpoint, tileReader } from './recovery.ts';
import { Sequencer } from './sequencer.ts';
import type { SequencerOptions } from './sequencer.ts';
import { checkpointPath } from './tile-store.ts';
import type { TileStore } from './tile-store.ts';

export const origin = 'ledger.invalid/spec';

/** A signer whose private key is one byte, thirty-two times. */
export function specSigner(seed: number, name = origin): LogSigner {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([prefix, Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    key: verifierKey(name, 'ed25519', Uint8Array.from(spki.subarray(-32))),
    sign: async (message) => sign(null, message, privateKey),
  };
}

/** A signed note of this text. */
export async function noteBy(signer: LogSigner, text: string): Promise<string> {
  const signature = await signer.sign(utf8(text));
  const note = formatSignedNote({ text, signatures: [{ ...signer.key, signature }] });
  return textOf(note) as string;
}

/** The number `n` event of a stream, with a body of varying length. */
export function madeUpEvent(stream: string, n: number): NewEvent {
  const commandId = derivedUuid(['command', stream, n]);
  const metadata: Metadata = {
    actor: {
      person: derivedUuid(['person', n % 7]),
      agency: 'son_la.so_tc',
      unit: 'son_la.so_tc',
      role: 'officer',
      actingFor: null,
    },
    commandId,
    requestDigest: digestOf(`${stream} ${n}`),
    correlationId: commandId,
    causationId: null,
    recordedAt: '2026-11-20T01:00:00.000Z' as Instant,
    software: 'spec',
    basis: [],
  };
  const data = { value: String(n), words: 'x'.repeat(n % 50) };
  return { id: derivedUuid(['event', commandId, 0]), type: 'spec.happened.v1', data, metadata };
}

/** Appends `count` events round about over five streams, one of which is no entry's. */
export async function grow(store: EventStore, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n += 1) {
    const place = n % 5;
    const stream = `spec-${place}`;
    const revision = Math.floor(n / 5);
    await store.append(stream, revision === 0 ? 'no-stream' : revision - 1, [
      madeUpEvent(stream, n),
    ]);
  }
}

/** Publishes as a ledger without witnesses does: the newest head wins, older ones are passed over. */
export function publishingTo(tiles: TileStore) {
  let size = -1;
  let work: Promise<void> = Promise.resolve();
  return {
    onHead: (head: LogHead) => {
      work = work
        .then(async () => {
          if (head.treeSize <= size) return;
          const bytes = new TextEncoder().encode(head.checkpoint);
          await tiles.write([{ path: checkpointPath, bytes }]);
          size = head.treeSize;
        })
        // A failing store is the sequencer's concern as well; the next head tries again.
        .catch(() => undefined);
    },
    settled: () => work,
  };
}

export function sequencerOf(
  store: EventStore,
  tiles: TileStore,
  options: Partial<SequencerOptions> = {},
) {
  const publishing = publishingTo(tiles);
  const sequencer = new Sequencer({
    store,
    tiles,
    clock: manualClock('2026-11-20T02:00:00.000Z' as Instant),
    origin,
    signers: [specSigner(1)],
    software: 'spec',
    onHead: publishing.onHead,
    gatherMs: 0,
    backOff: async () => undefined,
    ...options,
  });
  return { sequencer, settled: publishing.settled };
}

/** Waits until `condition` holds, looking again after each turn of the event loop. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

/** How many entries the store holds. */
export async function entryCount(store: EventStore): Promise<number> {
  let count = 0;
  for await (const event of store.readAll()) if (isLogged(event.stream)) count += 1;
  return count;
}

/**
 * Everything a reader could find out, held against the event store: the head, its signature, every
 * tile and bundle, the root made anew from the events. Gives what is wrong, nothing if all is right.
 */
export async function faultsOf(store: EventStore, tiles: TileStore): Promise<string[]> {
  const faults: string[] = [];
  const entries: Uint8Array[] = [];
  for await (const event of store.readAll()) {
    if (isLogged(event.stream)) entries.push(entryBytes(event));
  }
  const head = await readHead(store);
  const size = head?.treeSize ?? 0;
  if (size !== entries.length) faults.push(`${size} of ${entries.length} entries`);
  const edge = new TreeEdge();
  for (const entry of entries.slice(0, size)) edge.append(leafHash(entry));
  if (head !== undefined && base64(edge.root()) !== head.root) faults.push('another root');
  const published = await tiles.read(checkpointPath);
  const checkpoint = published && openCheckpoint(published, origin, [specSigner(1).key]);
  if (checkpoint?.size !== size) faults.push(`published ${checkpoint?.size} of ${size}`);
  for (const name of newTiles(0, size)) {
    const bytes = await tiles.read(tilePath(name));
    if (bytes?.length !== name.width * 32) faults.push(tilePath(name));
  }
  const root = await treeRoot(size, hashesFromTiles(size, tileReader(tiles)));
  if (base64(root) !== base64(edge.root())) faults.push('the tiles make another root');
  for (const name of newBundles(0, size)) {
    const bundle = decodeBundle(
      (await tiles.read(tilePath(name))) ?? new Uint8Array(0),
      name.width,
    );
    const first = name.index * 256;
    const isSame =
      bundle.ok &&
      bundle.value.every((entry, at) => base64(entry) === base64(entries[first + at] ?? entry));
    if (!isSame) faults.push(tilePath(name));
  }
  return faults;
}
