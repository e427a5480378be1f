import { agencyOfUnit, canonicalJson, isAgencyId, isIdPart, isUnitId } from '#kernel';
import type {
  AgencyId,
  Bilingual,
  Day,
  Decider,
  Decision,
  DocumentRef,
  Recorded,
  UnitId,
} from '#kernel';
import { agencyKinds } from './agency.events.ts';
import type { AgencyFact, AgencyKind } from './agency.events.ts';
import { actorOf, capacityAs } from './capacity.ts';
import type { ActingPerson, Capacity } from './capacity.ts';
import type { AgencyCommand } from './directory.commands.ts';
import {
  checkBilingual,
  checkChoice,
  checkDay,
  checkDistinct,
  checkDocument,
  checkId,
  checkText,
  nameLengthMax,
} from './input-checks.ts';
import { refuse } from './refusals.ts';

/** One agency as its stream tells it; null before it was registered. */
export type Agency = {
  readonly agency: AgencyId;
  readonly kind: AgencyKind;
  readonly province: string;
  /** Every name it bore, oldest first; `from` is null for the one it was registered under. */
  readonly names: readonly {
    readonly name: Bilingual;
    readonly from: Day | null;
    readonly document: DocumentRef | null;
  }[];
  readonly aliases: readonly string[];
  readonly classes: readonly string[];
  readonly document: DocumentRef | null;
  readonly units: readonly { readonly unit: UnitId; readonly name: Bilingual }[];
  readonly merged: {
    readonly successor: AgencyId;
    readonly on: Day;
    readonly document: DocumentRef;
  } | null;
  readonly dissolved: { readonly on: Day; readonly document: DocumentRef } | null;
};

export type AgencyContext = {
  readonly acting: ActingPerson;
  readonly today: Day;
  /** The agency that `merge` names as successor, null where none is registered. */
  readonly successor: Agency | null;
};

/** True until the day before it was merged or dissolved: on that day the successor acts. */
export function existsOn(agency: Agency, on: Day): boolean {
  const end = goneFrom(agency);
  return end === null || on < end;
}

/** The name in force on a day. */
export function nameOn(agency: Agency, on: Day): Bilingual {
  const inForce = agency.names.findLast(({ from }) => from === null || from <= on);
  // The first name has no first day, so the list always answers.
  return inForce?.name ?? { vi: agency.agency, en: null };
}

/** True for a registered unit, and for the agency's own id: an agency is its own unit. */
export function hasUnit(agency: Agency, unit: UnitId): boolean {
  return unit === agency.agency || agency.units.some((one) => one.unit === unit);
}

/** `son_la` of `son_la.so_tc`. */
export function provinceOfAgency(agency: AgencyId): string {
  return agency.slice(0, agency.indexOf('.'));
}

const centralScope = 'trung_uong';

/** Agencies of no province, such as the Ministry (decision 0007). */
export function isCentral(agency: AgencyId): boolean {
  return provinceOfAgency(agency) === centralScope;
}

/** Writing roles act in the province of their agency, a central agency's in each (decision 0013). */
export function actsIn(agency: AgencyId, province: string): boolean {
  return provinceOfAgency(agency) === province || isCentral(agency);
}

function goneFrom(agency: Agency): Day | null {
  return agency.merged?.on ?? agency.dissolved?.on ?? null;
}

function decide(
  command: AgencyCommand,
  agency: Agency | null,
  context: AgencyContext,
): Decision<AgencyFact> {
  const capacity = registrarOf(command, agency, context);
  const actor = actorOf(context.acting.person, capacity);
  return { actor, facts: [factOf(command, agency, context)] };
}

/**
 * A registrar of the agency's province. A central agency may be registered from any province, since
 * no province can do without the Ministry; what becomes of it is a central registrar's.
 */
function registrarOf(
  command: AgencyCommand,
  present: Agency | null,
  { acting }: AgencyContext,
): Capacity {
  const any = capacityAs(acting, ['registrar']);
  if (any === undefined) throw refuse('agency/not-registrar');
  const agency = command.type === 'register' ? command.agency : (present?.agency ?? '');
  // What is not registered, or not the name of an agency, is refused by its own rule.
  const isOpenToAll = !isAgencyId(agency) || (command.type === 'register' && isCentral(agency));
  const province = provinceOfAgency(agency);
  const capacity = isOpenToAll
    ? any
    : capacityAs(acting, ['registrar'], (held) => actsIn(held.agency, province));
  if (capacity === undefined) throw refuse('directory/other-province', { agency });
  return capacity;
}

function factOf(command: AgencyCommand, agency: Agency | null, context: AgencyContext): AgencyFact {
  if (command.type === 'register') return register(command, agency);
  if (agency === null) throw refuse('agency/unknown');
  switch (command.type) {
    case 'register-unit':
      return registerUnit(command, agency, context.today);
    case 'rename':
      return rename(command, agency);
    case 'merge':
      return merge(command, agency, context.successor);
    case 'dissolve': {
      const { on, document } = command;
      refuseSameEnd(agency, { on, document });
      checkEnd(on, document, agency);
      return { type: 'agency.dissolved.v1', data: { on, document } };
    }
  }
}

