/** Rules for text that people type: NFC or refused, never repaired (CONTRACTS 1). */

/** C0, DEL and C1; the second lets tabs and line feeds pass. */
const anyControl = /\p{Cc}/u;
const controlButLines = /(?![\t\n])\p{Cc}/u;

export type TextFault = 'empty' | 'too-long' | 'not-nfc' | 'control-character' | 'not-well-formed';

/**
 * What is wrong with a text, or undefined. Line feeds and tabs are allowed in long texts only;
 * other control characters never are. `lengthMax` counts code points, as JSON Schema does, so that
 * what OpenAPI says of a length is what is held to.
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
  return control.test(text) ? 'control-character' : undefined;
}

/** Whether a text has more code points than that; counts only where units leave it open. */
export function isLongerThan(text: string, lengthMax: number): boolean {
  return text.length > lengthMax && [...text].length > lengthMax;
}
