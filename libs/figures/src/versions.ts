import type {
  Actor,
  AgencyId,
  Day,
  Digest,
  DocumentRef,
  Fact,
  Instant,
  PaperArrival,
  Recorded,
} from '#kernel';
import type { Hand } from './contexts.ts';
import { refuse } from './refusals.ts';
import type { Subject } from './refusals.ts';
import type {
  AnsweredDefinition,
  CitedSession,
  Remark,
  SignatureForm,
  Statement,
} from './statement.ts';

/**
 * Versions, as figures and parts have them in common. A version is never edited: what happens to
 * it is written beside it, and the whole history stays, because separation of duties is checked
 * against the history and not against today's role list.
 */

export type Endorsement = {
  readonly by: Actor;
  readonly revision: number;
  readonly signature: SignatureForm;
  /** Taken back before verification. The hand was there all the same. */
  readonly withdrawn: boolean;
  /** Set where it came on paper and was typed in. */
  readonly paper?: PaperArrival;
};

/**
 * A head's word that the version, as it stands, answers a later definition too. The version states
 * what it stated; only what it counts as an answer to has grown.
 */
export type ReEndorsement = Omit<Endorsement, 'withdrawn'> & {
  readonly definition: AnsweredDefinition;
  /** Every agency whose head must say so before it counts: this one, and those of a joint lead. */
  readonly parties: readonly AgencyId[];
  /** Taken back together with the endorsement it followed. */
  readonly withdrawn: boolean;
};

/** Verified (figure) or accepted (part). */
export type Approval = {
  readonly by: Actor;
  readonly revision: number;
  readonly at: Instant;
  readonly paper?: PaperArrival;
};

export type Return = {
  readonly by: Actor;
  readonly revision: number;
  readonly remarks: readonly Remark[];
  readonly lastDay: Day;
  readonly paper?: PaperArrival;
  /** Set where a review body returned it, by a session. */
  readonly reviewBody?: CitedSession;
  /** Set where the committee returned it, by a document. */
  readonly document?: DocumentRef;
};

export type Version<S extends Statement = Statement> = {
  readonly statement: S;
  /** Who handed it in, in the capacity of that day. */
  readonly by: Actor;
  readonly recordedAt: Instant;
  /** Digest of the event that made it: the version's name for everybody else (CONTRACTS 2). */
  readonly digest: Digest;
  readonly revision: number;
  readonly reason: string | null;
  /** The version it was handed in instead of; null for first hand-ins. */
  readonly replaces: number | null;
  readonly endorsements: readonly Endorsement[];
  /** Absent where no edition ever asked for one. */
  readonly reEndorsements?: readonly ReEndorsement[];
  readonly approval: Approval | null;
  readonly returned: Return | null;
  readonly withdrawn: boolean;
};

/** The part of a state that both kinds share. Version n stands at index n - 1. */
export type Versioned<S extends Statement = Statement> = {
  readonly versions: readonly Version<S>[];
  /** Number of the last approved version; it stays in force until a later one is approved. */
  readonly inForce: number | null;
};

export function versionNumbered<S extends Statement>(
  { versions }: Versioned<S>,
  number: number | null,
): Version<S> | undefined {
  return number === null ? undefined : versions[number - 1];
}

/**
 * The version that acts are about: the last one, or, when that was withdrawn, the one in force.
 * Undefined when nothing stands.
 */
export function presentVersion<S extends Statement>(of: Versioned<S>): Version<S> | undefined {
  const last = of.versions.at(-1);
  return last?.withdrawn === true ? versionNumbered(of, of.inForce) : last;
}

/**
 * The version an approving act names, which must be the present one: an approval binds one
 * version's digest, and a new version starts the chain again.
 */
export function versionToApprove<S extends Statement>(
  subject: Subject,
  of: Versioned<S>,
  number: number,
): Version<S> {
  const present = presentVersion(of) ?? of.versions.at(-1);
  const latest = present?.statement.version ?? 0;
  const version = versionNumbered(of, number);
  if (version === undefined) {
    throw refuse(`${subject}/no-such-version`, { pointer: '/version', latest });
  }
  if (number !== latest) {
    throw refuse(`${subject}/version-superseded`, { pointer: '/version', latest });
  }
  return version;
}

/** Everybody with a hand in a version: handed it in, or endorsed it, even if only for a while. */
export function handsIn({ by, endorsements, reEndorsements = [] }: Version): Hand[] {
  return [by, ...[...endorsements, ...reEndorsements].map((endorsement) => endorsement.by)].map(
    ({ person, agency, unit }) => ({ person, agency, unit }),
  );
}

/** Endorsements that stand. */
export function standing({ endorsements }: Version): readonly Endorsement[] {
  return endorsements.filter(({ withdrawn }) => !withdrawn);
}

type Asked = { readonly edition: string; readonly definition: { readonly revision: number } };
type Same = (definition: AnsweredDefinition) => boolean;

const asks =
  ({ edition, definition: { revision } }: Asked): Same =>
  (answered) =>
    answered.edition === edition && answered.revision === revision;

