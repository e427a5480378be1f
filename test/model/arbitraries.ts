import fc from 'fast-check';
import type { Act, Kind, Person, Subject, Which } from './model.ts';

/** Acts by chance, mostly of people who might do them, about the version they see. */
const anybody: readonly Person[] = [
  'officer',
  'colleague',
  'both',
  'head',
  'deputy',
  'checker',
  'feedingChecker',
  'giver',
  'givingColleague',
  'giverHead',
  'auditor',
  'inspector',
  'registrar',
];

/** Five times in six somebody of these; else anybody, that every wrong person comes by. */
const by = (...likely: Person[]) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...likely) },
    { weight: 1, arbitrary: fc.constantFrom(...anybody) },
  );
const version: fc.Arbitrary<Which> = fc.oneof(
  { weight: 12, arbitrary: fc.constant('present' as const) },
  { weight: 1, arbitrary: fc.constantFrom('older' as const, 'unknown' as const) },
);
const kind = fc.constantFrom<Kind>('correction', 'correction', 'update', 'resubmission');
const number = fc.integer({ min: 1, max: 3 });
const flag = fc.boolean();

const officers = { figure: ['officer', 'colleague', 'both'], part: ['giver', 'givingColleague'] };
const heads = { figure: ['head', 'deputy', 'both'], part: ['giverHead'] };
const approvers = { figure: ['checker', 'feedingChecker'], part: ['officer', 'colleague'] };
const returners = { figure: ['head', 'checker'], part: ['giverHead', 'officer'] };

function commonActs(on: Subject): fc.WeightedArbitrary<Act>[] {
  const officer = by(...(officers[on] as Person[]));
  const head = by(...(heads[on] as Person[]));
  const on1 = fc.constant(on);
  const act = <T extends string>(name: T) => fc.constant(name);
  const typed = { on: on1, by: officer, estimate: flag, withPart: flag };
  const about = (name: 'endorse' | 'recall' | 'return' | 'approve' | 'withdraw', who = head) =>
    fc.record({ on: on1, by: who, act: act(name), version });
  const approver = by(...(approvers[on] as Person[]));
  const returner = by(...(returners[on] as Person[]));
  return [
    { weight: 4, arbitrary: fc.record({ ...typed, act: act('submit') }) },
    { weight: 4, arbitrary: fc.record({ ...typed, act: act('correct'), kind }) },
    { weight: 2, arbitrary: fc.record({ on: on1, by: officer, act: act('declare') }) },
    { weight: 8, arbitrary: about('endorse') },
    { weight: 2, arbitrary: about('recall') },
    { weight: 2, arbitrary: about('return', returner) },
    { weight: 7, arbitrary: about('approve', approver) },
    { weight: 1, arbitrary: about('withdraw') },
  ];
}

function figureActs(): fc.WeightedArbitrary<Act>[] {
  const on = fc.constant('figure' as const);
  const act = <T extends string>(name: T) => fc.constant(name);
  const asker = by('checker', 'auditor');
  const party = by('head', 'deputy', 'giverHead');
  return [
    { weight: 2, arbitrary: fc.record({ on, by: asker, act: act('ask'), version }) },
    {
      weight: 2,
      arbitrary: fc.record({ on, by: by('officer', 'head'), act: act('explain'), number }),
    },
    { weight: 1, arbitrary: fc.record({ on, by: party, act: act('dispute'), version }) },
    { weight: 1, arbitrary: fc.record({ on, by: party, act: act('settle'), number }) },
    { weight: 1, arbitrary: fc.record({ on, by: by('inspector'), act: act('order'), version }) },
  ];
}

const request = fc.record({
  on: fc.constant('part' as const),
  by: by('officer'),
  act: fc.constant('request' as const),
});

const onFigure: fc.Arbitrary<Act> = fc.oneof(...commonActs('figure'), ...figureActs());
const onPart: fc.Arbitrary<Act> = fc.oneof(...commonActs('part'), {
  weight: 1,
  arbitrary: request,
});

export const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: onFigure },
  { weight: 2, arbitrary: onPart },
);

/** Two acts that meet in one stream. */
export const pairs: fc.Arbitrary<readonly [Act, Act]> = fc.oneof(
  fc.tuple(onFigure, onFigure),
  fc.tuple(onPart, onPart),
);

/** Acts to choose from. */
export const choices: fc.Arbitrary<readonly [Act, ...Act[]]> = fc.tuple(
  acts,
  acts,
  acts,
  acts,
  acts,
  acts,
);
