import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseCheckpoint } from './checkpoint.ts';
import { leafHash } from './merkle-tree.ts';
import type { Hash } from './merkle-tree.ts';
import { proveConsistency, proveInclusion, treeRoot } from './proofs.ts';
import { verifyConsistency, verifyInclusion } from './proofs.ts';
import { base64, fromBase64, utf8 } from './reading.ts';
import { formatVerifierKey, parseSignedNote, parseVerifierKey, verdictOf } from './signed-note.ts';
import { TreeEdge, hashesFromTiles, newTiles, parseTilePath, tilePath } from './tiles.ts';

/** Made by golang.org/x/mod, which shares nothing with us: infra/judges/xmod writes the file. */
type Vectors = {
  readonly inclusions: readonly { index: number; size: number; root: string; proof: string[] }[];
  readonly consistencies: readonly {
    from: number;
    to: number;
    fromRoot: string;
    toRoot: string;
    proof: string[];
  }[];
  readonly notes: readonly { verifierKey: string; note: string }[];
  readonly tilePaths: readonly string[];
  readonly tilePathsOfSize: number;
};
const file = new URL('../../../test/vectors/tlog/xmod.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;

const leaves = Array.from({ length: 1_000 }, (_, index) => leafHash(utf8(`entry-${index}`)));

/** The tiles of the first `size` leaves. */
function tilesOf(size: number) {
  const edge = new TreeEdge();
  const tiles = new Map<string, Uint8Array>();
  for (const leaf of leaves.slice(0, size)) {
    for (const { name, bytes } of edge.append(leaf)) tiles.set(tilePath(name), bytes);
  }
  for (const { name, bytes } of edge.partialTiles()) tiles.set(tilePath(name), bytes);
  return hashesFromTiles(size, async (name) => tiles.get(tilePath(name)) as Uint8Array);
}

function bytesOf(text: string): Hash {
  const bytes = fromBase64(text);
  if (bytes === undefined) throw new Error(`not canonical base64: ${text}`);
  return bytes;
}

describe('what golang.org/x/mod made', () => {
  test('inclusion proofs are ours, and verify', async () => {
    for (const { index, size, root, proof } of vectors.inclusions) {
      const source = tilesOf(size);
      expect((await proveInclusion(index, size, source)).map(base64)).toEqual(proof);
      expect(base64(await treeRoot(size, source))).toBe(root);
      const leaf = leaves[index] as Hash;
      const claim = { leaf, index, size, proof: proof.map(bytesOf), root: bytesOf(root) };
      expect(verifyInclusion(claim)).toBe(true);
    }
    expect(vectors.inclusions.length).toBe(100);
  });

  test('consistency proofs are ours, and verify', async () => {
    for (const { from, to, fromRoot, toRoot, proof } of vectors.consistencies) {
      expect((await proveConsistency(from, to, tilesOf(to))).map(base64)).toEqual(proof);
      const older = { size: from, root: bytesOf(fromRoot) };
      const newer = { size: to, root: bytesOf(toRoot) };
      expect(verifyConsistency({ older, newer, proof: proof.map(bytesOf) })).toBe(true);
    }
    expect(vectors.consistencies.length).toBe(100);
  });

  test('signed checkpoints verify', () => {
    for (const { verifierKey, note } of vectors.notes) {
      const key = parseVerifierKey(verifierKey);
      const opened = parseSignedNote(utf8(note));
      if (!key.ok || !opened.ok) throw new Error(verifierKey);
      expect(formatVerifierKey(key.value)).toBe(verifierKey);
      expect(verdictOf(opened.value, key.value)).toBe('valid');
      const checkpoint = parseCheckpoint(opened.value.text);
      expect(checkpoint.ok && checkpoint.value.origin).toBe(key.value.name);
    }
    expect(vectors.notes.length).toBe(10);
  });

  test('tiles have the same names', () => {
    const ours = [...newTiles(0, vectors.tilePathsOfSize)].map(tilePath);
    expect(ours.toSorted()).toEqual(vectors.tilePaths.toSorted());
    expect(vectors.tilePaths.map(parseTilePath)).not.toContain(undefined);
  });
});
