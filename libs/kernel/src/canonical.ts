/**
 * The one place where JSON text is made. What is hashed or signed is the JSON Canonicalization
 * Scheme (RFC 8785); everything else goes through `jsonText`, so that a search for the built-in
 * function finds this file only.
 */

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const encoder = new TextEncoder();

/**
 * RFC 8785 text of a JSON value: members sorted by UTF-16 code units (section 3.2.3), numbers as
 * ECMAScript prints them (3.2.2.3), no white space. Members whose value is `undefined` are absent,
 * as they are in JSON. Throws a TypeError, naming the JSON pointer, for anything that is not JSON:
 * NaN and infinities, lone surrogates, functions, sparse arrays, class instances, cycles; and for what
 * is nested deeper than `levelsMax`, an object or array at the top being the first level.
 */
export function canonicalJson(value: unknown, levelsMax = Infinity): string {
  return write(value, [], levelsMax);
}

/** UTF-8 bytes of `canonicalJson`. */
export function canonicalBytes(value: unknown, levelsMax = Infinity): Uint8Array {
  return encoder.encode(canonicalJson(value, levelsMax));
}

/** JSON text that nobody hashes: logs, HTTP bodies, files for people. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent);
}

/**
 * Where the writer is: the containers it is in, and the key of each within the one above. Only a
 * fault needs the pointer in words, and every act of the ledger is written several times.
 */
type Place = { readonly container: object; key: string | number }[];

function write(value: unknown, place: Place, levelsMax: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, place);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw notJson(place, 'a number that is not finite');
      return JSON.stringify(value);
    case 'object':
      if (value === null) return 'null';
      if (place.length === levelsMax) throw notJson(place, `more than ${levelsMax} levels`);
      if (place.some(({ container }) => container === value)) throw notJson(place, 'a cycle');
      return Array.isArray(value)
        ? writeArray(value, place, levelsMax)
        : writeObject(value, place, levelsMax);
    default:
      throw notJson(place, typeof value);
  }
}

function writeArray(items: readonly unknown[], place: Place, levelsMax: number): string {
  const step = { container: items, key: 0 };
  place.push(step);
  let text = '[';
  for (let index = 0; index < items.length; index += 1) {
    step.key = index;
    text += `${index === 0 ? '' : ','}${write(items[index], place, levelsMax)}`;
  }
  place.pop();
  return `${text}]`;
}

function writeObject(object: object, place: Place, levelsMax: number): string {
  // A realm of its own (a test runner, a worker) has its own Object.prototype, hence the second look.
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw notJson(place, 'an instance of a class');
  }
  const members = object as Record<string, unknown>;
  const step = { container: object, key: '' };
  place.push(step);
  let text = '';
  // Array.prototype.sort without a comparator orders by UTF-16 code units, as RFC 8785 wants.
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member === undefined) continue;
    step.key = key;
    const written = write(member, place, levelsMax);
    text += `${text === '' ? '' : ','}${writeString(key, place)}:${written}`;
  }
  place.pop();
  return `{${text}}`;
}

/** Printable ASCII without the two characters that JSON escapes: most of what the ledger writes. */
const plainText = /^[ !#-[\]-~]*$/;

function writeString(text: string, place: Place): string {
  if (plainText.test(text)) return `"${text}"`;
  // JSON.stringify would write a lone surrogate as an escape; RFC 8785 section 3.2.2.2 refuses it.
  if (!text.isWellFormed()) throw notJson(place, 'a string with a lone surrogate');
  return JSON.stringify(text);
}

/** One reference token of a JSON pointer (RFC 6901 section 3). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function notJson(place: Place, found: string): TypeError {
  const pointer = place.map(({ key }) => `/${escapePointer(String(key))}`).join('');
  return new TypeError(`not JSON at "${pointer}": ${found}`);
}
