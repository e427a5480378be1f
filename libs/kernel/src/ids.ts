import { canonicalBytes } from './canonical.ts';
import { hex, sha256 } from './digest.ts';

/**
 * Names of things, as CONTRACTS 1 fixes them. Each reader returns undefined for a name that is not
 * in the one accepted form; what to say to the user is the caller's business.
 */

export type AgencyId = string; // son_la.so_tc
export type UnitId = string; // son_la.so_khcn.p_khtc, or the agency's own id
export type PersonId = string; // UUID
export type RoundId = string; // son_la-qd1969-2026
export type FigureId = string; // son_la-qd1969-2026.I.4 or, mode each, ….I.4.so_tc
export type ContributionId = string; // son_la-qd1969-2026.I.4.so_khcn
export type IndicatorCode = string; // I.4

/** Long enough for any name, short enough for every index that a stream's name goes into. */
const part = '[a-z0-9_]{1,64}';
const partPattern = new RegExp(`^${part}$`);
const agencyPattern = new RegExp(`^${part}\\.${part}$`);
const unitPattern = new RegExp(`^${part}\\.${part}(?:\\.${part})?$`);
const roundPattern = new RegExp(`^${part}-${part}-${part}$`);
const indicator = '[A-Z0-9]{1,16}(?:\\.[A-Z0-9]{1,16}){0,7}';
const indicatorPattern = new RegExp(`^${indicator}$`);
const figurePattern = new RegExp(`^(${part}-${part}-${part})\\.(${indicator})(?:\\.(${part}))?$`);
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The same forms in the words of ECMA-262, for whoever describes them to others. */
export const idForms = {
  part: partPattern.source,
  agency: agencyPattern.source,
  unit: unitPattern.source,
  round: roundPattern.source,
  indicator: indicatorPattern.source,
  figure: figurePattern.source,
  // Digits alone would be one more step of the indicator: a name of an agency has a letter in it.
  contribution: `^${part}-${part}-${part}\\.${indicator}\\.(?=[0-9]*[a-z_])${part}$`,
  uuid: uuidPattern.source,
} as const;

export const isIdPart = (text: string): boolean => partPattern.test(text);
export const isAgencyId = (text: string): boolean => agencyPattern.test(text);
export const isUnitId = (text: string): boolean => unitPattern.test(text);
export const isRoundId = (text: string): boolean => roundPattern.test(text);
export const isIndicatorCode = (text: string): boolean => indicatorPattern.test(text);
export const isUuid = (text: string): boolean => uuidPattern.test(text);

export type FigureName = {
  readonly round: RoundId;
  readonly indicator: IndicatorCode;
  /** The agency's last part: the lead of a mode-`each` figure, or the giver of a contribution. */
  readonly agencyPart: string | null;
};

/** The parts of a figure's or contribution's id. */
export function readFigureName(id: string): FigureName | undefined {
  const match = figurePattern.exec(id);
  if (!match?.[1] || !match[2]) return undefined;
  return { round: match[1], indicator: match[2], agencyPart: match[3] ?? null };
}

/** `son_la` of `son_la-qd1969-2026`. */
export function provinceOfRound(round: RoundId): string {
  return round.slice(0, round.indexOf('-'));
}

/** `so_khcn` of `son_la.so_khcn`. */
export function agencyPartOf(agency: AgencyId): string {
  return agency.slice(agency.indexOf('.') + 1);
}

/** The agency that a unit belongs to; an agency without units is its own unit. */
export function agencyOfUnit(unit: UnitId): AgencyId {
  return unit.split('.').slice(0, 2).join('.');
}

/**
 * A UUID version 8 (RFC 9562 section 5.8) from the SHA-256 of the canonical form of `parts`. Command
 * and event ids are made so: the same command gives the same ids, on any machine, at any time.
 */
export function derivedUuid(parts: readonly (string | number)[]): string {
  const bytes = sha256(canonicalBytes(parts)).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const digits = hex(bytes);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
}

/** CONTRACTS 4: person, method, path and Idempotency-Key name one command. */
export function commandIdOf(person: PersonId, method: string, path: string, key: string): string {
  return derivedUuid(['command', person, method, path, key]);
}

/** CONTRACTS 4: the id of the command's event number `index`. */
export function eventIdOf(commandId: string, index: number): string {
  return derivedUuid(['event', commandId, index]);
}
