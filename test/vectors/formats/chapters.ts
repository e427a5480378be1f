import { day, decimal, derivedUuid, digestOf, instantFromMs } from '#kernel';
import type { Digest } from '#kernel';
import type { Assignment, CrossCheck, IndicatorDefinition } from '#catalogue';
import {
  cast,
  commitmentTo,
  committee,
  department,
  evidenceStream,
  fileDigest,
  giverHead,
  giverOfficer,
  givers,
  operator,
  paper,
  round,
  source,
} from './story.ts';
import type { Officer, Story } from './story.ts';

/** The parts of the ledger that stand before the first figure: agencies, people, plan, files. */

export const indicators = [
  'I.1',
  'I.2',
  'I.3',
  'I.4',
  'I.5',
  'II.1',
  'II.2',
  'II.3',
  'II.4',
  'III.1',
];
export const indicatorOf = (place: number): string => indicators[place] as string;
const register = cast.registrar.actor;

export function tellAgencies(story: Story): void {
  const kinds = {
    [committee]: 'committee',
    'son_la.thanh_tra_tinh': 'inspectorate',
    'son_la.kiem_toan': 'central-branch',
  } as const;
  const agencies = [committee, department, ...givers, 'son_la.so_nnmt', 'son_la.so_tnmt'];
  for (const agency of [...agencies, 'son_la.thanh_tra_tinh', 'son_la.kiem_toan', 'son_la.lhh']) {
    const stream = `agency-${agency}`;
    const kind = kinds[agency as keyof typeof kinds] ?? 'department';
    const name = { vi: `Cơ quan ${agency}`, en: null };
    const data = { agency, kind, province: 'son_la', name, aliases: [], classes: ['g_so_nganh'] };
    story.act(stream, operator, {
      type: 'agency.registered.v1',
      data: { ...data, document: null },
    });
  }
  const unit = `${department}.p_khtc`;
  const document = paper('Quyết định tổ chức lại các sở');
  story.act(`agency-${department}`, register, {
    type: 'unit.registered.v1',
    data: { unit, name: { vi: 'Phòng Kế hoạch – Tài chính', en: 'Planning and Finance' } },
  });
  story.act('agency-son_la.so_nnmt', register, {
    type: 'agency.renamed.v1',
    data: {
      name: { vi: 'Sở Nông nghiệp và Môi trường', en: null },
      from: day('2026-07-01'),
      document,
    },
  });
  story.act('agency-son_la.so_tnmt', register, {
    type: 'agency.merged-into.v1',
    data: { successor: 'son_la.so_nnmt', on: day('2026-07-01'), document },
  });
  story.act('agency-son_la.lhh', register, {
    type: 'agency.dissolved.v1',
    data: { on: day('2026-07-01'), document },
  });
}

function enrol(story: Story, of: Officer): void {
  const { person, particulars, role } = of;
  const [stream, grant] = [`person-${person}`, `grant-1`];
  const { agency } = particulars;
  const commitment = commitmentTo(of);
  const code = digestOf(`code of ${person}`);
  story.act(stream, register, {
    type: 'person.enrolled.v1',
    data: { person, agency, unit: agency, commitment, activation: { issue: 'issue-1', code } },
  });
  const isTop = role === 'head' || role === 'deputy';
  const document = isTop ? paper('Quyết định bổ nhiệm') : null;
  const dates = { from: day('2026-07-01'), to: null };
  const capacity = { grant, role, agency, unit: agency, ...dates, document };
  const binding = { granterAgency: department, commitment, needsConfirmation: isTop };
  story.act(stream, register, { type: 'role.granted.v1', data: { ...capacity, ...binding } });
  if (isTop) {
    const { actor } = cast.confirmer;
    story.act(stream, actor, { type: 'role.confirmed.v1', data: { grant } });
  }
}

