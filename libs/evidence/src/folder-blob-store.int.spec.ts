import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as realFileSystem from 'node:fs/promises';
import {
  chmod,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bareHex, digestOf, parseCount } from '#kernel';
import type { Digest } from '#kernel';
import { BlobStoreUnavailable } from './blob-store.ts';
import {
  chunked,
  describeBlobStoreContract,
  listed,
  readAll,
  someBytes,
} from './blob-store.contract.ts';
import { FolderBlobStore } from './folder-blob-store.ts';
import type { BlobFileSystem } from './folder-blob-store.ts';

const roomy = { sizeBytesMax: 1024 * 1024 * 1024 };
let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'blobs-'));
  folder = join(parent, 'blobs');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

function fileOf(digest: Digest): string {
  const name = bareHex(digest);
  return join(folder, name.slice(0, 2), name.slice(2, 4), name);
}

/** Every file below the folder, by its path in it. */
async function files(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describeBlobStoreContract('FolderBlobStore', async () => ({
  store: await FolderBlobStore.open(folder),
  tamper: async (digest, change) => {
    const path = fileOf(digest);
    const changed = change(new Uint8Array(await readFile(path)));
    if (changed === undefined) return unlink(path);
    await writeFile(`${path}.new`, changed);
    return rename(`${path}.new`, path);
  },
  close: async () => undefined,
}));

describe('the folder', () => {
  test('holds a blob read-only under its hex digest, and nothing in staging', async () => {
    const store = await FolderBlobStore.open(folder);
    const { digest } = await store.put(null, chunked(someBytes(5000)), roomy);
    const name = bareHex(digest);
    expect(await files()).toStrictEqual([`${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`]);
    const { mode, nlink } = await stat(fileOf(digest));
    expect(mode & 0o777).toBe(0o440);
    expect(nlink).toBe(1);
  });

  test('can be moved: nothing in it says where it was', async () => {
    const store = await FolderBlobStore.open(folder);
    const { digest } = await store.put(null, chunked(someBytes(5000)), roomy);
    await rename(folder, join(parent, 'elsewhere'));
    const moved = await FolderBlobStore.open(join(parent, 'elsewhere'));
    expect(digestOf(await readAll(await moved.open(digest)))).toBe(digest);
  });

  test('refused and broken puts leave no file', async () => {
    const store = await FolderBlobStore.open(folder);
    const bytes = someBytes(50_000);
    await expect(store.put(digestOf(''), chunked(bytes), roomy)).rejects.toThrow();
    await expect(store.put(null, chunked(bytes), { sizeBytesMax: 1 })).rejects.toThrow();
    expect(await files()).toStrictEqual([]);
  });

  test('is cleared of what a killed process left in staging, and of nothing else', async () => {
    const store = await FolderBlobStore.open(folder);
    const { digest } = await store.put(null, chunked(someBytes(5000)), roomy);
    await writeFile(join(folder, 'staging', 'left'), 'half');
    await chmod(join(folder, 'staging', 'left'), 0o440);
    const again = await FolderBlobStore.open(folder);
    expect(await files()).toHaveLength(1);
    expect(digestOf(await readAll(await again.open(digest)))).toBe(digest);
  });

  test('is only looked at by a reader: staging stays, and each blob is listed once', async () => {
    const store = await FolderBlobStore.open(folder);
    const put = async (size: number) =>
      (await store.put(null, chunked(someBytes(size)), roomy)).digest;
    const digests = [await put(3), await put(5000), await put(200_000)].sort();
    await writeFile(join(folder, 'staging', 'left'), 'half');
    await writeFile(join(dirname(fileOf(digests[0] as Digest)), 'notes'), 'no blob');
    const before = await files();
    const reader = FolderBlobStore.toRead(folder);
    expect(await listed(reader)).toStrictEqual(digests);
    for (const digest of digests) {
      expect(digestOf(await readAll(await reader.open(digest)))).toBe(digest);
    }
    expect(await files()).toStrictEqual(before);
    const nowhere = FolderBlobStore.toRead(join(parent, 'nowhere'));
    await expect(listed(nowhere)).rejects.toBeInstanceOf(BlobStoreUnavailable);
    expect(await readdir(parent)).toStrictEqual(['blobs']);
  });

  test('that went away is found out by a ping', async () => {
    const store = await FolderBlobStore.open(folder);
    await rm(folder, { recursive: true });
    const name = 'BlobStoreUnavailable';
    await expect(store.ping()).rejects.toMatchObject({ name, reason: 'io' });
  });
});

type Call = 'open' | 'write' | 'sync' | 'datasync' | 'link' | 'mkdir' | 'sync-directory' | 'read';

/** The real file system with one kind of call that fails while it is told to. */
function failing(call: Call, code: string) {
  let broken = false;
  const refuse = async (): Promise<never> => {
    throw Object.assign(new Error(`${code}: planned`), { code, syscall: call });
  };
  const armed = (name: Call) => broken && name === call;
  const fileSystem: BlobFileSystem = {
    ...realFileSystem,
    link: (from, to) => (armed('link') ? refuse() : realFileSystem.link(from, to)),
    mkdir: ((path: string, options: { recursive: true }) => {
      return armed('mkdir') ? refuse() : realFileSystem.mkdir(path, options);
    }) as BlobFileSystem['mkdir'],
    open: async (path, flags, mode) => {
      const staged = flags === 'wx';
      if (staged && armed('open')) return refuse();
      const handle = await realFileSystem.open(path, flags, mode);
      const faults: Record<string, boolean> = {
        write: armed('write'),
        read: armed('read'),
        sync: armed(staged ? 'sync' : 'sync-directory'),
        datasync: armed('datasync'),
      };
      return new Proxy(handle, {
        get: (target, name) => {
          if (typeof name === 'string' && faults[name] === true) return refuse;
          const member: unknown = Reflect.get(target, name, target);
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        },
      });
    },
  };
  return { fileSystem, fail: () => (broken = true), heal: () => (broken = false) };
}

describe('a disk that fails', () => {
  const cases: [Call, string, 'full' | 'io'][] = [
    ['open', 'ENOSPC', 'full'],
    ['open', 'EMFILE', 'io'],
    ['open', 'EIO', 'io'],
    ['write', 'ENOSPC', 'full'],
    ['write', 'EDQUOT', 'full'],
    ['write', 'EIO', 'io'],
    ['sync', 'ENOSPC', 'full'],
    ['sync', 'EIO', 'io'],
    ['mkdir', 'ENOSPC', 'full'],
    ['mkdir', 'EIO', 'io'],
    ['link', 'ENOSPC', 'full'],
    ['link', 'EIO', 'io'],
    ['link', 'EPERM', 'io'],
  ];

  test.each(cases)('at %s with %s is said to be %s; nothing kept', async (call, code, reason) => {
    const disk = failing(call, code);
    const store = await FolderBlobStore.open(folder, disk.fileSystem);
    const bytes = someBytes(30_000);
    disk.fail();
    const error = await store.put(null, chunked(bytes), roomy).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BlobStoreUnavailable);
    expect(error).toMatchObject({ reason, cause: { code } });
    expect(await store.stat(digestOf(bytes))).toBeUndefined();
    expect(await files()).toStrictEqual([]);
    // Nothing is lost by it: the same put succeeds once there is room again.
    disk.heal();
    expect((await store.put(null, chunked(bytes), roomy)).alreadyThere).toBe(false);
  });

  test('a sync on the way that fails ends the put, though a later one would not', async () => {
    const disk = failing('datasync', 'EIO');
    const store = await FolderBlobStore.open(folder, disk.fileSystem);
    const mebibyte = someBytes(1024 * 1024);
    let given = 0;
    async function* content(): AsyncGenerator<Uint8Array> {
      for (; given < 200; given += 1) yield mebibyte;
    }
    disk.fail();
    await expect(store.put(null, content(), roomy)).rejects.toMatchObject({
      name: 'BlobStoreUnavailable',
      reason: 'io',
    });
    // The first is begun at 32 MiB, and its outcome awaited at 64 MiB at the latest.
    expect(given).toBeGreaterThanOrEqual(31);
    expect(given).toBeLessThan(70);
    expect(await files()).toStrictEqual([]);
  });

  test('a name that could not be synced stays hidden until a put has synced it', async () => {
    const disk = failing('sync-directory', 'EIO');
    const store = await FolderBlobStore.open(folder, disk.fileSystem);
    const bytes = someBytes(30_000);
    const digest = digestOf(bytes);
    disk.fail();
    await expect(store.put(null, chunked(bytes), roomy)).rejects.toMatchObject({ reason: 'io' });
    expect(await files()).toHaveLength(1);
    expect(await store.stat(digest)).toBeUndefined();
    await expect(store.open(digest)).rejects.toMatchObject({ name: 'BlobMissing' });
    disk.heal();
    expect((await store.put(null, chunked(bytes), roomy)).digest).toBe(digest);
    expect(digestOf(await readAll(await store.open(digest)))).toBe(digest);
  });

  test('a read that fails is not taken for the end', async () => {
    const disk = failing('read', 'EIO');
    const store = await FolderBlobStore.open(folder, disk.fileSystem);
    const { digest } = await store.put(null, chunked(someBytes(30_000)), roomy);
    disk.fail();
    const reading = await store.open(digest);
    await expect(readAll(reading)).rejects.toMatchObject({
      name: 'BlobStoreUnavailable',
      reason: 'io',
    });
  });
});

