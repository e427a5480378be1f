import { canonicalJson, documentKinds, isDigest, parseDay, textFault } from '#kernel';
import type { AgencyId, Day, DocumentRef, SourceRef } from '#kernel';
import { existsOn } from '#directory';
import type { Agency } from '#directory';
import { refuse } from './refusals.ts';

/**
 * What the deciders of the catalogue ask of typed values. Each check throws a refusal whose
 * `pointer` (RFC 6901) names the member of the command. The HTTP layer checks shapes before; these
 * hold for whoever sends a command, a plan loader as much as a form.
 */

/** Longest text of a plan in UTF-16 code units: a cell, a sentence, a reason. */
export const textLengthMax = 4000;

export function checkText(text: string, pointer: string, lengthMax = textLengthMax): void {
  const fault = textFault(text, lengthMax, 'many');
  if (fault !== undefined) throw refuse('catalogue/text', { pointer, fault, lengthMax });
}

/**
 * Every text of a command, wherever it stands: a plan has cells in many members, and one that is
 * not NFC would hash differently from what people read. Empty texts pass here; the members that
 * may not be empty are checked by name.
 */
export function checkTexts(value: unknown, pointer = ''): void {
  if (typeof value === 'string') {
    if (value !== '') checkText(value, pointer);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => checkTexts(item, `${pointer}/${index}`));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) checkTexts(member, `${pointer}/${key}`);
  }
}

export function checkId(holds: boolean, pointer: string): void {
  if (!holds) throw refuse('catalogue/id', { pointer });
}

export function checkDay(day: Day, pointer: string): void {
  if (parseDay(day) === undefined) throw refuse('catalogue/day', { pointer });
}

export function checkChoice(value: string, choices: readonly string[], pointer: string): void {
  if (!choices.includes(value)) throw refuse('catalogue/choice', { pointer, choices });
}

export function checkNotEmpty(list: readonly unknown[], pointer: string): void {
  if (list.length === 0) throw refuse('catalogue/empty', { pointer });
}

/** Refuses the second of two equal entries, by its place in the list. */
export function checkDistinct(entries: readonly string[], pointer: string): void {
  entries.forEach((entry, index) => {
    if (entries.indexOf(entry) < index) {
      throw refuse('catalogue/twice', { pointer: `${pointer}/${index}` });
    }
  });
}

/**
 * A document's own members. What an act needs beyond them is named in `needed`, because a draft
 * without a number is a document too.
 */
export function checkDocument(
  document: DocumentRef,
  pointer: string,
  needed: readonly ('number' | 'date' | 'issuer')[] = [],
): void {
  checkChoice(document.kind, documentKinds, `${pointer}/kind`);
  checkText(document.title, `${pointer}/title`, 1000);
  if (document.date !== null) checkDay(document.date, `${pointer}/date`);
  if (document.digest !== null && !isDigest(document.digest)) {
    throw refuse('catalogue/document', { pointer: `${pointer}/digest` });
  }
  for (const member of needed) {
    if (document[member] === null || document[member] === '') {
      throw refuse('catalogue/document', { pointer: `${pointer}/${member}`, needed: member });
    }
  }
}

export function checkSource(source: SourceRef, pointer: string): void {
  checkText(source.file, `${pointer}/file`, 200);
  checkText(source.raw, `${pointer}/raw`);
  if (source.line !== null && !(Number.isSafeInteger(source.line) && source.line > 0)) {
    throw refuse('catalogue/choice', { pointer: `${pointer}/line` });
  }
}

/** Registered agencies by id, as the handler found them; an absent one is not registered. */
export type KnownAgencies = ReadonlyMap<AgencyId, Agency>;

/** The agency as registered. It may be gone: a plan can still name who no longer exists. */
export function registered(agencies: KnownAgencies, agency: AgencyId, pointer: string): Agency {
  const known = agencies.get(agency);
  if (known === undefined) throw refuse('catalogue/agency-unknown', { pointer, agency });
  return known;
}

/** The agency, which must exist on the day: whoever is to act from now on has to be there. */
export function existing(
  agencies: KnownAgencies,
  agency: AgencyId,
  on: Day,
  pointer: string,
): Agency {
  const known = registered(agencies, agency, pointer);
  if (!existsOn(known, on)) throw refuse('catalogue/agency-gone', { pointer, agency });
  return known;
}

/** True when two values are the same JSON, whatever the order of their members. */
export function sameJson(left: unknown, right: unknown): boolean {
  return canonicalJson(left) === canonicalJson(right);
}
