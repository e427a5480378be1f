import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  decodeBundle,
  hashesFromTiles,
  leafHash,
  nodeHash,
  parseTilePath,
  tilePath,
  treeRoot,
  verifyInclusion,
} from '#tlog';
import { verifyCommitment } from '#directory';
import { streamHeadBytes } from '#transparency';
import { readEventShapes } from './event-shapes.ts';
import { readIndex } from './vectors/formats/cases.ts';
import { findingRows, rowsOfPage, writeFindingsPage } from './vectors/formats/findings-page.ts';
import type { FindingRow } from './vectors/formats/findings-page.ts';
import { vectorLedger } from './vectors/formats/ledger.ts';
import { allFiles } from './vectors/formats/make.ts';
import { blocksOf, examples, pageNames, pagesFolder, writePages } from './vectors/formats/pages.ts';

/**
 * docs/formats is a specification that others write programs from, so nothing in it may be a slip:
 * every example is made anew here, every event must be named, and every vector must be what the
 * library makes and finds. `LEDGER_TEST_WRITE_DOCS=1` puts the examples into the pages.
 */
const vectors = join(import.meta.dirname, 'vectors/formats');
const read = (path: string): Uint8Array => Uint8Array.from(readFileSync(join(vectors, path)));

const index = readIndex();

/** Programs and prose among the vectors; everything else is made. */
const written = /(\.ts|README\.md)$/;

describe('the pages', () => {
  test('every example is what the library makes', async () => {
    if (process.env['LEDGER_TEST_WRITE_DOCS'] === '1') await writePages();
    const made = await examples();
    const found = new Map(pageNames.flatMap((page) => [...blocksOf(page)]));
    expect([...found.keys()].sort()).toEqual([...made.keys(), 'paths'].sort());
    for (const [id, body] of made) expect([id, found.get(id)]).toEqual([id, body]);
  });

  test('every code of the judge stands in the table, with severity, meaning and rule', () => {
    if (process.env['LEDGER_TEST_WRITE_DOCS'] === '1') writeFindingsPage();
    const byCode = (rows: readonly FindingRow[]) => rows.map((row) => [row.code, row] as const);
    expect(new Map(byCode(rowsOfPage()))).toEqual(new Map(byCode(findingRows())));
    expect(rowsOfPage().length).toBe(findingRows().length);
  });

  test('no page was left out, and none is long', () => {
    const onDisk = readdirSync(pagesFolder).filter((name) => name.endsWith('.md'));
    expect(onDisk.toSorted()).toEqual(pageNames.toSorted());
    const long = onDisk.filter(
      (name) => readFileSync(join(pagesFolder, name), 'utf8').split('\n').length > 210,
    );
    expect(long).toEqual([]);
  });

  test('the paths are those of the tiles that stand beside them', () => {
    const lines = (blocksOf('log.md').get('paths') ?? '').trimEnd().split('\n');
    const names = lines.map((line) => parseTilePath(line.split(' ')[0] as string));
    expect(names).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 0, index: 1_234_067, width: 112 },
      { level: 'entries', index: 1, width: 43 },
      { level: 1, index: 0, width: 1 },
    ]);
  });

  test('each event of the code has an example among the vectors, and a name for each scalar', async () => {
    const { events, scalars } = readEventShapes();
    const types = [...events.values()].flat().map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    const { story } = await vectorLedger();
    const told = new Set(story.told.map(({ entry }) => entry.type));
    expect(types.filter((type) => !told.has(type))).toEqual(['log.head-advanced.v1']);
    const shapes = readFileSync(join(pagesFolder, 'shapes.md'), 'utf8');
    const table = shapes.slice(shapes.indexOf('## Scalars'), shapes.indexOf('\n## Shapes'));
    expect(scalars.filter((name) => !new RegExp(`\\b${name}\\b`).test(table))).toEqual([]);
  });
});

describe('the vectors', () => {
  test('are made again, byte for byte', async () => {
    const made = await allFiles();
    const onDisk = readdirSync(vectors, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name).slice(vectors.length + 1))
      .filter((path) => !written.test(path));
    expect(onDisk.toSorted()).toEqual([...made.keys()].toSorted());
    const differing = [...made].filter(([path, bytes]) => Buffer.compare(read(path), bytes) !== 0);
    expect(differing.map(([path]) => path)).toEqual([]);
  });

  test('the ledger is one tree, by another way than it was made', async () => {
    const { entries, tree } = await vectorLedger();
    const wide = decodeBundle(read('ledger/tile/entries/000'), 256);
    const rest = decodeBundle(
      read(`ledger/tile/entries/001.p/${tree.size - 256}`),
      tree.size - 256,
    );
    if (!wide.ok || !rest.ok) throw new TypeError('a bundle cannot be read');
    expect([...wide.value, ...rest.value]).toEqual(entries.map((entry) => Uint8Array.from(entry)));
    // RFC 6962 section 2.1 as it is written, without tiles.
    const rootOf = (hashes: readonly Uint8Array[]): Uint8Array => {
      if (hashes.length === 1) return hashes[0] as Uint8Array;
      let split = 1;
      while (split * 2 < hashes.length) split *= 2;
      return nodeHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
    };
    expect(rootOf(entries.map(leafHash))).toEqual(tree.root);
    const fromTiles = hashesFromTiles(tree.size, async (name) => read(`ledger/${tilePath(name)}`));
    expect(await treeRoot(tree.size, fromTiles)).toEqual(tree.root);
  });

  test.each(index.commitments)('commitment: $particulars.name, $holds', (one) => {
    expect(verifyCommitment(one.commitment, one.salt, one.particulars)).toBe(one.holds);
  });

  test('proofs of heads', () => {
    const held = index.headProofs.map(({ stream, lastRevision, ...one }) => {
      const leaf = leafHash(streamHeadBytes([stream, lastRevision]));
      const proof = one.hashes.map((hash) => Uint8Array.from(Buffer.from(hash, 'base64')));
      const root = Uint8Array.from(Buffer.from(one.root, 'base64'));
      return verifyInclusion({ leaf, index: one.index, size: one.leaves, proof, root });
    });
    expect(held).toEqual(index.headProofs.map(({ holds }) => holds));
    expect(held.filter(Boolean).length).toBeGreaterThan(3);
  });
});
