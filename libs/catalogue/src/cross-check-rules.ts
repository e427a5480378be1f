import { isIdPart, isIndicatorCode } from '#kernel';
import type { IndicatorCode } from '#kernel';
import { crossCheckRelations, crossCheckSeverities } from './cross-checks.ts';
import type { CrossCheck, CrossCheckRelation, CrossCheckTerm } from './cross-checks.ts';
import type { ComponentDefinition, IndicatorDefinition } from './framework.events.ts';
import { checkChoice, checkDistinct, checkId, checkText, sameJson } from './input-checks.ts';
import { refuse } from './refusals.ts';

/** What of an edition its cross-checks are judged by. */
type Edition = {
  readonly indicators: ReadonlyMap<IndicatorCode, readonly IndicatorDefinition[]>;
  readonly crossChecks: readonly CrossCheck[];
};

const computed: readonly CrossCheckRelation[] = ['equal', 'at-most', 'at-least'];

/**
 * Whether every check can be understood in this edition: its terms name components there are, and
 * a comparison adds numbers of one kind. Throws a Refusal with a pointer below `/checks`.
 */
export function checkCrossChecks(checks: readonly CrossCheck[], edition: Edition): void {
  checkDistinct(
    checks.map(({ key }) => key),
    '/checks',
  );
  checks.forEach((check, index) => checkOne(check, edition, `/checks/${index}`));
  if (sameJson(checks, edition.crossChecks)) {
    throw refuse('framework/cross-checks-unchanged', { same: true });
  }
}

function checkOne(check: CrossCheck, edition: Edition, at: string): void {
  const { key, severity, status, relation, left, right } = check;
  checkId(isIdPart(key), `${at}/key`);
  checkChoice(severity, crossCheckSeverities, `${at}/severity`);
  checkChoice(status, ['proposed', 'official'], `${at}/status`);
  checkChoice(relation, crossCheckRelations, `${at}/relation`);
  checkText(check.text, `${at}/text`);
  checkText(check.why.vi, `${at}/why/vi`);
  checkText(check.reading, `${at}/reading`);
  const sides = [
    ['left', left],
    ['right', right],
  ] as const;
  const components = sides.flatMap(([side, terms]) => {
    if (terms.length === 0 && relation !== 'by-hand') {
      throw refuse('framework/cross-check-invalid', { pointer: `${at}/${side}`, relation });
    }
    return terms.map((term, index) => componentOf(term, edition, `${at}/${side}/${index}`));
  });
  if (!computed.includes(relation)) return;
  const kinds = new Set(components.map(({ type }) => (type === 'money' ? 'money' : 'number')));
  const isNumeric = components.every(({ type }) => ['decimal', 'count', 'money'].includes(type));
  if (!isNumeric || kinds.size > 1) {
    throw refuse('framework/cross-check-invalid', { pointer: `${at}/relation`, relation });
  }
}

/** By the definition in force: a check is stated about what is asked now. */
function componentOf(term: CrossCheckTerm, edition: Edition, at: string): ComponentDefinition {
  checkId(isIndicatorCode(term.indicator), `${at}/indicator`);
  const definition = edition.indicators.get(term.indicator)?.at(-1);
  if (definition === undefined) throw refuse('indicator/unknown', { pointer: `${at}/indicator` });
  const component = definition.components.find(({ key }) => key === term.component);
  if (component === undefined) {
    const expected = definition.components.map(({ key }) => key);
    throw refuse('framework/cross-check-invalid', { pointer: `${at}/component`, expected });
  }
  return component;
}