export function tellPeople(story: Story): void {
  for (const of of Object.values(cast)) enrol(story, of);
  for (const agency of givers) {
    enrol(story, giverOfficer(agency));
    enrol(story, giverHead(agency));
  }
  const { person } = cast.officer;
  const own = { ...cast.officer.actor, role: 'holder' } as const;
  const stream = `person-${person}`;
  const code = digestOf('mã thứ hai');
  const reason = 'mất mã kích hoạt';
  story.act(stream, own, { type: 'activation.used.v1', data: { issue: 'issue-1' } });
  for (const issue of ['issue-2', 'issue-3']) {
    const terms = { reason, issuerAgency: department, needsConfirmation: true };
    story.act(stream, register, { type: 'activation.issued.v1', data: { issue, code, ...terms } });
  }
  const { actor } = cast.confirmer;
  story.act(stream, actor, { type: 'activation.confirmed.v1', data: { issue: 'issue-2' } });
  story.act(stream, own, { type: 'activation.cancelled.v1', data: { issue: 'issue-3', reason } });
  const renamed = {
    ...cast.officer,
    particulars: { ...cast.officer.particulars, name: 'Chuyên viên chính' },
  };
  story.act(stream, register, {
    type: 'person.renamed.v1',
    data: { commitment: commitmentTo(renamed), reason: 'đổi chức danh' },
  });
  const delegation = 'delegation-1';
  const deputy = `person-${cast.deputy.person}`;
  story.act(deputy, cast.head.actor, {
    type: 'delegation.recorded.v1',
    data: {
      delegation,
      form: 'KT',
      head: cast.head.person,
      agency: department,
      from: day('2026-07-01'),
      to: day('2026-12-31'),
      document: paper('Giấy ủy quyền'),
    },
  });
  const confirmed = { type: 'delegation.confirmed.v1', data: { delegation } } as const;
  story.act(deputy, cast.confirmer.actor, confirmed);
  const ended = { delegation, from: day('2026-07-01'), reason: 'Giám đốc đã về' };
  story.act(deputy, cast.head.actor, { type: 'delegation.ended.v1', data: ended });
  const auditor = `person-${cast.auditor.person}`;
  const revoked = { grant: 'grant-1', from: day('2026-12-31'), reason: 'hết nhiệm kỳ' };
  story.act(auditor, register, { type: 'role.revoked.v1', data: revoked });
  const erased = { what: 'contact-data', reason: 'theo yêu cầu' } as const;
  story.act(auditor, register, { type: 'person.erased.v1', data: erased });
}

function definition(code: string, revision: number): IndicatorDefinition {
  return {
    code,
    revision,
    group: code.replace(/\..*$/, ''),
    kind: 'indicator',
    name: { vi: `Chỉ số ${code}: chi cho khoa học và công nghệ`, en: null },
    status: 'official',
    unit: '%',
    valueType: 'ratio',
    aggregation: { rule: 'ratio', factor: decimal('100'), meaning: 'tử số chia mẫu số' },
    components: (['numerator', 'denominator'] as const).map((key) => ({
      key,
      label: { vi: key === 'numerator' ? 'Tử số' : 'Mẫu số', en: null },
      type: 'money',
      unit: 'triệu đồng',
      scaleMax: 2,
      required: true,
      suppliedBy: 'both',
      itemKey: null,
    })),
    evidenceKinds: ['report'],
    target: null,
    deliverable: null,
    reasoning: 'theo phụ lục',
    basis: 'phụ lục I',
    sources: [source],
  };
}

export function tellPlan(story: Story): void {
  const stream = 'framework-qd1969';
  const document = paper('Quyết định ban hành bộ chỉ số');
  const title = { vi: 'Bộ chỉ số đổi mới sáng tạo', en: 'Innovation indicators' };
  const groups = ['I', 'II', 'III'].map((code) => ({
    code,
    name: { vi: `Nhóm ${code}`, en: null },
    declaredCount: null,
  }));
  story.act(stream, register, {
    type: 'framework.edition-published.v1',
    data: { framework: 'qd1969', edition: '2026', title, document, aliases: ['QĐ-BKH-CN'], groups },
  });
  for (const code of indicators) {
    const data = { edition: '2026', definition: definition(code, 1) };
    story.act(stream, register, { type: 'indicator.defined.v1', data });
  }
  const reason = 'sửa lỗi in';
  story.act(stream, register, {
    type: 'indicator.redefined.v1',
    data: { edition: '2026', definition: definition('III.1', 2), reason, document: null },
  });
  const term = (indicator: string) => ({ indicator, component: 'denominator', cumulative: false });
  const check: CrossCheck = {
    key: 'same_denominator',
    severity: 'error',
    status: 'proposed',
    relation: 'equal',
    left: [term('I.1')],
    right: [term('I.2')],
    text: 'hai mẫu số bằng nhau',
    why: { vi: 'cùng một tổng', en: null },
    reading: 'như đã in',
  };
  const stated = { edition: '2026', checks: [check], reason };
  story.act(stream, register, { type: 'framework.cross-checks-stated.v1', data: stated });
  tellRound(story);
}

