import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { manualClock, notBefore, systemClock } from './clock.ts';
import {
  addDays,
  day,
  dayInVietnam,
  endOfDayInVietnam,
  epochMs,
  instantFromMs,
  isWithin,
  lastDayBefore,
  lastDayOfQuarter,
  parseDay,
  parseInstant,
  readRfc3339,
} from './period.ts';
import type { Instant } from './period.ts';

const instant = (text: string) => parseInstant(text)!;

/** Days from 1900 to 2200, as the number of days since 1970-01-01. */
const days = fc
  .integer({ min: -25_567, max: 84_006 })
  .map((count) => addDays(day('1970-01-01'), count));
const instants = fc.integer({ min: -2_208_988_800_000, max: 7_258_118_399_999 }).map(instantFromMs);

describe('days', () => {
  test.each(['2026-01-01', '2026-12-31', '2024-02-29', '2000-02-29', '1975-04-30'])(
    '%s exists',
    (text) => {
      expect(parseDay(text)).toBe(text);
      expect(day(text)).toBe(text);
    },
  );

  test.each([
    '2026-02-29',
    '2026-02-30',
    '1900-02-29',
    '2100-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '26-01-01',
    '2026/01/01',
    '2026-01-01T00:00:00.000Z',
    ' 2026-01-01',
    '2026-01-01\n',
    '',
    '２026-01-01',
  ])('%j does not', (text) => {
    expect(parseDay(text)).toBeUndefined();
    expect(() => day(text)).toThrow(TypeError);
  });

  test('are counted over months, years and leap days', () => {
    expect(addDays(day('2024-02-28'), 1)).toBe('2024-02-29');
    expect(addDays(day('2024-02-28'), 2)).toBe('2024-03-01');
    expect(addDays(day('2026-02-28'), 1)).toBe('2026-03-01');
    expect(addDays(day('2026-01-01'), -1)).toBe('2025-12-31');
    expect(addDays(day('2026-01-01'), 365)).toBe('2027-01-01');
    expect(lastDayBefore(day('2024-03-01'))).toBe('2024-02-29');
  });

  test('counting there and back ends where it began, and later is greater as text', () => {
    fc.assert(
      fc.property(days, fc.integer({ min: 1, max: 5000 }), (from, count) => {
        const later = addDays(from, count);
        expect(parseDay(later)).toBe(later);
        expect(addDays(later, -count)).toBe(from);
        expect(later > from).toBe(true);
      }),
    );
  });

  test('quarters end where the calendar says', () => {
    const ends = ([1, 2, 3, 4] as const).map((quarter) => lastDayOfQuarter(2026, quarter));
    expect(ends).toStrictEqual(['2026-03-31', '2026-06-30', '2026-09-30', '2026-12-31']);
    for (const end of ends) expect(addDays(end, 1).endsWith('-01')).toBe(true);
  });

  test('a period includes both of its ends, and has none where `to` is null', () => {
    const period = { from: day('2026-01-01'), to: day('2026-06-30') };
    expect(
      ['2025-12-31', '2026-01-01', '2026-06-30', '2026-07-01'].map((on) =>
        isWithin(day(on), period),
      ),
    ).toStrictEqual([false, true, true, false]);
    expect(isWithin(day('9999-12-31'), { from: day('2026-01-01'), to: null })).toBe(true);
    expect(isWithin(day('2025-12-31'), { from: day('2026-01-01'), to: null })).toBe(false);
  });
});

describe('days in Vietnam, +07:00', () => {
  test.each([
    ['2026-06-30T16:59:59.999Z', '2026-06-30'],
    ['2026-06-30T17:00:00.000Z', '2026-07-01'],
    ['2025-12-31T16:59:59.999Z', '2025-12-31'],
    ['2025-12-31T17:00:00.000Z', '2026-01-01'],
    ['2024-02-28T17:00:00.000Z', '2024-02-29'],
    ['2024-02-29T17:00:00.000Z', '2024-03-01'],
    ['2026-07-01T00:00:00.000Z', '2026-07-01'],
  ])('at %s it is %s', (at, on) => {
    expect(dayInVietnam(instant(at))).toBe(on);
  });

  test('the end of a day is its last millisecond', () => {
    expect(endOfDayInVietnam(day('2026-06-30'))).toBe('2026-06-30T16:59:59.999Z');
    fc.assert(
      fc.property(days, (on) => {
        const end = endOfDayInVietnam(on);
        expect(dayInVietnam(end)).toBe(on);
        expect(dayInVietnam(instantFromMs(epochMs(end) + 1))).toBe(addDays(on, 1));
      }),
    );
  });
});

