import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as allOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { formatVerifierKey, parseCheckpoint, parseSignedNote, parseVerifierKey } from '#tlog';
import { parseSignatureLine, readCosignature, verdictOf } from '#tlog';
import type { VerifierKey } from '#tlog';
import { originHash } from './known-logs.ts';
import { SpecLog, specOrigin, specSigner } from './spec-log.contract.ts';

/** The witness as a program, from its source, in a process of its own that can be killed. */
const root = fileURLToPath(new URL('../../..', import.meta.url));
const program = ['--conditions=ledger-source', '--disable-warning=ExperimentalWarning'];
const log = SpecLog.of(3_000);
const path = `/${originHash(specOrigin)}/checkpoint`;
const children: ChildProcess[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'witness-'));
  await watch(log);
});

afterEach(async () => {
  for (const child of children.splice(0)) await killed(child);
  await rm(folder, { recursive: true, force: true });
});

async function watch(...logs: readonly SpecLog[]): Promise<void> {
  const lines = logs.map(({ signer }) => `log ${formatVerifierKey(signer.key)}\n`);
  await writeFile(join(folder, 'logs'), lines.join(''));
}

type Running = { readonly child: ChildProcess; readonly url: string; readonly key: VerifierKey };

function begin(settings: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, [...program, 'apps/witness/src/main.ts'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      LEDGER_WITNESS_DATA: join(folder, 'data'),
      LEDGER_WITNESS_NAME: 'witness.invalid',
      LEDGER_WITNESS_PORT: '0',
      LEDGER_WITNESS_LOGS: join(folder, 'logs'),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

async function start(): Promise<Running> {
  const child = begin();
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (/^Listening on .*\n/m.test(said)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)));
  });
  const [, keyText = '', url = ''] = /^Witness (.+)\nListening on (.+)\n$/.exec(said) ?? [];
  const key = parseVerifierKey(keyText);
  if (!key.ok) throw new TypeError(`${key.fault}: ${said}`);
  return { child, url, key: key.value };
}