/** A process of its own that runs `script` with the store's folder as its only argument. */
function child(script: string, ...flags: string[]) {
  const options = ['--conditions=ledger-source', ...flags, '--input-type=module', '--eval', script];
  const running = spawn(process.execPath, [...options, folder], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.stdout.setEncoding('utf8');
  return running;
}

// Found by walking up, since --eval resolves '#kernel' from the package of its working directory.
const projectRoot = join(dirname(new URL(import.meta.url).pathname), '..', '..', '..');
const opening = `
  import { FolderBlobStore } from '#evidence/node';
  const store = await FolderBlobStore.open(process.argv[1]);
`;

describe('a process of its own', () => {
  test('killed in the middle of an upload leaves no blob; the next start clears it', async () => {
    const upload = child(`${opening}
      const piece = new Uint8Array(100_000).fill(7);
      setInterval(() => undefined, 1000);
      await store.put(null, (async function* () {
        yield piece;
        // Asked for the second piece: the first one is written.
        console.log('half');
        await new Promise(() => undefined);
      })(), { sizeBytesMax: 1e9 });
    `);
    const ended = once(upload, 'close');
    expect(await once(upload.stdout, 'data')).toStrictEqual(['half\n']);
    upload.kill('SIGKILL');
    expect(await ended).toStrictEqual([null, 'SIGKILL']);

    const [left, ...others] = await files();
    expect(others).toStrictEqual([]);
    expect(left).toMatch(/^staging\//);
    const half = digestOf(new Uint8Array(100_000).fill(7));
    const store = await FolderBlobStore.open(folder);
    expect(await files()).toStrictEqual([]);
    expect(await store.stat(half)).toBeUndefined();
    const whole = new Uint8Array(100_000).fill(7);
    expect((await store.put(half, chunked(whole), roomy)).alreadyThere).toBe(false);
  });

  // Cannot flake: memory is looked at only right after forced full collections, so what counts is
  // what the store still holds, not how lazily the engine collects. Two of them, because buffers
  // that the first found dead are freed beside the program and surely gone only at the second. A
  // store that gathered the content would hold 256 MiB at the last look, four times the bound.
  test('puts and reads 256 MiB while holding a few chunks only', async () => {
    const measured = child(
      `${opening}
      const mebibyte = 1024 * 1024;
      let heldMax = 0;
      const look = (doneBytes) => {
        if (doneBytes % (32 * mebibyte) !== 0) return;
        globalThis.gc();
        globalThis.gc();
        heldMax = Math.max(heldMax, process.memoryUsage().arrayBuffers);
      };
      const put = await store.put(null, (async function* () {
        for (let n = 1; n <= 256; n += 1) {
          yield new Uint8Array(mebibyte).fill(n);
          look(n * mebibyte);
        }
      })(), { sizeBytesMax: 1e9 });
      let readBytes = 0;
      const reading = await store.open(put.digest);
      for await (const chunk of reading.content) look((readBytes += chunk.length));
      console.log([put.sizeBytes, readBytes, heldMax].join(' '));
    `,
      '--expose-gc',
    );
    const [line] = (await once(measured.stdout, 'data')) as [string];
    const [putBytes, readBytes, heldMax] = line
      .trim()
      .split(' ')
      .map((text) => parseCount(text));
    expect([putBytes, readBytes]).toStrictEqual([268_435_456, 268_435_456]);
    expect(heldMax).toBeGreaterThan(0);
    expect(heldMax).toBeLessThan(64 * 1024 * 1024);
  });
});
