import { canonicalBytes, digestOf } from '#kernel';
import type { Digest, Entry } from '#kernel';
import { messageOf } from './evidence-comparison.ts';
import { FindingList } from './findings.ts';
import type { Place } from './findings.ts';
import { nobody, streamOfPerson, takeEvent } from './log-claims.ts';
import type { LogClaims, PersonClaim } from './log-claims.ts';

type Particulars = { readonly name: string; readonly position: string; readonly agency: string };

/** A row that says what one commitment commits to. */
export type ParticularsRow = Particulars & {
  readonly commitment: string;
  readonly person: string;
  /** 64 lower-case hex digits. */
  readonly salt: string;
  /** False until an event is known to hold it. */
  readonly settled: boolean;
};

/** A row that says how a person is shown now. */
export type PersonRow = Particulars & {
  readonly person: string;
  /** False until the person's enrolment is known to be an event. */
  readonly recorded: boolean;
  /** Whether e-mail or telephone number are there. */
  readonly hasContact: boolean;
  readonly isErased: boolean;
};

/** A register of persons, row by row. Whatever it throws means that it could not be looked at. */
export type RegisterRows = {
  particulars(): AsyncIterable<ParticularsRow>;
  persons(): AsyncIterable<PersonRow>;
  /** The stream of a person in the event store, where events wait that the log has not taken up. */
  eventsOf(person: string): AsyncIterable<Entry>;
};

export type RegisterComparisonOptions = {
  readonly claims: LogClaims;
  readonly rows: RegisterRows;
};

/**
 * Holds the register of persons against the proven entries: every commitment has a row whose salt and
 * particulars give it, what is shown of a person is what was committed to last, and no row is there
 * that no event names. Findings name people by their ids; no name or salt leaves the register.
 */
export async function compareWithRegister(
  options: RegisterComparisonOptions,
): Promise<FindingList> {
  const comparison = new RegisterComparison(options);
  try {
    for await (const row of options.rows.particulars()) await comparison.takeParticulars(row);
    for await (const row of options.rows.persons()) await comparison.takePerson(row);
    comparison.finish();
  } catch (error) {
    comparison.findings.add('register/unusable', { detail: messageOf(error) });
  }
  return comparison.findings;
}

class RegisterComparison {
  readonly findings = new FindingList();
  private readonly claims: LogClaims;
  private readonly rows: RegisterRows;
  /** What opens each person's commitments; undefined where a row is there that does not. */
  private readonly salts = new Map<string, string | undefined>();
  /** Rows whose act the register has not been told the outcome of: at most those of a crash. */
  private readonly unsettled = new Set<string>();

  constructor({ claims, rows }: RegisterComparisonOptions) {
    this.claims = claims;
    this.rows = rows;
  }

  async takeParticulars(row: ParticularsRow): Promise<void> {
    const { commitment, person, settled } = row;
    const stream = streamOfPerson(person);
    const place = this.claims.people.get(person)?.commitments.get(commitment as Digest);
    const made = commitmentOf(row.salt, row);
    this.salts.set(keyOf(person, commitment), made === commitment ? row.salt : undefined);
    if (!settled) this.unsettled.add(keyOf(person, commitment));
    if (made !== commitment) {
      const where = place ?? { stream };
      this.findings.add('register/differs', { ...where, expected: commitment, found: made });
      return;
    }
    if (place !== undefined) return;
    const later = await this.laterOf(person);
    if (later.commitments.has(commitment as Digest)) {
      this.findings.add('register/behind-log', { stream, found: commitment });
    } else if (!settled) {
      this.findings.add('register/unsettled', { stream, found: commitment });
    } else if (this.claims.isComplete) {
      this.findings.add('register/unrecorded', { stream, found: commitment });
    }
  }