/** What a witness says that does not start: its exit code and its one sentence. */
async function refusal(settings: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = begin(settings);
  const { stderr } = child;
  if (stderr === null) throw new TypeError('a pipe');
  const [said, [code]] = await Promise.all([allOf(stderr), once(child, 'exit')]);
  return `${String(code)}: ${said.trimEnd()}`;
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function add({ url }: Running, oldSize: number, size: number, from = log) {
  const body = Buffer.from(await from.request(oldSize, size));
  return fetch(`${url}/add-checkpoint`, { method: 'POST', body });
}

/** The size in the note that the witness holds out, 0 without one; it must be cosigned. */
async function heldOut({ url, key }: Running): Promise<{ size: number; time: bigint }> {
  const answer = await fetch(`${url}${path}`);
  if (answer.status === 404) return { size: 0, time: 0n };
  return sizeIn(new Uint8Array(await answer.arrayBuffer()), key);
}

function sizeIn(bytes: Uint8Array, key: VerifierKey): { size: number; time: bigint } {
  const note = parseSignedNote(bytes);
  if (!note.ok) throw new TypeError(note.fault);
  expect(verdictOf(note.value, key)).toBe('valid');
  expect(verdictOf(note.value, log.signer.key)).toBe('valid');
  const checkpoint = parseCheckpoint(note.value.text);
  const cosignature = note.value.signatures.find(({ name }) => name === key.name);
  const time = cosignature && readCosignature(cosignature.signature)?.time;
  if (!checkpoint.ok || time === undefined) throw new TypeError('not a cosigned checkpoint');
  return { size: checkpoint.value.size, time };
}

test('is killed at any moment and has never said more than it kept', async () => {
  let told = { size: 0, time: 0n };
  let keyText = '';
  for (let turn = 0; turn < 8; turn += 1) {
    const running = await start();
    keyText ||= formatVerifierKey(running.key);
    expect(formatVerifierKey(running.key)).toBe(keyText);
    const kept = await heldOut(running);
    // It may have kept one that it could not tell any more, but not the other way round.
    expect(kept.size).toBeGreaterThanOrEqual(told.size);
    expect(kept.time).toBeGreaterThanOrEqual(told.time);
    if (kept.size > 0) expect((await add(running, 0, 1)).status).toBe(409);
    let { size } = kept;
    const lastSize = size + randomInt(1, 60);
    const growing = (async () => {
      for (;;) {
        const answer = await add(running, size, size + 1);
        expect(answer.status).toBe(200);
        const line = parseSignatureLine((await answer.text()).slice(0, -1));
        const time = line.ok ? readCosignature(line.value.signature)?.time : undefined;
        size += 1;
        told = { size, time: time ?? -1n };
        // From here on the kill falls anywhere into what follows, and nobody waits for it.
        if (size === lastSize) setTimeout(() => running.child.kill('SIGKILL'), randomInt(0, 15));
      }
    })();
    await expect(growing).rejects.toThrow('fetch failed');
    await killed(running.child);
    expect(running.child.signalCode).toBe('SIGKILL');
  }
  const files = await readdir(join(folder, 'data', 'checkpoints'));
  expect(files.filter((name) => !name.endsWith('.part'))).toEqual([originHash(specOrigin)]);
});

describe('one witness for each folder', () => {
  test('keeps a second process out, and lets the next one in when it is dead', async () => {
    const first = await start();
    expect(await refusal()).toMatch(/^1: .*another witness runs on this folder$/);
    await killed(first.child);
    const second = await start();
    expect(formatVerifierKey(second.key)).toBe(formatVerifierKey(first.key));
  });

  test('makes its key for its owner alone, and no second one for what the first promised', async () => {
    const first = await start();
    expect((await add(first, 0, 5)).status).toBe(200);
    const ended = once(first.child, 'exit');
    first.child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
    const key = join(folder, 'data', 'keys', 'witness.key');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    await chmod(key, 0o644);
    expect(await refusal()).toMatch(/^1: others may read the key file/);
    await chmod(key, 0o600);
    expect(await refusal({ LEDGER_WITNESS_NAME: 'other.invalid' })).toMatch(/under another name$/);
    const held = join(folder, 'data', 'checkpoints', originHash(specOrigin));
    expect(sizeIn(await readFile(held), first.key).size).toBe(5);
    await rm(key);
    expect(await refusal()).toMatch(/^1: the key .* is gone, but not what was cosigned with it$/);
  });

  test('says in one sentence what is wrong with its settings', async () => {
    expect(await refusal({ LEDGER_WITNESS_LOGS: '' })).toMatch(/^1: LEDGER_WITNESS_LOGS: .*$/);
    await writeFile(join(folder, 'logs'), 'log\n');
    expect(await refusal()).toMatch(/^1: .*logs, line 1: .*$/);
  });
});

describe('over HTTP', () => {
  test('answers with cosignature lines, conflicts with their media type', async () => {
    const running = await start();
    const cosigned = await add(running, 0, 5);
    expect(cosigned.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await cosigned.text()).toMatch(/^\u2014 witness\.invalid [A-Za-z0-9+/]+=*\n$/);
    const conflict = await add(running, 0, 9);
    expect([conflict.status, conflict.headers.get('content-type')]).toEqual([
      409,
      'text/x.tlog.size',
    ]);
    expect(await conflict.text()).toBe('5\n');
    const refused = await add(running, 5, 9, log.forkedAt(2));
    expect([refused.status, await refused.text()]).toEqual([
      422,
      'not proven to continue the tree of 5 entries\n',
    ]);
    const head = await fetch(`${running.url}${path}`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await heldOut(running)).size).toBe(5);
  });

  test('watches another log after SIGHUP, and goes on after a file with a slip', async () => {
    const running = await start();
    const other = SpecLog.of(9, specSigner('log.invalid/other', 4));
    expect((await add(running, 0, 5, other)).status).toBe(404);
    const heard = logLines(running.child);
    await writeFile(join(folder, 'logs'), 'log nonsense\n');
    running.child.kill('SIGHUP');
    await heard('was not taken over');
    expect((await add(running, 0, 5)).status).toBe(200);
    await watch(log, other);
    running.child.kill('SIGHUP');
    await heard('"watching"');
    expect((await add(running, 0, 5, other)).status).toBe(200);
    expect((await add(running, 5, 6)).status).toBe(200);
  });

  test('hears SIGHUP also while it starts, and reads the logs again once it has', async () => {
    await rm(join(folder, 'logs'));
    // A pipe: whoever opens it waits until the other side is there.
    execFileSync('mkfifo', [join(folder, 'logs')]);
    const starting = start();
    const first = await open(join(folder, 'logs'), 'w');
    const [child] = children.slice(-1);
    const heard = logLines(child as ChildProcess);
    child?.kill('SIGHUP');
    await first.writeFile(`log ${formatVerifierKey(log.signer.key)}\n`);
    await first.close();
    const running = await starting;
    const other = SpecLog.of(9, specSigner('log.invalid/other', 4));
    const second = await open(join(folder, 'logs'), 'w');
    await second.writeFile(`log ${formatVerifierKey(other.signer.key)}\n`);
    await second.close();
    await heard('"watching"');
    expect((await add(running, 0, 5, other)).status).toBe(200);
  });

  test('has nothing at other paths and for other methods', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    for (const [method, target, status] of [
      ['GET', '/', 404],
      ['GET', `/../checkpoints${path}`, 404],
      ['GET', `/${originHash(specOrigin).toUpperCase()}/checkpoint`, 404],
      ['GET', `/${'0'.repeat(64)}/checkpoint`, 404],
      ['GET', `${path}/`, 404],
      ['POST', '/add-checkpoint?x=1', 404],
      ['PUT', '/add-checkpoint', 405],
      ['DELETE', path, 405],
    ] as const) {
      // By hand: fetch would put the path in order first.
      const request = `${method} ${target} HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n`;
      const said = await raw(+port, request);
      expect([method, target, said.slice(0, 12)]).toEqual([method, target, `HTTP/1.1 ${status}`]);
    }
  });

  test('reads no more than a request can have, and nothing coded', async () => {
    const { url } = await start();
    const post = (body: string, headers: Record<string, string> = {}) =>
      fetch(`${url}/add-checkpoint`, { method: 'POST', body, headers });
    expect((await post('x'.repeat(68_394))).status).toBe(413);
    expect((await post('x', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post('x'.repeat(68_000))).status).toBe(400);
  });
});

/** Sends bytes as they are, answers with all that comes back. */
async function raw(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  return allOf(socket);
}

/** Resolves when the log has said these words, each time after what was heard before. */
function logLines({ stderr }: ChildProcess): (words: string) => Promise<void> {
  let heard = '';
  let listening: (() => void) | undefined;
  stderr?.on('data', (bytes: Buffer) => {
    heard += bytes.toString();
    listening?.();
  });
  return (words) =>
    new Promise((resolve) => {
      listening = () => {
        if (heard.includes(words)) resolve();
      };
      listening();
    });
}
