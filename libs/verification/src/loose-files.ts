import { hashBytes, hashCountAt, parseTilePath, tilePath, tileWidth } from '#tlog';
import type { TileName } from '#tlog';
import { firstDifference } from './leaf-tile.ts';
import type { FindingList } from './findings.ts';
import { prefixOf, readTile, SourceUnavailable } from './log-source.ts';
import type { LogSource } from './log-source.ts';
import { splitBundle } from './running-tree.ts';

/**
 * Visits every file under `tile/` of a source that can list (CONTRACTS 8). Tiles of the head were
 * compared on the walk; an older partial one must equal the beginning of the tile that took its place.
 * What reaches beyond the head, or is no tile at all, is a note: a crash may leave such files.
 */
export async function checkLooseFiles(
  source: LogSource,
  size: number,
  findings: FindingList,
): Promise<void> {
  const paths = source.list();
  if (paths === undefined) {
    findings.add('log/head-tiles-only');
    return;
  }
  for await (const path of paths) {
    const name = parseTilePath(path);
    if (name === undefined) findings.add('log/file-unknown', { path });
    else await checkReadable(source, name, size, findings);
  }
}

/** One file that cannot be read, a socket or a folder under its name, leaves the others to be seen. */
async function checkReadable(
  source: LogSource,
  name: TileName,
  size: number,
  findings: FindingList,
): Promise<void> {
  try {
    await checkOne(source, name, size, findings);
  } catch (error) {
    if (!(error instanceof SourceUnavailable)) throw error;
    findings.add('log/unreachable', { path: tilePath(name), detail: error.message });
  }
}

async function checkOne(
  source: LogSource,
  name: TileName,
  size: number,
  findings: FindingList,
): Promise<void> {
  const { level, index, width } = name;
  const path = tilePath(name);
  const count = hashCountAt(level === 'entries' ? 0 : level, size);
  const headWidth = Math.min(tileWidth, count - index * tileWidth);
  if (width > headWidth) {
    findings.add('log/beyond-head', { path });
    return;
  }
  // Walked.
  if (width === headWidth) return;
  const grown = await readTile(source, { level, index, width: headWidth });
  const bytes = await source.read(path);
  // If the larger one is not whole, there is a finding about that one already.
  if (grown === undefined || bytes === undefined || !isWhole(grown, level, headWidth)) return;
  const at = firstDifference(prefixOf(grown, name), bytes);
  if (at === undefined) return;
  if (level === 'entries') findings.add('log/bundle-differs', { path });
  else findings.add('log/tile-differs', { path, detail: `hash ${at} of ${width}` });
}

function isWhole(bytes: Uint8Array, level: TileName['level'], width: number): boolean {
  if (level !== 'entries') return bytes.length === width * hashBytes;
  return splitBundle(bytes, width).fault === undefined;
}
