import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FolderLogSource } from './folder-log-source.ts';
import { fsck } from './fsck.ts';
import { objectBytesMax, SourceUnavailable } from './log-source.ts';
import { madeLog, MadeStory, placesOf, policyFor } from './made-log.contract.ts';
import type { LogFiles } from './made-log.contract.ts';

const policy = policyFor();
const { files } = madeLog(MadeStory.of(300).entries, undefined, [100]);
let root: string;
let made = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'log-'));
  chmodSync(root, 0o755);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function folderOf(log: LogFiles = files): string {
  made += 1;
  const folder = join(root, String(made));
  mkdirSync(folder);
  for (const [path, bytes] of log) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

/** The superuser may read everything, so nobody's rights are taken on meanwhile. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

async function judge(folder: string) {
  const report = await fsck({ source: new FolderLogSource(folder), policy });
  return { verdict: report.verdict, places: placesOf(report.findings) };
}

async function pathsIn(source: FolderLogSource): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of source.list()) paths.push(path);
  return paths.sort();
}

describe('a folder with a log in it', () => {
  test('is sound, and every file is listed', async () => {
    const folder = folderOf();
    expect(await judge(folder)).toEqual({ verdict: 'sound', places: [] });
    const source = new FolderLogSource(folder);
    const expected = [...files.keys()].filter((path) => path !== 'checkpoint');
    expect(await pathsIn(source)).toEqual(expected.sort());
    expect(await source.read('checkpoint')).toEqual(files.get('checkpoint'));
    expect(source.readAhead).toBe(3);
  });

  test('may itself be reached by a link, as may its files', async () => {
    const folder = folderOf();
    const link = `${folder}-link`;
    symlinkSync(folder, link);
    expect((await judge(link)).verdict).toBe('sound');
    const tile = join(folder, 'tile/0/000');
    rmSync(tile);
    writeFileSync(`${folder}-tile`, files.get('tile/0/000') as Uint8Array);
    symlinkSync(`${folder}-tile`, tile);
    expect(await judge(folder)).toEqual({ verdict: 'sound', places: [] });
  });

  test.each([
    ['nothing', []],
    ['a checkpoint alone', ['checkpoint']],
  ])('%s', async (_, names) => {
    const some = new Map([...files].filter(([path]) => names.includes(path)));
    const { verdict, places } = await judge(folderOf(some));
    expect(verdict).toBe(names.length === 0 ? 'unknown' : 'unsound');
    expect(places[0]).toEqual(
      names.length === 0
        ? { code: 'log/nothing-there' }
        : { code: 'log/tile-missing', path: 'tile/0/000' },
    );
  });

  test('that is not there is no log', async () => {
    expect(await judge(join(root, 'none'))).toEqual({
      verdict: 'unknown',
      places: [{ code: 'log/nothing-there' }],
    });
    writeFileSync(join(root, 'file'), 'x');
    expect((await judge(join(root, 'file'))).places).toEqual([{ code: 'log/nothing-there' }]);
  });
});

describe('things that are no files', () => {
  const missing = [{ code: 'log/tile-missing', path: 'tile/0/000' }];
  const instead = (make: (path: string) => void) => {
    const folder = folderOf();
    const path = join(folder, 'tile/0/000');
    rmSync(path);
    make(path);
    return judge(folder);
  };

  test('a folder in place of a tile, with something in it', async () => {
    const { places } = await instead((path) => {
      mkdirSync(path);
      writeFileSync(join(path, 'more'), 'x');
    });
    expect(places).toEqual([...missing, { code: 'log/file-unknown', path: 'tile/0/000/more' }]);
  });

  test('a link that leads nowhere, or in a circle', async () => {
    expect((await instead((path) => symlinkSync('nowhere', path))).places).toEqual(missing);
    expect((await instead((path) => symlinkSync(path, path))).places).toEqual(missing);
  });

  test('a link to a folder is not followed', async () => {
    const { places } = await instead((path) => symlinkSync(dirname(dirname(path)), path));
    expect(places).toEqual(missing);
  });

  test('a pipe that nobody writes to', async () => {
    expect((await instead((path) => execFileSync('mkfifo', [path]))).places).toEqual(missing);
  });

  test('a device without an end', async () => {
    expect((await instead((path) => symlinkSync('/dev/zero', path))).places).toEqual(missing);
  });
});

describe('files of another length', () => {
  test('of an endless one only the beginning is read', async () => {
    const folder = folderOf();
    truncateSync(join(folder, 'tile/0/000'), 2 ** 40);
    const read = await new FolderLogSource(folder).read('tile/0/000');
    expect(read?.length).toBe(objectBytesMax + 1);
    expect(await judge(folder)).toEqual({
      verdict: 'unsound',
      places: [
        {
          code: 'log/tile-malformed',
          path: 'tile/0/000',
          detail: `${objectBytesMax + 1} bytes`,
        },
      ],
    });
  });

  test('an empty one is of no bytes', async () => {
    const folder = folderOf();
    truncateSync(join(folder, 'tile/0/000'), 0);
    expect(await new FolderLogSource(folder).read('tile/0/000')).toEqual(new Uint8Array(0));
  });
});

describe('what may not be read', () => {
  const denied = (path: string) => {
    const folder = folderOf();
    chmodSync(join(folder, path), 0o000);
    return folder;
  };

  test('a name that is too long cannot be told', async () => {
    const source = new FolderLogSource(folderOf());
    const failed = source.read('x'.repeat(5_000));
    await expect(failed).rejects.toBeInstanceOf(SourceUnavailable);
    await expect(failed).rejects.toMatchObject({ reason: 'away' });
    await expect(failed).rejects.toThrow(/^x{5000}: ENAMETOOLONG$/);
  });

  test('entries that are closed leave the hashes to judge', async () => {
    const folder = folderOf(new Map([...files].filter(([path]) => !path.includes('.p/100'))));
    chmodSync(join(folder, 'tile/entries/000'), 0o000);
    expect(await asNobody(() => judge(folder))).toEqual({
      verdict: 'unknown',
      places: [{ code: 'log/entries-closed', detail: 'tile/entries/000: EACCES' }],
    });
  });

  test.each(['tile/0/000', 'tile', 'checkpoint'])('%s, closed, ends the matter', async (path) => {
    const folder = denied(path);
    const { verdict, places } = await asNobody(() => judge(folder));
    const asked = path === 'tile' ? 'tile/0/000' : path;
    expect(verdict).toBe('unknown');
    expect(places).toEqual([{ code: 'log/unreachable', detail: `${asked}: EACCES` }]);
    chmodSync(join(folder, path), 0o755);
  });

  test('a folder that is closed cannot be listed', async () => {
    const folder = denied('tile');
    const listed = asNobody(() => pathsIn(new FolderLogSource(folder)));
    await expect(listed).rejects.toMatchObject({ reason: 'denied', message: 'tile: EACCES' });
    chmodSync(join(folder, 'tile'), 0o755);
  });
});
