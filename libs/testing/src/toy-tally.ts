import { commandIdOf, digestOf, refuser } from '#kernel';
import type { Decider, Digest, Instant, RefusalCatalogue } from '#kernel';
import { someActor } from './recorded-event.ts';

/**
 * The smallest aggregate that has everything a real one has: a creation, an act with several facts,
 * a rule that refuses, and a state. For specs of what is around deciders.
 */
export type TallyFact =
  | { readonly type: 'tally.opened.v1'; readonly data: { readonly limit: number } }
  | { readonly type: 'tally.counted.v1'; readonly data: { readonly by: number; text?: string } };

export type TallyCommand =
  | { readonly kind: 'open'; readonly limit: number }
  | { readonly kind: 'count'; readonly by: readonly number[]; readonly text?: string };

export type Tally = { readonly limit: number | null; readonly total: number };

export const tallyRefusals = {
  'tally/open': { kind: 'rule', en: 'It is open already.', vi: 'Đã mở rồi.' },
  'tally/full': { kind: 'rule', en: 'It would exceed its limit.', vi: 'Vượt quá giới hạn.' },
} as const satisfies RefusalCatalogue;
const refuse = refuser(tallyRefusals);

export const tally: Decider<TallyCommand, Tally, TallyFact, { readonly now: Instant }> = {
  initial: { limit: null, total: 0 },
  creates: ({ kind }) => kind === 'open',
  decide(command, state) {
    if (command.kind === 'open') {
      if (state.limit !== null) throw refuse('tally/open');
      const { limit } = command;
      return { actor: someActor, facts: [{ type: 'tally.opened.v1', data: { limit } }] };
    }
    const sum = command.by.reduce((total, by) => total + by, state.total);
    if (sum > (state.limit ?? 0)) throw refuse('tally/full', { limit: state.limit });
    const text = command.text === undefined ? {} : { text: command.text };
    const facts = command.by.map((by) => {
      return { type: 'tally.counted.v1', data: { by, ...text } } as const;
    });
    return { actor: someActor, facts };
  },
  evolve(state, { type, data }) {
    switch (type) {
      case 'tally.opened.v1':
        return { ...state, limit: data.limit };
      case 'tally.counted.v1':
        return { ...state, total: state.total + data.by };
    }
  },
};

/** A tally's command as it comes from HTTP: `key` is the Idempotency-Key. */
export function tallyEnvelope(command: TallyCommand, key: string, ifMatch: number | null) {
  const requestDigest: Digest = digestOf(`${key} ${command.kind} ${Object.values(command).join()}`);
  return {
    command,
    person: someActor.person,
    commandId: commandIdOf(someActor.person, 'POST', '/tallies', key),
    requestDigest,
    ifMatch,
    correlationId: key,
    causationId: null,
  };
}