function register(
  command: Extract<AgencyCommand, { type: 'register' }>,
  present: Agency | null,
): AgencyFact {
  const { agency, kind, name, aliases, classes, document } = command;
  checkId(isAgencyId(agency), '/agency');
  checkChoice(kind, agencyKinds, '/kind');
  checkBilingual(name, '/name');
  aliases.forEach((alias, index) => checkText(alias, nameLengthMax, `/aliases/${index}`));
  checkDistinct(aliases, '/aliases');
  classes.forEach((one, index) => checkId(isIdPart(one), `/classes/${index}`));
  checkDistinct(classes, '/classes');
  if (document !== null) checkDocument(document, '/document');
  // The province is part of the id, so the two can never disagree.
  const province = provinceOfAgency(agency);
  const data = { agency, kind, province, name, aliases, classes, document };
  if (present !== null) {
    throw refuse('agency/already-registered', {
      same: canonicalJson(registeredAs(present)) === canonicalJson(data),
    });
  }
  return { type: 'agency.registered.v1', data };
}

/** What was registered, whatever has happened to the agency since. */
function registeredAs(present: Agency): object {
  const { agency, kind, province, names, aliases, classes, document } = present;
  return { agency, kind, province, name: names[0]?.name, aliases, classes, document };
}

function registerUnit(
  { unit, name }: Extract<AgencyCommand, { type: 'register-unit' }>,
  agency: Agency,
  today: Day,
): AgencyFact {
  checkId(isUnitId(unit), '/unit');
  checkBilingual(name, '/name');
  if (agencyOfUnit(unit) !== agency.agency || unit === agency.agency) {
    throw refuse('agency/unit-elsewhere', { pointer: '/unit' });
  }
  const present = agency.units.find((one) => one.unit === unit);
  if (present !== undefined) {
    throw refuse('agency/unit-already-registered', {
      pointer: '/unit',
      same: canonicalJson(present.name) === canonicalJson(name),
    });
  }
  if (!existsOn(agency, today)) throw refuse('agency/gone', { from: goneFrom(agency) });
  return { type: 'unit.registered.v1', data: { unit, name } };
}

function rename(
  { name, from, document }: Extract<AgencyCommand, { type: 'rename' }>,
  agency: Agency,
): AgencyFact {
  checkBilingual(name, '/name');
  checkDay(from, '/from');
  checkDocument(document, '/document', ['number']);
  if (!existsOn(agency, from)) throw refuse('agency/gone', { from: goneFrom(agency) });
  const last = agency.names.at(-1);
  const since = last?.from ?? null;
  if (since !== null && from <= since) {
    throw refuse('agency/out-of-order', { pointer: '/from', after: since });
  }
  if (canonicalJson(last?.name ?? null) === canonicalJson(name)) {
    throw refuse('agency/unchanged', { pointer: '/name', same: true });
  }
  return { type: 'agency.renamed.v1', data: { name, from, document } };
}

function merge(
  { successor, on, document }: Extract<AgencyCommand, { type: 'merge' }>,
  agency: Agency,
  present: Agency | null,
): AgencyFact {
  checkId(isAgencyId(successor), '/successor');
  if (successor === agency.agency) throw refuse('agency/own-successor', { pointer: '/successor' });
  checkEnd(on, document, agency);
  if (present === null) throw refuse('agency/unknown', { pointer: '/successor' });
  // A successor that is itself to go would start a chain, and two of them a circle.
  if (goneFrom(present) !== null) {
    throw refuse('agency/gone', { pointer: '/successor', from: goneFrom(present) });
  }
  return { type: 'agency.merged-into.v1', data: { successor, on, document } };
}

/** Told apart from a second end, so that whoever loads a plan again sees an unchanged row. */
function refuseSameEnd({ dissolved }: Agency, end: NonNullable<Agency['dissolved']>): void {
  if (dissolved !== null && canonicalJson(dissolved) === canonicalJson(end)) {
    throw refuse('agency/gone', { from: dissolved.on, same: true });
  }
}

/** An agency ends once, on a document with a number, after everything recorded before. */
function checkEnd(on: Day, document: DocumentRef, agency: Agency): void {
  checkDay(on, '/on');
  checkDocument(document, '/document', ['number']);
  if (goneFrom(agency) !== null) throw refuse('agency/gone', { from: goneFrom(agency) });
  const named = agency.names.at(-1)?.from ?? null;
  if (named !== null && on <= named) {
    throw refuse('agency/out-of-order', { pointer: '/on', after: named });
  }
}

function evolve(agency: Agency | null, event: Recorded<AgencyFact>): Agency | null {
  if (event.type === 'agency.registered.v1') {
    const { name, ...data } = event.data;
    const first = { name, from: null, document: data.document };
    return { ...data, names: [first], units: [], merged: null, dissolved: null };
  }
  if (agency === null) return null;
  switch (event.type) {
    case 'unit.registered.v1':
      return { ...agency, units: [...agency.units, event.data] };
    case 'agency.renamed.v1':
      return { ...agency, names: [...agency.names, event.data] };
    case 'agency.merged-into.v1':
      return { ...agency, merged: event.data };
    case 'agency.dissolved.v1':
      return { ...agency, dissolved: event.data };
  }
}

/** Every rule of an agency. All its commands belong to registrars (DOMAIN, Who uses it). */
export const agencyDecider: Decider<AgencyCommand, Agency | null, AgencyFact, AgencyContext> = {
  initial: null,
  creates: ({ type }) => type === 'register',
  decide,
  evolve,
};
