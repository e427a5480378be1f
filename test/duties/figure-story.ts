import type { AgencyId, UnitId } from '#kernel';
import { agencies, units } from './stage.ts';
import type { Who } from './stage.ts';

/**
 * What happened to a figure, told in the words of DOMAIN and nothing else: the acts of a life, who
 * did them and where they sat. The table of duties reads this; the deciders get the same acts as
 * commands. Where the two disagree about what is allowed next, one of them is wrong.
 */

export type Past =
  | 'submit'
  | 'ask'
  | 'dispute'
  | 'explain'
  | 'settle'
  | 'endorse'
  | 'endorse-too'
  | 'recall'
  | 'return-by-head'
  | 'return-by-checker'
  | 'resubmit'
  | 'verify'
  | 'order'
  | 'correct'
  | 'withdraw'
  | 'withdraw-again'
  | 'endorse-again';

/** A figure's lives, by the name of where they have come to. */
const begun: readonly Past[] = ['submit', 'ask', 'dispute'];
export const lives = {
  awaiting: [],
  submitted: begun,
  endorsed: [...begun, 'endorse'],
  recalled: [...begun, 'endorse', 'recall'],
  'returned by the head': [...begun, 'return-by-head'],
  'returned by the checker': [...begun, 'endorse', 'return-by-checker'],
  resubmitted: [...begun, 'return-by-head', 'resubmit'],
  verified: [...begun, 'endorse', 'verify'],
  ordered: [...begun, 'endorse', 'verify', 'order'],
  corrected: [...begun, 'endorse', 'verify', 'correct'],
  'corrected and endorsed': [...begun, 'endorse', 'verify', 'correct', 'endorse-again'],
  'corrected and withdrawn': [...begun, 'endorse', 'verify', 'correct', 'withdraw-again'],
  withdrawn: [...begun, 'withdraw'],
  'answered and settled': [...begun, 'explain', 'settle', 'endorse'],
} as const satisfies Record<string, readonly Past[]>;
export type Life = keyof typeof lives;

/** Of a joint lead: one has endorsed and the other has not. */
export const jointLives = {
  awaiting: [],
  submitted: begun,
  'half endorsed': [...begun, 'endorse'],
  endorsed: [...begun, 'endorse', 'endorse-too'],
  'half recalled': [...begun, 'endorse', 'endorse-too', 'recall'],
  verified: [...begun, 'endorse', 'endorse-too', 'verify'],
} as const satisfies Record<string, readonly Past[]>;

export type Status = 'awaiting' | 'submitted' | 'endorsed' | 'returned' | 'verified' | 'withdrawn';
export type Desk = { readonly who: Who; readonly agency: AgencyId; readonly unit: UnitId };

/** Who leads, who checks, and what else is special about the assignment. */
export type Setting = {
  readonly name: string;
  readonly figure: string;
  readonly mode: 'single' | 'joint' | 'each';
  /** Who answers for the figure today. */
  readonly leads: readonly AgencyId[];
  /** Who led when the past happened: another agency where the duty has passed on. */
  readonly ledBy: readonly AgencyId[];
  readonly participants: readonly AgencyId[];
  readonly committee: boolean;
  readonly closed: boolean;
  /** The round moved to an edition since that asks by another definition. */
  readonly moved: boolean;
};

export type Story = {
  readonly status: Status;
  readonly versions: number;
  /** Number of the version that acts are about; 0 where nothing was ever handed in. */
  readonly present: number;
  /** Number of the version in force; 0 where none is. */
  readonly inForce: number;
  readonly handedInBy: Who | null;
  /** Who verified the present version; null where nobody has. */
  readonly verifiedBy: Who | null;
  /** Standing endorsements of the present version. */
  readonly endorsedBy: readonly Desk[];
  /** Everybody with a hand in the present version or in a part it was built from. */
  readonly hands: readonly Desk[];
  /** Everybody who handed in, endorsed or verified any version. */
  readonly ever: ReadonlySet<Who>;
  readonly auditors: ReadonlySet<Who>;
  readonly question: 'none' | 'open' | 'answered';
  readonly dispute: 'none' | 'open' | 'settled';
};

