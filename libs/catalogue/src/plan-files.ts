import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isAgencyId, isIdPart, isIndicatorCode, isRoundId, isUnitId, parseDecimal } from '#kernel';
import type { Decimal, Period } from '#kernel';
import { agencyKinds } from '#directory';
import type { DefinitionInput } from './catalogue.commands.ts';
import { aggregationRules, componentTypes, indicatorKinds } from './framework.events.ts';
import type { ComponentDefinition, IndicatorGroup } from './framework.events.ts';
import type {
  Plan,
  PlanAgency,
  PlanAssignment,
  PlanDueDecision,
  PlanEdition,
  PlanRequests,
  PlanRound,
} from './plan.ts';
import { checkPlan } from './plan-checks.ts';
import { PlanRejected } from './plan-faults.ts';
import type { PlanFault, PlanFileName } from './plan-faults.ts';
import {
  FieldFault,
  bilingual,
  dayText,
  documentRef,
  listOf,
  name,
  nullable,
  oneOf,
  recordOf,
  sourceRef,
  text,
  wholeNumber,
  yesOrNo,
} from './plan-shape.ts';
import type { Shape } from './plan-shape.ts';
import { assignmentModes, dueScopes } from './round.events.ts';
import type { NamedDate, Party, ResponsibilitySentence } from './round.events.ts';

type Provenance = {
  readonly sources: readonly { file: string; lines: string; what: string }[];
  readonly extraction: string;
  readonly proposed: readonly string[];
  readonly incomplete: readonly string[];
  readonly read: readonly string[];
};

/**
 * Reads and checks a plan. Rejects with PlanRejected, which lists every faulty row with file, row
 * and field; nothing is loaded from a folder with a fault in it.
 */
export async function readPlanFiles(folder: string): Promise<Plan> {
  const faults: PlanFault[] = [];
  const open = async (file: PlanFileName) =>
    new PlanFile(file, await readJson(folder, file), faults);
  const agenciesFile = await open('agencies.json');
  const frameworkFile = await open('framework.json');
  const roundFile = await open('round.json');

  const agencies =
    agenciesFile.head('plan-agencies/1', {}, ['agencies']) &&
    agenciesFile.rows('agencies', agency, 'agency');
  const head = frameworkFile.head('plan-framework/1', { framework: idPart, edition }, [
    'indicators',
  ]);
  const indicators = head && frameworkFile.rows('indicators', definition, 'code');
  const opening = roundFile.head('plan-round/1', { round }, ['assignments', 'dueDecisions']);
  const assignments = opening && roundFile.rows('assignments', assignment, 'indicator');
  const dueDecisions = opening && roundFile.rows('dueDecisions', dueDecision, 'scope');
  if (!agencies || !head || !indicators || !opening || !assignments || !dueDecisions) {
    throw new PlanRejected(faults);
  }
  const plan: Plan = {
    name: basename(folder),
    agencies,
    ...head,
    indicators,
    ...opening,
    assignments,
    dueDecisions,
  };
  // References can only be judged once every row could be read.
  if (faults.length === 0) faults.push(...checkPlan(plan));
  if (faults.length > 0) throw new PlanRejected(faults);
  return plan;
}

async function readJson(folder: string, file: PlanFileName): Promise<unknown> {
  const fault = (code: string, message: string) =>
    new PlanRejected([{ code, file, row: null, rowName: null, field: null, message }]);
  let content: Buffer;
  try {
    content = await readFile(join(folder, file));
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw fault('plan/file-missing', `cannot be read: ${reason}`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)) as unknown;
  } catch (error) {
    throw fault('plan/not-json', error instanceof Error ? error.message : String(error));
  }
}

/** One file of a plan: its head, and lists of rows that are each read on their own. */
class PlanFile {
  private readonly file: PlanFileName;
  private readonly content: unknown;
  private readonly faults: PlanFault[];

  constructor(file: PlanFileName, content: unknown, faults: PlanFault[]) {
    this.file = file;
    this.content = content;
    this.faults = faults;
  }

  /** The members beside the lists of rows, or undefined when there is a fault among them. */
  head<T extends object>(
    schema: string,
    shapes: { readonly [K in keyof T]: Shape<T[K]> },
    lists: readonly string[],
  ): T | undefined {
    const rows = Object.fromEntries(lists.map((list) => [list, listOf((value) => value)]));
    const all = { schema: oneOf([schema]), provenance, ...shapes, ...rows };
    return this.attempt(null, null, () => recordOf<T>(all as never)(this.content, ''));
  }

  /** Every row of a list; a row with a fault is reported and left out. */
  rows<T>(list: string, shape: Shape<T>, nameMember: string): T[] {
    const values = (this.content as Record<string, unknown[]>)[list] ?? [];
    return values.flatMap((value, index) => {
      const row = this.attempt(index + 1, rowName(value, nameMember), () => shape(value, ''));
      return row === undefined ? [] : [row];
    });
  }

