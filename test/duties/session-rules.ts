import { digestOf } from '#kernel';
import type { Digest } from '#kernel';
import type { ReviewBodyFacts } from '#figures';
import { isAuditing, no, unitsOf } from './rules.ts';
import type { Row, Wearer } from './rules.ts';
import type { Desk } from './figure-story.ts';
import { agencies, people } from './stage.ts';
import type { Who } from './stage.ts';

/**
 * Verification by a review body, from DOMAIN, Separation of duties 4: "verified … by a review body
 * citing a recorded session, members who fed the figure abstaining". A session is described by what
 * may be wrong with it, and the person by their seat in it.
 */
export type Seat = 'none' | 'absent' | 'abstained' | 'voted';
export type SessionFlaw =
  | 'nothing'
  | 'no such session'
  | 'on another version'
  | 'voted to return'
  | 'body dissolved'
  | 'a member who fed it voted';
export const seats: readonly Seat[] = ['none', 'absent', 'abstained', 'voted'];
export const flaws: readonly SessionFlaw[] = [
  'nothing',
  'no such session',
  'on another version',
  'voted to return',
  'body dissolved',
  'a member who fed it voted',
];

export type SessionCell = Wearer & {
  readonly seat: Seat;
  readonly flaw: SessionFlaw;
  readonly hands: readonly Desk[];
};

/** The agency that sent the person under test to the body. */
export const seatOf = agencies.stranger;

const fed = ({ hands, who }: SessionCell) => hands.some((desk) => desk.who === who);

export const sessionRules: Row<SessionCell> = {
  says: '4. By a review body citing a recorded session, members who fed the figure abstaining',
  event: 'figure.verified.v1',
  rules: [
    (cell) => no(isAuditing(cell), 'duty/auditor-writes'),
    ({ flaw }) => no(flaw === 'no such session', 'figure/no-such-session'),
    ({ flaw }) => no(flaw === 'body dissolved', 'figure/review-body-dissolved'),
    ({ seat }) => no(seat === 'none', 'duty/not-a-member'),
    ({ flaw }) => no(flaw === 'on another version', 'figure/session-on-other-version'),
    ({ flaw }) => no(flaw === 'voted to return', 'figure/session-did-not-accept'),
    ({ seat }) => no(seat === 'absent', 'duty/member-absent'),
    ({ seat }) => no(seat === 'abstained', 'duty/member-abstained'),
    (cell) =>
      no(cell.flaw === 'a member who fed it voted' || fed(cell), 'duty/feeder-did-not-abstain'),
    // The body gives no office: a member acts in one they hold where they were sent from.
    (cell) => no(!cell.hats.some(({ agency }) => agency === seatOf), 'duty/role-required'),
    (cell) => no(fed(cell), 'duty/same-person'),
    (cell) =>
      no(
        cell.hands.some(({ unit }) => unitsOf(cell).includes(unit)),
        'duty/same-unit',
      ),
  ],
};

const session = 'phien_1';
export const citing = { body: 'to_chuyen_mon', session } as const;

/** The body and its session as they would be loaded for the person under test. */
export function reviewBodyFor(
  { who, seat, flaw, hands }: Omit<SessionCell, 'hats'>,
  item: { readonly figure: string; readonly version: number; readonly digest: Digest },
): ReviewBodyFacts {
  const person = people[who];
  const feeder = people[(hands[0]?.who ?? 'submitter') satisfies Who];
  const chair = people.disputer;
  const votes = flaw === 'a member who fed it voted';
  const members = [
    { person: chair, agency: agencies.commune, position: 'chair' as const },
    { person: feeder, agency: agencies.lead, position: 'member' as const },
    { person, agency: seatOf, position: 'member' as const },
  ];
  const seated = members.filter((one) => seat !== 'none' || one.person !== person);
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
    revision: 3,
    dissolved: flaw === 'body dissolved',
    // Somebody who fed the figure and is under test sits in the body once, in their own seat.
    members: seated.filter(
      (one, index) => seated.findLastIndex(({ person: id }) => id === one.person) === index,
    ),
    session: {
      session: flaw === 'no such session' ? 'phien_2' : session,
      minutes: digestOf('biên bản'),
      present,
      items: [
        {
          figure: item.figure,
          version: flaw === 'on another version' ? item.version + 1 : item.version,
          digest: item.digest,
          decision: flaw === 'voted to return' ? 'return' : 'accept',
          votesFor: 2,
          votesAgainst: 0,
          abstained,
        },
      ],
    },
  };
}
