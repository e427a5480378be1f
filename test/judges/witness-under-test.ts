import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../dist/apps/witness/src/main.js');

/** Our witness as a built program: it can be stopped, killed and started again on its port. */
export class WitnessUnderTest {
  readonly name: string;
  private readonly folder: string;
  private child: ChildProcess | undefined;
  private port = '0';
  private said: readonly string[] = [];

  /** `folder` is empty and the witness's own. */
  constructor(name: string, folder: string) {
    this.name = name;
    this.folder = folder;
  }

  /** Its verifier key, known from its first start on. */
  get key(): string {
    return this.said[1] ?? '';
  }

  get url(): string {
    return this.said[2] ?? '';
  }

  /** Resolves when it listens; `logs` are verifier keys. */
  async start(...logs: readonly string[]): Promise<void> {
    const logsFile = join(this.folder, 'logs');
    await writeFile(logsFile, logs.map((key) => `log ${key}\n`).join(''));
    const child = spawn(process.execPath, [program], {
      env: {
        PATH: process.env['PATH'],
        LEDGER_WITNESS_DATA: join(this.folder, 'data'),
        LEDGER_WITNESS_NAME: this.name,
        LEDGER_WITNESS_PORT: this.port,
        LEDGER_WITNESS_LOGS: logsFile,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    let [heard, complained] = ['', ''];
    child.stderr.on('data', (bytes: Buffer) => (complained += bytes.toString()));
    this.said = await new Promise<readonly string[]>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the witness ended (${code}): ${complained}`)));
      child.stdout.on('data', (bytes: Buffer) => {
        heard += bytes.toString();
        const lines = /^Witness (\S+)\nListening on (\S+)\n/.exec(heard);
        if (lines !== null) resolve(lines);
      });
    });
    // Whoever knows its address finds it there again.
    this.port = new URL(this.url).port;
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
