import { findingTexts } from './finding-texts.ts';
import type { FindingCode, Severity } from './finding-texts.ts';

/** Where something was found and what should have been there. Absent members do not apply. */
export type Place = {
  /** Leaf index of an entry, 0-based. */
  readonly index?: number;
  /** Below the log's prefix, as in `tile/0/000.p/7`. */
  readonly path?: string;
  readonly stream?: string;
  readonly revision?: number;
  /** Hashes of the tree in base64, digests of entries as `sha256:...`, else plain words. */
  readonly expected?: string;
  readonly found?: string;
  readonly detail?: string;
};

export type Finding = Place & {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly say: { readonly vi: string; readonly en: string };
};

/** `sound-unanchored`: sound by keys that came from the log itself (CONTRACTS 8). */
export type Verdict = 'sound' | 'sound-unanchored' | 'unsound' | 'unknown';

/** CONTRACTS 6: 0 sound, 1 unsound, 2 could not tell. */
export const exitCodeOf: Readonly<Record<Verdict, 0 | 1 | 2>> = {
  sound: 0,
  'sound-unanchored': 0,
  unsound: 1,
  unknown: 2,
};

export function finding(code: FindingCode, place: Place = {}): Finding {
  const { severity, vi, en } = findingTexts[code];
  return { code, severity, say: { vi, en }, ...place };
}

/**
 * What a judge found, in the order found. Every finding counts; at most `keptMax` of each severity
 * are kept, so that a log that is wrong everywhere takes no more memory than one that is not. The bad
 * entry with the lowest index is always known.
 */
export class FindingList {
  private readonly kept: Finding[] = [];
  private readonly countOf = new Map<FindingCode, number>();
  private readonly keptOf: Record<Severity, number> = { fault: 0, unknown: 0, note: 0 };
  private readonly totals: Record<Severity, number> = { fault: 0, unknown: 0, note: 0 };
  private lowest: Finding | undefined;
  private readonly keptMax: number;

  constructor(keptMax = 1_000) {
    this.keptMax = keptMax;
  }

  add(code: FindingCode, place: Place = {}): void {
    this.take(finding(code, place));
  }

  take(one: Finding): void {
    const { code, severity, index } = one;
    this.totals[severity] += 1;
    this.countOf.set(code, (this.countOf.get(code) ?? 0) + 1);
    if (severity === 'fault' && index !== undefined && index < (this.lowest?.index ?? Infinity)) {
      this.lowest = one;
    }
    if (this.keptOf[severity] >= this.keptMax) return;
    this.keptOf[severity] += 1;
    this.kept.push(one);
  }

  get findings(): readonly Finding[] {
    return this.kept;
  }

  /** The fault that names the entry with the lowest index, kept even where the list is full. */
  get firstBadEntry(): Finding | undefined {
    return this.lowest;
  }

  count(severity: Severity): number {
    return this.totals[severity];
  }

  /** How often each code was found, the ones not kept included. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.countOf].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A fault outweighs what could not be told: nothing more has to be known. */
  verdict(anchored: boolean): Verdict {
    if (this.totals.fault > 0) return 'unsound';
    if (this.totals.unknown > 0) return 'unknown';
    return anchored ? 'sound' : 'sound-unanchored';
  }
}
