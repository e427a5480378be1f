import { isRecordedLate, isTranscribed } from '#figures';
import type { Statement, Version, VersionKind } from '#figures';
import { dayInVietnam } from '#kernel';
import type { Actor, Day, Digest, Instant } from '#kernel';

/**
 * What rows of figures and of parts have in common: bounded views of a history of versions that
 * may be as long as it likes.
 */

/** The shape of a version that the views need; both contexts' versions have it. */
export type SomeVersion = {
  readonly statement: Statement;
  readonly by: Actor;
  readonly recordedAt: Instant;
  readonly digest: Digest;
  readonly endorsements: readonly {
    readonly by: Actor;
    readonly signature: { readonly form: string };
    readonly withdrawn: boolean;
  }[];
  readonly returned: { readonly lastDay: Day } | null;
  readonly withdrawn: boolean;
};

/**
 * A version as rows keep it: all that was done to it, and of its statement only what lists ask for.
 * The statement itself stands in the leaf of the act that made it, and is read from there: an
 * endorsement must not copy two kilobytes of values into the next row.
 */
export type Kept<V extends SomeVersion> = Omit<V, 'statement'> & {
  readonly statement: Pick<Statement, 'version' | 'kind' | 'status'>;
};

export function kept<V extends SomeVersion>(version: V): Kept<V> {
  const { version: number, kind, status } = version.statement;
  return { ...version, statement: { version: number, kind, status } };
}

/** What rows of figures and parts keep of their versions. */
export type KeptVersions<V> = {
  /** The version that acts are about; null where nothing stands. */
  readonly present: V | null;
  /** Number of the last verified or accepted version: what a snapshot holds. */
  readonly inForce: number | null;
  /** The version in force where it is not the present one. */
  readonly inForceBehind: V | null;
  /** Numbers of the latest versions handed in after the one in force and not withdrawn. */
  readonly pending: readonly number[];
};

/** Most numbers of pending versions that a row names; there is hardly ever more than one. */
const pendingMax = 20;

export function keptVersions<V extends SomeVersion>(
  versions: readonly V[],
  present: V | undefined,
  inForce: number | null,
): KeptVersions<Kept<V>> {
  const inForceVersion = inForce === null ? undefined : versions[inForce - 1];
  const behind = inForceVersion === present ? undefined : inForceVersion;
  return {
    present: present === undefined ? null : kept(present),
    inForce,
    inForceBehind: behind === undefined ? null : kept(behind),
    pending: versions
      .slice(inForce ?? 0)
      .filter(({ withdrawn }) => !withdrawn)
      .map(({ statement }) => statement.version)
      .slice(-pendingMax),
  };
}

/** The version in force, wherever the row keeps it. */
export function inForceOf<V>({ present, inForce, inForceBehind }: KeptVersions<V>): V | null {
  return inForce === null ? null : (inForceBehind ?? present);
}

/**
 * What handing in amounted to so far. Lateness of the first hand-in stands apart from that of later
 * ones, and of the kinds of version only `correction` counts against an agency (DOMAIN, Words).
 */
export type HandIns = {
  readonly versions: number;
  /** Null before anything was handed in; `late` null where no date had been decided. */
  readonly first: {
    /** The day it counts as handed in: of a paper, the day it is said to have arrived. */
    readonly handedInOn: Day | null;
    /** The day it was recorded, whatever the paper says. */
    readonly recordedOn: Day;
    readonly lastDay: Day | null;
    readonly late: boolean | null;
  } | null;
  /** Hand-ins after the first that missed their own date: that of a return or of an order. */
  readonly laterLate: number;
  readonly returned: number;
  readonly byKind: Readonly<Record<VersionKind, number>>;
  readonly transcribed: number;
};

/** Counted over the whole history, the withdrawn versions too: they were handed in all the same. */
export function handInsOf(versions: readonly SomeVersion[]): HandIns {
  const byKind = { first: 0, resubmission: 0, update: 0, correction: 0 };
  let [laterLate, returned, transcribed] = [0, 0, 0];
  for (const [index, version] of versions.entries()) {
    const { kind, due, paper } = version.statement;
    byKind[kind] += 1;
    if (index > 0 && due?.late === true) laterLate += 1;
    if (version.returned !== null) returned += 1;
    if (paper !== null) transcribed += 1;
  }
  return {
    versions: versions.length,
    first: firstOf(versions[0]),
    laterLate,
    returned,
    byKind,
    transcribed,
  };
}

function firstOf(version: SomeVersion | undefined): HandIns['first'] {
  if (version === undefined) return null;
  const { due } = version.statement;
  const recordedOn = dayInVietnam(version.recordedAt);
  return due === null
    ? { handedInOn: null, recordedOn, lastDay: null, late: null }
    : { handedInOn: due.handedInOn, recordedOn, lastDay: due.lastDay, late: due.late };
}

/** Marks that follow from a version alone (DOMAIN, A figure's life, Marks). */
export const versionMarks = [
  'provisional',
  'late',
  'transcribed',
  'recorded-late',
  'endorsed-by-deputy',
  'evidence-referenced-only',
] as const;
export type StatementMark = (typeof versionMarks)[number];

export function statementMarks(version: SomeVersion & Version): StatementMark[] {
  const { statement, endorsements } = version;
  const { status, due, evidence } = statement;
  const standing = endorsements.filter(({ withdrawn }) => !withdrawn);
  const isReferencedOnly = evidence.length > 0 && evidence.every((link) => link.evidence === null);
  const holds: Record<StatementMark, boolean> = {
    provisional: status === 'P',
    late: due?.late === true,
    transcribed: isTranscribed(version),
    'recorded-late': isRecordedLate(version),
    'endorsed-by-deputy': standing.some(({ signature }) => signature.form !== 'head'),
    'evidence-referenced-only': isReferencedOnly,
  };
  return versionMarks.filter((mark) => holds[mark]);
}