describe('instants', () => {
  test('order as text is order in time, and milliseconds go there and back', () => {
    fc.assert(
      fc.property(instants, instants, (one, other) => {
        expect(parseInstant(one)).toBe(one);
        expect(instantFromMs(epochMs(one))).toBe(one);
        expect(one < other).toBe(epochMs(one) < epochMs(other));
      }),
    );
  });

  test.each([
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00.00Z',
    '2026-01-01T00:00:00.0000Z',
    '2026-01-01T00:00:00.000+00:00',
    '2026-01-01t00:00:00.000z',
    '2026-01-01 00:00:00.000Z',
    '2026-01-01',
    '2026-13-01T00:00:00.000Z',
    '2026-01-01T23:60:00.000Z',
    '2026-01-01T23:59:60.000Z',
    '2026-01-01T25:00:00.000Z',
    '',
    null,
    0,
  ])('%j is not in the stored form', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T07:00:00+07:00', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T06:59:59.9999+07:00', '2025-12-31T23:59:59.999Z'],
    ['2026-01-01t00:00:00.5z', '2026-01-01T00:00:00.500Z'],
    ['2026-01-01 00:00:00-00:30', '2026-01-01T00:30:00.000Z'],
    ['2026-01-01T00:00:00.123456789Z', '2026-01-01T00:00:00.123Z'],
  ])('people send %s, stored is %s', (sent, stored) => {
    expect(readRfc3339(sent)).toBe(stored);
  });

  test.each([
    '2026-02-30T00:00:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00+7:00',
    '2026-01-01T00:00:00+0700',
    '2026-01-01T25:00:00Z',
    '2026-01-01T00:00:00+24:00',
    12,
    null,
  ])('%j is no RFC 3339 date-time', (sent) => {
    expect(readRfc3339(sent)).toBeUndefined();
  });
});

describe('clocks', () => {
  test('one set by hand moves only when told to', () => {
    const clock = manualClock('2026-01-01T00:00:00.000Z' as Instant);
    expect([clock.now(), clock.now()]).toStrictEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
    ]);
    clock.advance(1500);
    expect(clock.now()).toBe('2026-01-01T00:00:01.500Z');
    clock.set('2020-01-01T00:00:00.000Z' as Instant);
    expect(clock.now()).toBe('2020-01-01T00:00:00.000Z');
  });

  test('the one of the machine gives instants in the stored form', () => {
    const now = systemClock.now();
    expect(parseInstant(now)).toBe(now);
    expect(now > '2026-01-01T00:00:00.000Z').toBe(true);
  });

  test('notBefore is the later of the two', () => {
    const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z'] as [
      Instant,
      Instant,
    ];
    expect([
      notBefore(undefined, early),
      notBefore(early, late),
      notBefore(late, early),
    ]).toStrictEqual([early, late, late]);
  });
});

describe('times that do not exist', () => {
  test.each(['2026-02-30T00:00:00.000Z', '2026-01-01T24:00:00.000Z', '2026-13-01T00:00:00.000Z'])(
    '%s is no instant',
    (text) => {
      expect(parseInstant(text)).toBeUndefined();
    },
  );

  test.each(['2026-01-01T24:00:00Z', '9999-12-31T23:30:00-01:00', '0000-01-01T00:30:00+01:00'])(
    '%s has no stored form',
    (text) => {
      expect(readRfc3339(text)).toBeUndefined();
    },
  );

  test('a sum beyond the year 9999 is an error, not another form', () => {
    expect(() => addDays(day('9999-12-31'), 1)).toThrow(RangeError);
    expect(() => instantFromMs(-62_167_219_200_001)).toThrow(RangeError);
  });
});
