import { day, derivedUuid, digestOf } from '#kernel';
import type { AgencyId, PersonId, Role, SourceRef, UnitId } from '#kernel';
import type { IndicatorDefinition } from '#catalogue';
import type { ActingPerson, Capacity } from '#directory';
import type { PartyFacts, StatementContext } from '#figures';

/**
 * The stage of the matrix: a handful of agencies, the people who had a hand in a figure, and every
 * hat that anybody could put on. People and hats are independent of each other on purpose: a cell
 * asks what somebody with this past may do in that office, which is how separation of duties is
 * written (DOMAIN: "checked against the whole history of the version, not against today's roles").
 */

/** Agencies by what they are to the indicator under test. */
export const agencies = {
  lead: 'son_la.so_tc',
  coLead: 'son_la.so_nv',
  dost: 'son_la.so_khcn',
  commune: 'son_la.xa_muong_la',
  committee: 'son_la.ubnd_tinh',
  stranger: 'son_la.so_yt',
  /** Led the indicator until it was dissolved; its duty passed to the lead. */
  gone: 'son_la.so_ldtbxh',
} as const satisfies Record<string, AgencyId>;

/** Units: the one in which a figure or a part is made, and one of DOST with no hand in anything. */
export const units = {
  leadDesk: `${agencies.lead}.p_hcsn`,
  dostDesk: `${agencies.dost}.p_khtc`,
  dostClean: `${agencies.dost}.p_qlkh`,
} as const satisfies Record<string, UnitId>;

/** People by the hand they had; the stranger had none. */
export const people = {
  submitter: derivedUuid(['duties', 'submitter']),
  corrector: derivedUuid(['duties', 'corrector']),
  endorser: derivedUuid(['duties', 'endorser']),
  coEndorser: derivedUuid(['duties', 'co-endorser']),
  verifier: derivedUuid(['duties', 'verifier']),
  auditor: derivedUuid(['duties', 'auditor']),
  inspector: derivedUuid(['duties', 'inspector']),
  disputer: derivedUuid(['duties', 'disputer']),
  giver: derivedUuid(['duties', 'giver']),
  giverHead: derivedUuid(['duties', 'giver-head']),
  stranger: derivedUuid(['duties', 'stranger']),
} as const satisfies Record<string, PersonId>;
export type Who = keyof typeof people;

export type Form = 'KT' | 'TL' | 'TUQ';

/** A role at a place, as a cell wears it, and the form in which it signs for an absent head. */
export type Hat = {
  readonly role: Role;
  readonly agency: AgencyId;
  readonly unit: UnitId;
  readonly form: Form | null;
};

const places: readonly (readonly [AgencyId, UnitId])[] = [
  [agencies.lead, agencies.lead],
  [agencies.lead, units.leadDesk],
  [agencies.coLead, agencies.coLead],
  [agencies.dost, agencies.dost],
  [agencies.dost, units.dostDesk],
  [agencies.dost, units.dostClean],
  [agencies.commune, agencies.commune],
  [agencies.committee, agencies.committee],
  [agencies.stranger, agencies.stranger],
  [agencies.gone, agencies.gone],
];

export function hat(
  role: Role,
  agency: AgencyId,
  unit: UnitId = agency,
  form: Form | null = null,
): Hat {
  return { role, agency, unit, form };
}

/** Everything one person may wear: one hat of each kind everywhere, and pairs that tempt. */
export const wardrobe: readonly (readonly Hat[])[] = [
  [],
  ...places.flatMap(([agency, unit]) => [
    [hat('officer', agency, unit)],
    [hat('head', agency, unit)],
    [hat('deputy', agency, unit)],
    [hat('deputy', agency, unit, 'KT')],
    [hat('checker', agency, unit)],
    [hat('certifier', agency, unit)],
    [hat('auditor', agency, unit)],
    [hat('inspector', agency, unit)],
  ]),
  ...[agencies.lead, agencies.dost, agencies.commune, agencies.committee].flatMap((agency) => [
    [hat('deputy', agency, agency, 'TL')],
    [hat('officer', agency, agency, 'TL')],
    [hat('officer', agency, agency, 'TUQ')],
  ]),
  [hat('registrar', agencies.dost)],
  [hat('recipient', agencies.dost)],
  [hat('operator', agencies.dost)],
  [hat('officer', agencies.lead), hat('head', agencies.lead)],
  [hat('officer', agencies.stranger), hat('head', agencies.lead)],
  [hat('officer', agencies.dost, units.dostDesk), hat('checker', agencies.dost, units.dostClean)],
  [hat('checker', agencies.dost), hat('checker', agencies.stranger)],
  [hat('officer', agencies.lead, units.leadDesk), hat('auditor', agencies.stranger)],
  [hat('head', agencies.lead), hat('inspector', agencies.stranger)],
  [hat('checker', agencies.dost, units.dostClean), hat('auditor', agencies.stranger)],
  [hat('registrar', agencies.lead), hat('deputy', agencies.lead)],
];

