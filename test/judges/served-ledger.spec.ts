import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeBundle, parseCheckpoint, parseSignedNote, tilePath } from '#tlog';
import { describeWithPart } from '#testing';
import { freshFolder, LedgerUnderTest } from '../ledger-under-test.ts';
import { openSmallRound } from '../small-round.ts';
import { eventually, judged } from './programs.ts';
import { WitnessUnderTest } from './witness-under-test.ts';

/**
 * The built server with two witness programs, as agencies would run them, before the same judges: what
 * it serves at /log/ is what they read, and what it hands out as a receipt they accept.
 */
let folder: string;
let ledger: LedgerUnderTest;
let witnesses: readonly WitnessUnderTest[];
let logKey: string;
let auditor: string;

beforeAll(async () => {
  folder = await freshFolder();
  witnesses = await Promise.all(
    ['north', 'south'].map(async (name) => {
      await mkdir(join(folder, name));
      const witness = new WitnessUnderTest(`${name}.invalid`, join(folder, name));
      await witness.start();
      return witness;
    }),
  );
  const lines = witnesses.map(({ name, key, url }) => `witness ${name} ${key} ${url}\n`);
  const group = `group both all ${witnesses.map(({ name }) => name).join(' ')}\nquorum both\n`;
  await writeFile(join(folder, 'policy'), lines.join('') + group);
  ledger = new LedgerUnderTest(join(folder, 'ledger'), {
    LEDGER_WITNESSES: join(folder, 'policy'),
  });
  await ledger.start();
  logKey = (await text('log.vkey')).trim();
  await writeFile(join(folder, 'log.vkey'), `${logKey}\n`);
  const { member } = await openSmallRound(ledger, {
    indicators: [{ code: 'I.1', lead: 'son_la.so_tc' }],
    offices: [
      { login: 'officer', agency: 'son_la.so_tc', roles: ['officer'] },
      { login: 'auditor', agency: 'son_la.thanh_tra_tinh', roles: ['auditor'] },
    ],
  });
  auditor = member('auditor').bearer;
}, 120_000);

afterAll(async () => {
  await ledger?.stop();
  for (const witness of witnesses ?? []) await witness.kill();
  await rm(folder, { recursive: true, force: true });
});

function get(path: string): Promise<Response> {
  return fetch(`${ledger.url}${path}`, { headers: { authorization: `Bearer ${auditor}` } });
}

async function text(path: string): Promise<string> {
  return (await fetch(`${ledger.url}/log/${path}`)).text();
}

/** Size and root of what is published now; size 0 before the first checkpoint. */
async function published(): Promise<{ size: number; root: string }> {
  const answer = await fetch(`${ledger.url}/log/checkpoint`);
  const note = parseSignedNote(new Uint8Array(await answer.arrayBuffer()));
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : undefined;
  if (checkpoint?.ok !== true) return { size: 0, root: '' };
  const { size, root } = checkpoint.value;
  return { size, root: Buffer.from(root).toString('base64') };
}

/** The entries of the first bundle, as an auditor gets them. */
async function firstEntries(size: number): Promise<readonly Uint8Array[]> {
  const width = Math.min(size, 256);
  const answer = await get(`/log/${tilePath({ level: 'entries', index: 0, width })}`);
  const bundle = decodeBundle(new Uint8Array(await answer.arrayBuffer()), width);
  if (!bundle.ok) throw new TypeError(`${answer.status}: ${bundle.fault}`);
  return bundle.value;
}

test('publishes nothing before both know it, and everything once they do', async () => {
  expect(await published()).toEqual({ size: 0, root: '' });
  for (const witness of witnesses) {
    await witness.stop();
    await witness.start(logKey);
  }
  await eventually(async () => (await published()).size > 0);
  const { size } = await published();
  expect((await firstEntries(size)).length).toBe(size);
  const [entry] = await firstEntries(size);
  expect(JSON.parse(Buffer.from(entry ?? []).toString())).toMatchObject({
    stream: 'log-keys',
    type: 'log.opened.v1',
    data: { key: logKey },
  });
}, 90_000);

describeWithPart('LEDGER_TEST_GO_JUDGES', 'what a server serves', (programs) => {
  const fsck = async (...more: readonly string[]) => {
    const key = `--public_key=${join(folder, 'log.vkey')}`;
    const url = `--storage_url=${ledger.url}/log/`;
    return (await judged(join(programs, 'fsck'), ['--ui=false', '--N=8', url, key, ...more])).said;
  };
  const success = /Successfully fsck'd log with size (\d+) and root (\S+)/;

  test("is sound to Tessera's fsck, for who may read the entries", async () => {
    const { size, root } = await published();
    const [, saidSize, saidRoot] = success.exec(await fsck(`--bearer_token=${auditor}`)) ?? [];
    expect([saidSize, saidRoot]).toEqual([String(size), root]);
    expect(await fsck()).not.toMatch(success);
  });
});

describeWithPart('LEDGER_TEST_PROOFBUNDLE', 'what a server hands out', (program) => {
  test('is a receipt to proofbundle, with both witnesses under it', async () => {
    const entries = await firstEntries((await published()).size);
    for (const entry of entries.slice(-3)) {
      const { id } = JSON.parse(Buffer.from(entry).toString()) as { id: string };
      const [proof, exact] = await Promise.all([
        get(`/api/v1/receipts/${id}/proof`),
        get(`/api/v1/receipts/${id}/entry`),
      ]);
      expect([proof.status, exact.status]).toEqual([200, 200]);
      const [proofFile, entryFile] = [join(folder, 'a.tlog-proof'), join(folder, 'a.json')];
      await writeFile(proofFile, await proof.text());
      await writeFile(entryFile, Buffer.from(await exact.arrayBuffer()));
      const { exitCode, said } = await judged(program, [
        'verify-proof',
        ...['--payload-file', entryFile, '--log-vkey', logKey, '--threshold', '2'],
        ...witnesses.flatMap(({ key }) => ['--witness-vkey', key]),
        ...['--json', proofFile],
      ]);
      expect([exitCode, JSON.parse(said)]).toEqual([0, expect.objectContaining({ ok: true })]);
    }
  });
});
