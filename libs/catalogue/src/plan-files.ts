import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { AgencyId } from '#kernel';
import type { DefinitionInput } from './catalogue.commands.ts';
import { checkPlan } from './plan-checks.ts';
import { readCrossChecks } from './plan-cross-checks.ts';
import { PlanRejected } from './plan-faults.ts';
import type { PlanFault } from './plan-faults.ts';
import { PlanFile } from './plan-file.ts';
import { resolveRow } from './plan-resolving.ts';
import {
  agenciesFrom,
  agency,
  agencyOrGone,
  assignment,
  choicesForAll,
  datesForAll,
  definition,
  dueDecision,
  edition,
  idPart,
  otherFolder,
  round,
  row,
} from './plan-rows.ts';
import { nullable } from './plan-shape.ts';
import type {
  Plan,
  PlanAgency,
  PlanAssignment,
  PlanDueDecision,
  PlanEdition,
  PlanRound,
  PlanRow,
  RowDefaults,
} from './plan.ts';

/**
 * Reads and checks a plan. Rejects with PlanRejected, which lists every faulty row with file, row
 * and field; nothing is loaded from a folder with a fault in it.
 *
 * A folder may take from the folders beside it what it shares with them: agencies, the framework,
 * the rows of an earlier round. It takes what the other folder itself lists and never what that one
 * took from a third, so there is no chain to follow and no circle to fall into.
 */
export async function readPlanFiles(folder: string): Promise<Plan> {
  await checkFolder(folder);
  const faults: PlanFault[] = [];
  const agenciesFile = await PlanFile.open(folder, 'agencies.json', faults);
  const frameworkFile = await PlanFile.open(folder, 'framework.json', faults);
  const roundFile = await PlanFile.open(folder, 'round.json', faults);
  const agencies = await readAgencies(folder, agenciesFile, faults);
  const framework = await readFramework(folder, frameworkFile, faults);
  const opened = await readRound(folder, roundFile, faults);
  if (agencies === undefined || framework === undefined || opened === undefined) {
    throw new PlanRejected(faults);
  }
  const crossChecks = await readCrossChecks(
    join(folder, framework.folder),
    framework.folder,
    faults,
  );
  const { rows, defaults, ...round } = opened;
  const assignments = rows.map((one) =>
    'leads' in one ? one : resolveRow(one, defaults, agencies, round.round.round),
  );
  const { folder: _, ...edition } = framework;
  const plan: Plan = {
    name: basename(folder),
    agencies,
    ...edition,
    crossChecks,
    ...round,
    assignments,
  };
  // References can only be judged once every row could be read.
  if (faults.length === 0) faults.push(...checkPlan(plan));
  if (faults.length > 0) throw new PlanRejected(faults);
  return plan;
}

/** A misspelt name is told as one, and not as the first of the files that are not in it. */
async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  const files = 'agencies.json, framework.json and round.json';
  const message = `is ${found === undefined ? 'not there' : 'no folder'}; name one with ${files}`;
  const place = { file: folder, row: null, rowName: null, field: null };
  throw new PlanRejected([{ code: 'plan/folder-missing', ...place, message }]);
}

/** The folder's own agencies first, so that row numbers of faults are those of its file. */
async function readAgencies(
  folder: string,
  file: PlanFile,
  faults: PlanFault[],
): Promise<PlanAgency[] | undefined> {
  const own = ownAgencies(file);
  if (own === undefined) return undefined;
  const shared: PlanAgency[] = [];
  for (const { folder: other, only } of own.agenciesFrom) {
    const beside = await PlanFile.openBeside(folder, other, 'agencies.json', faults);
    const listed = ownAgencies(beside)?.agencies ?? [];
    shared.push(...listed.filter(({ agency: id }) => only === null || only.includes(id)));
    for (const id of only ?? []) {
      if (!listed.some(({ agency: known }) => known === id)) faults.push(absent(other, id));
    }
  }
  return [...own.agencies, ...shared];
}

