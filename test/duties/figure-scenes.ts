import { day } from '#kernel';
import type { Digest, Recorded } from '#kernel';
import { figureDecider, nothingToCompare } from '#figures';
import type { ContributionFacts, Figure, FigureCommand, FigureContext, FigureFact } from '#figures';
import type { ActingPerson } from '#directory';
import { recordedEvent } from '#testing';
import type { FigureAct } from './figure-rules.ts';
import { desksOf, jointLives, lives, tell } from './figure-story.ts';
import type { Desk, Past, Setting, Story } from './figure-story.ts';
import {
  agencies,
  definition,
  frozenBy,
  hat,
  input,
  letter,
  party,
  people,
  round,
  roundFacts,
  today,
  wearing,
} from './stage.ts';

/**
 * The same pasts for the deciders: every state of the matrix is made by the figure's own decider
 * from commands of people who may give them, so no cell starts from a past that cannot be.
 */
export type FigureScene = {
  readonly setting: Setting;
  readonly life: string;
  readonly story: Story;
  readonly state: Figure;
  /** Facts of the setting for whoever acts. */
  readonly contextFor: (acting: ActingPerson) => FigureContext;
};

const plain = `${round}.I.4`;
const both = [agencies.dost, agencies.commune];
const setting = (name: string, more: Partial<Setting> = {}): Setting => {
  const leads = more.leads ?? [agencies.lead];
  return {
    name,
    figure: plain,
    mode: 'single',
    leads,
    ledBy: leads,
    participants: both.filter((agency) => !leads.includes(agency)),
    committee: true,
    closed: false,
    moved: false,
    ...more,
  };
};

const whole: readonly Setting[] = [
  setting('led by a department'),
  setting('led by DOST', { leads: [agencies.dost] }),
];
const special: readonly Setting[] = [
  setting('each for itself', {
    mode: 'each',
    figure: `${plain}.so_tc`,
    leads: [agencies.lead],
  }),
  setting('passed to a successor', { ledBy: [agencies.gone] }),
  setting('in a closed round', { closed: true }),
  setting('in a round that moved to an edition', { moved: true }),
  setting('led by DOST, no committee', { leads: [agencies.dost], committee: false }),
];
const joint: readonly Setting[] = [
  setting('led jointly', { mode: 'joint', leads: [agencies.lead, agencies.coLead] }),
  setting('led jointly with DOST', { mode: 'joint', leads: [agencies.dost, agencies.coLead] }),
];
const specialLives = ['awaiting', 'submitted', 'endorsed', 'verified', 'withdrawn'] as const;

export function figureScenes(): FigureScene[] {
  const made = (one: Setting, named: Readonly<Record<string, readonly Past[]>>) =>
    Object.entries(named).map(([life, acts]) => sceneOf(one, life, acts));
  const chosen = Object.fromEntries(specialLives.map((life) => [life, lives[life]]));
  return [
    ...whole.flatMap((one) => made(one, lives)),
    ...special.flatMap((one) => made(one, chosen)),
    ...joint.flatMap((one) => made(one, jointLives)),
  ];
}

function sceneOf(one: Setting, life: string, acts: readonly Past[]): FigureScene {
  let state = figureDecider.initial;
  acts.forEach((act, revision) => {
    const version = act === 'submit' ? 0 : state.versions.length;
    const { command, by } = pastAct(act, one, version);
    const { role, unit } = by;
    const acting = wearing(people[by.who], [hat(role, by.agency, unit)]);
    const { actor, facts } = figureDecider.decide(command, state, contextOf(one, acting, true));
    for (const fact of facts) {
      const place = { stream: `figure-${one.figure}`, revision };
      const event: Recorded<FigureFact> = recordedEvent({ ...fact, metadata: { actor } }, place);
      state = figureDecider.evolve(state, event);
    }
  });
  return {
    setting: one,
    life,
    story: tell(one, acts),
    state,
    contextFor: (acting) => contextOf(one, acting, false),
  };
}

function contextOf(one: Setting, acting: ActingPerson, past: boolean): FigureContext {
  const leading = past ? one.ledBy : one.leads;
  const hasPassed = one.ledBy[0] !== one.leads[0];
  const leads = leading.map((agency) => party(agency, hasPassed && !past ? one.ledBy : []));
  // In mode `each` the other lead has a figure of its own, and no word in this one.
  const others = one.mode === 'each' ? [party(agencies.coLead)] : [];
  return {
    acting,
    today,
    round: roundFacts({
      committee: one.committee ? agencies.committee : null,
      closed: one.closed && !past,
    }),
    assignment: {
      mode: one.mode,
      leads: [...leads, ...others],
      participants: one.participants,
      frozenBy,
      edition: one.moved && !past ? '2027' : '2026',
      definition,
    },
    evidence: [{ evidence: letter, documentKind: 'decision', integrityFailed: false }],
    references: [],
    figure: one.figure,
    contributions: [partOf(one)],
    reviewBody: null,
    comparisons: nothingToCompare,
    ordering: null,
  };
}