/**
 * True when the round asks by another definition than the present version answers. DOMAIN: when a
 * round moves to a new edition, changed indicators need a new endorsement; once every lead's head
 * has given one, the version answers the new definition too. The revision counts within an edition,
 * so an unchanged one keeps both.
 */
export function answersOlderDefinition(version: Version, asked: Asked): boolean {
  if (asks(asked)(version.statement.definition)) return false;
  const agencies = reEndorsedFor(version, asked).map(({ by }) => by.agency);
  const last = reEndorsedFor(version, asked).at(-1);
  return last === undefined || last.parties.some((agency) => !agencies.includes(agency));
}

/** Re-endorsements for the definition asked now, which stand. */
export function reEndorsedFor(
  { reEndorsements = [] }: Version,
  asked: Asked,
): readonly ReEndorsement[] {
  return reEndorsements.filter(
    ({ definition, withdrawn }) => !withdrawn && asks(asked)(definition),
  );
}

type Handed = Recorded<Fact<string, Statement & { reason?: string; replaces?: number }>>;

/** A version as the event that hands it in makes it. */
export function versionFrom<S extends Statement>(event: Handed, statement: S): Version<S> {
  return {
    statement,
    by: event.metadata.actor,
    recordedAt: event.metadata.recordedAt,
    digest: event.digest,
    revision: event.revision,
    reason: event.data.reason ?? null,
    replaces: event.data.replaces ?? null,
    endorsements: [],
    approval: null,
    returned: null,
    withdrawn: false,
  };
}

type About = { readonly version: number };
type Marked<D> = Recorded<Fact<string, About & D>>;
type Transcribed = { readonly paper?: PaperArrival };

function paperIn({ paper }: Transcribed): Transcribed {
  return paper === undefined ? {} : { paper };
}

/** Anything about the version that counts was typed in from paper; the mark stays for ever. */
export function isTranscribed(version: Version): boolean {
  const { statement, approval, returned: sentBack } = version;
  return (
    statement.paper !== null ||
    standing(version).some(({ paper }) => paper !== undefined) ||
    approval?.paper !== undefined ||
    sentBack?.paper !== undefined
  );
}

/** The versions with one of them changed. */
function change<S extends Statement>(
  versions: readonly Version<S>[],
  number: number,
  changed: (version: Version<S>) => Partial<Version<S>>,
): Version<S>[] {
  return versions.map((version) =>
    version.statement.version === number ? { ...version, ...changed(version) } : version,
  );
}

export function endorsed<S extends Statement>(
  versions: readonly Version<S>[],
  { data, metadata, revision }: Marked<{ signature: SignatureForm } & Transcribed>,
): Version<S>[] {
  const { actor: by } = metadata;
  const { signature } = data;
  const endorsement = { by, revision, signature, withdrawn: false, ...paperIn(data) };
  return change(versions, data.version, ({ endorsements }) => ({
    endorsements: [...endorsements, endorsement],
  }));
}

export function endorsementWithdrawn<S extends Statement>(
  versions: readonly Version<S>[],
  { data, metadata }: Marked<unknown>,
): Version<S>[] {
  const takenBack = <E extends Endorsement>(endorsement: E): E =>
    endorsement.by.person === metadata.actor.person
      ? { ...endorsement, withdrawn: true }
      : endorsement;
  return change(versions, data.version, ({ endorsements, reEndorsements }) => ({
    endorsements: endorsements.map(takenBack),
    ...(reEndorsements && { reEndorsements: reEndorsements.map(takenBack) }),
  }));
}

export function reEndorsed<S extends Statement>(
  versions: readonly Version<S>[],
  {
    data,
    metadata,
    revision,
  }: Marked<
    {
      readonly definition: AnsweredDefinition;
      readonly signature: SignatureForm;
      readonly parties: readonly AgencyId[];
    } & Transcribed
  >,
): Version<S>[] {
  const { actor: by } = metadata;
  const { definition, signature, parties } = data;
  const said = { by, revision, definition, signature, parties, withdrawn: false, ...paperIn(data) };
  return change(versions, data.version, ({ reEndorsements = [] }) => ({
    reEndorsements: [...reEndorsements, said],
  }));
}

export function approved<S extends Statement>(
  versions: readonly Version<S>[],
  { data, metadata, revision }: Marked<Transcribed>,
): Version<S>[] {
  const at = metadata.recordedAt;
  const approval = { by: metadata.actor, revision, at, ...paperIn(data) };
  return change(versions, data.version, () => ({ approval }));
}

export function returned<S extends Statement>(
  versions: readonly Version<S>[],
  { data, metadata, revision }: Marked<Omit<Return, 'by' | 'revision'>>,
): Version<S>[] {
  const { remarks, lastDay, reviewBody, document } = data;
  const what = {
    by: metadata.actor,
    revision,
    remarks,
    lastDay,
    ...paperIn(data),
    ...(reviewBody && { reviewBody }),
    ...(document && { document }),
  };
  return change(versions, data.version, () => ({ returned: what }));
}

export function withdrawn<S extends Statement>(
  versions: readonly Version<S>[],
  { data }: Marked<unknown>,
): Version<S>[] {
  return change(versions, data.version, () => ({ withdrawn: true }));
}
