import { canonicalJson, entryBytesMax, entryLevelsMax, isAgencyId, isDigest } from '#kernel';
import { isLogged, isStreamName, isUnitId, isUuid, parseInstant, roles } from '#kernel';
import type { Entry } from '#kernel';
import { textOf } from '#tlog';
import { finding } from './findings.ts';
import type { Finding } from './findings.ts';
import { isNestedDeeper, jsonFaultOf } from './json-faults.ts';

/** An entry as it was read, and what is wrong with its form. Undefined where nothing can be read. */
export type ReadEntry = {
  readonly entry: Entry | undefined;
  readonly findings: readonly Finding[];
};

/**
 * Reads one entry by itself (CONTRACTS 2): UTF-8, JSON in canonical form (RFC 8785) of exactly six
 * members, all texts NFC, all numbers whole and below 2^53. Never throws. Findings have no position;
 * stream and revision are added where they could be read.
 */
export function readEntry(bytes: Uint8Array): ReadEntry {
  if (bytes.length > entryBytesMax) return unreadable('entry/too-long', `${bytes.length} bytes`);
  const text = textOf(bytes);
  if (text === undefined) return unreadable('entry/not-utf8');
  // Before it is parsed: no reader need call itself further than this to know.
  if (isNestedDeeper(text, entryLevelsMax)) return unreadable('entry/too-deep');
  let value: unknown;
  let canonical: string;
  try {
    value = JSON.parse(text) as unknown;
    canonical = canonicalJson(value);
  } catch (error) {
    // Either it is no JSON, or it has an escaped lone surrogate or a number beyond all bounds,
    // for which there is no canonical form.
    return unreadable('entry/not-json', error instanceof Error ? error.message : undefined);
  }
  const findings: Finding[] = [];
  if (canonical !== text) {
    const { kind, at } = jsonFaultOf(text, canonical);
    findings.push(finding(`entry/${kind}`, { detail: `at character ${at}` }));
  }
  if (!isAscii(text, bytes) && !isNormalized(text, value)) findings.push(finding('entry/not-nfc'));
  const unwhole = unwholeNumber(value, text);
  if (unwhole !== undefined) findings.push(finding('entry/number-not-whole', { detail: unwhole }));
  const shape = shapeFault(value);
  if (shape !== undefined) findings.push(finding('entry/shape', { detail: shape }));
  const entry = isEntryLike(value) ? value : undefined;
  if (entry !== undefined && !isLogged(entry.stream)) {
    findings.push(finding('entry/stream-not-logged'));
  }
  if (entry === undefined || findings.length === 0) return { entry, findings };
  const { stream, revision } = entry;
  return { entry, findings: findings.map((one) => ({ ...one, stream, revision })) };
}

function unreadable(
  code: 'entry/too-long' | 'entry/too-deep' | 'entry/not-utf8' | 'entry/not-json',
  detail?: string,
): ReadEntry {
  return {
    entry: undefined,
    findings: [finding(code, detail === undefined ? {} : { detail })],
  };
}

/** As many units as bytes: every character took one. */
function isAscii(text: string, bytes: Uint8Array): boolean {
  return text.length === bytes.length;
}

/**
 * Whether each text is in NFC, names of members included. The whole in NFC has no other parts; a
 * whole that is not may still consist of such: in `\\n` before a combining mark, the mark composes
 * with the letter of the escape, but follows a line feed in the text that is meant.
 */
function isNormalized(text: string, value: unknown): boolean {
  if (text.normalize('NFC') === text) return true;
  for (const one of partsOf(value)) {
    const texts = isObject(one) ? Object.keys(one) : [one];
    if (texts.some((each) => typeof each === 'string' && each.normalize('NFC') !== each)) {
      return false;
    }
  }
  return true;
}

/** The value and all that is in it; does not call itself, so no depth overruns it. */
function* partsOf(value: unknown): Generator<unknown> {
  const all = [value];
  // What is pushed is walked as well.
  for (const one of all) {
    yield one;
    if (typeof one === 'object' && one !== null) all.push(...(Object.values(one) as unknown[]));
  }
}

