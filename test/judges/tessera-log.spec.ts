import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parsePolicy, utf8, verifyCheckpoint } from '#tlog';
import { describeWithPart } from '#testing';
import { freshFolder } from '../ledger-under-test.ts';
import { judged } from './programs.ts';
import { WitnessUnderTest } from './witness-under-test.ts';

/**
 * Our witness as another implementation's log sees it: Tessera, by the authors of the specification,
 * publishes no checkpoint that the witnesses of its policy have not cosigned.
 */
describeWithPart('LEDGER_TEST_GO_JUDGES', "Tessera's log with our witnesses", (programs) => {
  const program = join(programs, 'tessera-log');
  let folder: string;
  let logKey: string;
  let witnesses: readonly WitnessUnderTest[];
  let log: TesseraLog | undefined;

  beforeEach(async () => {
    folder = await freshFolder();
    const made = await judged(program, ['key', join(folder, 'log.key')]);
    logKey = made.said.trim();
    witnesses = await Promise.all(
      ['north', 'south'].map(async (name) => {
        await mkdir(join(folder, name));
        return new WitnessUnderTest(`${name}.invalid/witness`, join(folder, name));
      }),
    );
    for (const witness of witnesses) await witness.start(logKey);
  });

  afterEach(async () => {
    await log?.kill();
    log = undefined;
    for (const witness of witnesses) await witness.kill();
    await rm(folder, { recursive: true, force: true });
  });

  function policyText(atLeast: string): string {
    const lines = witnesses.map(({ key, url }, index) => `witness w${index} ${key} ${url}`);
    return [...lines, `group all-of-ours ${atLeast} w0 w1`, 'quorum all-of-ours', ''].join('\n');
  }

  async function open(atLeast: string): Promise<TesseraLog> {
    const policy = join(folder, 'policy');
    await writeFile(policy, policyText(atLeast));
    log = new TesseraLog(program, ['run', join(folder, 'log'), join(folder, 'log.key'), policy]);
    return log;
  }

  /** The published checkpoint, held against the policy by our own reader. */
  async function published(atLeast: string) {
    const policy = parsePolicy(utf8(`log ${logKey}\n${policyText(atLeast)}`));
    if (!policy.ok) throw new TypeError(policy.fault);
    const bytes = new Uint8Array(await readFile(join(folder, 'log', 'checkpoint')));
    const { faults, checkpoint, witnessed } = verifyCheckpoint(bytes, policy.value);
    return { faults, size: checkpoint?.size, witnessed: [...witnessed].sort() };
  }

  /** The size in the note that a witness holds out for this log. */
  async function witnessedSize({ url }: WitnessUnderTest): Promise<string | undefined> {
    const origin = logKey.slice(0, logKey.indexOf('+'));
    const hash = await crypto.subtle.digest('SHA-256', utf8(origin));
    const answer = await fetch(`${url}/${Buffer.from(hash).toString('hex')}/checkpoint`);
    return (await answer.text()).split('\n')[1];
  }

  test('publishes what both cosigned, growth after growth, also after a restart of one', async () => {
    const tessera = await open('all');
    expect(await tessera.grow(1)).toBe(1);
    for (const [count, size] of [
      [1, 2],
      [300, 302],
      [2_000, 2_302],
    ] as const) {
      expect(await tessera.grow(count)).toBe(size);
      const bothSigned = { faults: [], size, witnessed: ['w0', 'w1'] };
      expect(await published('all')).toStrictEqual(bothSigned);
      const [first] = witnesses as [WitnessUnderTest];
      await (size === 2 ? first.kill() : first.stop());
      await first.start(logKey);
    }
    expect(await Promise.all(witnesses.map(witnessedSize))).toEqual(['2302', '2302']);
  });

  test('goes on with one of two; the one that was away catches up by its 409', async () => {
    const tessera = await open('any');
    const [first, second] = witnesses as [WitnessUnderTest, WitnessUnderTest];
    await tessera.grow(10);
    await first.kill();
    expect(await tessera.grow(500)).toBe(510);
    expect(await published('any')).toStrictEqual({ faults: [], size: 510, witnessed: ['w1'] });
    await first.start(logKey);
    await second.kill();
    expect(await tessera.grow(5)).toBe(515);
    expect(await published('any')).toStrictEqual({ faults: [], size: 515, witnessed: ['w0'] });
    expect(await witnessedSize(first)).toBe('515');
  });

  test('with another history under the same key is refused, and publishes nothing', async () => {
    const copied = join(folder, 'copy');
    await (await open('any')).grow(5);
    await log?.kill();
    await cp(join(folder, 'log'), copied, { recursive: true });
    expect(await (await open('any')).grow(15)).toBe(20);
    await log?.kill();
    await rm(join(folder, 'log'), { recursive: true });
    await rename(copied, join(folder, 'log'));
    // What it adds are other entries than those that the witnesses know of.
    const forked = await open('any');
    await forked.says('consistency proof is bad', () => forked.growUnheard(30));
    expect(await published('any')).toMatchObject({ faults: [], size: 5 });
    expect(await Promise.all(witnesses.map(witnessedSize))).toEqual(['20', '20']);
  });
});

/** The Go program of `infra/judges/tessera-log`: takes numbers, tells sizes. */
class TesseraLog {
  private readonly child: ChildProcessWithoutNullStreams;
  private complained = '';

  constructor(program: string, argv: readonly string[]) {
    this.child = spawn(program, argv);
    this.child.stderr.on('data', (bytes: Buffer) => (this.complained += bytes.toString()));
  }

  /** Resolves with the size of a published checkpoint over so many more entries. */
  async grow(count: number): Promise<number> {
    const lines = createInterface({ input: this.child.stdout });
    const ended = once(this.child, 'exit').then(() => {
      throw new Error(`the log ended: ${this.complained}`);
    });
    this.growUnheard(count);
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    lines.close();
    return +(/^published (\d+)$/.exec(line)?.[1] ?? Number.NaN);
  }

  growUnheard(count: number): void {
    this.child.stdin.write(`${count}\n`);
  }

  /** Resolves when its log has these words. */
  async says(words: string, after: () => void): Promise<void> {
    after();
    while (!this.complained.includes(words)) {
      await Promise.race([once(this.child.stderr, 'data'), once(this.child, 'exit')]);
      if (this.child.exitCode !== null) throw new Error(`it ended: ${this.complained}`);
    }
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
