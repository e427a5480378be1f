/**
 * Where a text stops being JSON (RFC 8259). The parser of the language says so in prose, for short
 * texts without a place, and not the same from one version to the next.
 */

const quoted = '"(?:[^"\\\\\\x00-\\x1f]|\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4}))*"';
const number = '-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?';
/** One token: a mark, a text, a number or a word; white space before it belongs to it. */
const token = new RegExp(`[\\t\\n\\r ]*(?:([{}[\\],:])|${quoted}|${number}|true|false|null)`, 'y');
const blank = /[\t\n\r ]*/y;

export const tokensMax = 100_000;

/** What may come next. In a list or an object that has just begun, its end may, too. */
type Awaited = 'value' | 'first item' | 'first key' | 'key' | 'colon' | 'comma or end' | 'nothing';

/**
 * The index of the first token that may not stand where it stands, or is none; the length of the
 * text where it ends too early, undefined where it is JSON. Takes one look at each character, and
 * gives up, as if it were JSON, after more tokens than any request has: strangers make it look.
 */
export function jsonFaultAt(text: string): number | undefined {
  const closers: ('}' | ']')[] = [];
  let awaited: Awaited = 'value';
  let at = 0;
  for (let count = 0; count < tokensMax; count += 1) {
    blank.lastIndex = at;
    blank.exec(text);
    const begins = blank.lastIndex;
    if (begins === text.length) return awaited === 'nothing' ? undefined : begins;
    token.lastIndex = at;
    const [found, mark] = token.exec(text) ?? [];
    if (found === undefined) return begins;
    at = token.lastIndex;
    const isText = text[begins] === '"';
    const next = after(awaited, mark, isText, closers);
    if (next === undefined) return begins;
    awaited = next;
  }
  return undefined;
}

/** What is awaited after this token, or undefined where it may not come. */
function after(
  awaited: Awaited,
  mark: string | undefined,
  isText: boolean,
  closers: ('}' | ']')[],
): Awaited | undefined {
  const afterValue = (): Awaited => (closers.length === 0 ? 'nothing' : 'comma or end');
  const closer = closers.at(-1);
  const mayClose =
    awaited === 'comma or end' ||
    (awaited === 'first item' && closer === ']') ||
    (awaited === 'first key' && closer === '}');
  if ((mark === '}' || mark === ']') && mayClose && mark === closer) {
    closers.pop();
    return afterValue();
  }
  switch (awaited) {
    case 'value':
    case 'first item':
      if (mark === undefined) return afterValue();
      if (mark !== '{' && mark !== '[') return undefined;
      closers.push(mark === '{' ? '}' : ']');
      return mark === '{' ? 'first key' : 'first item';
    case 'first key':
    case 'key':
      return isText ? 'colon' : undefined;
    case 'colon':
      return mark === ':' ? 'value' : undefined;
    case 'comma or end':
      if (mark !== ',') return undefined;
      return closer === '}' ? 'key' : 'value';
    case 'nothing':
      return undefined;
  }
}

/** The index of the first byte that is not UTF-8, undefined where all are. */
export function utf8FaultAt(bytes: Uint8Array): number | undefined {
  const again = new TextEncoder().encode(
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
  );
  const at = again.findIndex((byte, index) => byte !== bytes[index]);
  return at < 0 ? undefined : at;
}
