import { day, decimal } from '#kernel';
import type { AgencyId, DocumentRef, SourceRef } from '#kernel';
import type { ActingPerson, Agency } from '#directory';
import type { AssignmentInput, DefinitionInput, RoundCommand } from './catalogue.commands.ts';
import type { FrameworkFact } from './framework.events.ts';
import type { ComponentDefinition } from './framework.events.ts';
import type { RoundFact } from './round.events.ts';

/** Words of a small plan, for the specs of the catalogue. */

const person = '22222222-2222-4222-8222-222222222222';

/** Somebody of Sở KH&CN in one role. */
export function acting(role: 'registrar' | 'officer', agency = 'son_la.so_khcn'): ActingPerson {
  const capacity = {
    grant: 'g1',
    role,
    agency,
    unit: agency,
    from: day('2026-01-01'),
    to: null,
    delegation: null,
  };
  return { person, agency, capacities: [capacity] };
}

export const registrar = {
  person,
  agency: 'son_la.so_khcn',
  unit: 'son_la.so_khcn',
  role: 'registrar',
  actingFor: null,
} as const;

export const today = day('2026-07-01');

export function documentOf(issuer: string | null, members: Partial<DocumentRef> = {}): DocumentRef {
  return {
    kind: 'letter',
    number: '12/UBND-KGVX',
    date: day('2026-06-30'),
    issuer,
    title: 'Công văn về thời hạn',
    digest: null,
    ...members,
  };
}

export const committeeLetter = documentOf('Ủy ban nhân dân tỉnh Sơn La');

export function sourceAt(line: number, raw: string): SourceRef {
  return { file: '000_f45de69567015f23.txt', line, raw };
}

export function agencyOf(id: AgencyId, classes: readonly string[] = []): Agency {
  return {
    agency: id,
    kind: 'department',
    province: id.slice(0, id.indexOf('.')),
    names: [],
    aliases: [],
    classes,
    document: null,
    units: [],
    merged: null,
    dissolved: null,
  };
}

export function known(...agencies: readonly Agency[]): ReadonlyMap<AgencyId, Agency> {
  return new Map(agencies.map((one) => [one.agency, one]));
}

/** Agencies of the small plan; the last one was dissolved on 1 July 2025. */
export const registeredAgencies = known(
  agencyOf('son_la.so_khcn', ['g_so_nganh']),
  agencyOf('son_la.so_tc', ['g_so_nganh']),
  agencyOf('son_la.so_tp', ['g_so_nganh']),
  agencyOf('son_la.ubnd_tinh'),
  agencyOf('trung_uong.bo_khcn'),
  agencyOf('bac_ninh.so_tp', ['g_so_nganh']),
  {
    ...agencyOf('son_la.so_tttt', ['g_so_nganh']),
    dissolved: { on: day('2025-07-01'), document: documentOf('HĐND tỉnh Sơn La') },
  },
);

export function component(members: Partial<ComponentDefinition> = {}): ComponentDefinition {
  return {
    key: 'value',
    label: { vi: 'Giá trị', en: 'Value' },
    type: 'money',
    unit: 'triệu đồng',
    scaleMax: 6,
    required: true,
    suppliedBy: 'both',
    itemKey: null,
    ...members,
  };
}

export function definitionOf(members: Partial<DefinitionInput> = {}): DefinitionInput {
  return {
    code: 'I.4',
    group: 'I',
    kind: 'indicator',
    name: { vi: 'Tổng chi', en: 'Expenditure' },
    status: 'proposed',
    unit: 'triệu đồng',
    valueType: 'money',
    aggregation: { rule: 'sum', factor: null, meaning: 'Cộng' },
    components: [component()],
    evidenceKinds: ['report'],
    target: null,
    deliverable: null,
    reasoning: 'Cộng các khoản chi',
    basis: 'PROPOSAL',
    sources: [sourceAt(141, 'Tổng chi')],
    ...members,
  };
}