function absent(folder: string, id: AgencyId): PlanFault {
  return {
    code: 'plan/agency-unknown',
    file: 'agencies.json',
    row: null,
    rowName: null,
    field: 'agenciesFrom',
    message: `${id} is not listed in ${folder}`,
  };
}

type AgencyList = {
  readonly agencies: readonly PlanAgency[];
  readonly agenciesFrom: readonly { folder: string; only: readonly AgencyId[] | null }[];
};

function ownAgencies(file: PlanFile): AgencyList | undefined {
  if (file.schema !== 'plan-agencies/2') {
    const head = file.head('plan-agencies/1', {}, ['agencies']);
    return head && { agencies: file.rows('agencies', agency, 'agency'), agenciesFrom: [] };
  }
  const head = file.head<Pick<AgencyList, 'agenciesFrom'>>('plan-agencies/2', { agenciesFrom }, [
    'agencies',
  ]);
  return head && { ...head, agencies: file.rows('agencies', agencyOrGone, 'agency') };
}

/** With the folder that holds it, as seen from the plan's own: its cross-checks stand there too. */
type FrameworkPart = Pick<Plan, 'framework' | 'edition' | 'indicators'> & {
  readonly folder: string;
};

async function readFramework(
  folder: string,
  file: PlanFile,
  faults: PlanFault[],
): Promise<FrameworkPart | undefined> {
  if (file.schema !== 'plan-framework-from/1') return wholeFramework(file, '.');
  const head = file.head<{ frameworkFrom: string }>(
    'plan-framework-from/1',
    { frameworkFrom: otherFolder },
    [],
  );
  if (head === undefined) return undefined;
  const { frameworkFrom } = head;
  const beside = await PlanFile.openBeside(folder, frameworkFrom, 'framework.json', faults);
  return wholeFramework(beside, frameworkFrom);
}

function wholeFramework(file: PlanFile, folder: string): FrameworkPart | undefined {
  const head = file.head<{ framework: string; edition: PlanEdition }>(
    'plan-framework/1',
    { framework: idPart, edition },
    ['indicators'],
  );
  const indicators: readonly DefinitionInput[] | undefined =
    head && file.rows('indicators', definition, 'code');
  return head && indicators && { ...head, indicators, folder };
}

type RoundPart = {
  readonly round: PlanRound;
  readonly rows: readonly (PlanAssignment | PlanRow)[];
  readonly defaults: RowDefaults;
  readonly dueDecisions: readonly PlanDueDecision[];
};

async function readRound(
  folder: string,
  file: PlanFile,
  faults: PlanFault[],
): Promise<RoundPart | undefined> {
  const head = roundHead(file);
  if (head === undefined) return undefined;
  const { round: opening, assignmentsFrom, ...defaults } = head;
  const rows = ownRows(file);
  if (assignmentsFrom !== null) {
    const other = await PlanFile.openBeside(folder, assignmentsFrom, 'round.json', faults);
    if (roundHead(other) !== undefined) rows.push(...ownRows(other));
  }
  const dueDecisions = file.rows('dueDecisions', dueDecision, 'scope');
  return { round: opening, defaults, rows, dueDecisions };
}

type RoundHead = {
  readonly round: PlanRound;
  readonly assignmentsFrom: string | null;
} & RowDefaults;

function roundHead(file: PlanFile): RoundHead | undefined {
  const lists = ['assignments', 'dueDecisions'];
  if (file.schema !== 'plan-round/2') {
    const head = file.head<{ round: PlanRound }>('plan-round/1', { round }, lists);
    return head && { ...head, assignmentsFrom: null, datesForAll: [], choicesForAll: [] };
  }
  return file.head<RoundHead>(
    'plan-round/2',
    { round, assignmentsFrom: nullable(otherFolder), datesForAll, choicesForAll },
    lists,
  );
}

function ownRows(file: PlanFile): (PlanAssignment | PlanRow)[] {
  return file.schema === 'plan-round/2'
    ? file.rows<PlanRow>('assignments', row, 'indicator')
    : file.rows<PlanAssignment>('assignments', assignment, 'indicator');
}