function tellRound(story: Story): void {
  const stream = `round-${round}`;
  const document = paper('Kế hoạch đánh giá');
  const basis = [story.basis('framework-qd1969')];
  const period = { from: day('2026-01-01'), to: day('2026-12-31'), label: 'Năm 2026' };
  story.act(
    stream,
    register,
    {
      type: 'round.opened.v1',
      data: {
        round,
        province: 'son_la',
        framework: 'qd1969',
        edition: '2026',
        period,
        title: { vi: 'Kế hoạch năm 2026', en: null },
        legalBasis: { ...document, number: null },
        status: 'draft',
        checkingAgency: committee,
        chain: [department, committee],
        responsibility: [{ agencyKinds: ['department'], text: 'chịu trách nhiệm', source }],
        verificationBasis: source,
        datesUnspecified: [],
      },
    },
    basis,
  );
  const issued = { type: 'round.legal-basis-issued.v1', data: { legalBasis: document } } as const;
  story.act(stream, register, issued);
  for (const indicator of indicators) {
    const data = assignment(indicator);
    story.act(stream, register, { type: 'assignment.made.v1', data }, basis);
  }
  const amended = { ...assignment('III.1'), reason: 'thêm cơ quan phối hợp', document };
  story.act(stream, register, { type: 'assignment.amended.v1', data: amended }, basis);
  const indicator = 'III.1';
  const moved = { indicator, from: 'son_la.so_tnmt', to: 'son_la.so_nnmt', on: day('2026-07-01') };
  story.act(stream, register, {
    type: 'assignment.passed-to-successor.v1',
    data: { ...moved, document },
  });
  const due = { scope: 'figure', indicator: null, dateId: 'date-1', lastDay: null } as const;
  const why = 'ngày nêu trong kế hoạch';
  story.act(stream, register, { type: 'due.decided.v1', data: { ...due, why, document: null } });
  const later = {
    scope: 'contribution',
    indicator,
    agency: null,
    lastDay: day('2026-10-15'),
  } as const;
  const extended = { ...later, reason: 'công văn gia hạn', document };
  story.act(stream, register, { type: 'deadline.extended.v1', data: extended });
  for (const code of indicators) {
    const expansions = [{ class: 'g_so_nganh', members: givers, choiceReason: null }];
    const data = { indicator: code, participants: [...givers].sort(), expansions };
    story.act(stream, register, { type: 'participants.frozen.v1', data }, basis);
  }
  const change = { indicator, added: ['son_la.so_nnmt'], removed: [], reason: 'bổ sung' };
  story.act(stream, register, {
    type: 'participants.amended.v1',
    data: { ...change, document: null },
  });
}

function assignment(indicator: string): Assignment {
  return {
    indicator,
    definition: { edition: '2026', revision: 1 },
    mode: 'single',
    leads: [department],
    coordinating: [{ raw: 'các sở, ngành', agency: null, class: 'g_so_nganh' }],
    dates: [{ id: 'date-1', scopes: ['figure'], lastDay: day('2026-09-30'), source }],
    raw: { lead: 'Sở KH&CN', coordinating: 'các sở, ngành', due: 'trước 01/10/2026' },
    source,
  };
}

/** A file for each indicator, and everything that can happen to one. */
export function tellEvidence(story: Story): void {
  for (const code of indicators) {
    const title = `Báo cáo ${code}`;
    const evidence = fileDigest(title);
    story.act(evidenceStream(evidence), cast.officer.actor, {
      type: 'evidence.deposited.v1',
      data: {
        evidence,
        sizeBytes: 48_213,
        mediaType: 'application/pdf',
        document: paper(title),
        periodCovered: { from: day('2026-01-01'), to: day('2026-06-30') },
        depositedFor: department,
        blob: { store: 'folder', versionId: null, retainUntil: null },
      },
    });
  }
  const evidence = fileDigest('Báo cáo I.1');
  const stream = evidenceStream(evidence);
  const [by, reason] = [cast.officer.actor, 'theo công văn'];
  const at = instantFromMs(1_782_900_000_000);
  const described = { document: paper('Báo cáo I.1'), periodCovered: null, reason };
  const given = { depositedFor: department, to: [givers[0]], rounds: [round], reason };
  const seen = [{ signedAt: at, whole: true, subject: digestOf('CN=…') }];
  const hold = { reason, document: paper('Yêu cầu lưu giữ') };
  const failed = { found: null, fault: 'missing' } as const;
  const laid = { kind: 'delete-marker', versionId: 'v-2', at } as const;
  story.act(stream, by, { type: 'evidence.described.v1', data: described });
  story.act(stream, by, { type: 'evidence.signatures-observed.v1', data: { signatures: seen } });
  const kept = { retainUntil: instantFromMs(1_940_000_000_000), reason };
  story.act(stream, by, { type: 'evidence.retention-extended.v1', data: kept });
  story.act(stream, by, { type: 'evidence.hold-placed.v1', data: hold });
  story.act(stream, by, { type: 'evidence.hold-released.v1', data: hold });
  const confirmed = { sizeBytes: 48_213 };
  story.act(stream, by, { type: 'evidence.integrity-confirmed.v1', data: confirmed });
  story.act(stream, by, { type: 'evidence.integrity-failed.v1', data: failed });
  story.act(stream, by, { type: 'evidence.interference-noticed.v1', data: laid });
  const restricted = { depositedFor: department, to: [department], reason };
  story.act(stream, by, { type: 'evidence.access-restricted.v1', data: restricted });
  story.act(stream, by, { type: 'evidence.access-granted.v1', data: given });
  const reference = derivedUuid(['vector', 'reference']);
  story.act(`evidence-ref-${reference}`, by, {
    type: 'evidence.referenced.v1',
    data: {
      reference,
      document: paper('Hồ sơ lưu trữ'),
      heldBy: 'Chi cục Lưu trữ',
      reason,
      archiveMark: 'F-12',
      digest: null,
      periodCovered: null,
      depositedFor: department,
    },
  });
}

export function link(title: string): {
  evidence: Digest;
  reference: null;
  component: null;
  page: string;
} {
  return { evidence: fileDigest(title), reference: null, component: null, page: '3' };
}
