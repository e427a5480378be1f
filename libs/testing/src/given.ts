import { expect } from '@jest/globals';
import { canonicalJson, Refusal, replay } from '#kernel';
import type { Actor, Decider, Decision, Fact, Recorded } from '#kernel';
import { recordedEvent, recordedHistory } from './recorded-event.ts';
import type { Told } from './recorded-event.ts';

/** What happened before the act under test. */
export type Given<C, S, F extends Fact, X> = {
  /** The state after the history, for specs of `evolve` alone. */
  readonly state: S;
  readonly history: readonly Recorded<F>[];
  when(command: C, context: X): Decided<F>;
};

/** What came of the act. Each of the three ends a spec; none may be awaited. */
export type Decided<F extends Fact> = {
  /** Exactly these facts, in this order, with no member more or less. */
  then(facts: readonly F[]): { thenActor(actor: Actor): void };
  /** Decided in exactly this capacity, whatever the facts. */
  thenActor(actor: Actor): void;
  /** A Refusal with this code; its facts hold at least the given ones. Nothing was decided. */
  refuses(code: string, facts?: Readonly<Record<string, unknown>>): void;
};

/**
 * The three steps of a decider's spec. Comparison is exact, unlike that of the library the words
 * come from: a ledger that writes one member more than expected is wrong. Beside the expectation
 * it checks what holds for every decider: deciding twice gives the same, the facts are JSON, and
 * `evolve` takes what `decide` makes.
 *
 *     given(figure, [{ type: 'figure.opened.v1', data }]).when(submit, context).then([fact]);
 */
export function given<C, S, F extends Fact, X>(
  decider: Decider<C, S, F, X>,
  told: readonly Told<F>[],
  stream = 'spec-1',
): Given<C, S, F, X> {
  const history = recordedHistory<F>(told, stream);
  const state = replay<S, F>(decider, history);
  return {
    state,
    history,
    when: (command, context) => {
      const decide = () => outcomeOf(() => decider.decide(command, state, context));
      const outcome = decide();
      expect(decide()).toStrictEqual(outcome);
      if ('decision' in outcome) {
        let next = state;
        outcome.decision.facts.forEach((fact, index) => {
          canonicalJson(fact);
          const place = { stream, revision: history.length + index };
          next = decider.evolve(next, recordedEvent<F>(fact, place));
        });
      }
      return decided(outcome);
    },
  };
}

type Outcome<F extends Fact> = { readonly decision: Decision<F> } | { readonly refusal: Refusal };

function outcomeOf<F extends Fact>(decide: () => Decision<F>): Outcome<F> {
  try {
    return { decision: decide() };
  } catch (error) {
    // Anything else is a bug of the decider and fails the spec as itself.
    if (error instanceof Refusal) return { refusal: error };
    throw error;
  }
}

function decided<F extends Fact>(outcome: Outcome<F>): Decided<F> {
  const thenActor = (actor: Actor) => expect(decisionOf(outcome).actor).toStrictEqual(actor);
  return {
    then: (facts) => {
      // An `await` would call this with two functions and could pass for an expectation.
      if (!Array.isArray(facts)) throw new TypeError('a decided act is not a promise: no await');
      expect(decisionOf(outcome).facts).toStrictEqual(facts);
      return { thenActor };
    },
    thenActor,
    refuses: (code, facts = {}) => {
      if (!('refusal' in outcome)) {
        const types = outcome.decision.facts.map(({ type }) => type);
        throw new Error(`expected the refusal ${code}, but was decided: ${types.join(', ')}`);
      }
      expect(outcome.refusal.code).toBe(code);
      for (const [name, value] of Object.entries(facts)) {
        expect({ [name]: outcome.refusal.facts[name] }).toStrictEqual({ [name]: value });
      }
    },
  };
}

function decisionOf<F extends Fact>(outcome: Outcome<F>): Decision<F> {
  if ('decision' in outcome) return outcome.decision;
  const { code, facts } = outcome.refusal;
  throw new Error(`refused: ${code} ${canonicalJson(facts)}`, { cause: outcome.refusal });
}
