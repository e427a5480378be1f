import { documentKinds, isIdPart, isIndicatorCode, parseDecimal } from '#kernel';
import type { DefinitionInput } from './catalogue.commands.ts';
import { aggregationRules, componentTypes, indicatorKinds } from './framework.events.ts';
import type { ComponentDefinition } from './framework.events.ts';
import {
  checkChoice,
  checkDistinct,
  checkId,
  checkNotEmpty,
  checkSource,
  checkText,
} from './input-checks.ts';
import { refuse } from './refusals.ts';

/**
 * Units in which money may be typed, with the đồng that one of them is worth. Money is kept in
 * đồng (DOMAIN, value); a unit that is not here could not be converted exactly.
 */
export const moneyUnits: Readonly<Record<string, string>> = {
  đồng: '1',
  'nghìn đồng': '1000',
  'triệu đồng': '1000000',
  'tỷ đồng': '1000000000',
};

/** More digits after the point than any unit of the plans needs, đồng in tỷ đồng included. */
const scaleLimit = 12;

/**
 * Whether a definition can be answered at all: each component fits its type, and the rule of
 * aggregation finds the components it works on. Throws a Refusal with a pointer into the command.
 */
export function checkDefinition(definition: DefinitionInput, groups: readonly string[]): void {
  const at = '/definition';
  checkId(isIndicatorCode(definition.code), `${at}/code`);
  if (!groups.includes(definition.group)) {
    throw refuse('indicator/group-unknown', { pointer: `${at}/group`, groups });
  }
  checkChoice(definition.kind, indicatorKinds, `${at}/kind`);
  checkChoice(definition.status, ['proposed', 'official'], `${at}/status`);
  checkText(definition.name.vi, `${at}/name/vi`, 1000);
  checkText(definition.valueType, `${at}/valueType`, 100);
  checkText(definition.aggregation.meaning, `${at}/aggregation/meaning`);
  checkText(definition.basis, `${at}/basis`);
  checkNotEmpty(definition.components, `${at}/components`);
  checkDistinct(
    definition.components.map(({ key }) => key),
    `${at}/components`,
  );
  definition.components.forEach((component, index) => {
    checkComponent(component, `${at}/components/${index}`);
  });
  definition.evidenceKinds.forEach((kind, index) => {
    checkChoice(kind, documentKinds, `${at}/evidenceKinds/${index}`);
  });
  checkDistinct(definition.evidenceKinds, `${at}/evidenceKinds`);
  definition.sources.forEach((one, index) => checkSource(one, `${at}/sources/${index}`));
  checkAggregation(definition, `${at}/aggregation`);
  checkKind(definition, at);
}

function checkComponent(component: ComponentDefinition, at: string): void {
  const { key, label, type, unit, scaleMax, suppliedBy, itemKey } = component;
  checkId(isIdPart(key), `${at}/key`);
  checkText(label.vi, `${at}/label/vi`, 1000);
  checkChoice(type, componentTypes, `${at}/type`);
  checkChoice(suppliedBy, ['lead', 'contributors', 'both'], `${at}/suppliedBy`);
  const invalid = (member: string, expected: string) =>
    refuse('indicator/component-invalid', { pointer: `${at}/${member}`, type, expected });

  const numeric = isNumeric(component);
  if (numeric && (unit === null || unit === '')) throw invalid('unit', 'a unit');
  if (type === 'money' && moneyUnits[unit ?? ''] === undefined) {
    throw invalid('unit', Object.keys(moneyUnits).join(', '));
  }
  if ((type === 'level' || type === 'text') && unit !== null) throw invalid('unit', 'null');
  if (numeric) {
    // People and articles come whole; a count with a fraction is a decimal by another name.
    const limit = type === 'count' ? 0 : scaleLimit;
    const inRange = scaleMax !== null && Number.isSafeInteger(scaleMax) && scaleMax >= 0;
    if (!inRange || scaleMax > limit) throw invalid('scaleMax', `0 to ${limit}`);
  } else if (scaleMax !== null) {
    throw invalid('scaleMax', 'null');
  }
  if (type === 'items' && (itemKey === null || itemKey === '')) throw invalid('itemKey', 'a key');
  if (type !== 'items' && itemKey !== null) throw invalid('itemKey', 'null');
}

function isNumeric({ type }: ComponentDefinition): boolean {
  return type === 'decimal' || type === 'count' || type === 'money';
}

/** What each rule works on. Ratios are never averaged, so both their parts must be there. */
function checkAggregation({ aggregation, components }: DefinitionInput, at: string): void {
  const { rule, factor } = aggregation;
  checkChoice(rule, aggregationRules, `${at}/rule`);
  const needs = (holds: boolean, member: string, expected: string) => {
    if (!holds) {
      throw refuse('indicator/aggregation-invalid', { pointer: `${at}/${member}`, rule, expected });
    }
  };
  const numeric = components.filter(isNumeric);
  const hasItems = components.some(({ type }) => type === 'items');
  const hasParts = ['numerator', 'denominator'].every((key) =>
    numeric.some((one) => one.key === key),
  );
  if (factor !== null) {
    const positive = parseDecimal(factor) !== undefined && /[1-9]/.test(factor);
    needs(positive && !factor.startsWith('-'), 'factor', 'a positive decimal');
    needs(hasParts, 'factor', 'null without numerator and denominator');
  }
  switch (rule) {
    case 'none':
      return;
    case 'sum':
      return needs(numeric.length > 0, 'rule', 'a number to add');
    case 'distinct-sum':
      needs(hasItems, 'rule', 'an item list with a key');
      return needs(
        numeric.some(({ type }) => type === 'count'),
        'rule',
        'a count',
      );
    case 'ratio':
      needs(hasParts, 'rule', 'components numerator and denominator');
      return needs(factor !== null, 'factor', 'a factor');
    case 'weighted-mean':
      return needs(hasParts || hasItems, 'rule', 'numerator and denominator, or an item list');
    case 'recompute':
      return needs(hasItems, 'rule', 'an item list with a key');
  }
}

/** A plan may leave the cell of a task's product empty; an invented one would be worse than none. */
function checkKind({ kind, target, deliverable }: DefinitionInput, at: string): void {
  const fits =
    (kind === 'target') === (target !== null) && (kind === 'task' || deliverable === null);
  if (!fits) throw refuse('indicator/kind-invalid', { pointer: `${at}/kind`, kind });
}
