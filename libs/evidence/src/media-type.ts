import { zipMembers } from './zip-members.ts';

/**
 * What kind of file evidence is, told from its first bytes and from nothing else: a name or a
 * declared type is what the sender says. Kinds that a browser would run (HTML, SVG, other markup)
 * and kinds nobody can check (archives, programs) are not accepted.
 */

/** The head that decides. Office programs write the members that tell them apart within it. */
export const sniffedBytes = 4096;

export const mediaTypes = [
  'application/pdf',
  'image/png',
  'image/jpeg',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.text',
  'application/json',
  'text/csv',
  'text/plain',
] as const;
export type MediaType = (typeof mediaTypes)[number];

/**
 * The type of a file whose first bytes are `head` (at most `sniffedBytes` are looked at), or
 * undefined for one that is not accepted. The same bytes always give the same answer.
 */
export function sniffMediaType(head: Uint8Array): MediaType | undefined {
  const looked = head.subarray(0, sniffedBytes);
  if (startsWith(looked, '%PDF-')) return isPdf(looked) ? 'application/pdf' : undefined;
  if (startsWith(looked, '\u0089PNG\r\n\u001a\n\0\0\0\rIHDR')) return 'image/png';
  if (startsWith(looked, '\u00ff\u00d8\u00ff')) return 'image/jpeg';
  if (startsWith(looked, 'PK\u0003\u0004')) return officeType(looked);
  return textType(looked, head.length >= sniffedBytes);
}

/**
 * True when a declared Content-Type may stand for content of the sniffed type. Texts are hard to
 * tell apart, so CSV and JSON may be declared as plain text, and one-column CSV looks like it.
 */
export function agreesWith(declared: string, sniffed: MediaType): boolean {
  const [essence = ''] = declared.split(';');
  const type = essence.trim().toLowerCase();
  if (type === sniffed) return true;
  const texts: readonly string[] = ['application/json', 'text/csv', 'text/plain'];
  if (type === 'text/plain') return texts.includes(sniffed);
  return type === 'text/csv' && sniffed === 'text/plain';
}

/** The signature must open the file: one further in is how a file passes for two kinds at once. */
function isPdf(head: Uint8Array): boolean {
  return /^%PDF-[12]\.[0-9][\s%]/.test(latin1(head.subarray(0, 9)));
}

/** Where an office file of Open Packaging Conventions keeps its parts; nothing else is in one. */
const packageFolders = /^(?:\[Content_Types\]\.xml$|_rels\/|docProps\/|customXml\/|xl\/|word\/)/;

/**
 * ODF 1.3 part 2 section 3.3: the first member is `mimetype`, stored. Open Packaging Conventions
 * fix no order, so all members in the head must lie where those of an office file do, and at least
 * one below `xl/` or `word/`, not below both. Any other archive is refused.
 */
function officeType(head: Uint8Array): MediaType | undefined {
  const members = zipMembers(head);
  const [first] = members;
  if (first?.name === 'mimetype' && first.stored !== null) {
    const declared = latin1(first.stored);
    return mediaTypes.find((type) => type === declared && type.includes('opendocument'));
  }
  const names = members.map(({ name }) => name);
  if (!names.every((name) => packageFolders.test(name))) return undefined;
  const isWorkbook = names.some((name) => name.startsWith('xl/'));
  const isText = names.some((name) => name.startsWith('word/'));
  if (isWorkbook === isText) return undefined;
  return isWorkbook
    ? 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
    : 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
}

/** Tags that make a browser run something, should it ever guess that a text is a page. */
const markup = /^\s*<|<(?:!doctype|html|head|body|script|svg|iframe|object|embed|style|meta)\b/i;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

function textType(head: Uint8Array, goesOn: boolean): MediaType | undefined {
  const text = utf8(head, goesOn);
  if (text === undefined || text === '') return undefined;
  if (control.test(text) || markup.test(text)) return undefined;
  if (isJson(text, goesOn)) return 'application/json';
  return isTable(text, goesOn) ? 'text/csv' : 'text/plain';
}

/** The head as text without its byte order mark; a character cut off by the window is left out. */
function utf8(head: Uint8Array, goesOn: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: goesOn });
  } catch {
    return undefined;
  }
}

/** An object or array: parsed where all of it is there, else judged by how it begins. */
function isJson(text: string, goesOn: boolean): boolean {
  if (!/^\s*(?:\{\s*["}]|\[\s*[[{"\]0-9tfn-])/.test(text)) return false;
  if (goesOn) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whole lines (at least two) that all have the same number of one separator outside quotes. */
function isTable(text: string, goesOn: boolean): boolean {
  const lines = text.replace(/"(?:[^"]|"")*"/g, '').split(/\r?\n/);
  // The last line is cut off by the window, or empty behind the last line feed.
  if (goesOn || lines.at(-1) === '') lines.pop();
  return [',', ';', '\t'].some((separator) => {
    const counts = new Set(lines.map((line) => line.split(separator).length - 1));
    return lines.length >= 2 && counts.size === 1 && !counts.has(0);
  });
}

function startsWith(bytes: Uint8Array, signature: string): boolean {
  return latin1(bytes.subarray(0, signature.length)) === signature;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
