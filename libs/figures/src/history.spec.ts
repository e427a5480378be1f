import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, Refusal, replay } from '#kernel';
import type { Fact, Recorded } from '#kernel';
import type { ActingPerson } from '#directory';
import { recordedEvent } from '#testing';
import { commands as partCommands, senders as partSenders } from './contribution-acts.contract.ts';
import { contributionDecider } from './contribution.ts';
import type { ContributionFact } from './contribution.events.ts';
import { evolveContribution } from './contribution-state.ts';
import type { Contribution } from './contribution-state.ts';
import { commands as figureCommands, senders } from './figure-acts.contract.ts';
import { figureDecider } from './figure.ts';
import type { FigureFact } from './figure.events.ts';
import { evolveFigure } from './figure-state.ts';
import type { Figure } from './figure-state.ts';
import {
  cast,
  contextFor,
  dost,
  figureStream,
  hat,
  leadAgency,
  wearing,
} from './figures.contract.ts';
import type { ContributionCommand, FigureCommand } from './figures.commands.ts';
import type { Version, Versioned } from './versions.ts';

/**
 * Whatever people try, in whatever order, some things never come about. People here wear far too
 * many hats on purpose: only the rules keep them apart.
 */

const everyHat = [
  hat('officer', leadAgency, `${leadAgency}.p_1`),
  hat('head', leadAgency),
  hat('checker', dost, `${dost}.p_2`),
];
const people: readonly ActingPerson[] = [
  wearing(cast.officer.person, ...everyHat),
  wearing(cast.head.person, ...everyHat),
  wearing(cast.secondOfficer.person, ...everyHat.slice(0, 2)),
  wearing(cast.checker.person, hat('checker', dost, `${dost}.p_3`)),
  wearing(cast.dostOfficer.person, hat('officer', dost), hat('head', dost)),
  wearing(cast.dostHead.person, hat('head', dost), hat('officer', leadAgency)),
  cast.officer,
  cast.head,
  cast.deputy,
  cast.inspector,
  cast.auditor,
];

const version = fc.integer({ min: 1, max: 5 });
const kind = fc.constantFrom('resubmission', 'update', 'correction' as const);
/** Anybody, or (null) whoever normally sends the command. */
const acting = fc.option(fc.constantFrom(...people), { freq: 2 });

/** The way to a verified figure is narrow, so its steps are tried more often than the rest. */
const figureCommand = fc.oneof(
  fc.constantFrom<FigureCommand>(...Object.values(figureCommands)),
  fc.constantFrom<FigureCommand>(
    figureCommands.submit,
    figureCommands.endorse,
    figureCommands.verify,
  ),
);
const figureAct = fc.record({
  acting,
  version,
  kind,
  command: figureCommand,
  // Half of the time the sender names the right version, else hardly anything would happen.
  knows: fc.boolean(),
});

const partAct = fc.record({
  acting,
  version,
  kind,
  command: fc.constantFrom<ContributionCommand>(...Object.values(partCommands)),
  knows: fc.boolean(),
});

type Tried<C> = {
  readonly acting: ActingPerson | null;
  readonly version: number;
  readonly kind: 'resubmission' | 'update' | 'correction';
  readonly command: C;
  readonly knows: boolean;
};

/** The command as this sender would send it now. */
function aimed<C extends FigureCommand | ContributionCommand>(
  { command, version: guess, kind: chosen, knows }: Tried<C>,
  { versions }: Versioned,
  status: string,
): C {
  const latest = versions.at(-1)?.statement.version ?? 1;
  const named = { version: knows ? latest : guess };
  if (command.type !== 'correct') return 'version' in command ? { ...command, ...named } : command;
  const right = status === 'returned' ? 'resubmission' : 'correction';
  return { ...command, kind: knows ? right : chosen };
}

