/**
 * Days, instants and periods. Days are meant in Vietnam's time, +07:00 all year (CONTRACTS 1),
 * instants in UTC with milliseconds. Everything is text in one accepted form, so that comparing
 * two of a kind as strings compares them in time.
 */

declare const dayBrand: unique symbol;
declare const instantBrand: unique symbol;
/** `YYYY-MM-DD`, a day in +07:00. */
export type Day = string & { readonly [dayBrand]: true };
/** `YYYY-MM-DDTHH:mm:ss.sssZ`. */
export type Instant = string & { readonly [instantBrand]: true };

/** First and last day, both included. */
export type Period = { readonly from: Day; readonly to: Day };

const dayPattern = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const instantPattern = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;
const vietnamOffsetMs = 7 * 60 * 60 * 1000;
const dayMs = 24 * 60 * 60 * 1000;

/** The text as a day that exists in the calendar, or undefined. */
export function parseDay(text: unknown): Day | undefined {
  if (typeof text !== 'string' || !dayPattern.test(text)) return undefined;
  const start = `${text}T00:00:00.000Z`;
  return printsTheSame(Date.parse(start), start) ? (text as Day) : undefined;
}

/** A day written in our own source; throws on one that does not exist. */
export function day(text: string): Day {
  const value = parseDay(text);
  if (value === undefined) throw new TypeError(`not a day: "${text}"`);
  return value;
}

/** The text as an instant in the stored form, or undefined. */
export function parseInstant(text: unknown): Instant | undefined {
  if (typeof text !== 'string' || !instantPattern.test(text)) return undefined;
  return printsTheSame(Date.parse(text), text) ? (text as Instant) : undefined;
}

/**
 * An RFC 3339 date-time as people send it (any offset, any fraction) in the stored form, or
 * undefined. Digits beyond milliseconds are cut, never rounded up into the future.
 */
export function readRfc3339(text: unknown): Instant | undefined {
  if (typeof text !== 'string') return undefined;
  const pattern =
    /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$/;
  const match = pattern.exec(text);
  if (!match || parseDay(match[1]) === undefined) return undefined;
  const fraction = `${match[3] ?? '.'}000`.slice(0, 4);
  // Hour 24 is not RFC 3339 (section 5.6), though the built-in parser takes it.
  if (match[2]?.startsWith('24') !== false) return undefined;
  const at = Date.parse(`${match[1]}T${match[2]}${fraction}${(match[4] ?? 'Z').toUpperCase()}`);
  return Number.isNaN(at) ? undefined : parseInstant(new Date(at).toISOString());
}

/** The parser rolls 30 February over into March: only a time that prints the same exists. */
function printsTheSame(atMs: number, text: string): boolean {
  return !Number.isNaN(atMs) && new Date(atMs).toISOString() === text;
}

/** Throws a RangeError outside the years 0000 to 9999, which the stored form cannot hold. */
export function instantFromMs(epochMs: number): Instant {
  const text = new Date(epochMs).toISOString();
  // Years with another number of digits are printed with a sign.
  if (!instantPattern.test(text)) throw new RangeError(`no stored form for ${epochMs} ms`);
  return text as Instant;
}

export function epochMs(instant: Instant): number {
  return Date.parse(instant);
}

/** The day it is in Vietnam at that instant. */
export function dayInVietnam(instant: Instant): Day {
  return new Date(Date.parse(instant) + vietnamOffsetMs).toISOString().slice(0, 10) as Day;
}

/** The last instant of a day in Vietnam: "until the end of D". */
export function endOfDayInVietnam(of: Day): Instant {
  return instantFromMs(Date.parse(`${of}T00:00:00.000Z`) - vietnamOffsetMs + dayMs - 1);
}

/** Throws a RangeError where the sum leaves the years 0000 to 9999. */
export function addDays(to: Day, days: number): Day {
  return instantFromMs(Date.parse(`${to}T00:00:00.000Z`) + days * dayMs).slice(0, 10) as Day;
}

/** "Trước ngày D" binds until the end of the day before D (DOMAIN, Dates in the plans). */
export function lastDayBefore(deadline: Day): Day {
  return addDays(deadline, -1);
}

/** Last day of a quarter of a year, 1 to 4. */
export function lastDayOfQuarter(year: number, quarter: 1 | 2 | 3 | 4): Day {
  const ends = { 1: '03-31', 2: '06-30', 3: '09-30', 4: '12-31' } as const;
  return day(`${String(year).padStart(4, '0')}-${ends[quarter]}`);
}

export function isWithin(
  on: Day,
  period: { readonly from: Day; readonly to: Day | null },
): boolean {
  return period.from <= on && (period.to === null || on <= period.to);
}
