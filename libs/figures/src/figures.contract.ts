import type {
  Actor,
  AgencyId,
  Decider,
  Digest,
  Fact,
  FigureId,
  PersonId,
  Role,
  SourceRef,
  UnitId,
} from '#kernel';
import { day, digestOf } from '#kernel';
import type { ComponentDefinition, IndicatorDefinition } from '#catalogue';
import type { ActingPerson, Capacity } from '#directory';
import { recordedEvent } from '#testing';
import type { Told } from '#testing';
import { nothingToCompare } from './contexts.ts';
import type {
  AssignmentFacts,
  ContributionContext,
  FigureContext,
  PartyFacts,
  StatementContext,
} from './contexts.ts';
import type { StatementInput } from './figures.commands.ts';

/**
 * The stage on which every spec of this library plays: one indicator of one round, led by the
 * finance department, with the checking agency (DOST) and a commune coordinating. People are known
 * by their office. Histories are made by the deciders themselves, so no spec starts from a past
 * that could not have happened.
 */

export const leadAgency = 'son_la.so_tc';
export const dost = 'son_la.so_khcn';
export const commune = 'son_la.xa_muong_la';
export const committee = 'son_la.ubnd_tinh';
export const otherAgency = 'son_la.so_yt';
export const figureId: FigureId = 'son_la-qd1969-2026.I.4';
export const figureStream = `figure-${figureId}`;
export const today = day('2026-09-01');

const uuid = (number: number): PersonId =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** A hat: a role at a unit, an agency being its own unit where none is named. */
export function hat(role: Role, agency: AgencyId, unit: UnitId = agency): Capacity {
  return {
    grant: `${role}-${unit}`,
    role,
    agency,
    unit,
    from: day('2026-01-01'),
    to: null,
    delegation: null,
  };
}

export function wearing(person: PersonId, ...capacities: Capacity[]): ActingPerson {
  return { person, agency: capacities[0]?.agency ?? otherAgency, capacities };
}

const deputyHat: Capacity = {
  ...hat('deputy', leadAgency),
  delegation: { id: 'uq-1', form: 'KT', head: uuid(2) },
};

export const cast = {
  officer: wearing(uuid(1), hat('officer', leadAgency, `${leadAgency}.p_hcsn`)),
  head: wearing(uuid(2), hat('head', leadAgency)),
  deputy: wearing(uuid(3), deputyHat),
  deputyWithoutDelegation: wearing(uuid(4), hat('deputy', leadAgency)),
  secondOfficer: wearing(uuid(5), hat('officer', leadAgency, `${leadAgency}.p_ns`)),
  checker: wearing(uuid(6), hat('checker', dost, `${dost}.p_khcn`)),
  dostOfficer: wearing(uuid(7), hat('officer', dost, `${dost}.p_khtc`)),
  dostHead: wearing(uuid(8), hat('head', dost)),
  communeOfficer: wearing(uuid(9), hat('officer', commune)),
  communeHead: wearing(uuid(10), hat('head', commune)),
  auditor: wearing(uuid(11), hat('auditor', 'son_la.kiem_toan')),
  inspector: wearing(uuid(12), hat('inspector', 'son_la.thanh_tra_tinh')),
  committeeHead: wearing(uuid(13), hat('head', committee)),
  otherOfficer: wearing(uuid(14), hat('officer', otherAgency)),
  otherHead: wearing(uuid(15), hat('head', otherAgency)),
  otherChecker: wearing(uuid(16), hat('checker', otherAgency)),
  registrar: wearing(uuid(17), hat('registrar', dost)),
} as const;

/** The actor a person is when the first hat counts. */
export function actorIs({ person, capacities }: ActingPerson): Actor {
  const [capacity] = capacities;
  if (capacity === undefined) throw new TypeError('nobody acts without a capacity');
  const { agency, unit, role, delegation } = capacity;
  return { person, agency, unit, role, actingFor: delegation?.head ?? null };
}

function component(key: string, more: Partial<ComponentDefinition>): ComponentDefinition {
  return {
    key,
    label: { vi: key, en: null },
    type: 'decimal',
    unit: '%',
    scaleMax: 2,
    required: false,
    suppliedBy: 'both',
    itemKey: null,
    ...more,
  };
}

export const components: readonly ComponentDefinition[] = [
  component('tong_chi', { type: 'money', unit: 'triệu đồng', scaleMax: 3, required: true }),
  component('ty_le', { suppliedBy: 'lead' }),
  component('so_bai', { type: 'count', unit: 'bài', scaleMax: 0 }),
  component('muc_do', { type: 'level', unit: null, scaleMax: null }),
  component('mo_ta', { type: 'text', unit: null, scaleMax: null }),
  component('bai_bao', { type: 'items', unit: 'bài', scaleMax: null, itemKey: 'DOI' }),
];

