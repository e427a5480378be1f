import { describe, expect, test } from '@jest/globals';
import {
  after,
  commands,
  endorsed,
  movedOn,
  stateAfter,
  step,
  submitted,
  verified,
} from './figure-acts.contract.ts';
import type { Step } from './figure-acts.contract.ts';
import {
  actorIs,
  cast,
  components,
  contextFor,
  definition,
  dost,
  hat,
  leadAgency,
  otherAgency,
  party,
  responsibility,
  wearing,
} from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';
import { marksOf } from './marks.ts';
import { answersOlderDefinition, handsIn } from './versions.ts';

const anew = commands['re-endorse'];
const answered = { framework: 'qd1969', edition: '2026', revision: 1 };
const asked = { edition: '2026', definition };

describe('a round that moved to another edition (DOMAIN, A figure’s life)', () => {
  test('the head endorses the same version anew: nothing is handed in, nothing falls', () => {
    const history = after(verified);
    const { digest } = history.history[0]!;
    history
      .when(anew, contextFor(cast.head, movedOn))
      .then([
        {
          type: 'figure.re-endorsed.v1',
          data: {
            version: 1,
            digest,
            agency: leadAgency,
            responsibility,
            signature: { form: 'head', delegation: null },
            definition: answered,
            parties: [leadAgency],
            awaited: [],
          },
        },
      ])
      .thenActor(actorIs(cast.head));
    const since = stateAfter(...verified, step(anew, cast.head, movedOn));
    expect(since).toMatchObject({ status: 'verified', inForce: 1 });
    expect(since.versions[0]?.approval?.by).toEqual(actorIs(cast.checker));
  });

  test('the mark goes, until the round moves on once more', () => {
    const facts = contextFor(cast.head, movedOn);
    const marks = (...steps: readonly Step[]) =>
      marksOf(stateAfter(...steps), facts).includes('answers-older-definition');
    expect(marks(...verified)).toBe(true);
    const since = [...verified, step(anew, cast.head, movedOn)];
    expect(marks(...since)).toBe(false);
    const version = stateAfter(...since).versions[0]!;
    expect(answersOlderDefinition(version, asked)).toBe(false);
    expect(answersOlderDefinition(version, { ...asked, edition: '2027' })).toBe(true);
    const revised = { ...asked, definition: { revision: 2 } };
    expect(answersOlderDefinition(version, revised)).toBe(true);
  });

  test('it is also for the version in force while a correction is on its way', () => {
    const correcting = [...verified, step(commands.correct)];
    const since = stateAfter(...correcting, step(anew, cast.head, movedOn));
    expect([since.status, answersOlderDefinition(since.versions[0]!, asked)]).toEqual([
      'submitted',
      false,
    ]);
    after(correcting)
      .when({ ...anew, version: 2 }, contextFor(cast.head, movedOn))
      .refuses('figure/wrong-status', { command: 're-endorse', status: 'submitted' });
  });

  test('what already answers the present definition is not endorsed twice', () => {
    after(verified).when(anew, contextFor(cast.head)).refuses('figure/definition-unchanged');
    after([...verified, step(anew, cast.head, movedOn)])
      .when(anew, contextFor(cast.deputy, movedOn))
      .refuses('figure/definition-unchanged');
  });

  test('once it is endorsed anew, a change is a correction again and no update', () => {
    const complete: Changes = {
      assignment: { ...movedOn.assignment, participants: [] },
    };
    const first = step(commands.submit, cast.officer, { assignment: { participants: [] } });
    const life = [first, step(commands.endorse), step(commands.verify)];
    const update = { ...commands.correct, kind: 'update' } as const;
    expect(stateAfter(...life, step(update, cast.officer, complete)).versions).toHaveLength(2);
    after([...life, step(anew, cast.head, complete)])
      .when(update, contextFor(cast.officer, complete))
      .refuses('figure/not-an-update');
  });
});

