import type { Digest } from './digest.ts';
import type { AgencyId, PersonId, UnitId } from './ids.ts';
import type { Instant } from './period.ts';

/**
 * Roles of CONTRACTS 1. Two are never granted: `operator` is whoever holds the one-time bootstrap
 * token, `holder` whoever holds an account's one-time code, or the account itself, and acts on that
 * account alone (decisions 0002, 0012).
 */
export const roles = [
  'officer',
  'head',
  'deputy',
  'checker',
  'certifier',
  'auditor',
  'inspector',
  'registrar',
  'recipient',
  'operator',
  'holder',
] as const;
export type Role = (typeof roles)[number];

/** Who acts, and in what capacity. `unit` is the agency itself where it has no units. */
export type Actor = {
  readonly person: PersonId;
  readonly agency: AgencyId;
  readonly unit: UnitId;
  readonly role: Role;
  /** The head in whose place a deputy signs (KT., TL., TUQ.), else null. */
  readonly actingFor: PersonId | null;
};

/** The revision of another stream that a decision rested on (CONTRACTS 2). */
export type Basis = { readonly stream: string; readonly revision: number };

/** What every event carries beside its data. Names of people never stand here. */
export type Metadata = {
  readonly actor: Actor;
  readonly commandId: string;
  readonly requestDigest: Digest;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly recordedAt: Instant;
  readonly software: string;
  readonly basis: readonly Basis[];
};

/** Something that happened, as a decider states it: a literal versioned name and its data. */
export type Fact<Type extends string = string, Data = unknown> = {
  readonly type: Type;
  readonly data: Data;
};

/** A fact after it was recorded. `digest` is the digest of its entry (CONTRACTS 2). */
export type Recorded<F extends Fact = Fact> = F & {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly metadata: Metadata;
  readonly digest: Digest;
};

/** What was decided, and in which of the person's capacities. */
export type Decision<F extends Fact> = { readonly actor: Actor; readonly facts: readonly F[] };

/**
 * Every rule of one kind of aggregate. Pure: no clock, no ids, no input or output, so a replay
 * always agrees. `decide` throws a Refusal when a rule says no. Everything it needs from elsewhere
 * is in `context`, loaded by the handler.
 */
export type Decider<Command, State, F extends Fact, Context> = {
  readonly initial: State;
  /** True for commands that only make sense on a stream that does not exist yet. */
  creates(command: Command): boolean;
  decide(command: Command, state: State, context: Context): Decision<F>;
  evolve(state: State, event: Recorded<F>): State;
};

/** The state after a history, oldest event first. */
export function replay<S, F extends Fact>(
  decider: Pick<Decider<never, S, F, never>, 'initial' | 'evolve'>,
  events: Iterable<Recorded<F>>,
): S {
  let state = decider.initial;
  for (const event of events) state = decider.evolve(state, event);
  return state;
}
