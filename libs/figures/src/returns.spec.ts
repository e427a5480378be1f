import { describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import type { SessionItem } from '#directory';
import type { ReviewBodyFacts } from './contexts.ts';
import {
  after,
  commands,
  endorsed,
  lastDay,
  remarks,
  stateAfter,
  step,
  submitted,
} from './figure-acts.contract.ts';
import {
  actorIs,
  cast,
  committee,
  contextFor,
  dost,
  figureId,
  hat,
  letter,
  otherAgency,
  party,
  wearing,
} from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';

/** Who may say no to what was endorsed: whoever may say yes, on the same three roads. */
const selfLed: Changes = { assignment: { leads: [party(dost)], participants: [] } };
const ledByDost = [
  step(commands.submit, cast.dostOfficer, selfLed),
  step(commands.endorse, cast.dostHead, selfLed),
];
const { digest } = after(ledByDost).history[0]!;
const told = { version: 1, digest, from: 'endorsed', remarks, lastDay } as const;

describe('what the checking agency leads (Separation of duties 4)', () => {
  test('is returned by a checker of another agency of the province, and by its own', () => {
    for (const acting of [cast.otherChecker, cast.checker]) {
      after(ledByDost)
        .when(commands.return, contextFor(acting, selfLed))
        .then([{ type: 'figure.returned.v1', data: told }])
        .thenActor(actorIs(acting));
    }
  });

  test('is returned and verified by nobody of another province', () => {
    const stranger = wearing(cast.otherChecker.person, hat('checker', 'bac_ninh.so_yt'));
    for (const command of [commands.return, commands.verify]) {
      after(ledByDost).when(command, contextFor(stranger, selfLed)).refuses('duty/self-led');
    }
  });

  test('the committee returns by a document what it might accept by one', () => {
    const document = {
      kind: 'letter',
      number: '90/UBND-KGVX',
      date: lastDay,
      issuer: 'UBND tỉnh',
      title: 'Đề nghị giải trình',
      digest: letter,
    } as const;
    const command = { ...commands.return, document };
    after(ledByDost)
      .when(command, contextFor(cast.committeeHead, selfLed))
      .then([{ type: 'figure.returned.v1', data: { ...told, document } }]);
    const state = stateAfter(...ledByDost, step(command, cast.committeeHead, selfLed));
    expect(state.versions[0]?.returned).toMatchObject({ document, lastDay });
    after(endorsed)
      .when(command, contextFor(cast.committeeHead))
      .refuses('figure/acceptance-not-needed', { pointer: '/document' });
    after(ledByDost)
      .when(
        { ...command, document: { ...document, digest: null } },
        contextFor(cast.committeeHead, selfLed),
      )
      .refuses('figure/document-required', { pointer: '/document/digest' });
    after(ledByDost)
      .when(commands.return, contextFor(cast.committeeHead, selfLed))
      .refuses('duty/role-required');
    const outside: Changes = { ...selfLed, round: { committee: null } };
    after(ledByDost)
      .when(command, contextFor(cast.committeeHead, outside))
      .refuses('duty/not-committee', { agencies: [] });
    expect(committee).toBe('son_la.ubnd_tinh');
  });
});

describe('a review body', () => {
  const member = wearing(cast.otherHead.person, hat('head', otherAgency));
  const item: SessionItem = {
    figure: figureId,
    version: 1,
    digest,
    decision: 'return',
    votesFor: 0,
    votesAgainst: 2,
    abstained: [cast.dostHead.person],
  };
  const session = {
    session: 's1',
    minutes: digestOf('biên bản'),
    present: [member.person, cast.dostHead.person],
    recordedBy: cast.dostOfficer.person,
    minutesHeld: true,
  };
  const body = (one: SessionItem): Changes => {
    const reviewBody: ReviewBodyFacts = {
      body: 'tcm',
      province: 'son_la',
      revision: 4,
      dissolved: false,
      members: [
        { person: member.person, agency: otherAgency, position: 'chair' },
        { person: cast.dostHead.person, agency: dost, position: 'member' },
      ],
      session: { ...session, items: [one] },
    };
    return { ...selfLed, reviewBody };
  };
  const cited = { body: 'tcm', session: 's1' };
  const command = { ...commands.return, reviewBody: cited };

  test('returns what its session decided to return, and cites it', () => {
    after(ledByDost)
      .when(command, contextFor(member, body(item)))
      .then([
        {
          type: 'figure.returned.v1',
          data: {
            ...told,
            reviewBody: { ...cited, minutes: session.minutes, revision: 4 },
          },
        },
      ])
      .thenActor(actorIs(member));
  });

  test('neither returns what its session accepted nor verifies what it returned', () => {
    after(ledByDost)
      .when(command, contextFor(member, body({ ...item, decision: 'accept' })))
      .refuses('figure/session-did-not-return');
    after(ledByDost)
      .when({ ...commands.verify, reviewBody: cited }, contextFor(member, body(item)))
      .refuses('figure/session-did-not-accept');
  });

  test('is held to abstention here as well', () => {
    after(ledByDost)
      .when(command, contextFor(member, body({ ...item, abstained: [] })))
      .refuses('duty/feeder-did-not-abstain');
  });

  test('a return has one basis, and the head’s own has none', () => {
    const document = { ...commands['order-correction'].conclusion };
    after(ledByDost)
      .when({ ...command, document }, contextFor(member, body(item)))
      .refuses('figure/one-return-basis');
    after(submitted)
      .when({ ...commands.return, document }, contextFor(cast.head))
      .refuses('figure/own-return', { pointer: '/document' });
    after(submitted)
      .when(command, contextFor(cast.head))
      .refuses('figure/own-return', { pointer: '/reviewBody' });
  });
});