  async takePerson(row: PersonRow): Promise<void> {
    const { person } = row;
    const claim = this.claims.people.get(person);
    if (claim === undefined) {
      await this.judgeUnknown(row);
      return;
    }
    this.judgeErasure(row, claim, await this.laterWhere(row.isErased && !claim.erased, person));
    const { shown } = claim;
    const isShown = (commitment: Digest) => {
      const salt = this.salts.get(keyOf(person, commitment));
      return salt !== undefined && commitmentOf(salt, row) === commitment;
    };
    if (shown === undefined || isShown(shown)) return;
    const later = await this.laterOf(person);
    const place = { ...claim.commitments.get(shown), expected: shown };
    if (later.shown !== undefined && isShown(later.shown)) {
      this.findings.add('register/behind-log', { ...place, found: later.shown });
      return;
    }
    const former = [...claim.commitments.keys()].find(isShown);
    if (former !== undefined) {
      // One transaction settles a row and shows it.
      const isPending = this.unsettled.has(keyOf(person, shown));
      const code = isPending ? 'register/shown-outdated' : 'register/shown-differs';
      this.findings.add(code, { ...place, found: former });
    } else if (this.salts.get(keyOf(person, shown)) !== undefined) {
      this.findings.add('register/shown-differs', place);
    }
    // Without what opens the commitment nothing can be held against it, and that is told already.
  }

  /** After the last row: which commitments have none. */
  finish(): void {
    for (const [person, { commitments }] of this.claims.people) {
      for (const [commitment, place] of commitments) {
        if (this.salts.has(keyOf(person, commitment))) continue;
        this.findings.add('register/missing', { ...place, expected: commitment });
      }
    }
  }

  private async judgeUnknown({ person, recorded }: PersonRow): Promise<void> {
    const stream = streamOfPerson(person);
    const { last } = await this.laterOf(person);
    if (last >= 0) this.findings.add('register/behind-log', { stream });
    else if (!recorded) this.findings.add('register/unsettled', { stream });
    else if (this.claims.isComplete) this.findings.add('register/unrecorded', { stream });
  }

  private judgeErasure(
    { person, hasContact, isErased }: PersonRow,
    { erased }: PersonClaim,
    later: PersonClaim,
  ): void {
    const place: Place = erased ?? { stream: streamOfPerson(person) };
    if (erased !== undefined) {
      const isDone = isErased && !hasContact;
      this.findings.add(isDone ? 'register/contact-erased' : 'register/contact-kept', place);
    } else if (isErased && later.erased !== undefined) {
      this.findings.add('register/behind-log', place);
    } else if (isErased && this.claims.isComplete) {
      this.findings.add('register/erasure-unrecorded', place);
    }
  }

  private laterWhere(isNeeded: boolean, person: string): Promise<PersonClaim> {
    return isNeeded ? this.laterOf(person) : Promise.resolve(nobody());
  }

  /** What the event store has of a person behind the log. Whether that may be there is judged there. */
  private async laterOf(person: string): Promise<PersonClaim> {
    const last = this.claims.people.get(person)?.last ?? -1;
    const later = nobody();
    for await (const event of this.rows.eventsOf(person)) {
      if (event.revision > last) takeEvent(later, event, {});
    }
    return later;
  }
}

/**
 * SHA-256 over the 32 bytes of the salt and the canonical bytes of exactly {agency, name, position}
 * (docs/formats/shapes.md), as whoever checks a name makes it. A salt of another form, or a text with
 * no canonical form, gives what no event commits to.
 */
function commitmentOf(salt: string, { name, position, agency }: Particulars): Digest {
  const pairs = /^[0-9a-f]{64}$/.test(salt) ? (salt.match(/../g) ?? []) : [];
  try {
    const content = canonicalBytes({ name, position, agency });
    const bytes = new Uint8Array(pairs.length + content.length);
    bytes.set(
      pairs.map(
        (pair) => hexDigits.indexOf(pair.charAt(0)) * 16 + hexDigits.indexOf(pair.charAt(1)),
      ),
    );
    bytes.set(content, pairs.length);
    return digestOf(bytes);
  } catch {
    return digestOf(new Uint8Array(0));
  }
}

function keyOf(person: string, commitment: string): string {
  return `${person} ${commitment}`;
}

const hexDigits = '0123456789abcdef';
