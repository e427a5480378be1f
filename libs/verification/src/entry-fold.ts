import { isUuid, parseInstant } from '#kernel';
import type { Entry } from '#kernel';
import { base64 } from '#tlog';
import { membersOf, readEntry } from './entry-form.ts';
import type { FindingList, Place } from './findings.ts';
import { IdSet } from './id-set.ts';
import { LogKeyFold } from './log-keys.ts';
import { RecentStreams, rootOfHeads } from './stream-heads.ts';

/** What is kept of a stream: as much as its next entry is held against. */
type StreamState = {
  readonly number: number;
  revision: number;
  recordedAt: string;
  /** How many gaps the log had when it was last seen: across one, anything may have happened. */
  gaps: number;
};

const headsStream = 'log-heads';

/**
 * Folds the entries in their order and holds each against those before it. Memory grows with the
 * number of streams, and by an id for each entry (see {@link IdSet}).
 */
export class EntryFold {
  readonly keys = new LogKeyFold();
  private readonly findings: FindingList;
  private readonly streams = new Map<string, StreamState>();
  private readonly names: string[] = [];
  private readonly recent: RecentStreams;
  private readonly ids = new IdSet();
  private gaps = 0;
  private last: Entry | undefined;

  /** `reach`: so many entries back a record of heads can still be made again. */
  constructor(findings: FindingList, reach = 65_536) {
    this.findings = findings;
    this.recent = new RecentStreams(reach);
  }

  get streamCount(): number {
    return this.streams.size;
  }

  /** The entry that was folded last; undefined where nothing could be read. */
  get folded(): Entry | undefined {
    return this.last;
  }

  /** The entries of a stretch could not be read: what follows is not held against them. */
  skip(): void {
    this.gaps += 1;
  }

  /**
   * The next entry. Answers a promise only for the few that need one, so that the many cost none.
   */
  fold(bytes: Uint8Array, index: number): Promise<void> | undefined {
    const { entry, findings } = readEntry(bytes);
    for (const one of findings) this.findings.take({ ...one, index });
    this.last = entry;
    if (entry === undefined) {
      this.skip();
      return undefined;
    }
    const { stream, revision } = entry;
    const place: Place = { index, stream, revision };
    this.followStream(entry, place);
    // What is no UUID was reported as that, and is nobody's twin.
    if (isUuid(entry.id) && !this.ids.add(entry.id)) {
      this.findings.add('entry/id-twice', { ...place, found: entry.id });
    }
    for (const basis of entry.metadata.basis) {
      const known = this.streams.get(basis.stream);
      if (this.gaps > 0 && (known?.gaps ?? -1) < this.gaps) continue;
      if (basis.stream === stream || basis.revision > (known?.revision ?? -1)) {
        const detail = `${basis.stream} revision ${basis.revision}`;
        this.findings.add('entry/basis-unknown', { ...place, detail });
      }
    }
    this.keys.fold(entry, index, this.findings);
    return this.checkHeads(entry, place);
  }

  private followStream({ stream, revision, metadata }: Entry, place: Place): void {
    // A time of another form was reported; it says nothing about before and after.
    const recordedAt = parseInstant(metadata.recordedAt) ?? '';
    const known = this.streams.get(stream);
    if (known === undefined) {
      const number = this.names.push(stream) - 1;
      this.streams.set(stream, { number, revision, recordedAt, gaps: this.gaps });
      this.recent.note(number);
      if (revision !== 0 && this.gaps === 0) {
        this.findings.add('entry/revision-not-dense', { ...place, expected: '0' });
      }
      return;
    }
    const next = known.revision + 1;
    const isNext = known.gaps === this.gaps ? revision === next : revision >= next;
    if (!isNext) {
      const expected = String(next);
      this.findings.add('entry/revision-not-dense', {
        ...place,
        expected,
        found: String(revision),
      });
    }
    if (recordedAt !== '') {
      if (recordedAt < known.recordedAt) {
        const { recordedAt: expected } = known;
        this.findings.add('entry/time-backwards', { ...place, expected, found: recordedAt });
      }
      known.recordedAt = recordedAt;
    }
    known.revision = Math.max(known.revision, revision);
    known.gaps = this.gaps;
    this.recent.note(known.number);
  }

  /** `log.heads-recorded.v1`: the root over the last revisions at the size that it names. */
  private checkHeads(entry: Entry, place: Place): Promise<void> | undefined {
    const isRecord = entry.type === 'log.heads-recorded.v1';
    if (entry.stream !== headsStream && !isRecord) return undefined;
    const { treeSize, root } = membersOf(entry.data);
    const index = place.index as number;
    const isOrderly =
      isRecord &&
      entry.stream === headsStream &&
      typeof root === 'string' &&
      Number.isSafeInteger(treeSize) &&
      (treeSize as number) >= 1 &&
      (treeSize as number) <= index;
    if (!isOrderly) {
      this.findings.add('log/heads-event', { ...place, detail: entry.type });
      return undefined;
    }
    // How far the streams had come is not known behind a gap; the gap was reported.
    if (this.gaps > 0) return undefined;
    const heads = this.headsAt(treeSize as number);
    if (heads === undefined) {
      this.findings.add('log/heads-too-old', { ...place, detail: `size ${String(treeSize)}` });
      return undefined;
    }
    return rootOfHeads(heads).then((made) => {
      const expected = base64(made);
      if (expected === root) return;
      this.findings.add('log/heads-differ', { ...place, expected, found: root });
    });
  }

  private headsAt(size: number): readonly (readonly [string, number])[] | undefined {
    const since = this.recent.since(size);
    if (since === undefined) return undefined;
    return [...this.streams].flatMap(([name, { number, revision }]) => {
      const then = revision - (since.get(number) ?? 0);
      return then < 0 ? [] : [[name, then] as const];
    });
  }
}
