import { day } from '#kernel';
import type { Recorded, Role } from '#kernel';
import { contributionDecider } from '#figures';
import type {
  Contribution,
  ContributionCommand,
  ContributionContext,
  ContributionFact,
} from '#figures';
import type { ActingPerson } from '#directory';
import { recordedEvent } from '#testing';
import type { PartAct, PartSetting, PartStory } from './part-rules.ts';
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
import type { Who } from './stage.ts';

/** Lives of a part, each with its story in plain words and its state as the decider makes it. */
export type PartScene = {
  readonly setting: PartSetting;
  readonly life: string;
  readonly story: PartStory;
  readonly state: Contribution;
  readonly contextFor: (acting: ActingPerson) => ContributionContext;
};

type Past = readonly [act: PartAct, who: Who];
type Life = { readonly acts: readonly Past[]; readonly story: PartStory };

const nothing: PartStory = {
  status: 'awaiting',
  version: 0,
  handedInBy: null,
  endorsedBy: null,
  hands: [],
  outside: false,
};
const asked: Past = ['request', 'submitter'];
const given: Past = ['submit', 'giver'];
const signed: Past = ['endorse', 'giverHead'];
const taken: Past = ['accept', 'submitter'];
const once: PartStory = {
  ...nothing,
  status: 'submitted',
  version: 1,
  handedInBy: 'giver',
  hands: ['giver'],
};
const both: PartStory['hands'] = ['giver', 'giverHead'];
const twice: PartStory = { ...once, version: 2, handedInBy: 'corrector', hands: ['corrector'] };
const endorsed: PartStory = { ...once, status: 'endorsed', endorsedBy: 'giverHead', hands: both };

const lives: Readonly<Record<string, Life>> = {
  awaiting: { acts: [], story: nothing },
  requested: { acts: [asked], story: { ...nothing, status: 'requested' } },
  submitted: { acts: [asked, given], story: once },
  'no data': { acts: [['declare-no-data', 'giver']], story: once },
  endorsed: { acts: [given, signed], story: endorsed },
  recalled: {
    acts: [given, signed, ['withdraw-endorsement', 'giverHead']],
    story: { ...once, hands: both },
  },
  'returned by the head': {
    acts: [given, ['return', 'giverHead']],
    story: { ...once, status: 'returned' },
  },
  'returned by the lead': {
    acts: [given, signed, ['return', 'submitter']],
    story: { ...endorsed, status: 'returned' },
  },
  resubmitted: {
    acts: [given, ['return', 'giverHead'], ['correct (resubmission)', 'corrector']],
    story: twice,
  },
  accepted: { acts: [given, signed, taken], story: { ...endorsed, status: 'accepted' } },
  corrected: { acts: [given, signed, taken, ['correct (correction)', 'corrector']], story: twice },
  'corrected and withdrawn': {
    acts: [given, signed, taken, ['correct (correction)', 'corrector'], ['withdraw', 'giverHead']],
    story: { ...endorsed, status: 'accepted' },
  },
  withdrawn: { acts: [given, ['withdraw', 'giverHead']], story: { ...once, status: 'withdrawn' } },
};

const deposited: PartStory = {
  ...nothing,
  status: 'submitted',
  version: 1,
  handedInBy: 'submitter',
  hands: ['submitter'],
  outside: true,
};
const deposit: Past = ['submit for an outsider', 'submitter'];
const outsideLives: Readonly<Record<string, Life>> = {
  awaiting: { acts: [], story: nothing },
  deposited: { acts: [deposit], story: deposited },
  accepted: {
    acts: [deposit, ['accept', 'corrector']],
    story: { ...deposited, status: 'accepted' },
  },
  returned: {
    acts: [deposit, ['return', 'corrector']],
    story: { ...deposited, status: 'returned' },
  },
  withdrawn: {
    acts: [deposit, ['withdraw', 'endorser']],
    story: { ...deposited, status: 'withdrawn' },
  },
};

const setting = (name: string, more: Partial<PartSetting> = {}): PartSetting => {
  const giver = more.giver ?? agencies.dost;
  return {
    name,
    contribution: `${round}.I.4.${(more.givenBy ?? giver).split('.')[1]}`,
    leads: [agencies.lead],
    giver,
    givenBy: giver,
    participates: true,
    closed: false,
    ...more,
  };
};

