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
 * NaN and infinities, lone surrogates, functions, sparse arrays, class instances, cycles.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '', []);
}

/** UTF-8 bytes of `canonicalJson`. */
export function canonicalBytes(value: unknown): Uint8Array {
  return encoder.encode(canonicalJson(value));
}

/** JSON text that nobody hashes: logs, HTTP bodies, files for people. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent);
}

function write(value: unknown, pointer: string, parents: readonly object[]): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, pointer);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw notJson(pointer, 'a number that is not finite');
      return JSON.stringify(value);
    case 'object':
      if (value === null) return 'null';
      if (parents.includes(value)) throw notJson(pointer, 'a cycle');
      return Array.isArray(value)
        ? writeArray(value, pointer, [...parents, value])
        : writeObject(value, pointer, [...parents, value]);
    default:
      throw notJson(pointer, typeof value);
  }
}

function writeArray(
  items: readonly unknown[],
  pointer: string,
  parents: readonly object[],
): string {
  const parts: string[] = [];
  for (let index = 0; index < items.length; index += 1) {
    parts.push(write(items[index], `${pointer}/${index}`, parents));
  }
  return `[${parts.join(',')}]`;
}

function writeObject(object: object, pointer: string, parents: readonly object[]): string {
  // A realm of its own (a test runner, a worker) has its own Object.prototype, hence the second look.
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw notJson(pointer, 'an instance of a class');
  }
  const members = object as Record<string, unknown>;
  const parts: string[] = [];
  // Array.prototype.sort without a comparator orders by UTF-16 code units, as RFC 8785 wants.
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member === undefined) continue;
    const at = `${pointer}/${escapePointer(key)}`;
    parts.push(`${writeString(key, at)}:${write(member, at, parents)}`);
  }
  return `{${parts.join(',')}}`;
}

function writeString(text: string, pointer: string): string {
  // JSON.stringify would write a lone surrogate as an escape; RFC 8785 section 3.2.2.2 refuses it.
  if (!text.isWellFormed()) throw notJson(pointer, 'a string with a lone surrogate');
  return JSON.stringify(text);
}

/** One reference token of a JSON pointer (RFC 6901 section 3). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function notJson(pointer: string, found: string): TypeError {
  return new TypeError(`not JSON at "${pointer}": ${found}`);
}
