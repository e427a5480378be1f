import { readdir } from 'node:fs/promises';
import { isIdPart, isIndicatorCode } from '#kernel';
import { crossCheckRelations, crossCheckSeverities } from './cross-checks.ts';
import type { CrossCheck, CrossCheckTerm } from './cross-checks.ts';
import type { PlanCrossChecks } from './plan.ts';
import type { PlanFault } from './plan-faults.ts';
import { PlanFile } from './plan-file.ts';
import { bilingual, listOf, name, oneOf, recordOf, text, yesOrNo } from './plan-shape.ts';

/**
 * The cross-checks of an edition, a file of their own beside the framework: they are proposals of
 * another kind than definitions, change without them, and are stated by an act of their own.
 */
type Head = { readonly framework: string; readonly edition: string; readonly reason: string };

const idPart = name(isIdPart, 'a-z, 0-9 and _');
const term = recordOf<CrossCheckTerm>({
  indicator: name(isIndicatorCode, 'the code of an indicator'),
  component: idPart,
  cumulative: yesOrNo,
});
const check = recordOf<CrossCheck>({
  key: idPart,
  severity: oneOf(crossCheckSeverities),
  status: oneOf(['proposed', 'official']),
  relation: oneOf(crossCheckRelations),
  left: listOf(term),
  right: listOf(term),
  text: text(),
  why: bilingual,
  reading: text(),
});

/**
 * The cross-checks that stand beside a framework; null where the folder holds none. Faults of the
 * file are added to `faults`, under its name as seen from the plan. Whether the terms exist is
 * judged with the rest of the plan.
 */
export async function readCrossChecks(
  folder: string,
  shownFolder: string,
  faults: PlanFault[],
): Promise<PlanCrossChecks | null> {
  const fileName = 'cross-checks.json';
  if (!(await readdir(folder)).includes(fileName)) return null;
  const shown = shownFolder === '.' ? fileName : `${shownFolder}/${fileName}`;
  const file = await PlanFile.open(folder, fileName, faults, shown);
  const shapes = { framework: idPart, edition: text(100), reason: text() };
  const head = file.head<Head>('plan-cross-checks/1', shapes, ['checks']);
  if (head === undefined) return null;
  const { framework, edition, reason } = head;
  return { framework, edition, checks: file.rows('checks', check, 'key'), reason };
}