const settings: readonly (readonly [PartSetting, Readonly<Record<string, Life>>])[] = [
  [setting('of DOST, for a department'), lives],
  [setting('of a commune, for DOST', { leads: [agencies.dost], giver: agencies.commune }), lives],
  [setting('for joint leads', { leads: [agencies.lead, agencies.coLead] }), lives],
  [setting('passed to a successor', { giver: agencies.stranger, givenBy: agencies.gone }), lives],
  [setting('in a closed round', { closed: true }), lives],
  [setting('of an outsider', { giver: agencies.stranger, participates: false }), outsideLives],
];

export function partScenes(): PartScene[] {
  return settings.flatMap(([one, named]) =>
    Object.entries(named).map(([life, { acts, story }]) => ({
      setting: one,
      life,
      story,
      state: stateAfter(one, acts),
      contextFor: (acting: ActingPerson) => contextOf(one, one.giver, acting),
    })),
  );
}

function stateAfter(one: PartSetting, acts: readonly Past[]): Contribution {
  let state = contributionDecider.initial;
  acts.forEach(([act, who], revision) => {
    const [role, agency] = officeOf(act, who, one);
    const acting = wearing(people[who], [hat(role, agency)]);
    const command = commandOf(act, one.givenBy, state.versions.length);
    const context = contextOf(one, one.givenBy, acting);
    const { actor, facts } = contributionDecider.decide(command, state, context);
    for (const fact of facts) {
      const place = { stream: `contribution-${one.contribution}`, revision };
      const event: Recorded<ContributionFact> = recordedEvent(
        { ...fact, metadata: { actor } },
        place,
      );
      state = contributionDecider.evolve(state, event);
    }
  });
  return state;
}

/** In which office the people of a past act: heads sign, officers do all else. */
function officeOf(act: PartAct, who: Who, one: PartSetting): readonly [Role, string] {
  const [lead = agencies.lead] = one.leads;
  const isOfLead = !one.participates || act === 'request' || act === 'accept';
  const isLeadReturning = act === 'return' && who === 'submitter';
  const agency = isOfLead || isLeadReturning ? lead : one.givenBy;
  return [who === 'giverHead' || who === 'endorser' ? 'head' : 'officer', agency];
}

function contextOf(one: PartSetting, giver: string, acting: ActingPerson): ContributionContext {
  const hasPassed = one.givenBy !== one.giver && giver === one.giver;
  return {
    acting,
    today,
    round: roundFacts({ closed: one.closed }),
    assignment: {
      mode: one.leads.length > 1 ? 'joint' : 'single',
      leads: one.leads.map((agency) => party(agency)),
      participants: one.participates ? [giver] : [],
      frozenBy,
      edition: '2026',
      definition,
    },
    evidence: [{ evidence: letter, documentKind: 'report', integrityFailed: false }],
    references: [],
    contribution: one.contribution,
    figure: `${round}.I.4`,
    giver: party(giver, hasPassed ? [one.givenBy] : []),
  };
}

const reason = 'Có lý do.';
const evidence = [{ evidence: letter, reference: null, component: null, page: null }];
const source = { name: 'Công ty cung cấp dữ liệu', sourceKind: 'survey' } as const;

/** One act as a command, on this version of a part given by this agency. */
export function commandOf(act: PartAct, agency: string, version: number): ContributionCommand {
  switch (act) {
    case 'request':
      return { type: 'request', agency, components: ['value'], documentsOnly: false };
    case 'submit':
      return { type: 'submit', outsideSource: null, ...input };
    case 'submit for an outsider':
      return { type: 'submit', ...input, outsideSource: source, evidence };
    case 'correct (correction)':
      return { type: 'correct', kind: 'correction', reason, outsideSource: null, ...input };
    case 'correct (resubmission)':
      return { type: 'correct', kind: 'resubmission', reason, outsideSource: null, ...input };
    case 'declare-no-data':
      return { type: 'declare-no-data', reason, asOf: today, evidence: [] };
    case 'endorse':
      return { type: 'endorse', version };
    case 'withdraw-endorsement':
    case 'withdraw':
      return { type: act, version, reason };
    case 'accept':
      return { type: 'accept', version, note: null };
    case 'return':
      return {
        type: 'return',
        version,
        remarks: [{ component: null, evidence: null, text: 'Thiếu bảng kê.' }],
        lastDay: day('2026-12-01'),
      };
  }
}
