import { describe, expect, test } from '@jest/globals';
import { digestOf } from '#kernel';
import type { Digest, DocumentRef } from '#kernel';
import type { ActingPerson, SessionItem } from '#directory';
import type { ContributionFacts, Hand, ReviewBodyFacts } from './contexts.ts';
import type { VerificationMark } from './figure.events.ts';
import { after, commands, endorsed, stateAfter, step } from './figure-acts.contract.ts';
import type { Step } from './figure-acts.contract.ts';
import {
  actorIs,
  cast,
  committee,
  contextFor,
  dost,
  figureId,
  hat,
  leadAgency,
  letter,
  otherAgency,
  party,
  report,
  verificationBasis,
  wearing,
} from './figures.contract.ts';
import type { Changes } from './figures.contract.ts';

const part = `${figureId}.so_khcn`;
const handOf = (person: ActingPerson): Hand => {
  const { person: id, agency, unit } = actorIs(person);
  return { person: id, agency, unit };
};

/** DOST's part, whose first version these hands made. */
function partBy(...hands: readonly Hand[]): ContributionFacts {
  const version = { version: 1, digest: digestOf('part 1'), revision: 1, hands };
  return { contribution: part, agency: dost, accepted: 1, latest: 1, versions: [version] };
}

/** A figure of the finance department, built from a part of DOST. */
function builtFrom(facts: ContributionFacts): { steps: Step[]; changes: Changes } {
  const changes: Changes = { contributions: [facts], assignment: { participants: [] } };
  const submit = step({ ...commands.submit, builtFrom: [part] }, cast.officer, changes);
  return { steps: [submit, step(commands.endorse, cast.head, changes)], changes };
}

function marksAfter(...steps: readonly Step[]): readonly VerificationMark[] | undefined {
  return stateAfter(...steps).verificationMarks[1];
}

describe('rule 3: units', () => {
  const checkerUnit = actorIs(cast.checker).unit;

  test("the verifier's unit must not have contributed to a part", () => {
    const colleague = { ...handOf(cast.dostOfficer), unit: checkerUnit };
    const { steps, changes } = builtFrom(partBy(colleague));
    after(steps)
      .when(commands.verify, contextFor(cast.checker, changes))
      .refuses('duty/same-unit', { unit: checkerUnit });
  });

  test('through another unit of the agency it may, and the mark shows', () => {
    const { steps, changes } = builtFrom(partBy(handOf(cast.dostOfficer), handOf(cast.dostHead)));
    expect(marksAfter(...steps, step(commands.verify, cast.checker, changes))).toEqual([
      'verifier-contributed',
    ]);
  });

  test('an agency without units is its own unit', () => {
    const { steps, changes } = builtFrom(partBy(handOf(cast.dostHead)));
    const atLarge = wearing(cast.checker.person, hat('checker', dost));
    after(steps)
      .when(commands.verify, contextFor(atLarge, changes))
      .refuses('duty/same-unit', { unit: dost });
  });

  test('every unit of the verifier counts, not only that of the hat', () => {
    const { steps, changes } = builtFrom(partBy(handOf(cast.dostOfficer)));
    const both = wearing(
      cast.checker.person,
      ...cast.checker.capacities,
      hat('officer', dost, `${dost}.p_khtc`),
    );
    after(steps).when(commands.verify, contextFor(both, changes)).refuses('duty/same-unit');
  });

  test('who contributed does not verify, though they moved to another unit since', () => {
    const before = { ...handOf(cast.checker), unit: `${dost}.p_khtc` };
    const { steps, changes } = builtFrom(partBy(before));
    after(steps)
      .when(commands.verify, contextFor(cast.checker, changes))
      .refuses('duty/same-person');
  });

  test('hands in the version built from count, though the part was corrected since', () => {
    const first = partBy({ ...handOf(cast.dostOfficer), unit: checkerUnit });
    const { steps, changes } = builtFrom(first);
    const second = { version: 2, digest: digestOf('part 2'), revision: 4, hands: [] };
    const since = { ...first, accepted: 2, latest: 2, versions: [...first.versions, second] };
    after(steps)
      .when(commands.verify, contextFor(cast.checker, { ...changes, contributions: [since] }))
      .refuses('duty/same-unit');
  });

  test('hands in another version of the part do not', () => {
    const old = partBy({ ...handOf(cast.dostOfficer), unit: checkerUnit });
    const second = { version: 2, digest: digestOf('part 2'), revision: 4, hands: [] };
    const both = { ...old, accepted: 2, latest: 2, versions: [...old.versions, second] };
    const { steps, changes } = builtFrom(both);
    expect(stateAfter(...steps, step(commands.verify, cast.checker, changes)).status).toBe(
      'verified',
    );
  });

  test('a part that the figure was not built from feeds nothing', () => {
    const colleague = partBy({ ...handOf(cast.dostOfficer), unit: checkerUnit });
    const done = step(commands.verify, cast.checker, { contributions: [colleague] });
    expect(stateAfter(...endorsed, done).status).toBe('verified');
  });
});

