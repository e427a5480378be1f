import { isIdPart, isIndicatorCode } from '#kernel';
import { crossCheckRelations, crossCheckSeverities } from './cross-checks.ts';
import type { CrossCheck, CrossCheckTerm } from './cross-checks.ts';
import { planRequest } from './plan-commands.ts';
import type { PlanCommand } from './plan-commands.ts';
import { PlanRejected } from './plan-faults.ts';
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
 * The registrar's one request that states the cross-checks in a plan folder's `cross-checks.json`.
 * Rejects with PlanRejected; whether their terms exist, the framework itself says.
 */
export async function readPlanCrossChecks(folder: string): Promise<PlanCommand[]> {
  const faults: PlanFault[] = [];
  const file = await PlanFile.open(folder, 'cross-checks.json', faults);
  const shapes = { framework: idPart, edition: text(100), reason: text() };
  const head = file.head<Head>('plan-cross-checks/1', shapes, ['checks']);
  const checks = head === undefined ? [] : file.rows('checks', check, 'key');
  if (head === undefined || faults.length > 0) throw new PlanRejected(faults);
  const { framework, edition, reason } = head;
  const aggregate = `/frameworks/${framework}`;
  const path = `${aggregate}/editions/${edition}/cross-checks`;
  const describe = `${checks.length} cross-checks of ${framework} ${edition}`;
  return [planRequest(path, { checks, reason }, aggregate, describe)];
}
