import { describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import type { ContributionFacts } from './contexts.ts';
import { after, commands, stateAfter, step } from './figure-acts.contract.ts';
import { cast, commune, contextFor, dost, figureId } from './figures.contract.ts';
import { isBuiltOnOlderPart } from './parts.ts';

const part = `${figureId}.so_khcn`;
const version = (number: number) => ({
  version: number,
  digest: digestOf(`part ${number}`),
  revision: number * 3,
  hands: [],
});
const accepted: ContributionFacts = {
  contribution: part,
  agency: dost,
  accepted: 1,
  latest: 1,
  versions: [version(1), version(2)],
};
const submit = (...builtFrom: readonly string[]) => ({ ...commands.submit, builtFrom });
const knowing = (...contributions: readonly ContributionFacts[]) =>
  contextFor(cast.officer, { contributions });

describe('what a figure is built from', () => {
  test('is named by stream, revision and digest of the accepted version', () => {
    const acts = [{ command: submit(part), context: knowing(accepted) }];
    const statement = stateAfter(...acts).versions[0]?.statement;
    expect(statement?.builtFrom).toEqual([
      { contribution: part, agency: dost, revision: 3, version: 1, digest: digestOf('part 1') },
    ]);
    expect(statement?.outstanding).toEqual([commune]);
  });

  test('a later version that is not accepted yet is not what counts', () => {
    const acts = [{ command: submit(part), context: knowing({ ...accepted, latest: 2 }) }];
    expect(stateAfter(...acts).versions[0]?.statement.builtFrom[0]?.version).toBe(1);
  });

  test.each([
    ['not accepted', [part], { ...accepted, accepted: null }, 'figure/part-not-accepted', 0],
    ['unknown', [part, `${figureId}.xa_muong_la`], accepted, 'figure/unknown-part', 1],
    ['named twice', [part, part], accepted, 'figure/part-twice', 1],
    ['a figure', [figureId], accepted, 'figure/unknown-part', 0],
    ['no name at all', ['part'], accepted, 'figure/unknown-part', 0],
  ] as const)('a part that is %s is refused by its place', (_, named, facts, code, index) => {
    after([])
      .when(submit(...named), knowing(facts))
      .refuses(code, { pointer: `/builtFrom/${index}` });
  });

  test('a part of another indicator is refused, accepted as it is', () => {
    const foreign = 'son_la-qd1969-2026.I.5.so_khcn';
    after([])
      .when(submit(foreign), knowing({ ...accepted, contribution: foreign }))
      .refuses('figure/unknown-part', { pointer: '/builtFrom/0' });
  });

  test('parts outstanding are listed and hold nothing up', () => {
    const outstanding = (...contributions: readonly ContributionFacts[]) =>
      stateAfter({ command: submit(), context: knowing(...contributions) }).versions[0]?.statement
        .outstanding;
    expect(outstanding()).toEqual([dost, commune]);
    expect(outstanding({ ...accepted, accepted: null })).toEqual([dost, commune]);
    expect(outstanding(accepted)).toEqual([commune]);
    const declared = step(commands['declare-unavailable'], cast.officer, {
      contributions: [accepted],
    });
    expect(stateAfter(declared).versions[0]?.statement).toMatchObject({
      builtFrom: [],
      outstanding: [commune],
    });
  });
});

test('a part handed in anew makes the figure built on an older one', () => {
  const { statement } = stateAfter({ command: submit(part), context: knowing(accepted) })
    .versions[0]!;
  expect(isBuiltOnOlderPart(statement, [accepted])).toBe(false);
  expect(isBuiltOnOlderPart(statement, [{ ...accepted, latest: 2 }])).toBe(true);
  expect(isBuiltOnOlderPart(statement, [])).toBe(false);
});
