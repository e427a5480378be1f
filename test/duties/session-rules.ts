import { day, derivedUuid, digestOf } from '#kernel';
import type { Digest } from '#kernel';
import type { FigureCommand, ReviewBodyFacts } from '#figures';
import { isAuditing, no, unitsOf } from './rules.ts';
import type { Row, Rule, Wearer } from './rules.ts';
import type { Desk } from './figure-story.ts';
import { agencies, people } from './stage.ts';
import type { Who } from './stage.ts';

/**
 * Verification by a review body, from DOMAIN, Separation of duties 4: "verified … by a review body
 * citing a recorded session, members who fed the figure abstaining", and a return on the same road.
 * A session is described by what may be wrong with it, and the person by their seat in it.
 */
export type Seat = 'none' | 'absent' | 'abstained' | 'voted';
export type SessionFlaw =
  | 'nothing'
  | 'no such session'
  | 'on another version'
  | 'voted otherwise'
  | 'body dissolved'
  | 'recorded by this person'
  | 'minutes not deposited'
  | 'a member who fed it voted';
export const seats: readonly Seat[] = ['none', 'absent', 'abstained', 'voted'];
export const flaws: readonly SessionFlaw[] = [
  'nothing',
  'no such session',
  'on another version',
  'voted otherwise',
  'body dissolved',
  'recorded by this person',
  'minutes not deposited',
  'a member who fed it voted',
];

export type SessionCell = Wearer & {
  readonly seat: Seat;
  readonly flaw: SessionFlaw;
  readonly hands: readonly Desk[];
};

/** Whoever typed the session in: somebody with no other part in it. */
const clerk = derivedUuid(['duties', 'clerk']);

/** The agency that sent the person under test to the body. */
export const seatOf = agencies.stranger;

const fed = ({ hands, who }: SessionCell) => hands.some((desk) => desk.who === who);

const seated = (otherwise: string): readonly Rule<SessionCell>[] => [
  (cell) => no(isAuditing(cell), 'duty/auditor-writes'),
  ({ flaw }) => no(flaw === 'no such session', 'figure/no-such-session'),
  ({ flaw }) => no(flaw === 'body dissolved', 'figure/review-body-dissolved'),
  ({ seat }) => no(seat === 'none', 'duty/not-a-member'),
  ({ flaw }) => no(flaw === 'on another version', 'figure/session-on-other-version'),
  ({ flaw }) => no(flaw === 'voted otherwise', otherwise),
  ({ seat }) => no(seat === 'absent', 'duty/member-absent'),
  ({ seat }) => no(seat === 'abstained', 'duty/member-abstained'),
  // 4: nobody acts alone on a session that they wrote down.
  ({ flaw }) => no(flaw === 'recorded by this person', 'duty/session-recorder'),
  ({ flaw }) => no(flaw === 'minutes not deposited', 'figure/evidence-missing'),
  (cell) =>
    no(cell.flaw === 'a member who fed it voted' || fed(cell), 'duty/feeder-did-not-abstain'),
  // The body gives no office: a member acts in one they hold where they were sent from.
  (cell) => no(!cell.hats.some(({ agency }) => agency === seatOf), 'duty/role-required'),
];

export type SessionAct = 'verify (by a session)' | 'return (by a session)';
export const sessionRules: Readonly<Record<SessionAct, Row<SessionCell>>> = {
  'verify (by a session)': {
    says: '4. By a review body citing a recorded session, members who fed the figure abstaining',
    event: 'figure.verified.v1',
    rules: [
      ...seated('figure/session-did-not-accept'),
      (cell) => no(fed(cell), 'duty/same-person'),
      (cell) =>
        no(
          cell.hands.some(({ unit }) => unitsOf(cell).includes(unit)),
          'duty/same-unit',
        ),
    ],
  },
  // A no puts nothing into force, so the unit of whoever says it plays no part.
  'return (by a session)': {
    says: '4. What a session may accept it may return, members who fed the figure abstaining',
    event: 'figure.returned.v1',
    rules: seated('figure/session-did-not-return'),
  },
};

const session = 'phien_1';
export const citing = { body: 'to_chuyen_mon', session } as const;

type Dealt = { readonly figure: string; readonly version: number; readonly digest: Digest };

export function sessionCommand(act: SessionAct, version: number): FigureCommand {
  if (act === 'verify (by a session)') {
    return { type: 'verify', version, note: null, reviewBody: citing, acceptance: null };
  }
  const remarks = [{ component: 'value', evidence: null, text: 'Thiếu bảng kê chi tiết.' }];
  return { type: 'return', version, remarks, lastDay: day('2026-12-01'), reviewBody: citing };
}

/** The body and its session as they would be loaded for the person under test. */
export function reviewBodyFor(
  act: SessionAct,
  { who, seat, flaw, hands }: Omit<SessionCell, 'hats'>,
  item: Dealt,
): ReviewBodyFacts {
  const accepts = (act === 'verify (by a session)') !== (flaw === 'voted otherwise');
  const person = people[who];
  const feeder = people[(hands[0]?.who ?? 'submitter') satisfies Who];
  const chair = people.disputer;
  const votes = flaw === 'a member who fed it voted';
  const members = [
    { person: chair, agency: agencies.commune, position: 'chair' as const },
    { person: feeder, agency: agencies.lead, position: 'member' as const },
    { person, agency: seatOf, position: 'member' as const },
  ];
  const sitting = members.filter((one) => seat !== 'none' || one.person !== person);
  const feederIsAnother = feeder !== person;
  const present = [
    chair,
    ...(feederIsAnother ? [feeder] : []),
    ...(seat === 'voted' || seat === 'abstained' ? [person] : []),
  ];
  const abstained = [
    ...(feederIsAnother && !votes ? [feeder] : []),
    ...(seat === 'abstained' ? [person] : []),
  ];
  return {
    body: citing.body,
    province: 'son_la',
    revision: 3,
    dissolved: flaw === 'body dissolved',
    // Somebody who fed the figure and is under test sits in the body once, in their own seat.
    members: sitting.filter(
      (one, index) => sitting.findLastIndex(({ person: id }) => id === one.person) === index,
    ),
    session: {
      session: flaw === 'no such session' ? 'phien_2' : session,
      minutes: digestOf('biên bản'),
      minutesHeld: flaw !== 'minutes not deposited',
      recordedBy: flaw === 'recorded by this person' ? person : clerk,
      present,
      items: [
        {
          figure: item.figure,
          version: flaw === 'on another version' ? item.version + 1 : item.version,
          digest: item.digest,
          decision: accepts ? 'accept' : 'return',
          votesFor: 2,
          votesAgainst: 0,
          abstained,
        },
      ],
    },
  };
}
