import { isDigest } from '#kernel';
import type { Digest, Entry } from '#kernel';
import { DepositList } from './deposit-list.ts';
import { membersOf } from './entry-form.ts';
import type { Place } from './findings.ts';

/** What the entries of one person say of what the register holds. */
export type PersonClaim = {
  /** Every commitment to particulars, with the first entry that names it. */
  readonly commitments: Map<Digest, Place>;
  /** Of the particulars that are shown now: of the enrolment, or of the last renaming. */
  shown: Digest | undefined;
  /** The entry that says that contact data was erased. */
  erased: Place | undefined;
  /** Revision of the last entry; events behind it are not in the log yet. */
  last: number;
};

const personStream = 'person-';
const evidenceStream = 'evidence-';

/**
 * What the entries of a log say of things that lie outside it: files of evidence by their digest, and
 * names of people by commitments. `fsck` hands over each entry whose hash is that of the tree, and
 * settles it once the tree came to the signed root; until then nothing here is proven.
 */
export class LogClaims {
  readonly deposits = new DepositList();
  /** Entries of deposits that name no file, or no size. */
  readonly unusable: Place[] = [];
  /** By the person's id. */
  readonly people = new Map<string, PersonClaim>();
  /** Kind of the store that the last deposit went to, as in `folder`. */
  lastStore: string | undefined;
  private taken = 0;
  private settledAt: number | undefined;

  /** The next entry, at its leaf index. */
  take(entry: Entry, index: number): void {
    this.taken += 1;
    const { stream, revision, type } = entry;
    if (type.startsWith('evidence.deposited.')) {
      const { evidence, sizeBytes, blob } = membersOf(entry.data);
      const { store } = membersOf(blob);
      if (typeof store === 'string') this.lastStore = store;
      const isUsable =
        isDigest(evidence) &&
        Number.isSafeInteger(sizeBytes) &&
        (sizeBytes as number) >= 0 &&
        stream === streamOfEvidence(evidence);
      if (!isUsable) this.unusable.push({ index, stream, revision });
      else this.deposits.add(evidence, { index, revision, sizeBytes: sizeBytes as number });
    }
    if (!stream.startsWith(personStream)) return;
    const person = stream.slice(personStream.length);
    const claim = this.people.get(person) ?? nobody();
    this.people.set(person, claim);
    takeEvent(claim, entry, { index, stream, revision });
  }

  /** The tree of `size` entries has the signed root: what was taken is proven. */
  settle(size: number): void {
    this.settledAt = size;
  }

  get isProven(): boolean {
    return this.settledAt !== undefined;
  }

  /** Whether every entry was taken: only then is what none of them names named by none. */
  get isComplete(): boolean {
    return this.settledAt === this.taken;
  }
}

export function streamOfEvidence(evidence: Digest): string {
  return `${evidenceStream}${evidence.slice('sha256:'.length)}`;
}

export function streamOfPerson(person: string): string {
  return `${personStream}${person}`;
}

/** Of whom nothing is known yet. */
export function nobody(): PersonClaim {
  return { commitments: new Map(), shown: undefined, erased: undefined, last: -1 };
}

/**
 * Adds what an event of a person's stream says. Any of them may commit to particulars: an enrolment
 * and a renaming to those that are shown from then on, a grant to those that stand under its acts.
 */
export function takeEvent(claim: PersonClaim, { type, data, revision }: Entry, place: Place): void {
  claim.last = Math.max(claim.last, revision);
  const { commitment } = membersOf(data);
  if (isDigest(commitment)) {
    if (!claim.commitments.has(commitment)) claim.commitments.set(commitment, place);
    if (/^person\.(?:enrolled|renamed)\./.test(type)) claim.shown = commitment;
  }
  if (type.startsWith('person.erased.')) claim.erased ??= place;
}
