/**
 * Why a JSON text is not canonical. The judge decides by writing the parsed value again and comparing;
 * this reader only runs on a text that failed, to name the trick that was played.
 */
export type JsonFault = {
  readonly kind: 'key-twice' | 'number-respelt' | 'not-canonical';
  /** UTF-16 unit of the text at which it shows. */
  readonly at: number;
};

/**
 * Whether more than so many objects and arrays are open at once anywhere in the text. Looks at brackets
 * outside of strings only, so that it can be asked before anything is parsed.
 */
export function isNestedDeeper(text: string, levelsMax: number): boolean {
  let levels = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === quotationMark) isInString = !isInString;
    else if (isInString) at += unit === backslash ? 1 : 0;
    else if (unit === openBrace || unit === openBracket) {
      levels += 1;
      if (levels > levelsMax) return true;
    } else if (unit === closeBrace || unit === closeBracket) levels -= 1;
  }
  return false;
}

const [quotationMark, backslash] = [0x22, 0x5c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** For a text that the built-in parser takes and that differs from its canonical form. */
export function jsonFaultOf(text: string, canonical: string): JsonFault {
  return (
    new Scanner(text).fault() ?? { kind: 'not-canonical', at: firstDifference(text, canonical) }
  );
}

export function firstDifference(left: string, right: string): number {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  return at;
}

/** Walks over the tokens of valid JSON; nesting is a stack, so no depth overruns ours. */
class Scanner {
  private readonly text: string;
  private readonly tokens = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[{}[\],:]|true|false|null/g;

  constructor(text: string) {
    this.text = text;
  }

  fault(): JsonFault | undefined {
    /** Names in each open object; an array has none. */
    const open: (Set<string> | undefined)[] = [];
    let isName = false;
    for (const { 0: token, index: at } of this.text.matchAll(this.tokens)) {
      const names = open.at(-1);
      if (token === '{' || token === '[') {
        open.push(token === '{' ? new Set() : undefined);
        isName = token === '{';
      } else if (token === '}' || token === ']') {
        open.pop();
        isName = false;
      } else if (token === ',') {
        isName = names !== undefined;
      } else if (token === ':') {
        isName = false;
      } else if (isName && names !== undefined) {
        const name = JSON.parse(token) as string;
        if (names.has(name)) return { kind: 'key-twice', at };
        names.add(name);
      } else if (/^[-0-9]/.test(token) && String(JSON.parse(token)) !== token) {
        return { kind: 'number-respelt', at };
      }
    }
    return undefined;
  }
}