function play<C, F extends Fact, S>(
  tries: readonly Tried<C>[],
  initial: S,
  stream: string,
  decide: (tried: Tried<C>, state: S) => { actor: object; facts: readonly F[] },
  evolve: (state: S, event: Recorded<F>) => S,
): { state: S; events: Recorded<F>[]; states: S[] } {
  const events: Recorded<F>[] = [];
  const states: S[] = [initial];
  let state = initial;
  for (const tried of tries) {
    try {
      const decision = decide(tried, state);
      for (const fact of decision.facts) {
        const metadata = { actor: decision.actor } as Recorded<F>['metadata'];
        const event = recordedEvent<F>({ ...fact, metadata }, { stream, revision: events.length });
        state = evolve(state, event);
        events.push(event);
        states.push(state);
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return { state, events, states };
}

function playFigure(tries: readonly Tried<FigureCommand>[]) {
  return play<FigureCommand, FigureFact, Figure>(
    tries,
    figureDecider.initial,
    figureStream,
    (tried, state) =>
      figureDecider.decide(
        aimed(tried, state, state.status),
        state,
        contextFor(tried.acting ?? senders[tried.command.type]),
      ),
    evolveFigure,
  );
}

function playPart(tries: readonly Tried<ContributionCommand>[]) {
  return play<ContributionCommand, ContributionFact, Contribution>(
    tries,
    contributionDecider.initial,
    'contribution-spec',
    (tried, state) =>
      contributionDecider.decide(
        aimed(tried, state, state.status),
        state,
        contextFor(tried.acting ?? partSenders[tried.command.type]),
      ),
    evolveContribution,
  );
}

/** What holds after every single act, for figures and parts alike. */
function expectSound({ versions, inForce }: Versioned): void {
  expect(versions.map(({ statement }) => statement.version)).toEqual(
    versions.map((_, index) => index + 1),
  );
  const approved = versions.filter(({ approval }) => approval !== null);
  expect(inForce).toBe(approved.at(-1)?.statement.version ?? null);
  for (const one of versions) expectDifferentPeople(one);
}

function expectDifferentPeople({ by, endorsements, approval }: Version): void {
  const endorsers = endorsements.map((endorsement) => endorsement.by.person);
  expect(endorsers).not.toContain(by.person);
  if (approval === null) return;
  expect([by.person, ...endorsers]).not.toContain(approval.by.person);
  expect(endorsements.some(({ withdrawn }) => !withdrawn)).toBe(true);
}

// Without `size` the generator hardly ever tries more than ten acts, too few to get anywhere.
const long = { minLength: 1, maxLength: 40, size: 'max' } as const;
const manyFigures = fc.array(figureAct, long);
const manyParts = fc.array(partAct, long);

test('no history breaks the two-person rule, the numbering or the version in force', () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(manyFigures, (tries) => {
      for (const state of playFigure(tries).states) {
        reached.add(state.status);
        expectSound(state);
        // A version that was verified is verified for ever, and a withdrawn one never in force.
        expect(state.versions[(state.inForce ?? 0) - 1]?.withdrawn ?? false).toBe(false);
        if (state.status === 'verified') expect(state.inForce).not.toBeNull();
        if (state.status === 'withdrawn') expect(state.inForce).toBeNull();
      }
    }),
    { numRuns: 400 },
  );
  // A property over histories that go nowhere would hold for anything.
  expect([...reached].sort()).toEqual([
    'awaiting',
    'endorsed',
    'returned',
    'submitted',
    'verified',
    'withdrawn',
  ]);
});

test('nor any history of a part', () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(manyParts, (tries) => {
      for (const state of playPart(tries).states) {
        reached.add(state.status);
        expectSound(state);
      }
    }),
    { numRuns: 400 },
  );
  expect(reached.size).toBe(7);
});

test('replay in two batches equals replay in one, and changes nothing it was given', () => {
  fc.assert(
    fc.property(manyFigures, fc.nat(40), (tries, cut) => {
      const { events, state } = playFigure(tries);
      const before = canonicalJson(events);
      const whole = replay<Figure, FigureFact>(figureDecider, events);
      const half = replay<Figure, FigureFact>(figureDecider, events.slice(0, cut));
      const resumed = replay<Figure, FigureFact>(
        { initial: half, evolve: evolveFigure },
        events.slice(cut),
      );
      expect(whole).toStrictEqual(state);
      expect(resumed).toStrictEqual(whole);
      expect(canonicalJson(events)).toBe(before);
    }),
  );
  fc.assert(
    fc.property(manyParts, fc.nat(40), (tries, cut) => {
      const { events, state } = playPart(tries);
      const half = replay<Contribution, ContributionFact>(
        contributionDecider,
        events.slice(0, cut),
      );
      const resumed = replay<Contribution, ContributionFact>(
        { initial: half, evolve: evolveContribution },
        events.slice(cut),
      );
      expect(resumed).toStrictEqual(state);
    }),
  );
});

test('a later act never unmakes an earlier one: versions and approvals only grow', () => {
  fc.assert(
    fc.property(manyFigures, (tries) => {
      const { states } = playFigure(tries);
      states.slice(1).forEach((state, index) => {
        const earlier = states[index]!;
        expect(state.versions.length).toBeGreaterThanOrEqual(earlier.versions.length);
        earlier.versions.forEach((version, at) => {
          const later = state.versions[at]!;
          expect(later.statement).toBe(version.statement);
          expect(later.digest).toBe(version.digest);
          if (version.approval !== null) expect(later.approval).toEqual(version.approval);
        });
        if (earlier.inForce !== null) {
          expect(state.inForce).toBeGreaterThanOrEqual(earlier.inForce);
        }
      });
    }),
  );
});
