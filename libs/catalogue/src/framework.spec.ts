import { describe, expect, test } from '@jest/globals';
import { decimal } from '#kernel';
import { given } from '#testing';
import {
  acting,
  component,
  defined,
  definitionOf,
  documentOf,
  published,
  ratio,
  registrar,
  today,
} from './catalogue.contract.ts';
import type { DefinitionInput } from './catalogue.commands.ts';
import { definitionOf as definitionIn, frameworkDecider } from './framework.ts';

const context = { acting: acting('registrar'), today };
const publish = { type: 'publish-edition', ...published.data } as const;
const define = (definition: DefinitionInput) =>
  ({ type: 'define', edition: '2026', definition }) as const;

describe('an edition', () => {
  test('is published once, by a registrar', () => {
    given(frameworkDecider, []).when(publish, context).then([published]).thenActor(registrar);
    const officer = { acting: acting('officer'), today };
    given(frameworkDecider, []).when(publish, officer).refuses('framework/not-registrar');
  });

  test('published again says whether it is the same', () => {
    const again = given(frameworkDecider, [published, defined(definitionOf())]);
    again.when(publish, context).refuses('framework/edition-exists', { same: true });
    const other = { ...publish, aliases: [] };
    again.when(other, context).refuses('framework/edition-exists', { same: false });
  });

  test('comes beside the others of its framework only', () => {
    const next = { ...publish, edition: '2027' };
    const { type: _, ...data } = next;
    const fact = { type: 'framework.edition-published.v1', data } as const;
    given(frameworkDecider, [published]).when(next, context).then([fact]);
    const stray = { ...next, framework: 'qd2244' };
    given(frameworkDecider, [published]).when(stray, context).refuses('framework/name');
  });

  test('takes no text that is not NFC, whatever the member', () => {
    const decomposed = { ...publish, aliases: ['Quyết định'.normalize('NFD')] };
    given(frameworkDecider, [])
      .when(decomposed, context)
      .refuses('catalogue/text', { pointer: '/aliases/0', fault: 'not-nfc' });
  });
});

describe('a definition', () => {
  const base = given(frameworkDecider, [published]);

  test('is numbered from 1 for each code of an edition', () => {
    base.when(define(definitionOf()), context).then([defined(definitionOf())]);
    const changed = definitionOf({ unit: 'tỷ đồng' });
    const redefine = {
      type: 'redefine',
      edition: '2026',
      definition: changed,
      reason: 'Sửa đơn vị',
      document: null,
    } as const;
    const second = {
      type: 'indicator.redefined.v1',
      data: {
        edition: '2026',
        definition: { ...changed, revision: 2 },
        reason: 'Sửa đơn vị',
        document: null,
      },
    } as const;
    const once = [published, defined(definitionOf())];
    given(frameworkDecider, once).when(redefine, context).then([second]);
    const { state } = given(frameworkDecider, [...once, second]);
    expect(definitionIn(state, '2026', 'I.4')).toStrictEqual(second.data.definition);
    expect(definitionIn(state, '2026', 'I.4', 1)).toStrictEqual({ ...definitionOf(), revision: 1 });
    expect(definitionIn(state, '2026', 'I.5')).toBeUndefined();
    given(frameworkDecider, [...once, second])
      .when(redefine, context)
      .refuses('indicator/unchanged', { same: true });
    given(frameworkDecider, [...once, second])
      .when(define(definitionOf()), context)
      .refuses('indicator/exists', { same: true, revision: 2 });
    given(frameworkDecider, once)
      .when(define(changed), context)
      .refuses('indicator/exists', { same: false });
  });

  test('needs its framework, its edition and, to be redefined, itself', () => {
    given(frameworkDecider, []).when(define(definitionOf()), context).refuses('framework/unknown');
    base
      .when({ ...define(definitionOf()), edition: '2027' }, context)
      .refuses('framework/edition-unknown');
    const redefine = {
      type: 'redefine',
      edition: '2026',
      definition: definitionOf(),
      reason: 'x',
      document: documentOf('Bộ KH&CN'),
    } as const;
    base.when(redefine, context).refuses('indicator/unknown');
  });

  test.each([
    ['a code in another form', { code: 'i-4' }, 'catalogue/id', '/definition/code'],
    ['a group that is not there', { group: 'VI' }, 'indicator/group-unknown', '/definition/group'],
    ['no component', { components: [] }, 'catalogue/empty', '/definition/components'],
    [
      'a key twice',
      { components: [component(), component()] },
      'catalogue/twice',
      '/definition/components/1',
    ],
    [
      'money without a unit',
      { components: [component({ unit: null })] },
      'indicator/component-invalid',
      '/definition/components/0/unit',
    ],
    [
      'money in a unit that is no money',
      { components: [component({ unit: 'bài' })] },
      'indicator/component-invalid',
      '/definition/components/0/unit',
    ],
    [
      'a level with a unit',
      { components: [component({ type: 'level', scaleMax: null })] },
      'indicator/component-invalid',
      '/definition/components/0/unit',
    ],
    [
      'a count with a fraction',
      { components: [component({ type: 'count', unit: 'bài', scaleMax: 1 })] },
      'indicator/component-invalid',
      '/definition/components/0/scaleMax',
    ],
    [
      'items without a key',
      { components: [component({ type: 'items', scaleMax: null })] },
      'indicator/component-invalid',
      '/definition/components/0/itemKey',
    ],
    [
      'a ratio without a denominator',
      { ...ratio, components: [component({ key: 'numerator' })] },
      'indicator/aggregation-invalid',
      '/definition/aggregation/factor',
    ],
    [
      'a ratio without a factor',
      { ...ratio, aggregation: { ...ratio.aggregation, factor: null } },
      'indicator/aggregation-invalid',
      '/definition/aggregation/factor',
    ],
    [
      'a factor of nothing',
      { ...ratio, aggregation: { ...ratio.aggregation, factor: decimal('0.0') } },
      'indicator/aggregation-invalid',
      '/definition/aggregation/factor',
    ],
    [
      'a de-duplicated sum without a list',
      { aggregation: { rule: 'distinct-sum', factor: null, meaning: 'x' } },
      'indicator/aggregation-invalid',
      '/definition/aggregation/rule',
    ],
    ['a target without a value', { kind: 'target' }, 'indicator/kind-invalid', '/definition/kind'],
    [
      'an indicator with a deliverable',
      { deliverable: 'Kế hoạch' },
      'indicator/kind-invalid',
      '/definition/kind',
    ],
    [
      'evidence of an unknown kind',
      { evidenceKinds: ['rumour'] },
      'catalogue/choice',
      '/definition/evidenceKinds/0',
    ],
  ] as const satisfies readonly (readonly [string, Partial<DefinitionInput>, string, string])[])(
    'is refused with %s',
    (_, members, code, pointer) => {
      base.when(define(definitionOf(members)), context).refuses(code, { pointer });
    },
  );

  test.each(['Kế hoạch được ban hành', null])('may be a task whose deliverable is %j', (cell) => {
    const task = definitionOf({ kind: 'task', deliverable: cell });
    base.when(define(task), context).then([defined(task)]);
  });

  test('may be a ratio, whose declared count of the group refuses nothing', () => {
    base.when(define(ratio), context).then([defined(ratio)]);
  });
});
