import type { Remark } from '#figures';
import type { Actor, Digest, DocumentRef, Instant } from '#kernel';
import type { Leaf } from './log-event.ts';

/** One act as a reader of a history wants it: when, who, what, why, and on what. */
export type HistoryItem = {
  readonly leafIndex: number;
  readonly at: Instant;
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  /** Digest of the entry: what a receipt proves, and a version's name if this act made one. */
  readonly digest: Digest;
  readonly who: Actor;
  /** Codes, numbers and days out of the event's data; what they mean depends on the type. */
  readonly what: Readonly<Record<string, unknown>>;
  readonly why: {
    readonly reason: string | null;
    readonly remarks: readonly Remark[];
    readonly documents: readonly DocumentRef[];
  };
  readonly evidence: readonly Digest[];
  /** For acts that make a version: from which leaf to before which it was the latest one. */
  readonly version: {
    readonly number: number;
    readonly from: number;
    readonly to: number | null;
  } | null;
  readonly correlationId: string;
};

export type HistoryPage = {
  readonly cursor?: string;
  readonly limit?: number;
  /** Oldest first unless told otherwise. */
  readonly order?: 'oldest' | 'newest';
};

/** `versionEnd`: the leaf at which the version that this act made was followed by the next. */
export function historyItem(
  leaf: Leaf,
  version: number | null,
  versionEnd: number | null,
): HistoryItem {
  const { leafIndex, id, stream, revision, type, digest, metadata } = leaf;
  const data = leaf.data as EventData;
  return {
    leafIndex,
    at: metadata.recordedAt,
    eventId: id,
    stream,
    revision,
    type,
    digest,
    who: metadata.actor,
    what: whatIn(data),
    why: {
      reason: data.reason ?? data.why ?? data.text ?? data.note ?? null,
      remarks: data.remarks ?? [],
      documents: [data.document, data.conclusion, data.acceptance, data.legalBasis].filter(
        (document) => document !== undefined && document !== null,
      ),
    },
    evidence: evidenceIn(data),
    version: version === null ? null : { number: version, from: leafIndex, to: versionEnd },
    correlationId: metadata.correlationId,
  };
}

/** Members that events of several kinds share; each event has some of them. */
type EventData = Readonly<Record<string, unknown>> & {
  readonly reason?: string;
  readonly why?: string;
  readonly text?: string;
  readonly note?: string | null;
  readonly remarks?: readonly Remark[];
  readonly document?: DocumentRef | null;
  readonly conclusion?: DocumentRef;
  readonly acceptance?: DocumentRef | null;
  readonly legalBasis?: DocumentRef;
  readonly evidence?: Digest | readonly { readonly evidence: Digest | null }[];
  readonly paper?: { readonly evidence: Digest } | null;
  readonly due?: unknown;
};

const told = new Set(['reason', 'why', 'text', 'note', 'remarks', 'evidence']);

/**
 * Members with plain values and lists of them, and the reading of the date: enough to say in one
 * line what was done. The whole event is one request away, by its receipt.
 */
function whatIn(data: EventData): Readonly<Record<string, unknown>> {
  const plain = (value: unknown) => value === null || typeof value !== 'object';
  return Object.fromEntries(
    Object.entries(data).filter(([name, value]) => {
      if (told.has(name)) return false;
      return (
        name === 'due' ||
        name === 'definition' ||
        plain(value) ||
        (Array.isArray(value) && value.every(plain))
      );
    }),
  );
}

function evidenceIn({ evidence, paper, document, conclusion, acceptance }: EventData): Digest[] {
  const linked =
    typeof evidence === 'string' ? [evidence] : (evidence ?? []).map((link) => link.evidence);
  const papers = [document, conclusion, acceptance].map((paperRef) => paperRef?.digest ?? null);
  const found = [...linked, paper?.evidence ?? null, ...papers];
  return [...new Set(found.filter((digest) => digest !== null))];
}
