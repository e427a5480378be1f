/** Rules for text that people type: NFC or refused, never repaired (CONTRACTS 1). */

/** C0, DEL and C1; the second lets tabs and line feeds pass. */
const anyControl = /\p{Cc}/u;
const controlButLines = /(?![\t\n])\p{Cc}/u;

/**
 * What shows nothing of itself, or turns the order of what stands around it: two names that differ
 * in it look alike, and a sentence can be made to read as its contrary (UTS 39, section 4, and
 * UTR 36). These are the code points that Unicode 17 calls Default_Ignorable_Code_Point, the marks
 * of Bidi_Control among them, with the interlinear marks and the separators of lines and paragraphs
 * (UAX 44). Vietnamese, and the scripts of the minorities, are written without any of them. A list
 * and not the property, so that a later Unicode does not decide anew what was decided. Each is a
 * range of JSON Schema's patterns, too; tag characters and the like lie beyond 16 bits.
 */
export const invisibleRanges = {
  inPatterns: [
    '\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e',
    '\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb',
  ].join(''),
  beyond: '\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}',
} as const;
// Single code points, none of which joins another in a class.
// eslint-disable-next-line no-misleading-character-class
const invisible = new RegExp(`[${invisibleRanges.inPatterns}${invisibleRanges.beyond}]`, 'u');

/**
 * Code points that no character has yet, and those that never get one. Whether a text is in NFC is
 * settled for ever only for characters that are assigned (UAX 15, section 3): a later Unicode could
 * find fault with what was recorded today, and two verifiers of different age could disagree.
 */
const unassigned = /\p{Cn}/u;

/** What a terminal obeys, what shows nothing of itself, and what is no character at all. */
const obeyed = /[\p{C}\p{Zl}\p{Zp}]/u;

export type TextFault =
  | 'empty'
  | 'too-long'
  | 'not-nfc'
  | 'control-character'
  | 'invisible-character'
  | 'unassigned-character'
  | 'not-well-formed';

/**
 * What is wrong with a text, or undefined. Line feeds and tabs are allowed in long texts only;
 * other control characters never are, nor what nobody can see. `lengthMax` counts code points, as
 * JSON Schema does, so that what OpenAPI says of a length is what is held to.
 */
export function textFault(
  text: string,
  lengthMax: number,
  lines: 'one' | 'many' = 'many',
): TextFault | undefined {
  if (text.trim() === '') return 'empty';
  if (isLongerThan(text, lengthMax)) return 'too-long';
  if (!text.isWellFormed()) return 'not-well-formed';
  if (text.normalize('NFC') !== text) return 'not-nfc';
  const control = lines === 'one' ? anyControl : controlButLines;
  if (control.test(text)) return 'control-character';
  if (invisible.test(text)) return 'invisible-character';
  return unassigned.test(text) ? 'unassigned-character' : undefined;
}

/** The first character that nobody can see, or that is none yet, as `U+202E`: how else would one say? */
export function invisibleIn(text: string): string | undefined {
  const character = (invisible.exec(text) ?? unassigned.exec(text))?.[0];
  return character === undefined ? undefined : nameOf(character);
}

function nameOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * Text of unknown origin as it may stand on a terminal or in a log file, on one line: control
 * characters, line ends, marks that turn the order of letters and whatever cannot be seen are named
 * as `<U+001B>` in their place, so that nothing said in it moves, hides or forges what is said of it.
 */
export function spelledOut(text: string): string {
  return Array.from(text, (character) =>
    obeyed.test(character) || invisible.test(character) ? `<${nameOf(character)}>` : character,
  ).join('');
}

/** Whether a text has more code points than that; counts only where units leave it open. */
export function isLongerThan(text: string, lengthMax: number): boolean {
  return text.length > lengthMax && [...text].length > lengthMax;
}
