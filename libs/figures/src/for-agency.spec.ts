import { describe, test } from '@jest/globals';
import type { ActingPerson } from '#directory';
import { after, commands, step, submitted, verified } from './figure-acts.contract.ts';
import {
  actorIs,
  cast,
  contextFor,
  hat,
  leadAgency,
  otherAgency,
  party,
  wearing,
} from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';
import type { FigureCommand } from './figures.commands.ts';

/** Two joint leads, one person at the head of both, another at a desk in each. */
const joint: Changes = {
  assignment: { mode: 'joint', leads: [party(leadAgency), party(otherAgency)] },
};
const both = (role: 'head' | 'officer', { person }: ActingPerson): ActingPerson =>
  wearing(person, hat(role, leadAgency), hat(role, otherAgency));
const heads = both('head', cast.head);
const officers = both('officer', cast.officer);
const handedIn = [step(commands.submit, cast.officer, joint)];
const as = (acting: ActingPerson) => contextFor(acting, joint);
const forAgency = <C extends FigureCommand>(command: C, agency: string | null): FigureCommand => ({
  ...command,
  forAgency: agency,
});

describe('whose act it is', () => {
  test('is never guessed where two agencies would do', () => {
    const expected = { expected: [leadAgency, otherAgency], pointer: '/forAgency' };
    after([]).when(commands.submit, as(officers)).refuses('duty/agency-ambiguous', expected);
    after(handedIn).when(commands.endorse, as(heads)).refuses('duty/agency-ambiguous', expected);
    after(handedIn)
      .when(forAgency(commands.endorse, null), as(heads))
      .refuses('duty/agency-ambiguous', expected);
  });

  test.each([leadAgency, otherAgency])('is said, and the actor bears it: %s', (agency) => {
    after([])
      .when(forAgency(commands.submit, agency), as(officers))
      .thenActor(actorIs(wearing(officers.person, hat('officer', agency))));
    after(handedIn)
      .when(forAgency(commands.endorse, agency), as(heads))
      .thenActor(actorIs(wearing(heads.person, hat('head', agency))));
  });

  test('is asked also when only one endorsement is left: an order of hats is no answer', () => {
    const once = [...handedIn, step(forAgency(commands.endorse, leadAgency), heads, joint)];
    after(once).when(commands.endorse, as(heads)).refuses('duty/agency-ambiguous');
    after(once)
      .when(forAgency(commands.endorse, otherAgency), as(heads))
      .thenActor(actorIs(wearing(heads.person, hat('head', otherAgency))));
  });

  test('is no choice of an agency that is not theirs here', () => {
    after(handedIn)
      .when(forAgency(commands.endorse, 'son_la.so_nv'), as(heads))
      .refuses('duty/not-for-agency');
    after(handedIn)
      .when(forAgency(commands.endorse, otherAgency), as(cast.head))
      .refuses('duty/not-for-agency', { expected: [leadAgency] });
  });

  test('needs no word where there is one agency, whatever else is worn elsewhere', () => {
    after(submitted)
      .when(commands.endorse, contextFor(heads))
      .thenActor(actorIs(wearing(heads.person, hat('head', leadAgency))));
    after(submitted)
      .when(forAgency(commands.endorse, leadAgency), contextFor(heads))
      .thenActor(actorIs(wearing(heads.person, hat('head', leadAgency))));
  });

  test('is asked of who sits at a desk here and heads there', () => {
    const asked = [...handedIn, step(commands['request-explanation'], cast.checker, joint)];
    const mixed = wearing(cast.head.person, hat('officer', leadAgency), hat('head', otherAgency));
    after(asked).when(commands.explain, as(mixed)).refuses('duty/agency-ambiguous');
    for (const [agency, role] of [
      [leadAgency, 'officer'],
      [otherAgency, 'head'],
    ] as const) {
      after(asked)
        .when(forAgency(commands.explain, agency), as(mixed))
        .thenActor(actorIs(wearing(mixed.person, hat(role, agency))));
    }
  });

  test('hides no other hat from the rules that look at all of them', () => {
    const unit = `${leadAgency}.p_hcsn`;
    const checker = wearing(
      cast.checker.person,
      ...cast.checker.capacities,
      hat('officer', leadAgency, unit),
    );
    const endorsed = [...submitted, step(commands.endorse)];
    after(endorsed)
      .when(forAgency(commands.verify, cast.checker.agency), contextFor(checker))
      .refuses('duty/same-unit', { unit });
  });
});

describe('who is no party to a round', () => {
  test.each([
    ['request-explanation', 'auditor', submitted],
    ['order-correction', 'inspector', verified],
  ] as const)('does not %s in another province', (type, role, history) => {
    const from = (agency: string) => wearing(cast.auditor.person, hat(role, agency));
    after(history)
      .when(commands[type], contextFor(from('bac_ninh.thanh_tra_tinh')))
      .refuses('duty/other-province', { province: 'son_la' });
    for (const agency of ['son_la.thanh_tra_tinh', 'trung_uong.kiem_toan']) {
      const acting = from(agency);
      after(history).when(commands[type], contextFor(acting)).thenActor(actorIs(acting));
    }
  });
});
