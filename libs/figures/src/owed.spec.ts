import { expect, test } from '@jest/globals';
import { day, readFigureName } from '#kernel';
import type { AgencyId } from '#kernel';
import type { AssignedIndicator, Assignment, Round } from '#catalogue';
import { commands, stateAfter, step } from './figure-acts.contract.ts';
import {
  cast,
  commune,
  dost,
  figureId,
  leadAgency,
  letter,
  otherAgency,
} from './figures.contract.ts';
import { figureOf, frozenFor, giverOf, partsFor, predecessorsOf } from './owed.ts';
import type { Duty } from './owed.ts';

const frozen = { stream: 'round-son_la-qd1969-2026', revision: 7 };
const made = { stream: 'round-son_la-qd1969-2026', revision: 3 };
const name = readFigureName(figureId)!;
const document = {
  kind: 'decision',
  number: '1',
  date: day('2026-07-01'),
  issuer: null,
  title: 'Sáp nhập',
  digest: letter,
} as const;

/** A duty as far as these functions look at one. */
function duty(
  participants: readonly AgencyId[] | null,
  passed: readonly (readonly [AgencyId, AgencyId])[] = [],
  mode: Assignment['mode'] = 'single',
): Duty {
  const assigned = {
    assignment: { mode, indicator: 'I.4' },
    leads: [leadAgency, otherAgency],
    successions: passed.map(([from, to]) => ({
      indicator: 'I.4',
      from,
      to,
      on: day('2026-07-01'),
      document,
    })),
    participants: participants && { agencies: new Map(participants.map((one) => [one, frozen])) },
    recordedBy: made,
  } as unknown as AssignedIndicator;
  const round = { assignments: new Map([['I.4', assigned]]) } as unknown as Round;
  return { round, assigned };
}

test('a duty comes down over several successions, but not from an agency to itself', () => {
  const { assigned } = duty(
    [],
    [
      ['p.a', 'p.b'],
      ['p.x', 'p.y'],
      ['p.b', 'p.c'],
    ],
  );
  expect(predecessorsOf('p.c', assigned)).toEqual(['p.b', 'p.a']);
  expect(predecessorsOf('p.b', assigned)).toEqual(['p.a']);
  expect(predecessorsOf('p.a', assigned)).toEqual([]);
  // What a passed on before it came back is not a's any more.
  const back = duty(
    [],
    [
      ['p.a', 'p.b'],
      ['p.b', 'p.a'],
    ],
  ).assigned;
  expect(predecessorsOf('p.a', back)).toEqual(['p.b']);
});

test("the heir gives a part under the old name; a stranger's name is only a name", () => {
  const passed = duty([commune], [[dost, commune]]);
  expect(giverOf('so_khcn', name, passed)).toBe(commune);
  expect(giverOf('xa_muong_la', name, passed)).toBe(commune);
  expect(giverOf('dn_thuy_dien', name, passed)).toBe('son_la.dn_thuy_dien');
});

test('a part is owed by the act that froze its giver, by none before', () => {
  expect(frozenFor(dost, name, duty([dost]))).toEqual(frozen);
  expect(frozenFor(commune, name, duty([dost]))).toEqual(made);
  expect(frozenFor(dost, name, duty(null))).toBeNull();
});

test("a part belongs to the figure, in mode each to the first lead's", () => {
  expect(figureOf(name, duty([]))).toBe(figureId);
  expect(figureOf(name, duty([], [], 'each'))).toBe(`${figureId}.so_tc`);
});

test('a hand-in looks at every part owed, an approval at none, and no part twice', () => {
  const figure = stateAfter(step(commands.submit, cast.officer));
  const owed = duty([dost, commune], [[otherAgency, commune]]);
  const cited = [`${figureId}.so_khcn`, `${figureId}.dn_thuy_dien`, figureId];
  expect([...partsFor({ ...commands.submit, builtFrom: cited }, figure, name, owed)]).toEqual([
    [`${figureId}.so_khcn`, dost],
    [`${figureId}.xa_muong_la`, commune],
    [`${figureId}.so_yt`, commune],
    [`${figureId}.dn_thuy_dien`, 'son_la.dn_thuy_dien'],
  ]);
  expect(partsFor(commands.endorse, figure, name, owed).size).toBe(0);
  expect(partsFor(commands.verify, figure, name, owed).size).toBe(0);
});
