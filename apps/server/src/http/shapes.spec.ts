import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as shapes from './shapes.ts';
import type { Shape } from './shapes.ts';

/** What OpenAPI shows of a field and what the server takes are two texts; they must not drift. */
const ofText: readonly (readonly [string, Shape])[] = [
  ...Object.entries(shapes).flatMap(([name, shape]) =>
    isShape(shape) ? [[name, shape] as const] : [],
  ),
  ['text', shapes.text(40)],
  ['quotation', shapes.quotation(40)],
  ['line', shapes.line(40)],
];

function isShape(value: unknown): value is Shape {
  return typeof value === 'object' && (value as Shape).schema['type'] === 'string';
}

/** As far as these schemas go: forms that a pattern states, lengths in code points, choices. */
function fits({ schema }: Shape, value: string): boolean {
  const { pattern, maxLength, minLength, enum: choices, anyOf } = schema;
  if (Array.isArray(anyOf)) {
    return anyOf.some((one: { pattern?: string }) => matches(one.pattern ?? dateTime, value));
  }
  const length = [...value].length;
  return (
    (typeof pattern !== 'string' || matches(pattern, value)) &&
    (typeof maxLength !== 'number' || length <= maxLength) &&
    (typeof minLength !== 'number' || length >= minLength) &&
    (!Array.isArray(choices) || choices.includes(value))
  );
}

const matches = (pattern: string, value: string) => new RegExp(pattern, 'u').test(value);
const dateTime = '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:]{8}(\\.[0-9]+)?([Zz]|[+-][0-9:]{5})$';

/** Near misses: the example with one place changed, and whatever chance makes. */
const texts = ({ schema }: Shape) => {
  const example = String(schema['example']);
  const odd = fc.constantFrom(
    '',
    ' ',
    '\n',
    '\t',
    '\u0000',
    '\u0085',
    '-',
    '.',
    '0',
    'é',
    '😀',
    '@',
    '\u00ad',
    '\u200b',
    '\u202e',
    '\ufeff',
  );
  return fc.oneof(
    fc.tuple(fc.nat({ max: example.length }), fc.nat({ max: 2 }), odd).map(([at, cut, with_]) => {
      return example.slice(0, at) + with_ + example.slice(at + cut);
    }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.nat().map((length) => '9'.repeat(length % 50)),
    fc.tuple(odd, fc.nat({ max: 60 })).map(([one, times]) => one.repeat(times)),
  );
};

describe('a shape', () => {
  test.each(ofText)('%s takes its own example', (_, shape) => {
    const { example } = shape.schema;
    expect([example, shape.test(example), fits(shape, String(example))]).toStrictEqual([
      example,
      true,
      true,
    ]);
  });

  test.each(ofText)('%s takes nothing that its schema forbids', (name, shape) => {
    fc.assert(
      fc.property(texts(shape), (value) => {
        if (shape.test(value))
          expect([name, value, fits(shape, value)]).toEqual([name, value, true]);
      }),
    );
  });

  /** A day that does not exist and a text that is not NFC have the right form all the same. */
  const unstated = ['dayText', 'asOfText', 'login', 'text', 'quotation', 'line'];
  test.each(ofText.filter(([name]) => !unstated.includes(name)))(
    '%s takes whatever its schema allows',
    (name, shape) => {
      fc.assert(
        fc.property(texts(shape), (value) => {
          if (fits(shape, value)) {
            expect([name, value, shape.test(value)]).toEqual([name, value, true]);
          }
        }),
      );
    },
  );

  test('of text takes every character that its schema allows, in normalisation form C', () => {
    for (const shape of [shapes.text(40), shapes.line(40), shapes.quotation(40), shapes.login]) {
      fc.assert(
        fc.property(texts(shape), (made) => {
          const value = made.normalize('NFC');
          expect([value, shape.test(value)]).toEqual([value, fits(shape, value)]);
        }),
      );
    }
  });
});
