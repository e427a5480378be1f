import { generateKeyPairSync, sign } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as allOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { epochMs, systemClock } from '#kernel';
import { cosignedMessage, encodeCosignature, formatSignatureLine, formatVerifierKey } from '#tlog';
import { verifierKey } from '#tlog';
import { TestLedger } from '../http.contract.ts';
import { LogReader } from './served-log.contract.ts';

/** A new ledger whose one witness does not know it at first: what people and programs are told. */
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const raw = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
const key = verifierKey('witness.invalid/mot', 'cosignature', raw);
let knowsLog = false;
const witness = createServer((request, response) => {
  void allOf(request).then((body) => {
    // `old`, a proof, a blank line, the note: its text ends before the next blank line.
    const note = body.slice(body.indexOf('\n\n') + 2);
    if (knowsLog) response.end(cosignature(note.slice(0, note.indexOf('\n\n') + 1)));
    else response.writeHead(404).end();
  });
});
const lines: Record<string, unknown>[] = [];
const written = new EventEmitter();
const stream = {
  write: (line: string) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    written.emit('line');
  },
};
let ledger: TestLedger;
let work: string;

function cosignature(text: string): string {
  const time = BigInt(Math.floor(epochMs(systemClock.now()) / 1_000));
  const signature = Uint8Array.from(sign(null, cosignedMessage(time, text), privateKey));
  const { name, keyId } = key;
  return formatSignatureLine({ name, keyId, signature: encodeCosignature(time, signature) });
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'ledger-quorum-'));
  await once(witness.listen(0, '127.0.0.1'), 'listening');
  const { port } = witness.address() as AddressInfo;
  const file = join(work, 'witnesses');
  const line = `witness mot ${formatVerifierKey(key)} http://127.0.0.1:${port}`;
  await writeFile(file, `${line}\nquorum mot\n`);
  ledger = await TestLedger.start({ LEDGER_WITNESSES: file }, { log: pino({}, stream) });
});
afterAll(async () => {
  await ledger?.server.stop();
  witness.close();
  await rm(work, { recursive: true, force: true });
  if (ledger !== undefined) await rm(ledger.folder, { recursive: true, force: true });
});

/** What the server's log has of witnesses and their quorum, without what every line bears. */
const told = () =>
  lines
    .filter((line) => 'witness' in line || 'quorum' in line)
    .map(({ level, witness: name, state, reason, quorum }) =>
      [level, name, state, reason, quorum].filter((part) => part !== undefined),
    );

async function untilTold(count: number): Promise<void> {
  while (told().length < count) await once(written, 'line');
}

describe('a ledger before its first quorum', () => {
  const why = 'it does not know this log (404)';

  test('says that its checkpoint is not published yet, in two languages', async () => {
    const asked = async (language: string) => {
      const answer = await ledger.get('/log/checkpoint', {
        headers: { 'accept-language': language },
      });
      const { code, title } = answer.body;
      return [answer.status, answer.headers.get('retry-after'), code, title];
    };
    expect(await asked('en')).toStrictEqual([
      404,
      '2',
      'log/not-yet-published',
      expect.stringContaining('waits for the cosignatures of witnesses'),
    ]);
    expect(await asked('vi')).toStrictEqual([
      404,
      '2',
      'log/not-yet-published',
      expect.stringContaining('chờ chữ ký của bên chứng kiến'),
    ]);
  });

  test('tells its operator why, and that it is over, in one line each', async () => {
    await untilTold(2);
    expect(told()).toStrictEqual([
      [40, 'mot', 'refused', why],
      [40, 'missing'],
    ]);
    knowsLog = true;
    await untilTold(4);
    expect(told().slice(2)).toStrictEqual([
      [30, 'mot', 'cosigned'],
      [30, 'met'],
    ]);
    const checkpoint = await new LogReader(ledger.server).checkpoint();
    expect(checkpoint.size).toBe(1);
  });
});