export const ratio = definitionOf({
  code: 'I.2',
  valueType: 'ratio',
  unit: '%',
  aggregation: { rule: 'ratio', factor: decimal('100'), meaning: 'Tử chia mẫu' },
  components: [component({ key: 'numerator' }), component({ key: 'denominator' })],
});

export const published = {
  type: 'framework.edition-published.v1',
  data: {
    framework: 'qd1969',
    edition: '2026',
    title: { vi: 'Bộ chỉ số', en: null },
    document: documentOf('Bộ Khoa học và Công nghệ', { kind: 'decision', number: '1969/QĐ-BKHCN' }),
    aliases: ['1969/QĐ-BKH-CN'],
    groups: [{ code: 'I', name: { vi: 'Đầu vào', en: 'Input' }, declaredCount: 7 }],
  },
} as const satisfies FrameworkFact;

export function defined(definition: DefinitionInput, edition = '2026'): FrameworkFact {
  return {
    type: 'indicator.defined.v1',
    data: { edition, definition: { ...definition, revision: 1 } },
  };
}

export const opening: Extract<RoundCommand, { type: 'open' }> = {
  type: 'open',
  round: 'son_la-qd1969-2026',
  framework: 'qd1969',
  edition: '2026',
  period: { from: day('2026-01-01'), to: day('2026-12-31'), label: '2026' },
  title: { vi: 'Đánh giá năm 2026', en: null },
  legalBasis: documentOf('UBND tỉnh Sơn La', {
    kind: 'plan',
    number: null,
    date: null,
    title: 'Kế hoạch',
  }),
  checkingAgency: 'son_la.so_khcn',
  chain: ['son_la.so_khcn', 'son_la.ubnd_tinh', 'trung_uong.bo_khcn'],
  responsibility: [
    {
      agencyKinds: ['department', 'commune'],
      text: 'chịu trách nhiệm',
      source: sourceAt(101, 'chịu trách nhiệm'),
    },
  ],
  verificationBasis: sourceAt(87, 'kiểm tra việc cung cấp số liệu'),
  datesUnspecified: [sourceAt(85, 'theo quy định')],
};

export const opened: RoundFact = (() => {
  const { type: _, ...data } = opening;
  return { type: 'round.opened.v1', data: { ...data, province: 'son_la', status: 'draft' } };
})();

export function assignmentOf(members: Partial<AssignmentInput> = {}): AssignmentInput {
  return {
    indicator: 'I.4',
    mode: 'single',
    leads: ['son_la.so_tc'],
    coordinating: [{ raw: 'Các sở, ban, ngành', agency: null, class: 'g_so_nganh' }],
    dates: [
      {
        id: 'annex',
        scopes: ['figure', 'contribution'],
        lastDay: day('2026-12-31'),
        source: sourceAt(141, 'Quý IV/2026'),
      },
      {
        id: 'text',
        scopes: ['contribution'],
        lastDay: day('2026-09-29'),
        source: sourceAt(99, 'trước 30/9/2026'),
      },
    ],
    raw: { lead: 'Sở Tài chính', coordinating: 'Các sở, ban, ngành', due: 'Quý IV/2026' },
    source: sourceAt(141, 'Tổng chi'),
    ...members,
  };
}

export function made(members: Partial<AssignmentInput> = {}, revision = 1): RoundFact {
  const definition = { edition: '2026', revision };
  return { type: 'assignment.made.v1', data: { ...assignmentOf(members), definition } };
}

export function dueDecided(
  members: Partial<Extract<RoundFact, { type: 'due.decided.v1' }>['data']> = {},
): RoundFact {
  return {
    type: 'due.decided.v1',
    data: {
      scope: 'figure',
      indicator: null,
      dateId: 'annex',
      lastDay: null,
      why: 'Chọn phụ lục',
      document: null,
      ...members,
    },
  };
}

export function frozen(participants: readonly AgencyId[], indicator = 'I.4'): RoundFact {
  const expansions = [{ class: 'g_so_nganh', members: participants, choiceReason: null }];
  return { type: 'participants.frozen.v1', data: { indicator, participants, expansions } };
}