/** The part that the figure is built from: DOST's, or a commune's where DOST leads. */
function partOf(one: Setting): ContributionFacts {
  const { giver, giverHead } = desksOf(one) as Record<'giver' | 'giverHead', Desk>;
  const handOf = ({ who, agency, unit }: Desk) => ({ person: people[who], agency, unit });
  const digest: Digest = letter;
  return {
    contribution: partName(one),
    agency: giver.agency,
    accepted: 1,
    latest: 1,
    versions: [{ version: 1, digest, revision: 0, hands: [handOf(giver), handOf(giverHead)] }],
  };
}

function partName(one: Setting): string {
  return `${plain}.${one.ledBy.includes(agencies.dost) ? 'xa_muong_la' : 'so_khcn'}`;
}

type PastAct = {
  readonly command: FigureCommand;
  readonly by: Desk & { readonly role: Parameters<typeof hat>[0] };
};

const remarks = [{ component: 'value', evidence: null, text: 'Thiếu bảng kê chi tiết.' }];
const reason = 'Có lý do.';
const lastDay = day('2026-12-01');
const document = {
  kind: 'decision',
  number: '12/KL',
  date: day('2026-08-20'),
  issuer: 'UBND tỉnh',
  title: 'Văn bản',
  digest: letter,
} as const;

/** One act as a command, on this version of a figure of this setting. */
export function commandOf(
  act: FigureAct | 'return-by-checker',
  one: Setting,
  version: number,
): FigureCommand {
  const builtFrom = [partName(one)];
  switch (act) {
    case 'submit':
      return { type: 'submit', builtFrom, ...input };
    case 'correct (correction)':
      return { type: 'correct', kind: 'correction', reason, builtFrom, ...input };
    case 'correct (resubmission)':
      return { type: 'correct', kind: 'resubmission', reason, builtFrom, ...input };
    case 'declare-unavailable':
      return { type: 'declare-unavailable', reason, asOf: today, evidence: [] };
    case 'endorse':
      return { type: 'endorse', version };
    case 'withdraw-endorsement':
    case 'withdraw':
      return { type: act, version, reason };
    case 'return':
    case 'return-by-checker':
      return { type: 'return', version, remarks, lastDay };
    case 're-endorse':
      return { type: 're-endorse', version };
    case 'return (by document)':
      return { type: 'return', version, remarks, lastDay, document };
    case 'verify':
      return { type: 'verify', version, note: null, reviewBody: null, acceptance: null };
    case 'verify (accepted by document)':
      return { type: 'verify', version, note: null, reviewBody: null, acceptance: document };
    case 'request-explanation':
      return { type: 'request-explanation', version, remarks, lastDay };
    case 'explain':
      return { type: 'explain', request: 'explanation-1', text: reason, evidence: [] };
    case 'dispute':
      return { type: 'dispute', version, reason, evidence: [] };
    case 'settle (taken back)':
      return settlement('withdrawn', null);
    case 'settle (by document)':
      return settlement('dismissed', document);
    case 'order-correction':
      return { type: 'order-correction', version, conclusion: document, text: reason, lastDay };
  }
}

function settlement(
  outcome: 'withdrawn' | 'dismissed',
  paper: typeof document | null,
): FigureCommand {
  return { type: 'settle', dispute: 'dispute-1', outcome, reason, document: paper };
}

/** Who did what in the past, in the roles that the table gives them. */
function pastAct(act: Past, one: Setting, version: number): PastAct {
  const desks = desksOf(one);
  const by = (name: string, role: PastAct['by']['role']) => ({ ...(desks[name] as Desk), role });
  const outside = { agency: agencies.stranger, unit: agencies.stranger };
  const made = (as: FigureAct, who: PastAct['by']): PastAct => ({
    command: commandOf(as, one, version),
    by: who,
  });
  switch (act) {
    case 'submit':
      return made('submit', by('submitter', 'officer'));
    case 'resubmit':
      return made('correct (resubmission)', by('corrector', 'officer'));
    case 'correct':
      return made('correct (correction)', by('corrector', 'officer'));
    case 'endorse':
    case 'endorse-again':
      return made('endorse', by('endorser', 'head'));
    case 'endorse-too':
      return made('endorse', by('coEndorser', 'head'));
    case 'recall':
      return made('withdraw-endorsement', by('endorser', 'head'));
    case 'return-by-head':
      return made('return', by('endorser', 'head'));
    case 'return-by-checker':
      return made('return', by('returner', 'checker'));
    case 'verify':
      return made('verify', by('verifier', 'checker'));
    case 'withdraw':
    case 'withdraw-again':
      return made('withdraw', by('endorser', 'head'));
    case 'ask':
      return made('request-explanation', { who: 'auditor', role: 'auditor', ...outside });
    case 'order':
      return made('order-correction', { who: 'inspector', role: 'inspector', ...outside });
    case 'explain':
      return made('explain', by('submitter', 'officer'));
    case 'dispute':
      return made('dispute', commune);
    case 'settle':
      return made('settle (taken back)', commune);
  }
}

const commune = {
  who: 'disputer',
  agency: agencies.commune,
  unit: agencies.commune,
  role: 'head',
} as const;
