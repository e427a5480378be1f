import { canonicalJson, derivedUuid, digestOf } from '#kernel';
import type { Fact, Instant, Metadata } from '#kernel';
import type { NewEvent, Position } from '#event-store';

/**
 * Events of the log itself (CONTRACTS 2). Those of `log-keys` and `log-heads` are entries like any
 * others; those of `log-head` are not: they carry the compare-and-swap of the tree head.
 */
export const keysStream = 'log-keys';
export const headsStream = 'log-heads';
export const headStream = 'log-head';

/** The log was opened under this origin, with this key (in the form of a C2SP verifier key). */
export type LogOpened = Fact<'log.opened.v1', { readonly origin: string; readonly key: string }>;

/** From here on checkpoints are signed with this key as well. */
export type LogKeyAdded = Fact<'log.key-added.v1', { readonly key: string }>;

/** From here on checkpoints are no longer signed with this key; what it signed stays signed. */
export type LogKeyRetired = Fact<
  'log.key-retired.v1',
  { readonly key: string; readonly reason: string }
>;

/**
 * How far every stream had come when the log had `treeSize` entries: the RFC 6962 root over the
 * sorted `[stream, lastRevision]`. With it "these are all the acts on this figure" can be proven.
 */
export type HeadsRecorded = Fact<
  'log.heads-recorded.v1',
  { readonly treeSize: number; readonly root: string }
>;

export type LogFact = LogOpened | LogKeyAdded | LogKeyRetired | HeadsRecorded;

/** The tree as its one writer left it. Revision n of `log-head` is the n-th advance. */
export type HeadAdvanced = Fact<
  'log.head-advanced.v1',
  {
    readonly treeSize: number;
    /** Base64, as in a checkpoint. */
    readonly root: string;
    /** Of the last entry in `$all`, where the next reading begins. */
    readonly position: Position;
    /** The signed note: a head and its signature become durable in one append. */
    readonly checkpoint: string;
    readonly advancedAt: Instant;
  }
>;

/**
 * The machine's own act. No person stands behind it: who reads its actor finds the operator, who
 * runs the machine, and an id that belongs to nobody. Its ids follow from `parts`, so that the same
 * act, tried again, is the same event.
 */
export function machineEvent(
  fact: LogFact | HeadAdvanced,
  parts: readonly (string | number)[],
  { recordedAt, software }: { readonly recordedAt: Instant; readonly software: string },
): NewEvent {
  const commandId = derivedUuid(parts);
  const metadata: Metadata = {
    actor: {
      person: derivedUuid(['machine', 'log-head']),
      agency: 'log.machine',
      unit: 'log.machine',
      role: 'operator',
      actingFor: null,
    },
    commandId,
    requestDigest: digestOf(canonicalJson(fact.data)),
    correlationId: commandId,
    causationId: null,
    recordedAt,
    software,
    basis: [],
  };
  return { id: derivedUuid(['event', commandId, 0]), ...fact, metadata };
}