export const source: SourceRef = { file: '000.txt', line: 141, raw: 'Sở Tài chính' };

export const definition: IndicatorDefinition = {
  code: 'I.4',
  revision: 1,
  group: 'I',
  kind: 'indicator',
  name: { vi: 'Tổng chi từ ngân sách', en: null },
  status: 'proposed',
  unit: 'triệu đồng',
  valueType: 'money',
  aggregation: { rule: 'sum', factor: null, meaning: 'sum of contributions' },
  components,
  evidenceKinds: ['report'],
  target: null,
  deliverable: null,
  reasoning: 'proposed',
  basis: 'proposed',
  sources: [source],
};

export const responsibility = {
  text: 'chịu trách nhiệm về tính chính xác, đầy đủ',
  source: { file: '000.txt', line: 101, raw: 'chịu trách nhiệm' },
} as const;

export const verificationBasis: SourceRef = {
  file: '000.txt',
  line: 87,
  raw: 'kiểm tra việc cung cấp số liệu, tài liệu, minh chứng',
};

export const due = {
  lastDay: day('2026-12-31'),
  decidedBy: { stream: 'round-son_la-qd1969-2026', revision: 51 },
  kind: 'named-date',
  source,
} as const;

export function party(agency: AgencyId, more: Partial<PartyFacts> = {}): PartyFacts {
  return { agency, succeeds: [], responsibility, due, ...more };
}

export const report: Digest = digestOf('báo cáo quyết toán');
export const letter: Digest = digestOf('văn bản của UBND tỉnh');
export const broken: Digest = digestOf('tệp hỏng');

const assignment: AssignmentFacts = {
  mode: 'single',
  leads: [party(leadAgency)],
  participants: [dost, commune],
  frozenBy: { stream: 'round-son_la-qd1969-2026', revision: 52 },
  edition: '2025',
  definition,
};

/** Facts of the stage, with what a spec changes about them. */
export type Changes = {
  readonly assignment?: Partial<AssignmentFacts>;
  readonly round?: Partial<StatementContext['round']>;
} & Partial<Omit<FigureContext & ContributionContext, 'assignment' | 'round' | 'acting'>>;

export function contextFor(
  acting: ActingPerson,
  { assignment: assigned, round, ...more }: Changes = {},
): FigureContext & ContributionContext {
  return {
    acting,
    today,
    round: {
      id: 'son_la-qd1969-2026',
      framework: 'qd1969',
      checkingAgency: dost,
      opensOn: day('2026-01-01'),
      committee,
      closed: false,
      verificationBasis,
      ...round,
    },
    assignment: { ...assignment, ...assigned },
    evidence: [
      { evidence: report, documentKind: 'report', integrityFailed: false },
      { evidence: letter, documentKind: 'decision', integrityFailed: false },
      { evidence: broken, documentKind: 'report', integrityFailed: true },
    ],
    references: [{ reference: 'kho-1', documentKind: 'report' }],
    contributions: [],
    reviewBody: null,
    comparisons: nothingToCompare,
    ordering: null,
    figure: figureId,
    contribution: `${figureId}.so_khcn`,
    giver: party(dost),
    ...more,
  };
}

/** What is handed in, unless a spec says otherwise. */
export const input: StatementInput = {
  status: 'A',
  values: [{ component: 'tong_chi', value: '125000.5' }],
  asOf: day('2026-08-31'),
  method: null,
  evidence: [{ evidence: report, reference: null, component: 'tong_chi', page: '3' }],
  note: null,
  paper: null,
};

export type Act<C, X> = { readonly command: C; readonly context: X };

/** The history that these acts make, each decided on the state the earlier ones left. */
export function told<C, S, F extends Fact, X>(
  decider: Decider<C, S, F, X>,
  acts: readonly Act<C, X>[],
  stream: string,
): Told<F>[] {
  const history: Told<F>[] = [];
  let state = decider.initial;
  for (const { command, context } of acts) {
    const { actor, facts } = decider.decide(command, state, context);
    for (const fact of facts) {
      const one: Told<F> = { ...fact, metadata: { actor } };
      const place = { stream, revision: history.length };
      state = decider.evolve(state, recordedEvent<F>(one, place));
      history.push(one);
    }
  }
  return history;
}