/** How a wardrobe reads in a failure and in the page of documentation. */
export function nameOfHats(hats: readonly Hat[]): string {
  const one = ({ role, unit, form }: Hat) =>
    `${role}${form === null ? '' : ` (${form}.)`} of ${unit.replace('son_la.', '')}`;
  return hats.length === 0 ? 'nobody' : hats.map(one).join(' and ');
}

/** The head in whose place delegated deputies of this matrix sign: nobody else on the stage. */
export const absentHead: PersonId = derivedUuid(['duties', 'absent-head']);

/** An officer keeps the plain capacity beside the delegated one; a deputy has that one alone. */
export function wearing(person: PersonId, hats: readonly Hat[]): ActingPerson {
  const capacities = hats.flatMap(({ role, agency, unit, form }): Capacity[] => {
    const plain = {
      grant: `${role}-${unit}`,
      role,
      agency,
      unit,
      from: day('2026-01-01'),
      to: null,
      delegation: null,
    };
    if (form === null) return [plain];
    const signing = { ...plain, delegation: { id: 'uq-1', form, head: absentHead } };
    return role === 'officer' ? [plain, signing] : [signing];
  });
  return { person, agency: hats[0]?.agency ?? agencies.stranger, capacities };
}

export const today = day('2026-09-01');
const source: SourceRef = { file: 'plan.txt', line: 101, raw: 'chịu trách nhiệm' };

/** One money component that leads and parts may both supply. */
export const definition: IndicatorDefinition = {
  code: 'I.4',
  revision: 1,
  group: 'I',
  kind: 'indicator',
  name: { vi: 'Tổng chi từ ngân sách', en: null },
  status: 'proposed',
  unit: 'triệu đồng',
  valueType: 'money',
  aggregation: { rule: 'sum', factor: null, meaning: 'Cộng các phần' },
  components: [
    {
      key: 'value',
      label: { vi: 'Giá trị', en: null },
      type: 'money',
      unit: 'triệu đồng',
      scaleMax: 6,
      required: true,
      suppliedBy: 'both',
      itemKey: null,
    },
  ],
  evidenceKinds: [],
  target: null,
  deliverable: null,
  reasoning: 'đề xuất',
  basis: 'đề xuất',
  sources: [source],
};

export const round = 'son_la-qd1969-2026';
export const frozenBy = { stream: `round-${round}`, revision: 52 };
/** A file that the ledger holds, for acts that rest on a document. */
export const letter = digestOf('văn bản của UBND tỉnh');

export function party(agency: AgencyId, succeeds: readonly AgencyId[] = []): PartyFacts {
  const responsibility = { text: 'chịu trách nhiệm về tính chính xác, đầy đủ', source };
  return { agency, succeeds, responsibility, due: null };
}

export function roundFacts(
  changes: Partial<StatementContext['round']> = {},
): StatementContext['round'] {
  return {
    id: round,
    framework: 'qd1969',
    checkingAgency: agencies.dost,
    opensOn: day('2026-01-01'),
    committee: agencies.committee,
    closed: false,
    verificationBasis: { file: 'plan.txt', line: 87, raw: 'kiểm tra việc cung cấp số liệu' },
    ...changes,
  };
}

/** What is typed in, wherever a statement is handed in. */
export const input = {
  status: 'A',
  values: [{ component: 'value', value: '125000.5' }],
  asOf: day('2026-08-31'),
  method: null,
  evidence: [],
  note: null,
  paper: null,
} as const;