/** The stage turned round: DOST leads what DOST would check. */
const selfLed: Changes = { assignment: { leads: [party(dost)], participants: [] } };
const ledByDost = [
  step(commands.submit, cast.dostOfficer, selfLed),
  step(commands.endorse, cast.dostHead, selfLed),
];
const digest = after(ledByDost).history[0]!.digest;

describe('rule 4: what the checking agency leads', () => {
  test('its own checker does not verify it', () => {
    after(ledByDost)
      .when(commands.verify, contextFor(cast.checker, selfLed))
      .refuses('duty/self-led');
    const joint: Changes = {
      assignment: { mode: 'joint', leads: [party(leadAgency), party(dost)], participants: [] },
    };
    after([
      step(commands.submit, cast.officer, joint),
      step(commands.endorse, cast.head, joint),
      step(commands.endorse, cast.dostHead, joint),
    ])
      .when(commands.verify, contextFor(cast.checker, joint))
      .refuses('duty/self-led');
  });

  test('a checker of another agency may, and it says self-led', () => {
    expect(marksAfter(...ledByDost, step(commands.verify, cast.otherChecker, selfLed))).toEqual([
      'self-led',
    ]);
  });

  test('who has no role of a checker is told so', () => {
    after(ledByDost)
      .when(commands.verify, contextFor(cast.otherHead, selfLed))
      .refuses('duty/role-required', { roles: ['checker'] });
  });
});

const acceptance: DocumentRef = {
  kind: 'letter',
  number: '99/UBND-KGVX',
  date: null,
  issuer: 'UBND tỉnh',
  title: 'Chấp nhận',
  digest: letter,
};

describe('acceptance by the committee', () => {
  const accept = { ...commands.verify, acceptance };

  test('by a document, with both marks', () => {
    after(ledByDost)
      .when(accept, contextFor(cast.committeeHead, selfLed))
      .then([
        {
          type: 'figure.verified.v1',
          data: {
            version: 1,
            digest,
            basis: { text: verificationBasis.raw, source: verificationBasis },
            reviewBody: null,
            acceptance,
            marks: ['self-led', 'not-independently-reviewed'],
            note: null,
          },
        },
      ])
      .thenActor(actorIs(cast.committeeHead));
  });

  test('also by its certifier or a deputy under a delegation', () => {
    const certifier = wearing(cast.registrar.person, hat('certifier', committee));
    const form = { id: 'uq-2', form: 'TUQ', head: cast.committeeHead.person } as const;
    const deputy = wearing(cast.registrar.person, {
      ...hat('deputy', committee),
      delegation: form,
    });
    for (const acting of [certifier, deputy]) {
      expect(stateAfter(...ledByDost, step(accept, acting, selfLed)).status).toBe('verified');
    }
  });

  const headless: Changes = { ...selfLed, round: { committee: null } };
  const unknown: Changes = { ...selfLed, evidence: contextFor(cast.head).evidence.slice(0, 1) };
  const elsewhere = wearing(cast.registrar.person, hat('certifier', dost));
  const unfiled = { ...accept, acceptance: { ...acceptance, digest: null } };
  const twofold = { ...accept, reviewBody: { body: 'tcm', session: 's1' } };
  test.each([
    ['another agency', cast.dostHead, accept, selfLed, 'duty/not-committee'],
    ['no committee in the chain', cast.committeeHead, accept, headless, 'duty/not-committee'],
    ['a certifier elsewhere', elsewhere, accept, selfLed, 'duty/role-required'],
    ['no file', cast.committeeHead, unfiled, selfLed, 'figure/document-required'],
    ['an unknown file', cast.committeeHead, accept, unknown, 'figure/evidence-missing'],
    ['a session too', cast.committeeHead, twofold, selfLed, 'figure/one-verification-basis'],
  ] as const)('is refused with %s', (_, acting, command, changes, code) => {
    after(ledByDost).when(command, contextFor(acting, changes)).refuses(code);
  });

  test('is no way round the checker where another agency leads', () => {
    after(endorsed)
      .when(accept, contextFor(cast.committeeHead))
      .refuses('figure/acceptance-not-needed');
  });

  test('separation by person holds here too', () => {
    const both = wearing(cast.dostHead.person, hat('head', committee));
    after(ledByDost).when(accept, contextFor(both, selfLed)).refuses('duty/same-person');
  });
});

