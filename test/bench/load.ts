import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { atEnd } from './endings.ts';
import type { Job, Outcome } from './load-generator.ts';

/** The load generator's process, started once and used for every round. */
export class Load {
  private readonly child: ChildProcess;

  constructor() {
    this.child = fork(join(import.meta.dirname, 'load-generator.ts'), {
      serialization: 'advanced',
    });
    atEnd(() => this.end());
  }

  /** Fires the shots, so many at a time, and answers when all were answered with 201. */
  async run(job: Job): Promise<Outcome> {
    this.child.send(job);
    const [answer] = (await once(this.child, 'message')) as [Answered];
    if (answer.outcome === undefined) throw new Error(answer.fault);
    return answer.outcome;
  }

  private async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill();
    await ended;
  }
}

type Answered = { readonly outcome?: Outcome; readonly fault?: string };
