import { escapePointer } from '#kernel';
import type { Json } from '#kernel';
import { jsonFaultAt, utf8FaultAt } from './json-fault.ts';
import { refuseRequest } from './refusals.ts';

/**
 * Reads JSON that will be recorded and hashed, so stricter than the language does. RFC 8259 leaves
 * open what a repeated member means, and readers differ: what one person signs must not be read
 * otherwise by the next. Numbers are whole and in their shortest form, because a figure is a
 * string; text is NFC or refused, never repaired (CONTRACTS 1).
 */
export const bodyBytesMax = 1024 * 1024;
export const depthMax = 16;
/** The largest request there is has a few dozen members in an object, and lists of 500. */
export const membersMax = 64;
export const itemsMax = 1_000;
/** Of the whole body, however they are nested: 100 cross-checks of 40 terms have 13,000. */
export const valuesMax = 20_000;
/**
 * Marks on one letter. Putting such a sequence in order takes time that grows with its square;
 * Unicode's own Stream-Safe Text Format draws the line at 30 (UAX #15, section 13).
 */
const endlessMarks = /\p{M}{31}/u;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Names that every object has already. Libraries look members up by name, and some take what an
 * object inherits for a member of the class: an unknown `toString` would be dropped, not refused.
 */
const forbiddenKeys = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype']);

export function isForbiddenKey(key: string): boolean {
  return forbiddenKeys.has(key);
}

/** The value in the bytes. Throws a Refusal whose pointer names the first offending place. */
export function readJson(bytes: Uint8Array): Json {
  const text = decode(bytes);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw malformed(jsonFaultAt(text), text);
  }
  // Counts before anything else looks: whatever comes after costs time for each value.
  scan(text);
  checkText(value, '');
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    const offset = utf8FaultAt(bytes);
    throw refuseRequest('request/malformed-json', offset === undefined ? {} : { offset });
  }
}

/** The place in bytes, because whoever sent it has bytes. */
function malformed(at: number | undefined, text: string): Error {
  const offset = at === undefined ? undefined : Buffer.byteLength(text.slice(0, at));
  return refuseRequest('request/malformed-json', offset === undefined ? {} : { offset });
}

type Level = { readonly keys: Set<string> | null; index: number; key: string };

const token = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[{}[\],:]/gy;
const skipped = /[^"{}[\],:0-9-]*/y;

/**
 * A second look at a text that is known to be JSON: the parser has already thrown away repeated
 * members and the spelling of numbers. Works on tokens, keeps one set of names for each open
 * object, and never recurses, so no input can exhaust the stack.
 */
function scan(text: string): void {
  const levels: Level[] = [];
  let at = 0;
  let separators = 0;
  let awaitsKey = false;
  while (at < text.length) {
    skipped.lastIndex = at;
    skipped.exec(text);
    at = skipped.lastIndex;
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    if (found === undefined) return;
    at = token.lastIndex;
    const level = levels.at(-1);
    if (separators > valuesMax) throw tooMany([], valuesMax);
    if (found === '{' || found === '[') {
      if (levels.length === depthMax) {
        throw refuseRequest('request/too-deep', { pointer: pointerTo(levels), depthMax });
      }
      levels.push({ keys: found === '{' ? new Set() : null, index: 0, key: '' });
      separators += 1;
      awaitsKey = found === '{';
    } else if (found === '}' || found === ']') {
      levels.pop();
      awaitsKey = false;
    } else if (found === ',') {
      if (level) takePlace(level, levels);
      separators += 1;
      awaitsKey = level?.keys != null;
    } else if (found.startsWith('"')) {
      if (awaitsKey && level) takeKey(JSON.parse(found) as string, level, levels);
      awaitsKey = false;
    } else if (found !== ':') {
      checkNumber(found, levels);
    }
  }
}

/** One more value in an object or a list. */
function takePlace(level: Level, levels: readonly Level[]): void {
  const countMax = level.keys === null ? itemsMax : membersMax;
  level.index += 1;
  if (level.index >= countMax) throw tooMany(levels.slice(0, -1), countMax);
}

function tooMany(levels: readonly Level[], countMax: number): Error {
  return refuseRequest('request/too-many-values', { pointer: pointerTo(levels), countMax });
}

function takeKey(key: string, level: Level, levels: readonly Level[]): void {
  const isRepeated = level.keys?.has(key);
  level.key = key;
  if (isRepeated) throw refuseRequest('request/duplicate-key', { pointer: pointerTo(levels) });
  if (forbiddenKeys.has(key)) {
    throw refuseRequest('request/forbidden-key', { pointer: pointerTo(levels) });
  }
  level.keys?.add(key);
}

function checkNumber(text: string, levels: readonly Level[]): void {
  const isWhole = /^(?:0|-?[1-9][0-9]{0,15})$/.test(text);
  if (!isWhole || !Number.isSafeInteger(JSON.parse(text))) {
    throw refuseRequest('request/not-an-integer', { pointer: pointerTo(levels) });
  }
}

function pointerTo(levels: readonly Level[]): string {
  return levels
    .map(({ keys, key, index }) => `/${keys === null ? index : escapePointer(key)}`)
    .join('');
}

/** Depth is bounded by `scan`, which ran before. */
function checkText(value: Json, pointer: string): void {
  if (typeof value === 'string') {
    if (endlessMarks.test(value)) throw refuseRequest('request/too-many-marks', { pointer });
    if (!value.isWellFormed() || value.normalize('NFC') !== value) {
      throw refuseRequest('request/not-nfc', { pointer });
    }
  } else if (Array.isArray(value)) {
    value.forEach((item: Json, index) => checkText(item, `${pointer}/${index}`));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      const at = `${pointer}/${escapePointer(key)}`;
      checkText(key, at);
      checkText(member, at);
    }
  }
}