/** A fraction or an exponent is all that makes a JSON number not whole; most texts have neither. */
const suspicious = /[0-9][.eE]|[0-9]{16}/;

function unwholeNumber(value: unknown, text: string): string | undefined {
  if (!suspicious.test(text)) return undefined;
  for (const one of partsOf(value)) {
    if (typeof one === 'number' && !Number.isSafeInteger(one)) return String(one);
  }
  return undefined;
}

/** Enough of an entry to be followed: which stream, which revision, when. */
function isEntryLike(value: unknown): value is Entry {
  if (!isObject(value)) return false;
  const { stream, revision, type, id, metadata } = value;
  return (
    typeof stream === 'string' &&
    (stream === '' || isStreamName(stream)) &&
    Number.isSafeInteger(revision) &&
    typeof type === 'string' &&
    typeof id === 'string' &&
    isObject(metadata) &&
    isObject(metadata['actor']) &&
    typeof metadata['recordedAt'] === 'string' &&
    Array.isArray(metadata['basis']) &&
    metadata['basis'].every(isBasis)
  );
}

type Members = Readonly<Record<string, (value: unknown) => boolean>>;

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isUuidText = (value: unknown) => typeof value === 'string' && isUuid(value);
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime = (value: unknown) => parseInstant(value) !== undefined;
const orNull = (is: (value: unknown) => boolean) => (value: unknown) => value === null || is(value);

const actorMembers: Members = {
  person: isUuidText,
  agency: (value) => typeof value === 'string' && isAgencyId(value),
  unit: (value) => typeof value === 'string' && isUnitId(value),
  role: (value) => (roles as readonly unknown[]).includes(value),
  actingFor: orNull(isUuidText),
};
const isStream = (value: unknown) => typeof value === 'string' && isStreamName(value);
const basisMembers: Members = { stream: isStream, revision: isCount };
const metadataMembers: Members = {
  actor: (value) => faultyMember(value, actorMembers) === undefined,
  basis: isBasisList,
  causationId: orNull(isText),
  commandId: isUuidText,
  correlationId: isText,
  recordedAt: isTime,
  requestDigest: isDigest,
  software: isText,
};
const entryMembers: Members = {
  data: (value) => isObject(value),
  id: isUuidText,
  metadata: (value) => faultyMember(value, metadataMembers) === undefined,
  revision: isCount,
  stream: isStream,
  type: (value) => typeof value === 'string' && /^[a-z-]+(?:\.[a-z-]+)+\.v[1-9][0-9]*$/.test(value),
};

function isBasis(value: unknown): boolean {
  return faultyMember(value, basisMembers) === undefined;
}

/** Each stream once: two revisions of one would let the reader choose. */
function isBasisList(value: unknown): boolean {
  if (!Array.isArray(value) || !value.every(isBasis)) return false;
  const streams = value.map(({ stream }: { readonly stream: string }) => stream);
  return new Set(streams).size === streams.length;
}

/** The members of an event's data; none where it is no object, which its shape already says. */
export function membersOf(data: unknown): Readonly<Record<string, unknown>> {
  return isObject(data) ? data : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member that is missing, superfluous or of another form; undefined if all is right. */
function faultyMember(value: unknown, members: Members): string | undefined {
  if (!isObject(value)) return 'not an object';
  let count = 0;
  for (const name in members) {
    if (!Object.hasOwn(value, name) || members[name]?.(value[name]) !== true) return name;
    count += 1;
  }
  const names = Object.keys(value);
  return names.length === count ? undefined : names.find((name) => !Object.hasOwn(members, name));
}

function shapeFault(value: unknown): string | undefined {
  const member = faultyMember(value, entryMembers);
  if (member !== 'metadata') return member;
  const { metadata } = value as Record<string, unknown>;
  return isObject(metadata) ? `metadata.${faultyMember(metadata, metadataMembers)}` : member;
}