/** Where the people of a setting sit: the lead's officers at a desk, heads in the agency itself. */
export function desksOf({ ledBy }: Setting): Readonly<Record<string, Desk>> {
  const [lead = agencies.lead, coLead = agencies.coLead] = ledBy;
  const desk = lead === agencies.dost ? units.dostDesk : units.leadDesk;
  const at = lead === agencies.gone ? lead : desk;
  const selfLed = ledBy.includes(agencies.dost);
  const giving = selfLed ? agencies.commune : agencies.dost;
  const checking: Desk = selfLed
    ? { who: 'verifier', agency: agencies.stranger, unit: agencies.stranger }
    : { who: 'verifier', agency: agencies.dost, unit: units.dostClean };
  return {
    submitter: { who: 'submitter', agency: lead, unit: at },
    corrector: { who: 'corrector', agency: lead, unit: at },
    endorser: { who: 'endorser', agency: lead, unit: lead },
    coEndorser: { who: 'coEndorser', agency: coLead, unit: coLead },
    verifier: checking,
    returner: { who: 'verifier', agency: agencies.dost, unit: units.dostClean },
    giver: { who: 'giver', agency: giving, unit: selfLed ? giving : units.dostDesk },
    giverHead: { who: 'giverHead', agency: giving, unit: giving },
  };
}

type Draft = { by: Desk; endorsed: Desk[]; recalled: Desk[]; gone: boolean };

/** The story that the acts tell. */
export function tell(setting: Setting, acts: readonly Past[]): Story {
  const desks = desksOf(setting);
  const desk = (name: string): Desk => desks[name] as Desk;
  const drafts: Draft[] = [];
  const ever = new Set<Who>();
  const auditors = new Set<Who>();
  let status: Status = 'awaiting';
  let inForce = 0;
  let question: Story['question'] = 'none';
  let dispute: Story['dispute'] = 'none';
  const last = () => drafts.at(-1) as Draft;
  const handIn = (by: Desk) => {
    drafts.push({ by, endorsed: [], recalled: [], gone: false });
    ever.add(by.who);
    status = 'submitted';
  };
  const endorse = (by: Desk) => {
    last().endorsed.push(by);
    ever.add(by.who);
    const isComplete = setting.mode !== 'joint' || last().endorsed.length === setting.ledBy.length;
    status = isComplete ? 'endorsed' : 'submitted';
  };
  const acted: Record<Past, () => void> = {
    submit: () => handIn(desk('submitter')),
    resubmit: () => handIn(desk('corrector')),
    correct: () => handIn(desk('corrector')),
    endorse: () => endorse(desk('endorser')),
    'endorse-too': () => endorse(desk('coEndorser')),
    'endorse-again': () => endorse(desk('endorser')),
    recall: () => {
      last().endorsed = last().endorsed.filter(({ who }) => who !== 'endorser');
      last().recalled.push(desk('endorser'));
      status = 'submitted';
    },
    'return-by-head': () => (status = 'returned'),
    'return-by-checker': () => (status = 'returned'),
    verify: () => {
      ever.add('verifier');
      inForce = drafts.length;
      status = 'verified';
    },
    withdraw: () => {
      last().gone = true;
      status = 'withdrawn';
    },
    'withdraw-again': () => {
      last().gone = true;
      status = 'verified';
    },
    ask: () => {
      auditors.add('auditor');
      question = 'open';
    },
    order: () => auditors.add('inspector'),
    explain: () => (question = 'answered'),
    dispute: () => (dispute = 'open'),
    settle: () => (dispute = 'settled'),
  };
  for (const act of acts) acted[act]();

  const present = drafts.at(-1)?.gone === true ? inForce || drafts.length : drafts.length;
  const draft = drafts[present - 1];
  const fed = draft === undefined ? [] : [desk('giver'), desk('giverHead')];
  const own = draft === undefined ? [] : [draft.by, ...draft.endorsed, ...draft.recalled];
  return {
    status,
    versions: drafts.length,
    present,
    inForce,
    handedInBy: draft?.by.who ?? null,
    verifiedBy: present > 0 && present === inForce ? 'verifier' : null,
    endorsedBy: draft?.endorsed ?? [],
    hands: [...own, ...fed],
    ever,
    auditors,
    question,
    dispute,
  };
}
