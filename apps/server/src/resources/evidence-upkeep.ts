import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Uploads } from '#evidence';
import type { BlobInterference } from '#evidence';
import { InterferenceWatch } from '#evidence/nest';
import type { Digest } from '#kernel';
import type { Interferences } from '../parts.ts';
import { interferences } from '../tokens.ts';

/** How often uploads that nobody deposited are looked for. */
const sweepEveryMs = 60 * 60 * 1000;

/**
 * What the ledger does about evidence without being asked: uploads that waited too long are removed,
 * and what somebody laid over stored bytes becomes an event. Nothing waits for either.
 */
@Injectable()
export class EvidenceUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly uploads: Uploads;
  private readonly watch: InterferenceWatch;
  private readonly met: Interferences;
  private readonly log = new Logger('Evidence');
  private timer: NodeJS.Timeout | undefined;
  /** Under way now; a stop waits for them, or they would meet parts that are closed. */
  private readonly running = new Set<Promise<void>>();

  constructor(
    uploads: Uploads,
    watch: InterferenceWatch,
    @Inject(interferences) met: Interferences,
  ) {
    this.uploads = uploads;
    this.watch = watch;
    this.met = met;
  }

  onApplicationBootstrap(): void {
    this.met.listener = (evidence, found) => this.run(() => this.notice(evidence, found));
    this.run(() => this.sweep());
    this.timer = setInterval(() => this.run(() => this.sweep()), sweepEveryMs);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.met.listener = () => undefined;
    await this.settled();
  }

  /** Resolves when nothing that was begun is under way any more. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  async sweep(): Promise<void> {
    const gone = await this.uploads.sweep();
    for (const { agency, digest, since } of gone) {
      this.log.warn(`${digest} of ${agency}, uploaded ${since}, was never deposited: removed`);
    }
  }

  private async notice(evidence: Digest, found: readonly BlobInterference[]): Promise<void> {
    await this.watch.note(evidence, found);
  }

  private run(act: () => Promise<void>): void {
    // What fails here is met again: at the next sweep, at the next look at the same bytes.
    const run = act().catch((error: unknown) => this.log.error(error));
    this.running.add(run);
    void run.finally(() => this.running.delete(run));
  }
}
