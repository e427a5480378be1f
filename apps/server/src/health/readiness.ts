import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { BlobStoreUnavailable } from '#evidence';
import { PoisonEvent } from '#read-models/node';
import { logHealth } from '../log/log-health.ts';
import type { Parts } from '../parts.ts';
import type { SecurityLog } from '../security/security-log.ts';

export type PartReport = {
  readonly name:
    'event-store' | 'read-models' | 'database' | 'evidence' | 'log' | 'security-log' | 'server';
  readonly ready: boolean;
  /** Why not, in one sentence without addresses or paths; null when ready. */
  readonly reason: string | null;
  /** What somebody should look at although the part does its work. */
  readonly warning?: string;
  readonly details?: Readonly<Record<string, unknown>>;
};

export type Report = { readonly ready: boolean; readonly parts: readonly PartReport[] };

/** How long a part may take to say that it is well. */
const patienceMs = 3_000;

/**
 * Asks every part, each time: an answer from memory is how a dead store stays green. Ready means
 * that a write would be recorded and a read would be up to date.
 */
@Injectable()
export class Readiness {
  private readonly parts: Parts;
  private readonly securityLog: SecurityLog;
  private isStopping = false;

  constructor(parts: Parts, securityLog: SecurityLog) {
    this.parts = parts;
    this.securityLog = securityLog;
  }

  /** From now on not ready, whatever the parts say: whoever balances the load sends no more. */
  stop(): void {
    this.isStopping = true;
  }

  get stopping(): boolean {
    return this.isStopping;
  }

  async report(): Promise<Report> {
    const { store, database, blobs } = this.parts;
    const parts = await Promise.all([
      asked('event-store', () => store.ping(), 'the event store does not answer'),
      asked('database', () => sql`select 1`.execute(database.db), 'the database does not answer', {
        engine: database.kind,
      }),
      asked('evidence', () => blobs.ping(), evidenceReason, { store: blobs.kind }),
    ]);
    const readModels = await this.readModelsReport();
    const own = [this.ownReport(), ...parts, readModels, await this.logReport()];
    const all = [...own, this.securityLogReport()];
    return { ready: all.every(({ ready }) => ready), parts: all };
  }

  private ownReport(): PartReport {
    const reason = this.isStopping ? 'the server is stopping' : null;
    return { name: 'server', ready: !this.isStopping, reason };
  }

  /**
   * Only what keeps the ledger itself from signing, or from showing what it signed, is red; a missing
   * quorum is a warning.
   */
  private async logReport(): Promise<PartReport> {
    const { ledgerLog, unlogged, clock } = this.parts;
    // Looked at now: what lies in the checkpoint's place may have been put there since.
    await asked('log', () => ledgerLog.checkpoint(), '');
    const { ready, reason, warning, figures } = logHealth(ledgerLog, unlogged, clock);
    const { lagSeconds, checkpointAgeSeconds: age, ...details } = figures;
    return {
      name: 'log',
      ready,
      reason,
      ...(warning !== null && { warning }),
      details: {
        ...details,
        lagSeconds: Math.floor(lagSeconds),
        checkpointAgeSeconds: age === null ? null : Math.floor(age),
      },
    };
  }

  /** Asking is trying: once there is room again the log goes on without anybody's help. */
  private securityLogReport(): PartReport {
    const ready = this.securityLog.tryToWrite();
    const reason = ready ? null : 'the security log cannot be written';
    return { name: 'security-log', ready, reason };
  }

  /** A standby answers reads from what another server writes; its position is the database's. */
  private async readModelsReport(): Promise<PartReport> {
    const { projector } = this.parts;
    const status = await projector.look().catch(() => projector.status());
    const { state, caughtUp, leafIndex, lastError } = status;
    const ready = state === 'standby' || (state === 'running' && caughtUp);
    const reasons: Readonly<Record<typeof state, string>> = {
      stopped: 'the read models are not followed',
      starting: 'the read models are catching up',
      running: 'the read models are catching up',
      standby: 'another worker follows the event store for the read models',
      waiting: 'the read models wait for the event store or the database',
      failed: 'an event cannot be projected; somebody has to look',
    };
    return {
      name: 'read-models',
      ready,
      reason: ready ? null : reasons[state],
      details: { state, leafIndex, ...(lastError instanceof PoisonEvent && culprit(lastError)) },
    };
  }
}

function culprit({ stream, revision, eventType }: PoisonEvent): PartReport['details'] {
  return { event: { stream, revision, type: eventType } };
}

/** A full store is a matter of room, for which an operator looks elsewhere than for a dead one. */
function evidenceReason(error: unknown): string {
  const isFull = error instanceof BlobStoreUnavailable && error.reason === 'full';
  return isFull ? 'the evidence store is full' : 'the evidence store takes nothing';
}

async function asked(
  name: PartReport['name'],
  question: () => Promise<unknown>,
  reason: string | ((error: unknown) => string),
  details?: PartReport['details'],
): Promise<PartReport> {
  const known = details === undefined ? {} : { details };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), patienceMs);
  });
  try {
    await Promise.race([question(), late]);
    return { name, ready: true, reason: null, ...known };
  } catch (error) {
    const said = typeof reason === 'string' ? reason : reason(error);
    return { name, ready: false, reason: said, ...known };
  } finally {
    clearTimeout(timer);
  }
}
