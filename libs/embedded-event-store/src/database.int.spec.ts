import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isInUse, openDatabase } from './database.ts';
import { EmbeddedNodeError } from './node-error.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-node-'));
  file = join(folder, 'events.db');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function codeOf(open: () => unknown): string {
  try {
    open();
  } catch (error) {
    return error instanceof EmbeddedNodeError ? error.code : 'another error';
  }
  return 'no error';
}

/** Another process that tries to write to the file and says how that went. */
function writerElsewhere(): string {
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    try {
      const database = new DatabaseSync(process.argv[1]);
      database.exec('BEGIN IMMEDIATE; COMMIT');
      console.log('wrote');
    } catch (error) { console.log(error.errcode); }`;
  const options = { encoding: 'utf8' } as const;
  const flags = ['--disable-warning=ExperimentalWarning', '-e', script, file];
  return execFileSync(process.execPath, flags, options).trim();
}

describe('isInUse', () => {
  const stateOf = () =>
    readdirSync(folder).map((name) => {
      const { mtimeNs } = statSync(join(folder, name), { bigint: true });
      return [name, mtimeNs, readFileSync(join(folder, name), 'hex')];
    });

  test('tells whether a node has the file, and leaves no trace of asking', () => {
    const database = openDatabase(file);
    // Their bytes cannot be looked at: whoever closes a file in this process gives up its locks.
    const names = readdirSync(folder);
    expect([isInUse(file), readdirSync(folder)]).toEqual([true, names]);
    expect(writerElsewhere()).toBe('5');
    database.close();
    const free = stateOf();
    expect([isInUse(file), stateOf()]).toEqual([false, free]);
  });

  test('what a killed node left behind is not in use, and stays as it is', () => {
    const script = `
      const { DatabaseSync } = require('node:sqlite');
      const database = new DatabaseSync(process.argv[1]);
      database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x)");
      process.kill(process.pid, 'SIGKILL');`;
    const flags = ['--disable-warning=ExperimentalWarning', '-e', script, file];
    expect(spawnSync(process.execPath, flags).signal).toBe('SIGKILL');
    const left = stateOf();
    expect(left.length).toBeGreaterThan(1);
    expect([isInUse(file), stateOf()]).toEqual([false, left]);
  });

  test.each(['', 'x'.repeat(8_192)])('what is no database is not in use, %#', (content) => {
    writeFileSync(file, content);
    const before = stateOf();
    expect([isInUse(file), stateOf()]).toEqual([false, before]);
  });
});

describe('openDatabase', () => {
  test('locks the file against this process and every other, until it is closed', () => {
    const database = openDatabase(file);
    expect(codeOf(() => openDatabase(file))).toBe('node/locked');
    expect(writerElsewhere()).toBe('5');
    database.close();
    expect(writerElsewhere()).toBe('wrote');
    openDatabase(file).close();
  });

  test('a refused second opener does not loosen the lock of the first', () => {
    const database = openDatabase(file);
    codeOf(() => openDatabase(file));
    expect(writerElsewhere()).toBe('5');
    expect(codeOf(() => openDatabase(file))).toBe('node/locked');
    database.close();
  });

  test('every commit is synced: write-ahead log, synchronous FULL', () => {
    const database = openDatabase(file);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    database.close();
  });

  test('a file that is no database is refused and left alone', () => {
    const text = 'Công văn số 1969, không phải cơ sở dữ liệu.\n'.repeat(50);
    writeFileSync(file, text);
    expect(codeOf(() => openDatabase(file))).toBe('node/not-a-store');
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('a database of something else is refused and left alone', () => {
    const foreign = new DatabaseSync(file);
    foreign.exec('CREATE TABLE letters (number TEXT)');
    foreign.close();
    const before = readFileSync(file);
    expect(codeOf(() => openDatabase(file))).toBe('node/not-a-store');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('a layout of another version is refused', () => {
    const database = openDatabase(file);
    database.exec('PRAGMA user_version = 2');
    database.close();
    expect(codeOf(() => openDatabase(file))).toBe('node/unknown-version');
  });

  test('a damaged file is refused', () => {
    openDatabase(file).close();
    const bytes = readFileSync(file);
    // Page 1 keeps its magic number; its table of contents becomes noise.
    bytes.fill(0xff, 100, 2000);
    writeFileSync(file, bytes);
    expect(codeOf(() => openDatabase(file))).toBe('node/corrupt');
  });

  test('a folder that is not there, or a folder in place of the file', () => {
    expect(codeOf(() => openDatabase(join(folder, 'absent', 'events.db')))).toBe('node/unwritable');
    expect(codeOf(() => openDatabase(folder))).toBe('node/unwritable');
  });
});
