import { documentKinds, isDigest, isUuid, parseDay, textFault } from '#kernel';
import type { Bilingual, Day, Digest, DocumentRef } from '#kernel';
import { refuse } from './refusals.ts';

/**
 * What every decider of the directory asks of typed values. Each check throws a refusal whose
 * `pointer` (RFC 6901) names the member of the command. The HTTP layer checks shapes before; these
 * checks hold for whoever sends a command, a loader or an import as much as a form.
 */

/** Longest name of an agency, unit or body, in UTF-16 code units. */
export const nameLengthMax = 300;
/** Longest reason for an act. */
export const reasonLengthMax = 4000;
const titleLengthMax = 1000;
const numberLengthMax = 100;

export function checkText(
  text: string,
  lengthMax: number,
  pointer: string,
  lines: 'one' | 'many' = 'one',
): void {
  const fault = textFault(text, lengthMax, lines);
  if (fault !== undefined) throw refuse('directory/text', { pointer, fault, lengthMax });
}

export function checkBilingual(name: Bilingual, pointer: string): void {
  checkText(name.vi, nameLengthMax, `${pointer}/vi`);
  if (name.en !== null) checkText(name.en, nameLengthMax, `${pointer}/en`);
}

export function checkId(holds: boolean, pointer: string): void {
  if (!holds) throw refuse('directory/id', { pointer });
}

export function checkUuid(text: string, pointer: string): void {
  checkId(isUuid(text), pointer);
}

export function checkDigest(digest: Digest, pointer: string): void {
  if (!isDigest(digest)) throw refuse('directory/digest', { pointer });
}

export function checkDay(day: Day, pointer: string): void {
  if (parseDay(day) === undefined) throw refuse('directory/day', { pointer });
}

/** First and last day, the last included or open. */
export function checkPeriod(period: { readonly from: Day; readonly to: Day | null }): void {
  checkDay(period.from, '/from');
  if (period.to === null) return;
  checkDay(period.to, '/to');
  if (period.to < period.from) throw refuse('directory/period', { pointer: '/to' });
}

export function checkChoice<T extends string>(
  value: T,
  choices: readonly T[],
  pointer: string,
): void {
  if (!choices.includes(value)) throw refuse('directory/choice', { pointer, choices });
}

/** Refuses the second of two equal entries, by its place in the list. */
export function checkDistinct(entries: readonly string[], pointer: string): void {
  entries.forEach((entry, index) => {
    if (entries.indexOf(entry) < index) {
      throw refuse('directory/twice', { pointer: `${pointer}/${index}` });
    }
  });
}

/**
 * A document's own members. What an act needs beyond them (a number, the file) is named in
 * `needed`, because a draft without a number is a document too.
 */
export function checkDocument(
  document: DocumentRef,
  pointer: string,
  needed: readonly ('number' | 'date' | 'issuer' | 'digest')[] = [],
): void {
  checkChoice(document.kind, documentKinds, `${pointer}/kind`);
  checkText(document.title, titleLengthMax, `${pointer}/title`);
  if (document.number !== null) checkText(document.number, numberLengthMax, `${pointer}/number`);
  if (document.issuer !== null) checkText(document.issuer, nameLengthMax, `${pointer}/issuer`);
  if (document.date !== null) checkDay(document.date, `${pointer}/date`);
  if (document.digest !== null) checkDigest(document.digest, `${pointer}/digest`);
  for (const member of needed) {
    if (document[member] === null) {
      throw refuse('directory/document', { pointer: `${pointer}/${member}`, needed: member });
    }
  }
}
