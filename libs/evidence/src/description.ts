import { documentKinds, isAgencyId, isDigest, parseDay, textFault } from '#kernel';
import type { Actor, AgencyId, Digest, DocumentRef, Period, Role } from '#kernel';
import { actorOf, actsIn, capacityAs, isCentral, provinceOfAgency } from '#directory';
import type { ActingPerson, Capacity } from '#directory';
import { refuseEvidence } from './refusals.ts';

/** What deposits, descriptions and references have in common: who may make them, and their form. */

const titleLengthMax = 1000;
const numberLengthMax = 100;
const nameLengthMax = 300;
export const reasonLengthMax = 4000;

/**
 * Roles in which a person hands in evidence of the own agency, the plainest first. Auditors and
 * inspectors are among them: what they find is backed by their own agency's papers.
 */
export const depositing: readonly Role[] = [
  'officer',
  'checker',
  'head',
  'deputy',
  'certifier',
  'auditor',
  'inspector',
];

/** The actor who acts for `agency`: one of its own people, or a registrar of the province. */
export function actorFor(acting: ActingPerson, agency: AgencyId): Actor {
  const capacity = capacityFor(acting, agency);
  if (capacity === undefined) {
    throw refuseEvidence('evidence/not-your-agency', { depositedFor: agency });
  }
  return actorOf(acting.person, capacity);
}

/** The same as a question. What a central agency hands over, any registrar enters (decision 0013). */
export function capacityFor(acting: ActingPerson, agency: AgencyId): Capacity | undefined {
  const province = provinceOfAgency(agency);
  return (
    capacityAs(acting, depositing, (one) => one.agency === agency) ??
    capacityAs(acting, ['registrar'], (one) => actsIn(one.agency, province) || isCentral(agency))
  );
}

/** True for who could deposit something for some agency: nobody else's bytes are taken. */
export function mayDepositAny(acting: ActingPerson): boolean {
  return capacityAs(acting, [...depositing, 'registrar']) !== undefined;
}

export function checkText(
  text: string,
  lengthMax: number,
  pointer: string,
  lines: 'one' | 'many' = 'one',
): void {
  const fault = textFault(text, lengthMax, lines);
  if (fault !== undefined) {
    throw refuseEvidence('evidence/text-invalid', { pointer, fault, lengthMax });
  }
}

/** A document of which `own` is the file: it may name that digest or none, never another. */
export function checkDocument(document: DocumentRef, own: Digest | null): void {
  const invalid = (member: string) => {
    return refuseEvidence('evidence/document-invalid', { pointer: `/document/${member}` });
  };
  if (!documentKinds.includes(document.kind)) throw invalid('kind');
  if (document.date !== null && parseDay(document.date) === undefined) throw invalid('date');
  if (document.digest !== null && document.digest !== own) throw invalid('digest');
  checkText(document.title, titleLengthMax, '/document/title');
  if (document.number !== null) checkText(document.number, numberLengthMax, '/document/number');
  if (document.issuer !== null) checkText(document.issuer, nameLengthMax, '/document/issuer');
}

export function checkPeriod(period: Period | null): void {
  if (period === null) return;
  const known = parseDay(period.from) !== undefined && parseDay(period.to) !== undefined;
  if (!known || period.to < period.from) {
    throw refuseEvidence('evidence/period-reversed', { pointer: '/periodCovered' });
  }
}

/** `registered` holds those of the agencies named by the command that the directory knows. */
export function checkAgency(
  agency: AgencyId,
  registered: ReadonlySet<AgencyId>,
  pointer: string,
): void {
  if (!isAgencyId(agency)) throw refuseEvidence('evidence/agency-invalid', { pointer });
  if (!registered.has(agency)) throw refuseEvidence('evidence/agency-unknown', { pointer });
}

/** Where a paper lies that was not handed in, and what is known of it. */
export function checkHolding(holding: {
  readonly heldBy: string;
  readonly archiveMark: string | null;
  readonly digest: Digest | null;
}): void {
  const { heldBy, archiveMark, digest } = holding;
  checkText(heldBy, nameLengthMax, '/heldBy');
  if (archiveMark !== null) checkText(archiveMark, numberLengthMax, '/archiveMark');
  if (digest !== null && !isDigest(digest)) {
    throw refuseEvidence('evidence/document-invalid', { pointer: '/digest' });
  }
}
