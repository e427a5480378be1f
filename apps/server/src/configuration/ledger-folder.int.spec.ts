import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { manualClock } from '#kernel';
import type { Instant } from '#kernel';
import { ConfigurationMistake, readConfiguration } from './configuration.ts';
import { LedgerFolder } from './ledger-folder.ts';

const clock = manualClock('2026-11-20T03:00:00.000Z' as Instant);
let folder: string;

const open = (environment: Record<string, string> = {}) =>
  LedgerFolder.open(readConfiguration({ LEDGER_DATA: folder, ...environment }, '/'), clock);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-folder-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('the folder of a ledger', () => {
  test('mints an identity once and keeps it', async () => {
    const first = await open();
    expect(first.identity).toStrictEqual({
      format: 1,
      origin: expect.stringMatching(/^ledger\.invalid\/[0-9a-f-]{36}$/),
      created: '2026-11-20T03:00:00.000Z',
      entriesPublic: false,
      logKey: null,
    });
    expect((await open()).identity).toStrictEqual(first.identity);
    const text = await readFile(join(folder, 'ledger.json'), 'utf8');
    expect([text.includes(folder), /:\d{2,5}"/.test(text)]).toStrictEqual([false, false]);
    expect(await readdir(folder)).toStrictEqual(['bootstrap-token', 'ledger.json']);
    expect((await stat(join(folder, 'ledger.json'))).mode & 0o777).toBe(0o600);
  });

  test('takes origin and openness from the operator at the first start only', async () => {
    const chosen = { LEDGER_ORIGIN: 'ledger.example.vn', LEDGER_ENTRIES_PUBLIC: 'true' };
    expect((await open(chosen)).identity).toMatchObject({
      origin: 'ledger.example.vn',
      entriesPublic: true,
    });
    expect((await open(chosen)).identity.origin).toBe('ledger.example.vn');
    expect((await open()).identity.entriesPublic).toBe(true);
    const changed = open({ LEDGER_ORIGIN: 'other.example.vn', LEDGER_ENTRIES_PUBLIC: 'false' });
    await expect(changed).rejects.toThrow(ConfigurationMistake);
    const { sentences } = (await changed.catch(
      (error: unknown) => error as ConfigurationMistake,
    )) as ConfigurationMistake;
    expect(sentences.map((sentence) => sentence.split(' ')[0])).toStrictEqual([
      'LEDGER_ORIGIN',
      'LEDGER_ENTRIES_PUBLIC',
    ]);
  });

  test.each([
    '',
    '{}',
    '{"format":2}',
    '{"format":1,"origin":"x","created":"yesterday","entriesPublic":false}',
  ])('refuses an identity it does not understand: %s', async (text) => {
    await writeFile(join(folder, 'ledger.json'), text);
    await expect(open()).rejects.toThrow(ConfigurationMistake);
  });

  test('knows its token, once', async () => {
    const ledger = await open();
    const token = (await readFile(join(folder, 'bootstrap-token'), 'utf8')).trim();
    expect(
      await Promise.all(
        [token, `${token} `, token.slice(1), ''].map((text) => ledger.isBootstrapToken(text)),
      ),
    ).toStrictEqual([true, false, false, false]);
    await ledger.spendBootstrapToken();
    expect([await ledger.awaitsBootstrap(), await ledger.isBootstrapToken(token)]).toStrictEqual([
      false,
      false,
    ]);
    expect(await (await open()).awaitsBootstrap()).toBe(false);
  });
});

describe('making the folder', () => {
  const make = (path: string, environment: Record<string, string> = {}) =>
    LedgerFolder.make(readConfiguration({ LEDGER_DATA: path, ...environment }, '/'));

  test('makes what is missing above it, for its owner alone', async () => {
    const path = join(folder, 'a', 'b');
    await make(path);
    await make(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  test('gives up where nothing can be made', async () => {
    await writeFile(join(folder, 'file'), '');
    const impossible = ['/proc/nowhere', '/proc/nowhere/deeper', join(folder, 'file')];
    for (const path of [...impossible, join(folder, 'file', 'below')]) {
      await expect(make(path)).rejects.toThrow(ConfigurationMistake);
    }
  });

  test('begins no ledger among the files of others', async () => {
    await writeFile(join(folder, 'thesis.docx'), '');
    await expect(make(folder)).rejects.toThrow('thesis.docx');
    await expect(make(folder)).rejects.toThrow(ConfigurationMistake);
    expect(await readdir(folder)).toStrictEqual(['thesis.docx']);
    // Beside a ledger anything may lie: it is there already.
    await writeFile(join(folder, 'ledger.json'), '{}');
    await make(folder);
  });

  test('goes on where a first start was cut off, and with files that settings name', async () => {
    for (const name of ['events.db', 'events.db-wal', 'bootstrap-token', 'ledger.json.new']) {
      await writeFile(join(folder, name), '');
    }
    await mkdir(join(folder, 'lost+found'));
    await make(folder);
    const securityLog = join(folder, 'logs', 'security.log');
    await mkdir(join(folder, 'logs'));
    await make(folder, { LEDGER_SECURITY_LOG: securityLog });
    await expect(make(folder)).rejects.toThrow(ConfigurationMistake);
  });
});
