import { day, decimal, digestOf } from '#kernel';
import type { FigureId, IndicatorCode } from '#kernel';
import type {
  ComponentDefinition,
  CrossCheck,
  CrossCheckTerm,
  IndicatorDefinition,
} from '#catalogue';
import type { CheckFinding } from './check-catalogue.ts';
import { checksOf } from './checks.ts';
import type { CheckFacts } from './checks.ts';
import type { ComparedFigure, Comparisons } from './contexts.ts';
import type { FigureVersion } from './figure-state.ts';
import { actorIs, cast, contextFor, definition, input } from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';
import type { ComponentValue } from './statement.ts';

/** Versions made for checks: any values under any definition, whether or not they may be typed. */
export function count(component: string, value: string, unit = 'bài'): ComponentValue {
  return { component, type: 'count', value: decimal(value), unit };
}

export function asked(key: string, more: Partial<ComponentDefinition> = {}): ComponentDefinition {
  return {
    key,
    label: { vi: key, en: null },
    type: 'count',
    unit: 'bài',
    scaleMax: 0,
    required: true,
    suppliedBy: 'both',
    itemKey: null,
    ...more,
  };
}

export function definedBy(
  components: readonly ComponentDefinition[],
  more: Partial<IndicatorDefinition> = {},
): IndicatorDefinition {
  return { ...definition, unit: null, components, ...more };
}

export function version(
  values: readonly ComponentValue[],
  more: Partial<FigureVersion['statement']> = {},
): FigureVersion {
  const by = actorIs(cast.officer);
  return {
    statement: {
      version: 1,
      kind: 'first',
      round: 'son_la-qd1969-2026',
      indicator: 'I.4',
      agency: by.agency,
      definition: { framework: 'qd1969', edition: '2025', revision: 1 },
      status: 'A',
      values,
      asOf: day('2026-08-31'),
      method: null,
      evidence: input.evidence.map((link) => ({ ...link, component: null })),
      due: null,
      paper: null,
      note: null,
      builtFrom: [],
      outstanding: [],
      ...more,
    },
    by,
    recordedAt: '2026-09-01T00:00:00.000Z' as FigureVersion['recordedAt'],
    digest: digestOf('version'),
    revision: 0,
    reason: null,
    replaces: null,
    endorsements: [],
    approval: null,
    returned: null,
    withdrawn: false,
  };
}

/** What the checks say of these values under this definition, everything else being in order. */
export function checked(
  values: readonly ComponentValue[],
  asking: IndicatorDefinition,
  changes: Changes = {},
  more: Partial<FigureVersion['statement']> = {},
): ReturnType<typeof checksOf> {
  const { assignment, ...others } = changes;
  const facts: CheckFacts = contextFor(cast.checker, {
    ...others,
    assignment: { ...assignment, definition: asking },
  });
  return checksOf(version(values, more), facts);
}

export function codesOf(checks: {
  readonly findings: readonly Pick<CheckFinding, 'code' | 'component'>[];
}): readonly string[] {
  return checks.findings.map(({ code, component }) => `${code} ${component ?? '-'}`);
}

export function compared(
  figure: FigureId,
  indicator: IndicatorCode,
  values: readonly ComponentValue[] | null,
  inForce = true,
): ComparedFigure {
  const [round = ''] = figure.split('.');
  const stated = values && {
    version: 1,
    digest: digestOf(figure),
    inForce,
    values,
    evidence: [],
  };
  return { figure, round, indicator, stated };
}

export const term = (indicator: string, component: string, cumulative = false): CrossCheckTerm => ({
  indicator,
  component,
  cumulative,
});

export function relating(
  relation: CrossCheck['relation'],
  left: readonly CrossCheckTerm[],
  right: readonly CrossCheckTerm[],
  severity: CrossCheck['severity'] = 'error',
): CrossCheck {
  return {
    key: relation.replace('-', '_'),
    severity,
    status: 'proposed',
    relation,
    left,
    right,
    text: relation,
    why: { vi: 'Vì sao', en: null },
    reading: 'As it stands.',
  };
}

export function comparing(
  crossChecks: readonly CrossCheck[],
  figures: readonly ComparedFigure[] = [],
  former: readonly ComparedFigure[] = [],
): { readonly comparisons: Comparisons } {
  return { comparisons: { crossChecks, figures, former } };
}
