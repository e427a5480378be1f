import { describe, expect, test } from '@jest/globals';
import type { ActingPerson, Capacity } from '#directory';
import { contributionDecider } from './contribution.ts';
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
import type { FigureCommand } from './figures.commands.ts';
import {
  cast,
  commune,
  contextFor,
  hat,
  input,
  leadAgency,
  party,
  told,
  wearing,
} from './figures.contract.ts';

/**
 * Forms of signature (DOMAIN, Who uses it; Decree 30/2020): the head, KT. and TUQ. answer for the
 * agency; TL. signs what the head need not sign; TM. goes before all of them for a body that
 * decides together.
 */
type Form = 'KT' | 'TL' | 'TUQ';

function under(form: Form, role: 'deputy' | 'officer'): ActingPerson {
  const plain = hat(role, leadAgency, `${leadAgency}.p_th`);
  const delegation = { id: `${form}-1`, form, head: cast.head.person };
  const signing: Capacity = { ...plain, delegation };
  // An officer keeps the plain capacity beside it (standing.ts), a deputy signs in that place only.
  return wearing(cast.deputy.person, ...(role === 'officer' ? [plain] : []), signing);
}

const histories = {
  endorse: submitted,
  're-endorse': verified,
  return: submitted,
  withdraw: submitted,
  dispute: submitted,
} as const satisfies Partial<Record<FigureCommand['type'], readonly Step[]>>;
const acts = Object.keys(histories) as (keyof typeof histories)[];

const answering = [
  ['KT', 'deputy'],
  ['TUQ', 'deputy'],
  ['TUQ', 'officer'],
] as const;
const byOrder = [
  ['TL', 'deputy'],
  ['TL', 'officer'],
] as const;

describe.each(acts)('%s', (type) => {
  const changes = type === 're-endorse' ? movedOn : {};

  test.each(answering)('%s. of a %s stands in the head’s place', (form, role) => {
    const done = after(histories[type]).when(
      commands[type],
      contextFor(under(form, role), changes),
    );
    done.thenActor({
      person: cast.deputy.person,
      agency: leadAgency,
      unit: `${leadAgency}.p_th`,
      role,
      actingFor: cast.head.person,
    });
  });

  test.each(byOrder)('%s. of a %s does not', (form, role) => {
    after(histories[type])
      .when(commands[type], contextFor(under(form, role), changes))
      .refuses('duty/by-order-only', { agencies: expect.arrayContaining([leadAgency]) });
  });
});

describe('an endorsement', () => {
  test.each(answering)('keeps the form: %s. of a %s', (form, role) => {
    const state = stateAfter(...submitted, step(commands.endorse, under(form, role)));
    expect(state.versions[0]?.endorsements[0]?.signature).toEqual({
      form,
      delegation: `${form}-1`,
    });
  });

  test('TUQ. does not put an officer past rule 1: who handed in does not endorse', () => {
    const author = { ...under('TUQ', 'officer'), person: cast.officer.person };
    after(submitted).when(commands.endorse, contextFor(author)).refuses('duty/same-person');
  });

  test('a delegation of another agency carries nothing here', () => {
    const capacities = under('TUQ', 'officer').capacities.map((one) => ({
      ...one,
      agency: commune,
    }));
    const elsewhere = wearing(cast.deputy.person, ...capacities);
    after(submitted).when(commands.endorse, contextFor(elsewhere)).refuses('duty/not-lead-agency');
  });

  test('an officer without one hears of the role that is missing', () => {
    after(submitted)
      .when(commands.endorse, contextFor(cast.secondOfficer))
      .refuses('duty/role-required');
  });

  test('of a commune is given on behalf of its committee: TM. before any form', () => {
    const giver = party(commune, { collective: true });
    const context = { giver, contribution: 'son_la-qd1969-2026.I.4.xa_muong_la' };
    const by = (acting: ActingPerson) => contextFor(acting, context);
    const submit = { type: 'submit', outsideSource: null, ...input } as const;
    const handIn = { ...submit, values: [{ component: 'tong_chi', value: '1' }] };
    const endorse = { type: 'endorse', version: 1 } as const;
    const history = told(
      contributionDecider,
      [
        { command: handIn, context: by(cast.communeOfficer) },
        { command: endorse, context: by(cast.communeHead) },
      ],
      'contribution-x',
    );
    expect(history.at(-1)?.data).toMatchObject({
      signature: { form: 'head', delegation: null, onBehalf: true },
    });
  });
});

test('TL. is enough to explain, which an officer may do as well', () => {
  const asked = [...endorsed, step(commands['request-explanation'])];
  for (const [form, role] of [...answering, ...byOrder]) {
    const state = stateAfter(...asked, step(commands.explain, under(form, role)));
    // An officer explains as an officer; a deputy in the head's place, and the fact says for whom.
    expect(state.explanations[0]?.explainedBy).toMatchObject({
      role,
      actingFor: role === 'officer' ? null : cast.head.person,
    });
  }
});
