import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '#kernel';
import { closedCursor, openCursor, pageOf } from './answers.ts';

const asOf = { leafIndex: null, at: null };

describe('a cursor', () => {
  test('comes back as it went out, whatever is inside', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (inside) => {
        const cursor = closedCursor(inside) ?? '';
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(openCursor({ cursor }, () => true)).toBe(inside);
      }),
    );
  });

  test.each(['', 'a', 'YQ==', 'YR', '!!'])('that was not given is refused: "%s"', (cursor) => {
    expect(() => openCursor({ cursor }, () => true)).toThrow(Refusal);
  });

  test('of another list is refused', () => {
    const cursor = closedCursor('deposited 0') ?? '';
    expect(() => openCursor({ cursor }, (opened) => opened === '0')).toThrow(Refusal);
  });
});

describe('pages of a list', () => {
  test('hold every item once and in order, for every size of page', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        (items, limit) => {
          const seen: string[] = [];
          let cursor: string | null = null;
          do {
            const request: { limit: string; cursor?: string } = { limit: String(limit) };
            if (cursor !== null) request.cursor = cursor;
            const page = pageOf(items, (item) => item, request, asOf);
            expect(page.items.length).toBeLessThanOrEqual(limit);
            seen.push(...page.items);
            cursor = page.nextCursor;
          } while (cursor !== null);
          expect(seen).toStrictEqual(items);
        },
      ),
    );
  });

  test('begin after an item that exists', () => {
    const cursor = closedCursor('gone') ?? '';
    expect(() => pageOf(['a'], (item) => item, { cursor }, asOf)).toThrow(Refusal);
  });
});