describe('a version that can be no answer', () => {
  const redefined = (change: Partial<(typeof components)[number]>): Changes => ({
    assignment: {
      edition: '2026',
      definition: {
        ...definition,
        components: components.map((one) => (one.key === 'tong_chi' ? { ...one, ...change } : one)),
      },
    },
  });

  test.each([
    ['another unit', { unit: 'tỷ đồng' }, 'check/unit-differs'],
    ['fewer digits', { scaleMax: 0 }, 'check/scale-exceeded'],
    ['another type', { type: 'count' }, 'check/type-differs'],
    ['another name', { key: 'tong' }, 'check/component-missing'],
  ] as const)('%s: only an update will do', (_, change, code) => {
    after(verified)
      .when(anew, contextFor(cast.head, redefined(change)))
      .refuses('figure/definition-not-answered', {
        findings: expect.arrayContaining([expect.objectContaining({ code })]),
      });
  });

  test('what could not be had states nothing, so it fits any definition', () => {
    const absent = [step(commands['declare-unavailable']), step(commands.endorse)];
    const changed = redefined({ unit: 'tỷ đồng' });
    const since = stateAfter(...absent, step(anew, cast.head, changed));
    expect(answersOlderDefinition(since.versions[0]!, asked)).toBe(false);
  });
});

describe('whose word it is', () => {
  test('not that of who handed it in, nor of who verified it', () => {
    const officerAndHead = wearing(cast.officer.person, hat('head', leadAgency));
    const checkerAndHead = wearing(cast.checker.person, hat('head', leadAgency));
    for (const acting of [officerAndHead, checkerAndHead]) {
      after(verified).when(anew, contextFor(acting, movedOn)).refuses('duty/same-person');
    }
  });

  test('who endorsed it anew does not verify it', () => {
    const since = [...endorsed, step(anew, cast.deputy, movedOn)];
    const deputyAndChecker = wearing(cast.deputy.person, hat('checker', dost, `${dost}.p_khcn`));
    after(since)
      .when(commands.verify, contextFor(deputyAndChecker, movedOn))
      .refuses('duty/same-person');
    expect(handsIn(stateAfter(...since).versions[0]!).map(({ person }) => person)).toEqual([
      cast.officer.person,
      cast.head.person,
      cast.deputy.person,
    ]);
  });

  test('of joint leads all say so, each once, before it counts', () => {
    const leads = [party(leadAgency), party(otherAgency)];
    const jointly: Changes = { assignment: { mode: 'joint', leads } };
    const moved: Changes = { assignment: { mode: 'joint', leads, edition: '2026' } };
    const life = [
      step(commands.submit, cast.officer, jointly),
      step(commands.endorse, cast.head, jointly),
      step(commands.endorse, cast.otherHead, jointly),
      step(commands.verify, cast.checker, jointly),
    ];
    const half = [...life, step(anew, cast.head, moved)];
    expect(answersOlderDefinition(stateAfter(...half).versions[0]!, asked)).toBe(true);
    after(half)
      .when(anew, contextFor(cast.head, moved))
      .refuses('figure/already-endorsed', { agency: leadAgency });
    const whole = stateAfter(...half, step(anew, cast.otherHead, moved));
    expect(answersOlderDefinition(whole.versions[0]!, asked)).toBe(false);
    expect(whole.versions[0]?.reEndorsements?.map(({ parties }) => parties)).toEqual([
      [leadAgency, otherAgency],
      [leadAgency, otherAgency],
    ]);
  });

  test('who takes the endorsement back takes this word back with it', () => {
    const since = [...endorsed, step(anew, cast.head, movedOn)];
    const back = stateAfter(...since, step(commands['withdraw-endorsement']));
    expect([back.status, answersOlderDefinition(back.versions[0]!, asked)]).toEqual([
      'submitted',
      true,
    ]);
  });
});

test('a submitted version is endorsed or returned, not endorsed anew', () => {
  after(submitted).when(anew, contextFor(cast.head, movedOn)).refuses('figure/wrong-status');
});
