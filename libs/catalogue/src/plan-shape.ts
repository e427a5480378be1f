import { isDigest, jsonText, parseDay, textFault } from '#kernel';
import type { Bilingual, Day, Digest, DocumentRef, SourceRef } from '#kernel';
import { documentKinds } from '#kernel';

/**
 * Reads JSON of unknown content into typed values, strictly: a member that is missing, unknown or
 * of another kind is a fault that names its field. Nothing is repaired and nothing is defaulted,
 * because a plan loaded in silence with a hole in it would bind agencies by a mistake of ours.
 */
export type Shape<T> = (value: unknown, field: string) => T;

/** What is wrong with one field; the reader of the file adds where the row is. */
export class FieldFault extends Error {
  readonly code: string;
  readonly field: string;

  constructor(code: string, field: string, expected: string, found: unknown) {
    super(`expected ${expected}; found ${found === undefined ? 'nothing' : shortText(found)}`);
    this.name = 'FieldFault';
    this.code = code;
    this.field = field;
  }
}

function shortText(found: unknown): string {
  const text = jsonText(found);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function invalid(field: string, expected: string, found: unknown): FieldFault {
  return new FieldFault('plan/field-invalid', field, expected, found);
}

/** Text in NFC without control characters, not empty, of at most `lengthMax` code units. */
export function text(lengthMax = 4000): Shape<string> {
  return (value, field) => {
    if (typeof value !== 'string') throw invalid(field, 'text', value);
    const fault = textFault(value, lengthMax, 'many');
    if (fault !== undefined) throw invalid(field, `text that is not ${fault}`, value);
    return value;
  };
}

/** A cell of the source that may be empty, which says something too. */
export function emptyOr(shape: Shape<string>): Shape<string> {
  return (value, field) => (value === '' ? '' : shape(value, field));
}

/** A name in one accepted form, told by the kernel's own reader of it. */
export function name(accepts: (value: string) => boolean, expected: string): Shape<string> {
  return (value, field) => {
    if (typeof value === 'string' && accepts(value)) return value;
    throw invalid(field, expected, value);
  };
}

export function oneOf<const T extends string>(choices: readonly T[]): Shape<T> {
  return (value, field) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw invalid(field, `one of ${choices.join(', ')}`, value);
    return found;
  };
}

export const yesOrNo: Shape<boolean> = (value, field) => {
  if (typeof value !== 'boolean') throw invalid(field, 'true or false', value);
  return value;
};

export const wholeNumber: Shape<number> = (value, field) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(field, 'a whole number', value);
};

export const dayText: Shape<Day> = (value, field) => {
  const found = parseDay(value);
  if (found === undefined) throw invalid(field, 'a day YYYY-MM-DD', value);
  return found;
};

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, field) => (value === null ? null : shape(value, field));
}

export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, field) => {
    if (!Array.isArray(value)) throw invalid(field, 'a list', value);
    return value.map((item: unknown, index) => shape(item, `${field}/${index}`));
  };
}

/** An object with exactly these members. */
export function recordOf<T extends object>(shapes: {
  readonly [K in keyof T]: Shape<T[K]>;
}): Shape<T> {
  return (value, field) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid(field, 'an object', value);
    }
    const found = value as Readonly<Record<string, unknown>>;
    const at = (member: string) => (field === '' ? member : `${field}/${member}`);
    for (const member of Object.keys(found)) {
      if (Object.hasOwn(shapes, member)) continue;
      const expected = `only ${Object.keys(shapes).join(', ')}`;
      throw new FieldFault('plan/field-unknown', at(member), expected, found[member]);
    }
    const read: Partial<T> = {};
    for (const member of Object.keys(shapes) as (keyof T & string)[]) {
      if (!Object.hasOwn(found, member)) {
        throw new FieldFault('plan/field-missing', at(member), 'a value', undefined);
      }
      read[member] = shapes[member](found[member], at(member));
    }
    return read as T;
  };
}

const digestText: Shape<Digest> = (value, field) => {
  if (!isDigest(value)) throw invalid(field, 'sha256:<64 hex digits>', value);
  return value;
};

export const bilingual = recordOf<Bilingual>({ vi: text(1000), en: nullable(text(1000)) });

export const sourceRef = recordOf<SourceRef>({
  file: text(200),
  line: nullable(wholeNumber),
  raw: text(),
});

export const documentRef = recordOf<DocumentRef>({
  kind: oneOf(documentKinds),
  number: nullable(text(100)),
  date: nullable(dayText),
  issuer: nullable(text(300)),
  title: text(1000),
  digest: nullable(digestText),
});
