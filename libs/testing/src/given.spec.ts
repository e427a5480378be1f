import { describe, expect, test } from '@jest/globals';
import { entryDigest, Refusal } from '#kernel';
import type { Actor, Decider } from '#kernel';
import { given } from './given.ts';
import { recordedEvent, someActor, storedEvent } from './recorded-event.ts';

type Counted = { readonly type: 'toy.counted.v1'; readonly data: { readonly by: number } };
type Command = { readonly by: number };

const full = { kind: 'rule', en: 'Full.', vi: 'Đã đầy.' } as const;
const toy: Decider<Command, number, Counted, Actor> = {
  initial: 0,
  creates: () => false,
  decide: ({ by }, state, actor) => {
    if (state + by > 9) throw new Refusal('toy/full', full, { count: state, pointer: '/by' });
    return { actor, facts: [{ type: 'toy.counted.v1', data: { by } }] };
  },
  evolve: (state, { data }) => state + data.by,
};
const counted = (by: number): Counted => ({ type: 'toy.counted.v1', data: { by } });

describe('given, when, then', () => {
  test('the three ends hold for what was decided', () => {
    given(toy, [counted(4)])
      .when({ by: 5 }, someActor)
      .then([counted(5)])
      .thenActor(someActor);
    given(toy, [counted(4)])
      .when({ by: 5 }, someActor)
      .thenActor(someActor);
    given(toy, [counted(4)])
      .when({ by: 6 }, someActor)
      .refuses('toy/full', { count: 4 });
    expect(given(toy, [counted(4), counted(1)]).state).toBe(5);
  });

  test('every end fails on what was not decided', () => {
    const decided = given(toy, []).when({ by: 5 }, someActor);
    expect(() => decided.then([counted(6)])).toThrow();
    expect(() => decided.then([counted(5), counted(5)])).toThrow();
    expect(() => decided.then([])).toThrow();
    expect(() => decided.then([{ ...counted(5), more: 1 } as Counted])).toThrow();
    expect(() => decided.thenActor({ ...someActor, role: 'head' })).toThrow();
    expect(() => decided.refuses('toy/full')).toThrow('expected the refusal');

    const refused = given(toy, []).when({ by: 10 }, someActor);
    expect(() => refused.refuses('toy/other')).toThrow();
    expect(() => refused.refuses('toy/full', { count: 1 })).toThrow();
    expect(() => refused.refuses('toy/full', { absent: 1 })).toThrow();
    expect(() => refused.then([counted(10)])).toThrow('refused: toy/full');
  });

  test('a decider that is not pure, or not JSON, or broken, fails by itself', () => {
    let calls = 0;
    const moody = { ...toy, decide: () => ({ actor: someActor, facts: [counted((calls += 1))] }) };
    expect(() => given(moody, []).when({ by: 1 }, someActor)).toThrow();

    const odd = { ...toy, decide: () => ({ actor: someActor, facts: [counted(Number.NaN)] }) };
    expect(() => given(odd, []).when({ by: 1 }, someActor)).toThrow('not JSON at "/data/by"');

    const broken = {
      ...toy,
      decide: () => {
        throw new TypeError('a bug');
      },
    };
    expect(() => given(broken, []).when({ by: 1 }, someActor)).toThrow('a bug');
  });

  test('awaiting the act is found out instead of passing for an expectation', async () => {
    const decided = given(toy, []).when({ by: 1 }, someActor);
    const waited = new Promise((resolve) => resolve(decided));
    await expect(waited).rejects.toThrow('no await');
  });
});

describe('made-up events', () => {
  test('carry the digest of their own entry and are the same on every run', () => {
    const place = { stream: 'toy-1', revision: 3 };
    const event = recordedEvent(counted(1), place);
    expect(event.digest).toBe(entryDigest(event));
    expect(event.metadata.recordedAt).toBe('2026-01-05T02:03:00.000Z');
    expect(recordedEvent(counted(1), place)).toStrictEqual(event);
    expect(recordedEvent(counted(1), { ...place, revision: 4 }).id).not.toBe(event.id);
    const told = { ...counted(1), metadata: { software: 'other/2' } };
    expect(recordedEvent(told, place).metadata.software).toBe('other/2');
  });

  test('stand in the order they are given, with gaps between their positions', () => {
    const [first, second] = [0, 1].map((order) => {
      return storedEvent(counted(1), { stream: 'toy-1', revision: order }, order).position;
    });
    expect(first).toBe('00000000000000000003');
    expect(second).toBe('00000000000000000010');
  });
});
