/** Rules for text that people type: NFC or refused, never repaired (CONTRACTS 1). */

export type TextFault = 'empty' | 'too-long' | 'not-nfc' | 'control-character' | 'not-well-formed';

/**
 * What is wrong with a text, or undefined. Line feeds and tabs are allowed in long texts only;
 * other control characters never are. `lengthMax` counts UTF-16 code units.
 */
export function textFault(text: string, lengthMax: number, lines: 'one' | 'many' = 'many'): TextFault | undefined {
  if (text.trim() === '') return 'empty';
  if (text.length > lengthMax) return 'too-long';
  if (!text.isWellFormed()) return 'not-well-formed';
  if (text.normalize('NFC') !== text) return 'not-nfc';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const control = lines === 'one' ? /[\u0000-\u001f\u007f-\u009f]/ : /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
  return control.test(text) ? 'control-character' : undefined;
}
