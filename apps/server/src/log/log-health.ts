import { epochMs } from '#kernel';
import type { Clock } from '#kernel';
import { LogRefused } from '#transparency';
import type { PublisherStatus } from '#transparency';
import type { Backlog } from '../metrics/backlog.ts';
import type { LedgerLog, LedgerLogStatus } from './ledger-log.ts';

/** How the log does, in the figures that operators watch. Sizes are numbers of entries. */
export type LogFigures = {
  readonly state: LedgerLogStatus['state'];
  readonly headSize: number;
  readonly publishedSize: number;
  /** Acts of this server that are not under the head, and how long the oldest has waited. */
  readonly lagEntries: number;
  readonly lagSeconds: number;
  /** Since the last checkpoint was published; null before the first one. */
  readonly checkpointAgeSeconds: number | null;
  readonly quorum: PublisherStatus['quorum'];
  readonly witnesses: PublisherStatus['witnesses'];
};

export type LogHealth = {
  readonly ready: boolean;
  readonly reason: string | null;
  readonly warning: string | null;
  readonly figures: LogFigures;
};

/** An act that is not under a signed head after this long is one that no receipt will cover soon. */
export const lagSecondsMax = 60;

/** Asks the log and what waits for it; nothing here waits for anything. */
export function logHealth(
  log: Pick<LedgerLog, 'status'>,
  unlogged: Pick<Backlog, 'report'>,
  clock: Clock,
): LogHealth {
  const status = log.status();
  const { state, head, publishing } = status;
  const { eventCount, oldestAtMs } = unlogged.report();
  const lagSeconds = oldestAtMs === null ? 0 : (performance.now() - oldestAtMs) / 1000;
  const published = publishing?.published;
  // Of a checkpoint from before this start only its head is known to the second.
  const isOfHead = published !== undefined && published.treeSize === head?.treeSize;
  const publishedAt = published?.publishedAt ?? (isOfHead ? head.advancedAt : null);
  const figures: LogFigures = {
    state: isForked(publishing) ? 'failed' : state,
    headSize: head?.treeSize ?? 0,
    publishedSize: published?.treeSize ?? 0,
    lagEntries: eventCount,
    lagSeconds,
    checkpointAgeSeconds:
      publishedAt === null ? null : (epochMs(clock.now()) - epochMs(publishedAt)) / 1000,
    quorum: publishing?.quorum ?? 'missing',
    witnesses: publishing?.witnesses ?? [],
  };
  const reason = isForked(publishing) ? forked : reasonOf(status, lagSeconds);
  return { ready: reason === null, reason, warning: warningOf(publishing), figures };
}

const forked = 'what is published is not of this log; somebody has to look';

/** Somebody else signs with this log's key, or publishes another history in its place. */
function isForked(publishing: PublisherStatus | undefined): boolean {
  const error = publishing?.lastError;
  return error instanceof LogRefused && error.code === 'log/head-forked';
}

/**
 * Red only for what keeps the ledger itself from signing, or from showing what it signed: witnesses
 * are others' machines.
 */
function reasonOf(
  { state, checkpointFault }: Pick<LedgerLogStatus, 'state' | 'checkpointFault'>,
  lagSeconds: number,
): string | null {
  switch (state) {
    case 'failed':
      return 'the log cannot go on; somebody has to look';
    case 'starting':
    case 'waiting':
      return 'the log waits for its store or for the event store';
    case 'stopped':
      return 'the log does not grow';
    case 'running':
      return lagSeconds > lagSecondsMax
        ? 'the signed head lags behind what was recorded'
        : checkpointFault;
  }
}

function warningOf(publishing: PublisherStatus | undefined): string | null {
  if (publishing === undefined) return null;
  if (publishing.quorum === 'missing') return 'checkpoints wait for the cosignatures of witnesses';
  return publishing.lastError === null ? null : 'the last checkpoint could not be published';
}
