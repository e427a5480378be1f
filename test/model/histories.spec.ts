import { randomInt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { entryDigest, parseCount } from '#kernel';
import type { Receipt } from '#event-store';
import type { Contribution, Figure } from '#figures';
import { ModelledLedger, nameOf, rebuiltFigure, rebuiltPart } from './ledger.ts';
import type { Sending } from './ledger.ts';
import { expected } from './expectations.ts';
import { newModel, note, numberOf } from './model.ts';
import type { Act, Model, Sheet, Subject } from './model.ts';
import { acts, choices, pairs } from './arbitraries.ts';

/**
 * Histories made by chance, held against a model on a sheet of paper (QUALITY R5, R6, R7): every
 * act comes to what the model says beforehand, and at the end of each history state, history and
 * digests are equal, also when folded anew from the first event.
 *
 * LEDGER_TEST_MODEL_RUNS is the number of histories (500), LEDGER_TEST_MODEL_SEED repeats a run.
 */
const runs = parseCount(process.env['LEDGER_TEST_MODEL_RUNS'] ?? '') ?? 500;
const seed = parseCount(process.env['LEDGER_TEST_MODEL_SEED'] ?? '') ?? randomInt(2 ** 31);
const commandsPerRun = 50;

type Real = { readonly ledger: ModelledLedger; key: number; last: Sent | null };
type Sent = { readonly sending: Sending; readonly receipt: Receipt };
type Command = fc.AsyncCommand<Model, Real>;
const counts = new Map<string, number>();
const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

/** Creations look again when they lose, and then find something that was not there. */
const afterCreation = ['command/no-precondition', 'contribution/wrong-status'];

/** The outcome in the model's words. */
const said = (outcome: Receipt | string) => (typeof outcome === 'string' ? outcome : outcome.type);

abstract class Step implements Command {
  protected act: Act;

  constructor(act: Act) {
    this.act = act;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    count(this.name);
    await this.take(model, real);
    await compareStates(model, real.ledger);
  }

  abstract readonly name: string;
  protected abstract take(model: Model, real: Real): Promise<void>;

  toString(): string {
    return `${this.name} ${JSON.stringify(this.act)}`;
  }

  protected async sending(model: Model, real: Real, act = this.act): Promise<Sending> {
    const version = 'version' in act ? numberOf(model[act.on], act.version) : 0;
    const revision = await real.ledger.revision(act.on);
    real.key += 1;
    return { act, version, key: real.key, ifMatch: revision < 0 ? null : revision };
  }
}

/** An act as an orderly person sends it. */
class Plain extends Step {
  override readonly name: string = 'act';
  protected async take(model: Model, real: Real): Promise<void> {
    const sending = await this.sending(model, real);
    const wanted = expected(model, this.act);
    const outcome = await real.ledger.send(sending);
    expect(said(outcome)).toBe(wanted);
    count(typeof outcome === 'string' ? 'refused' : 'recorded');
    if (typeof outcome === 'string') return;
    note(model, this.act);
    expect(outcome.repeated).toBe(false);
    real.last = { sending, receipt: outcome };
  }
}

/** The first of several acts that is allowed: left to chance alone, histories stay short. */
class Fitting extends Plain {
  override readonly name = 'fitting act';
  private readonly first: Act;
  private readonly choices: readonly Act[];

  constructor(choices: readonly [Act, ...Act[]]) {
    super(choices[0]);
    [this.first] = choices;
    this.choices = choices;
  }

  protected override async take(model: Model, real: Real): Promise<void> {
    this.act = this.choices.find((act) => expected(model, act).endsWith('.v1')) ?? this.first;
    await super.take(model, real);
  }
}

/** The last recorded act, sent again as a browser does that heard no answer; or altered. */
class Again extends Step {
  readonly name = 'again';
  protected async take(_model: Model, real: Real): Promise<void> {
    if (real.last === null) return;
    const { sending, receipt } = real.last;
    const again = await real.ledger.send(sending);
    const { position: _, ...first } = receipt;
    expect(again).toMatchObject({ ...first, repeated: true });
    expect(await real.ledger.send({ ...sending, altered: true })).toBe('command/key-reused');
  }
}

/** An act on a revision that is not the present one, and one that names none. */
class Stale extends Step {
  readonly name = 'stale';
  protected async take(model: Model, real: Real): Promise<void> {
    const sending = await this.sending(model, real);
    const other = sending.ifMatch === null ? 0 : sending.ifMatch + (real.key % 2 === 0 ? 1 : -1);
    const code = sending.ifMatch === null ? 'command/absent' : 'command/stale';
    expect(await real.ledger.send({ ...sending, ifMatch: other })).toBe(code);
    if (sending.ifMatch === null || this.act.act === 'request') return;
    const named = { ...sending, ifMatch: null, key: -real.key };
    expect(await real.ledger.send(named)).toBe('command/no-precondition');
  }
}

/** The same command twice at one time, and a second one of somebody else's against it. */
class Race extends Step {
  readonly name = 'race';
  readonly rival: Act;

  constructor(act: Act, rival: Act) {
    super(act);
    this.rival = rival;
  }

  protected async take(model: Model, real: Real): Promise<void> {
    const [first, second] = [
      await this.sending(model, real),
      await this.sending(model, real, this.rival),
    ];
    const wanted = [expected(model, this.act), expected(model, this.rival)];
    const sendings = [first, first, second];
    const outcomes = await Promise.all(sendings.map((one) => real.ledger.send(one)));
    const [one, twin, other] = outcomes as [Receipt | string, Receipt | string, Receipt | string];
    const won = outcomes.filter((outcome) => typeof outcome !== 'string' && !outcome.repeated);
    const mayWin = wanted.filter((outcome) => outcome.endsWith('.v1'));
    expect(won).toHaveLength(Math.min(1, mayWin.length));
    // The twin of a command is the command: under way still, or done already, never done twice.
    if (twin !== 'command/in-flight') expect(said(twin)).toBe(said(one));
    // Who came second is told that the revision is another one now, or that there is one at all.
    const late = first.ifMatch === null ? afterCreation : ['command/stale'];
    for (const [outcome, wish] of [
      [one, wanted[0]],
      [other, wanted[1]],
    ] as const) {
      expect([wish, ...late]).toContain(said(outcome));
    }
    const winner = won[0] === one ? first : won[0] === other ? second : undefined;
    if (winner === undefined) return;
    note(model, winner.act);
    real.last = { sending: winner, receipt: won[0] as Receipt };
  }

  override toString(): string {
    return `${super.toString()} against ${JSON.stringify(this.rival)}`;
  }
}

/** A new process on the same events. */
class Restart extends Step {
  readonly name = 'restart';
  protected async take(_model: Model, real: Real): Promise<void> {
    real.ledger.restart(this.act.on === 'figure');
  }
}

/** Folding from the first event gives what is held in memory, to the last byte. */
class Rebuild extends Step {
  readonly name = 'rebuild';
  protected async take(model: Model, real: Real): Promise<void> {
    await compareHistories(model, real.ledger);
  }
}

const step: fc.Arbitrary<Command>[] = [
  ...Array.from({ length: 8 }, () => choices.map((some): Command => new Fitting(some))),
  ...Array.from({ length: 4 }, () => acts.map((act): Command => new Plain(act))),
  acts.map((act) => new Again(act)),
  acts.map((act) => new Stale(act)),
  pairs.map(([act, rival]) => new Race(act, rival)),
  acts.map((act) => new Restart(act)),
  acts.map((act) => new Rebuild(act)),
];

function sheetOf(state: Figure | Contribution): Omit<Sheet, 'history'> {
  const flags = 'orders' in state ? state : null;
  return {
    status: state.status,
    inForce: state.inForce ?? 0,
    versions: state.versions.map((version) => {
      const { statement, by, endorsements, approval, withdrawn } = version;
      const whose = (gone: boolean) =>
        endorsements.filter((one) => one.withdrawn === gone).map((one) => nameOf(one.by.person));
      const built = 'builtFrom' in statement ? statement : null;
      return {
        by: nameOf(by.person),
        kind: statement.kind,
        estimate: statement.status === 'P',
        absent: statement.status === 'M',
        builtFrom: built?.builtFrom[0]?.version ?? 0,
        partOwed: (built?.outstanding.length ?? 0) > 0,
        endorsed: whose(false),
        recalled: whose(true),
        approved: approval === null ? null : nameOf(approval.by.person),
        withdrawn,
      };
    }),
    questions: flags?.explanations.map(({ explainedBy }) => explainedBy === null) ?? [],
    disputes:
      flags?.disputes.map(({ by, outcome }) => ({
        by: nameOf(by.person),
        open: outcome === null,
      })) ?? [],
    orders: flags?.orders.length ?? 0,
  };
}

async function compareStates(model: Model, ledger: ModelledLedger): Promise<void> {
  const { history: _, ...figure } = model.figure;
  const { history: __, ...part } = model.part;
  expect(sheetOf((await ledger.figure()).state)).toStrictEqual(figure);
  expect(sheetOf((await ledger.part()).state)).toStrictEqual(part);
}

async function compareHistories(model: Model, ledger: ModelledLedger): Promise<void> {
  for (const on of ['figure', 'part'] as const satisfies readonly Subject[]) {
    const events = await ledger.events(on);
    const told = events.map(({ type, metadata }) => `${type} ${nameOf(metadata.actor.person)}`);
    expect(told).toStrictEqual(model[on].history);
    expect(events.map(({ revision }) => revision)).toStrictEqual([...events.keys()]);
    const times = events.map(({ metadata }) => metadata.recordedAt);
    expect([...times].sort()).toStrictEqual(times);

    const kept = await (on === 'figure' ? ledger.figure() : ledger.part());
    const rebuilt = on === 'figure' ? rebuiltFigure(events) : rebuiltPart(events);
    expect(kept.state).toStrictEqual(rebuilt);
    // A version's digest is the digest of the entry that made it, whoever computes it.
    const named = kept.state.versions.map(({ digest }) => digest);
    const made = kept.state.versions.map(({ revision }) => events[revision]);
    expect(named).toStrictEqual(made.map((event) => event && entryDigest(event)));
  }
}

describe('histories made by chance', () => {
  test(`${runs} of them come out as the model says`, async () => {
    console.log(`LEDGER_TEST_MODEL_SEED=${seed}`);
    // Half as long again as wanted, because lengths are drawn evenly up to the longest.
    const commands = fc.commands(step, { maxCommands: 2 * commandsPerRun, size: 'max' });
    await fc.assert(
      fc.asyncProperty(commands, async (history) => {
        const model = newModel();
        const real: Real = { ledger: new ModelledLedger(), key: 0, last: null };
        await fc.asyncModelRun(() => ({ model, real }), history);
        await compareHistories(model, real.ledger);
      }),
      { numRuns: runs, seed, endOnFailure: false },
    );
    console.log(Object.fromEntries(counts));
    // What never happened was never tested.
    for (const name of ['act', 'again', 'stale', 'race', 'restart', 'rebuild', 'recorded']) {
      expect(counts.get(name)).toBeGreaterThan(runs);
    }
  }, 3_600_000);
});
