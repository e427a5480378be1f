import { dayInVietnam, readFigureName } from '#kernel';
import { finding } from './check-catalogue.ts';
import type { CheckFinding } from './check-catalogue.ts';
import type { FigureContext } from './contexts.ts';
import { crossCheck, jumps } from './cross-checking.ts';
import type { Checked, NotCompared } from './cross-checking.ts';
import { missingEvidenceKinds } from './evidence-kinds.ts';
import type { FigureVersion } from './figure-state.ts';
import { isRecordedLate } from './paper-arrival.ts';
import { isBuiltOnOlderPart } from './parts.ts';
import { refuse } from './refusals.ts';
import type { CheckOverride, StandingFinding } from './statement.ts';
import { valueFindings } from './value-checks.ts';
import { readText } from './values.ts';
import { answersOlderDefinition } from './versions.ts';

/**
 * The checks of one version: its values against the definition, other figures and former rounds;
 * its evidence; its parts. Findings, not refusals: an error stops a verification only until the
 * verifier answers it in words, and a warning never does.
 */
export type CheckFacts = Pick<
  FigureContext,
  'figure' | 'assignment' | 'evidence' | 'references' | 'contributions' | 'comparisons'
>;

export type Checks = {
  readonly findings: readonly CheckFinding[];
  readonly notCompared: readonly NotCompared[];
};

/** Errors first. What was declared unavailable states nothing that could be checked. */
export function checksOf(version: FigureVersion, facts: CheckFacts): Checks {
  const { statement } = version;
  if (statement.status === 'M') return { findings: paperFindings(version), notCompared: [] };
  const { definition } = facts.assignment;
  const checked = checkedFigure(version, facts);
  const { findings: crossed, notCompared } = crossCheck(checked, facts.comparisons);
  const findings = [
    ...valueFindings(statement.values, definition),
    ...crossed,
    ...jumps(checked, facts.comparisons, definition),
    ...evidenceFindings(version, facts),
    ...partFindings(version, facts),
    ...paperFindings(version),
  ];
  const errors = findings.filter(({ severity }) => severity === 'error');
  return { findings: [...errors, ...findings.filter((one) => !errors.includes(one))], notCompared };
}

function checkedFigure({ statement, digest }: FigureVersion, { figure }: CheckFacts): Checked {
  const indicator = readFigureName(figure)?.indicator ?? statement.indicator;
  const { version, values, evidence, round } = statement;
  const stated = { version, digest, inForce: false, values, evidence };
  return { figure, indicator, self: { figure, round, indicator, stated } };
}

function evidenceFindings({ statement }: FigureVersion, facts: CheckFacts): CheckFinding[] {
  const { assignment, evidence, references } = facts;
  const { components, evidenceKinds } = assignment.definition;
  const links = statement.evidence;
  const missing = missingEvidenceKinds(links, evidenceKinds, evidence, references);
  const supportsAll = links.some(({ component }) => component === null);
  const bare = statement.values.filter(({ component }) => {
    const isRequired = components.some(({ key, required }) => key === component && required);
    return isRequired && !supportsAll && !links.some((link) => link.component === component);
  });
  return [
    ...missing.map((kind) =>
      finding('check/evidence-incomplete', { pointer: '/evidence', expected: kind }),
    ),
    ...bare.map(({ component }) =>
      finding('check/evidence-absent', { component, pointer: '/evidence' }),
    ),
  ];
}

/** Both days, so that whoever verifies sees what lateness was counted from. */
function paperFindings(version: FigureVersion): CheckFinding[] {
  const { paper } = version.statement;
  if (paper === null || !isRecordedLate(version)) return [];
  const pointer = '/paper/arrivedOn';
  const expected = dayInVietnam(version.recordedAt);
  return [finding('check/recorded-late', { pointer, expected, found: paper.arrivedOn })];
}

function partFindings(version: FigureVersion, facts: CheckFacts): CheckFinding[] {
  const { outstanding } = version.statement;
  const found: CheckFinding[] = [];
  if (outstanding.length > 0) {
    const told = { pointer: '/outstanding', found: outstanding.join(', ') };
    found.push(finding('check/parts-outstanding', told));
  }
  if (isBuiltOnOlderPart(version.statement, facts.contributions)) {
    found.push(finding('check/older-part', { pointer: '/builtFrom' }));
  }
  if (answersOlderDefinition(version, facts.assignment)) {
    found.push(finding('check/older-definition', { pointer: '/definition' }));
  }
  return found;
}

/**
 * The verifier's answers, each to a finding that stands. Refuses while an error is not answered,
 * listing those: nobody verifies past an error without having written down why.
 */
export function readOverrides(
  overrides: readonly CheckOverride[],
  findings: readonly CheckFinding[],
): readonly CheckOverride[] {
  const read = overrides.map(({ code, component, check, reason }, index) => {
    const override = { code, component, check };
    const isTwice = overrides.findIndex((one) => answers(one, override)) !== index;
    if (isTwice || !findings.some((one) => answers(override, one))) {
      throw refuse('figure/no-such-check', { pointer: `/overrides/${index}`, code });
    }
    return { ...override, reason: readText(reason, `/overrides/${index}/reason`) };
  });
  const open = findings.filter(
    (one) => one.severity === 'error' && !read.some((override) => answers(override, one)),
  );
  if (open.length > 0) {
    throw refuse('figure/checks-open', { pointer: '/overrides', findings: open });
  }
  return read;
}

type Named = Pick<StandingFinding, 'code' | 'component' | 'check'>;

/** One answer covers all findings of its code on one component, or of one cross-check. */
function answers(override: Named, one: Named): boolean {
  return (
    override.code === one.code &&
    override.component === one.component &&
    override.check === one.check
  );
}

/** What of the findings is kept in the verification's event, each kind once. */
export function standingFindings(findings: readonly CheckFinding[]): readonly StandingFinding[] {
  return findings
    .filter((one, index) => findings.findIndex((same) => answers(same, one)) === index)
    .map(({ code, severity, component, check }) => ({ code, severity, component, check }));
}
