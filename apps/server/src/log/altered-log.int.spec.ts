import { copyFile, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tilePath } from '#tlog';
import { bootstrapBody, TestLedger } from '../http.contract.ts';
import { LogReader } from './served-log.contract.ts';

/** What somebody puts among the files of the log while the server runs: nobody is given it. */
let ledger: TestLedger;
let log: LogReader;
let older: Buffer;
let newest: Buffer;
let size: number;

beforeAll(async () => {
  ledger = await TestLedger.start({ LEDGER_ENTRIES_PUBLIC: 'true' });
  log = new LogReader(ledger.server);
  await log.checkpointOf(1);
  older = await readFile(fileOf('checkpoint'));
  const body = bootstrapBody(await ledger.bootstrapToken());
  const made = await ledger.post('/bootstrap', body, { key: null });
  expect(made.status).toBe(201);
  size = await settled();
  newest = await readFile(fileOf('checkpoint'));
});
afterAll(async () => {
  await ledger?.stop();
});

const fileOf = (path: string) => join(ledger.folder, 'log', path);

/** The published size once everything that was recorded is under it. */
async function settled(): Promise<number> {
  for (;;) {
    const { details } = await health();
    const { headSize, publishedSize, lagEntries } = details;
    if (lagEntries === 0 && headSize === publishedSize && headSize > 1) return headSize;
    await pause(20);
  }
}

type Health = {
  readonly ready: boolean;
  readonly reason: string | null;
  readonly details: { headSize: number; publishedSize: number; lagEntries: number };
};
async function health(): Promise<Health> {
  const { body } = await ledger.get('/health/ready');
  const parts = body['parts'] as ({ name: string } & Health)[];
  return parts.find(({ name }) => name === 'log') as Health;
}

/** The status, and the code of a refusal. */
async function asked(path: string): Promise<readonly [number, string]> {
  const answer = await log.get(path);
  if (answer.status === 200) return [200, (await answer.bytes()).length.toString()];
  return [answer.status, ((await answer.json()) as { code: string }).code];
}

/** Lays a file in place of another; the publisher may put its own back, so it is laid until seen. */
async function laid(path: string, lay: () => Promise<unknown>): Promise<readonly [number, string]> {
  for (;;) {
    await rm(fileOf(path), { force: true });
    await lay();
    const answer = await asked(path);
    if (answer[0] !== 200) return answer;
  }
}

describe('in place of the checkpoint', () => {
  const of = (text: string, lines: (line: string, number: number) => string) =>
    text.split('\n').map(lines).join('\n');
  const others: readonly (readonly [string, () => string | Buffer | null, RegExp])[] = [
    ['an older one of its own', () => older, /^a checkpoint of 1 entries lies in place of one of/],
    ['words', () => 'not a note\n', /not signed as the policy wants/],
    [
      'one that says more than was signed',
      () => of(newest.toString(), (line, number) => (number === 1 ? '99999999' : line)),
      /not signed as the policy wants/,
    ],
    ['nothing', () => null, /is gone from the store of tiles/],
  ];

  test.each(others)('%s is not served, and readiness says so', async (_, make, reason) => {
    const bytes = make();
    const answer = await laid('checkpoint', async () => {
      if (bytes !== null) await writeFile(fileOf('checkpoint'), bytes);
    });
    expect(answer).toStrictEqual([503, 'log/not-as-published']);
    await writeFile(fileOf('checkpoint'), bytes ?? '');
    if (bytes === null) await rm(fileOf('checkpoint'));
    const { ready, reason: said } = await health();
    expect([ready, said]).toStrictEqual([false, expect.stringMatching(reason)]);

    // Nothing above what was published is to be had by it, and what was published still is.
    const beyond = tilePath({ level: 0, index: 0, width: size + 1 });
    expect((await asked(beyond))[0]).not.toBe(200);
    expect((await asked(tilePath({ level: 0, index: 0, width: size })))[0]).toBe(200);

    await writeFile(fileOf('checkpoint'), newest);
    expect(await asked('checkpoint')).toStrictEqual([200, String(newest.length)]);
    expect(await health()).toMatchObject({ ready: true, reason: null });
  });

  test('a link to its own copy is not read', async () => {
    await copyFile(fileOf('checkpoint'), join(ledger.folder, 'copy'));
    const link = () => symlink('../copy', fileOf('checkpoint'));
    expect(await laid('checkpoint', link)).toStrictEqual([503, 'log/tiles-away']);
    await rm(fileOf('checkpoint'));
    await writeFile(fileOf('checkpoint'), newest);
    expect((await asked('checkpoint'))[0]).toBe(200);
  });
});

describe('in place of a tile', () => {
  const names = ['0', 'entries'] as const;
  const pathOf = (level: (typeof names)[number]) =>
    tilePath({ level: level === '0' ? 0 : level, index: 0, width: size });

  test.each(names)('a link to the key is not followed (%s)', async (level) => {
    const path = pathOf(level);
    const kept = await readFile(fileOf(path));
    const up = '../'.repeat(path.split('/').length);
    const answer = await laid(path, () => symlink(`${up}keys/log.key`, fileOf(path)));
    expect(answer).toStrictEqual([503, 'log/tiles-away']);
    await rm(fileOf(path));
    await writeFile(fileOf(path), kept);
    expect((await asked(path))[0]).toBe(200);
  });

  test.each(names)('a file of another form is not sent (%s)', async (level) => {
    const path = pathOf(level);
    const kept = await readFile(fileOf(path));
    const key = join(ledger.folder, 'keys/log.key');
    for (const lay of [
      () => copyFile(key, fileOf(path)),
      () => writeFile(fileOf(path), kept.subarray(1)),
      () => writeFile(fileOf(path), ''),
    ]) {
      expect(await laid(path, lay)).toStrictEqual([503, 'log/not-as-published']);
    }
    await writeFile(fileOf(path), kept);
    expect(await asked(path)).toStrictEqual([200, String(kept.length)]);
  });
});