  private attempt<T>(row: number | null, named: string | null, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof FieldFault)) throw error;
      const { code, field, message } = error;
      this.faults.push({ code, file: this.file, row, rowName: named, field, message });
      return undefined;
    }
  }
}

function rowName(value: unknown, member: string): string | null {
  const named = (value as Record<string, unknown> | null)?.[member];
  return typeof named === 'string' ? named : null;
}

const idPart = name(isIdPart, 'a name of a-z, 0-9 and _');
const agencyId = name(isAgencyId, 'an agency such as son_la.so_tc');
const indicatorCode = name(isIndicatorCode, 'a code such as I.4');
const decimalText = name(
  (value) => parseDecimal(value) !== undefined,
  'a decimal',
) as Shape<Decimal>;

const provenance = recordOf<Provenance>({
  sources: listOf(recordOf({ file: text(200), lines: text(200), what: text() })),
  extraction: text(),
  proposed: listOf(text()),
  incomplete: listOf(text()),
  read: listOf(text()),
});

const agency = recordOf<PlanAgency>({
  agency: agencyId,
  kind: oneOf(agencyKinds),
  name: bilingual,
  aliases: listOf(text(300)),
  classes: listOf(idPart),
  units: listOf(recordOf({ unit: name(isUnitId, 'a unit of the agency'), name: bilingual })),
  document: nullable(documentRef),
  note: nullable(text()),
});

const edition = recordOf<PlanEdition>({
  edition: idPart,
  title: bilingual,
  document: documentRef,
  aliases: listOf(text(200)),
  groups: listOf(
    recordOf<IndicatorGroup>({
      code: indicatorCode,
      name: bilingual,
      declaredCount: nullable(wholeNumber),
    }),
  ),
});

const definition = recordOf<DefinitionInput>({
  code: indicatorCode,
  group: indicatorCode,
  kind: oneOf(indicatorKinds),
  name: bilingual,
  status: oneOf(['proposed', 'official']),
  unit: nullable(text(100)),
  valueType: text(100),
  aggregation: recordOf<DefinitionInput['aggregation']>({
    rule: oneOf(aggregationRules),
    factor: nullable(decimalText),
    meaning: text(),
  }),
  components: listOf(
    recordOf<ComponentDefinition>({
      key: idPart,
      label: bilingual,
      type: oneOf(componentTypes),
      unit: nullable(text(100)),
      scaleMax: nullable(wholeNumber),
      required: yesOrNo,
      suppliedBy: oneOf(['lead', 'contributors', 'both']),
      itemKey: nullable(text(200)),
    }),
  ),
  evidenceKinds: listOf(text(100)),
  target: nullable(recordOf({ operator: text(20), value: text(200), raw: text() })),
  deliverable: nullable(text()),
  reasoning: text(),
  basis: text(),
  sources: listOf(sourceRef),
});

const round = recordOf<PlanRound>({
  round: name(isRoundId, 'a round such as son_la-qd1969-2026'),
  framework: idPart,
  edition: idPart,
  period: recordOf<Period & { readonly label: string }>({
    from: dayText,
    to: dayText,
    label: text(100),
  }),
  title: bilingual,
  legalBasis: documentRef,
  checkingAgency: agencyId,
  chain: listOf(agencyId),
  responsibility: listOf(
    recordOf<ResponsibilitySentence>({
      agencyKinds: listOf(oneOf(agencyKinds)),
      text: text(),
      source: sourceRef,
    }),
  ),
  verificationBasis: sourceRef,
  datesUnspecified: listOf(sourceRef),
});

const assignment = recordOf<PlanAssignment>({
  indicator: indicatorCode,
  mode: oneOf(assignmentModes),
  leads: listOf(agencyId),
  coordinating: listOf(
    recordOf<Party>({ raw: text(), agency: nullable(agencyId), class: nullable(idPart) }),
  ),
  dates: listOf(
    recordOf<NamedDate>({
      id: idPart,
      scopes: listOf(oneOf(dueScopes)),
      lastDay: dayText,
      source: sourceRef,
    }),
  ),
  raw: recordOf({ lead: text(), coordinating: text(), due: text() }),
  source: sourceRef,
  choices: listOf(recordOf({ class: idPart, members: listOf(agencyId), reason: text() })),
  requests: recordOf<PlanRequests>({
    documentsOnly: yesOrNo,
    components: listOf(idPart),
    exceptions: listOf(recordOf({ agency: agencyId, components: listOf(idPart), reason: text() })),
  }),
});

const dueDecision = recordOf<PlanDueDecision>({
  scope: oneOf(dueScopes),
  indicator: nullable(indicatorCode),
  dateId: nullable(idPart),
  lastDay: nullable(dayText),
  why: text(),
  document: nullable(documentRef),
});
