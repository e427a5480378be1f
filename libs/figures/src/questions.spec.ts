import { describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import type { Instant } from '#kernel';
import { after, commands, stateAfter, step, submitted, verified } from './figure-acts.contract.ts';
import type { Step } from './figure-acts.contract.ts';
import {
  actorIs,
  cast,
  contextFor,
  dost,
  figureId,
  leadAgency,
  otherAgency,
  party,
} from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';
import { openOrders } from './figure-state.ts';
import type { Figure, FigureVersion } from './figure-state.ts';
import { openMax } from './questions.ts';

const times = (count: number, act: Step): Step[] => Array.from({ length: count }, () => act);

describe('how many questions may be open at once', () => {
  const asked = times(openMax.explanations, step(commands['request-explanation']));

  test('requests for explanation, of a figure: an answer makes room', () => {
    const full = [...submitted, ...asked];
    after(full)
      .when(commands['request-explanation'], contextFor(cast.checker))
      .refuses('figure/questions-full', { of: 'explanations', max: 50 });
    const room = [...full, step(commands.explain)];
    expect(stateAfter(...room, step(commands['request-explanation'])).explanations).toHaveLength(
      51,
    );
  });

  test('disputes, of one agency: nobody is kept from disputing by another', () => {
    const full = [...submitted, ...times(openMax.disputes, step(commands.dispute))];
    after(full)
      .when(commands.dispute, contextFor(cast.dostHead))
      .refuses('figure/questions-full', { of: 'disputes', max: 20 });
    const other = stateAfter(...full, step(commands.dispute, cast.communeHead));
    expect(other.disputes.at(-1)?.by).toEqual(actorIs(cast.communeHead));
    expect(
      stateAfter(...full, step(commands.settle), step(commands.dispute)).disputes,
    ).toHaveLength(21);
  });

  test('orders of a correction, of a figure', () => {
    after([...verified, ...times(openMax.orders, step(commands['order-correction']))])
      .when(commands['order-correction'], contextFor(cast.inspector))
      .refuses('figure/questions-full', { of: 'orders', max: 50 });
  });
});

describe('who may dispute, and who takes it back', () => {
  test('an agency whose part is in the version, though it owes none any more', () => {
    const part = `${figureId}.so_khcn`;
    const facts = {
      contribution: part,
      agency: dost,
      accepted: 1,
      latest: 1,
      versions: [{ version: 1, digest: digestOf('part 1'), revision: 1, hands: [] }],
    };
    const built = step({ ...commands.submit, builtFrom: [part] }, cast.officer, {
      contributions: [facts],
    });
    const none: Changes = { assignment: { participants: [] } };
    const state = stateAfter(built, step(commands.dispute, cast.dostHead, none));
    expect(state.disputes[0]?.by).toEqual(actorIs(cast.dostHead));
    after(submitted)
      .when(commands.dispute, contextFor(cast.dostHead, none))
      .refuses('duty/not-a-party');
  });

  test('the agency that took over the duty of the one that disputed', () => {
    const disputed = [...submitted, step(commands.dispute, cast.head)];
    const leads = [party(otherAgency, { succeeds: [leadAgency] })];
    const passed: Changes = { assignment: { leads } };
    after(disputed)
      .when(commands.settle, contextFor(cast.otherHead))
      .refuses('duty/not-disputing-agency');
    const settled = stateAfter(...disputed, step(commands.settle, cast.otherHead, passed));
    expect(settled.disputes[0]?.outcome).toBe('withdrawn');
  });
});

test('an order is looked for along a hundred thousand versions without a stack', () => {
  const count = 100_000;
  const base = stateAfter(...verified).versions[0]!;
  const versions: FigureVersion[] = Array.from({ length: count }, (_, index) => ({
    ...base,
    digest: digestOf(String(index % 7)),
    recordedAt: '2026-09-01T00:00:00.000Z' as Instant,
    statement: { ...base.statement, version: index + 1, kind: index === 0 ? 'first' : 'update' },
    replaces: index === 0 ? null : index,
  }));
  const order = {
    order: 'order-1',
    by: actorIs(cast.inspector),
    version: 1,
    lastDay: contextFor(cast.head).today,
    revision: 3,
  };
  const figure: Figure = { ...stateAfter(...verified), versions, orders: [order] };
  expect(openOrders(figure)).toEqual([order]);
  const corrected = versions.map((one, index) =>
    index === 1 ? { ...one, statement: { ...one.statement, kind: 'correction' as const } } : one,
  );
  expect(openOrders({ ...figure, versions: corrected })).toEqual([]);
});