describe('a review body citing a session', () => {
  const minutes: Digest = digestOf('biên bản');
  const member = wearing(cast.otherHead.person, hat('head', otherAgency));
  const item = {
    figure: figureId,
    version: 1,
    digest,
    decision: 'accept',
    votesFor: 3,
    votesAgainst: 0,
    abstained: [cast.dostHead.person],
  } as const;
  const body: ReviewBodyFacts = {
    body: 'tcm',
    province: 'son_la',
    revision: 4,
    dissolved: false,
    members: [
      { person: member.person, agency: otherAgency, position: 'chair' },
      { person: cast.dostHead.person, agency: dost, position: 'member' },
      { person: cast.communeHead.person, agency: 'son_la.xa_muong_la', position: 'member' },
    ],
    session: {
      session: 's1',
      minutes,
      present: [member.person, cast.dostHead.person],
      recordedBy: cast.dostOfficer.person,
      minutesHeld: true,
      items: [item],
    },
  };
  const session = body.session!;
  const verify = { ...commands.verify, reviewBody: { body: 'tcm', session: 's1' } };
  const citing = (reviewBody: ReviewBodyFacts | null): Changes => ({ ...selfLed, reviewBody });
  const inSession = (change: Partial<typeof session>): Changes =>
    citing({ ...body, session: { ...session, ...change } });

  test('verifies with the mark self-led alone, and cites session and minutes', () => {
    after(ledByDost)
      .when(verify, contextFor(member, citing(body)))
      .then([
        {
          type: 'figure.verified.v1',
          data: {
            version: 1,
            digest,
            basis: { text: verificationBasis.raw, source: verificationBasis },
            reviewBody: { body: 'tcm', session: 's1', minutes, revision: 4 },
            acceptance: null,
            marks: ['self-led'],
            note: null,
          },
        },
      ])
      .thenActor(actorIs(member));
  });

  test('verifies what others lead as well, without that mark', () => {
    const figure = after(endorsed).history[0]!.digest;
    const items = [{ ...item, digest: figure, abstained: [] }];
    const present = { reviewBody: { ...body, session: { ...session, items } } };
    expect(marksAfter(...endorsed, step(verify, member, present))).toEqual(['parts-outstanding']);
  });

  const other = wearing(cast.otherOfficer.person, hat('officer', otherAgency));
  const dealing = (change: Partial<SessionItem>) => inSession({ items: [{ ...item, ...change }] });
  const elsewhere = citing({ ...body, province: 'bac_ninh' });
  const dissolved = citing({ ...body, dissolved: true });
  test.each([
    ['no such body', member, citing(null), 'figure/no-such-session'],
    ['a body of another province', member, elsewhere, 'figure/no-such-session'],
    ['no such session', member, citing({ ...body, session: null }), 'figure/no-such-session'],
    ['another session', member, inSession({ session: 's2' }), 'figure/no-such-session'],
    ['a dissolved body', member, dissolved, 'figure/review-body-dissolved'],
    ['no member', other, citing(body), 'duty/not-a-member'],
    ['a member who was absent', cast.communeHead, citing(body), 'duty/member-absent'],
    ['another version', member, dealing({ version: 2 }), 'figure/session-on-other-version'],
    ['another digest', member, dealing({ digest: report }), 'figure/session-on-other-version'],
    ['another figure', member, dealing({ figure: 'x' }), 'figure/session-on-other-version'],
    [
      'a session that returned it',
      member,
      dealing({ decision: 'return' }),
      'figure/session-did-not-accept',
    ],
    [
      'the one who recorded the session',
      member,
      inSession({ recordedBy: member.person }),
      'duty/session-recorder',
    ],
    [
      'minutes that nobody deposited',
      member,
      inSession({ minutesHeld: false }),
      'figure/evidence-missing',
    ],
    ['one who abstained', cast.dostHead, citing(body), 'duty/member-abstained'],
    [
      'a feeding member who voted',
      member,
      dealing({ abstained: [] }),
      'duty/feeder-did-not-abstain',
    ],
    ['one without any role', wearing(member.person), citing(body), 'duty/role-required'],
  ] as const)('is refused with %s', (_, acting, changes, code) => {
    after(ledByDost).when(verify, contextFor(acting, changes)).refuses(code);
  });

  test('a feeding member who stayed away had no vote to abstain from', () => {
    const away = inSession({ present: [member.person], items: [{ ...item, abstained: [] }] });
    expect(stateAfter(...ledByDost, step(verify, member, away)).status).toBe('verified');
  });

  test('a member who fed the figure does not record it, had they voted or not', () => {
    const voted = inSession({ items: [{ ...item, abstained: [] }] });
    after(ledByDost)
      .when(verify, contextFor(cast.dostHead, voted))
      .refuses('duty/feeder-did-not-abstain');
  });
});

describe('marks that a verification leaves', () => {
  const link = { evidence: null, reference: 'kho-1', component: null, page: null };
  const none: Changes = { assignment: { participants: [] } };
  const marksWith = (evidence: readonly (typeof link)[], changes: Changes = none) =>
    marksAfter(
      step({ ...commands.submit, evidence }, cast.officer, changes),
      step(commands.endorse, cast.head, changes),
      step(commands.verify, cast.checker, changes),
    );

  test('evidence is complete when each required kind of document is there', () => {
    expect(marksWith([])).toEqual(['evidence-incomplete']);
    expect(marksWith([link])).toEqual(['evidence-referenced-only']);
    const references = [{ reference: 'kho-1', documentKind: 'minutes' }];
    expect(marksWith([link], { ...none, references })).toEqual([
      'evidence-incomplete',
      'evidence-referenced-only',
    ]);
  });
});
