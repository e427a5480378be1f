import { canonicalJson, escapePointer } from '#kernel';

/** One place where two JSON values differ, by JSON pointer (RFC 6901). */
export type Change = {
  readonly pointer: string;
  /** Undefined where the place did not exist before. */
  readonly before?: unknown;
  /** Undefined where it does not exist any more. */
  readonly after?: unknown;
};

/**
 * Every difference between two JSON values, as deep as both still have the same shape: a member of
 * an object is compared with its namesake, an item of a list with the one at the same place. Whole
 * values that appear or vanish are one change. In order of pointer within each object.
 */
export function changesBetween(before: unknown, after: unknown, pointer = ''): readonly Change[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ pointer, after }];
  if (after === undefined) return [{ pointer, before }];
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }).flatMap((_, index) => {
      return changesBetween(before[index], after[index], `${pointer}/${index}`);
    });
  }
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => {
      return changesBetween(
        own(before, name),
        own(after, name),
        `${pointer}/${escapePointer(name)}`,
      );
    });
  }
  return canonicalJson(before) === canonicalJson(after) ? [] : [{ pointer, before, after }];
}

/** A member that the value itself has: `toString` and its like are everybody's. */
function own(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
