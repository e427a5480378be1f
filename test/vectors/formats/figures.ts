import { day, decimal, derivedUuid } from '#kernel';
import type { Digest } from '#kernel';
import type { SessionItem } from '#directory';
import type { DueReading, Statement } from '#figures';
import { indicatorOf, indicators, link } from './chapters.ts';
import {
  cast,
  committee,
  department,
  fileDigest,
  giverHead,
  giverOfficer,
  givers,
  paper,
  round,
  source,
} from './story.ts';
import type { Story, Told } from './story.ts';

/** The parts and the figures: what the ledger is for. */

const responsibility = { text: 'chịu trách nhiệm về tính chính xác', source };
const signature = { form: 'head', delegation: null } as const;
const officer = cast.officer.actor;
const head = cast.head.actor;
const checker = cast.checker.actor;

function statement(indicator: string, agency: string, version: number): Statement {
  const value = decimal(`${10 + version}.${indicator.length}0`);
  return {
    version,
    kind: version === 1 ? 'first' : 'correction',
    round,
    indicator,
    agency,
    definition: { framework: 'qd1969', edition: '2026', revision: 1 },
    status: 'A',
    values: [
      {
        component: 'numerator',
        type: 'money',
        value: decimal(`${value}0000`.replace('.', '')),
        unit: 'đồng',
        entered: { value, unit: 'triệu đồng' },
      },
      { component: 'denominator', type: 'money', value: decimal('2000000000'), unit: 'đồng' },
    ],
    asOf: day('2026-06-30'),
    method: 'cộng từ sổ kế toán',
    evidence: [link(`Báo cáo ${indicator}`)],
    due: {
      lastDay: day('2026-09-30'),
      decidedBy: { stream: `round-${round}`, revision: 12 },
      kind: 'named-date',
      source,
      handedInOn: day('2026-07-01'),
      late: false,
    },
    paper: null,
    note: null,
  };
}

function missing(indicator: string, agency: string, version: number): Statement {
  return { ...statement(indicator, agency, version), status: 'M', values: [], method: null };
}

/** One part: asked for, handed in, endorsed, accepted. Gives the version that was accepted. */
function tellPart(story: Story, indicator: string, agency: string): Told {
  const contribution = `${round}.${indicator}.${agency.replace(/^.*\./, '')}`;
  const stream = `contribution-${contribution}`;
  const basis = [story.basis(`round-${round}`)];
  const frozenBy = story.basis(`round-${round}`);
  const asked = { components: ['numerator'], documentsOnly: false, frozenBy };
  const names = { contribution, figure: `${round}.${indicator}`, round, indicator, agency };
  story.act(stream, officer, { type: 'contribution.requested.v1', data: { ...names, ...asked } });
  const outsideSource = null;
  const handed = story.act(
    stream,
    giverOfficer(agency).actor,
    {
      type: 'contribution.submitted.v1',
      data: { ...statement(indicator, agency, 1), outsideSource },
    },
    basis,
  );
  const about = { version: 1, digest: handed.digest };
  const endorsed = { ...about, agency, responsibility, signature };
  const by = giverHead(agency).actor;
  story.act(stream, by, { type: 'contribution.endorsed.v1', data: endorsed }, basis);
  const accepted = { ...about, note: null };
  story.act(stream, officer, { type: 'contribution.accepted.v1', data: accepted }, basis);
  return handed;
}

/** A part that takes every other road. */
function tellTroubledPart(story: Story): void {
  const [indicator, agency] = ['III.1', 'son_la.so_nnmt'];
  const stream = `contribution-${round}.${indicator}.so_nnmt`;
  const [giver, chief] = [giverOfficer(agency).actor, giverHead(agency).actor];
  const outsideSource = { name: 'Khảo sát doanh nghiệp', sourceKind: 'survey' } as const;
  const first = { ...statement(indicator, agency, 1), outsideSource };
  const { digest } = story.act(stream, giver, { type: 'contribution.submitted.v1', data: first });
  const about = { version: 1, digest };
  const reason = 'nhập nhầm cột';
  const endorsed = { ...about, agency, responsibility, signature };
  story.act(stream, chief, { type: 'contribution.endorsed.v1', data: endorsed });
  const taken = { ...about, reason };
  story.act(stream, chief, { type: 'contribution.endorsement-withdrawn.v1', data: taken });
  const remarks = [{ component: 'numerator', evidence: null, text: 'xem lại' }];
  const back = { ...about, from: 'submitted', remarks, lastDay: day('2026-09-01') } as const;
  story.act(stream, chief, { type: 'contribution.returned.v1', data: back });
  const second = { ...statement(indicator, agency, 2), reason, replaces: 1, outsideSource };
  story.act(stream, giver, { type: 'contribution.corrected.v1', data: second });
  const none = { ...missing(indicator, agency, 3), reason: 'không phát sinh' };
  const third = story.act(stream, giver, { type: 'contribution.declared-no-data.v1', data: none });
  const withdrawn = { version: 3, digest: third.digest, reason };
  story.act(stream, chief, { type: 'contribution.withdrawn.v1', data: withdrawn });
}

export function tellFigures(story: Story): void {
  for (const indicator of indicators) {
    const parts = givers.map((agency) => ({ agency, told: tellPart(story, indicator, agency) }));
    const stream = `figure-${round}.${indicator}`;
    const builtFrom = parts.map(({ agency, told: { digest, entry } }) => ({
      contribution: entry.stream.replace(/^contribution-/, ''),
      agency,
      revision: entry.revision,
      version: 1,
      digest,
    }));
    const basis = builtFrom.map(({ contribution }) => story.basis(`contribution-${contribution}`));
    const data = { ...statement(indicator, department, 1), builtFrom, outstanding: [] };
    const { digest } = story.act(stream, officer, { type: 'figure.submitted.v1', data }, basis);
    const endorsed = { version: 1, digest, agency: department, responsibility, signature };
    story.act(stream, head, { type: 'figure.endorsed.v1', data: { ...endorsed, awaited: [] } });
    if (indicator !== 'III.1') verify(story, stream, digest);
  }
  tellTroubledPart(story);
  tellTroubledFigure(story);
}

function verify(story: Story, stream: string, digest: Digest): void {
  const cited = { reviewBody: null, acceptance: null, marks: [], note: null };
  const data = { version: 1, digest, basis: responsibility, ...cited };
  story.act(stream, checker, { type: 'figure.verified.v1', data }, [story.basis(`round-${round}`)]);
}

/** A figure to which everything else happens. */
function tellTroubledFigure(story: Story): void {
  const [stream, reason] = [`figure-${round}.III.1`, 'số liệu cập nhật'];
  const { digest } = story.told.find(
    ({ entry }) => entry.stream === stream && entry.revision === 0,
  ) as Told;
  const about = { version: 1, digest };
  const taken = { ...about, reason };
  story.act(stream, head, { type: 'figure.endorsement-withdrawn.v1', data: taken });
  const remarks = [
    { component: null, evidence: fileDigest('Báo cáo III.1'), text: 'thiếu trang 3' },
  ];
  const lastDay = day('2026-09-15');
  const back = { ...about, from: 'submitted', remarks, lastDay } as const;
  story.act(stream, head, { type: 'figure.returned.v1', data: back });
  const built = { builtFrom: [], outstanding: [givers[0]] };
  const second = { ...statement('III.1', department, 2), ...built, reason, replaces: 1 };
  const corrected = story.act(stream, officer, { type: 'figure.corrected.v1', data: second });
  const of = { version: 2, digest: corrected.digest };
  const question = { request: 'request-1', ...of, remarks, lastDay };
  story.act(stream, checker, { type: 'figure.explanation-requested.v1', data: question });
  const evidence = [link('Báo cáo III.1')];
  const answer = { request: 'request-1', text: 'đã bổ sung', evidence };
  story.act(stream, officer, { type: 'figure.explained.v1', data: answer });
  const definition = { framework: 'qd1969', edition: '2026', revision: 2 };
  const anew = { ...of, agency: department, responsibility, signature, definition };
  const parties = { parties: [department], awaited: [] };
  story.act(stream, head, { type: 'figure.re-endorsed.v1', data: { ...anew, ...parties } });
  const dispute = { dispute: 'dispute-1', ...of, reason, evidence };
  story.act(stream, giverHead(givers[0]).actor, { type: 'figure.disputed.v1', data: dispute });
  const settled = { dispute: 'dispute-1', outcome: 'dismissed', reason, document: null } as const;
  story.act(stream, checker, { type: 'figure.dispute-settled.v1', data: settled });
  const order = { order: 'order-1', ...of, conclusion: paper('Kết luận thanh tra') };
  const ordered = { ...order, text: 'sửa tử số', lastDay, finding: null };
  story.act(stream, cast.inspector.actor, { type: 'correction.ordered.v1', data: ordered });
  const none = { ...missing('III.1', department, 3), builtFrom: [], outstanding: [], reason };
  const last = story.act(stream, officer, { type: 'figure.declared-unavailable.v1', data: none });
  const withdrawn = { version: 3, digest: last.digest, reason };
  story.act(stream, head, { type: 'figure.withdrawn.v1', data: withdrawn });
}

/** A review body with a session, and findings of auditors. */
export function tellReviews(story: Story): void {
  const stream = 'review-body-hd_2026';
  const members = [
    { person: cast.checker.person, agency: committee, position: 'chair' },
    { person: cast.confirmer.person, agency: committee, position: 'secretary' },
  ] as const;
  const register = cast.registrar.actor;
  story.act(stream, register, {
    type: 'review-body.established.v1',
    data: {
      body: 'hd_2026',
      name: 'Hội đồng tư vấn',
      form: 'advisory-council',
      province: 'son_la',
      decision: paper('Quyết định thành lập'),
      appointedBy: committee,
      members,
    },
  });
  const { digest } = story.told.find(({ entry }) => entry.type === 'figure.submitted.v1') as Told;
  const figure = `${round}.${indicatorOf(0)}`;
  const item: SessionItem = {
    figure,
    version: 1,
    digest,
    decision: 'accept',
    votesFor: 2,
    votesAgainst: 0,
    abstained: [],
  };
  const present = members.map(({ person }) => person);
  const minutes = fileDigest('Biên bản');
  story.act(stream, cast.confirmer.actor, {
    type: 'review-body.session-recorded.v1',
    data: { session: 'session-1', heldOn: day('2026-07-01'), minutes, present, items: [item] },
  });
  const document = paper('Quyết định giải thể');
  const dissolved = { on: day('2026-12-31'), document };
  story.act(stream, register, { type: 'review-body.dissolved.v1', data: dissolved });

  const finding = derivedUuid(['vector', 'finding']);
  const findings = `finding-${finding}`;
  const subject = { kind: 'figure', figure, version: 1, digest } as const;
  const terms = { asked: [department], text: 'Vì sao tử số tăng?', evidence: [] };
  const data = {
    finding,
    kind: 'question',
    subject,
    ...terms,
    answerBy: day('2026-08-01'),
  } as const;
  const auditor = cast.auditor.actor;
  story.act(findings, auditor, { type: 'finding.raised.v1', data: { ...data, document: null } });
  const due: DueReading = {
    lastDay: day('2026-08-01'),
    decidedBy: story.basis(findings),
    kind: 'document',
    source: null,
    handedInOn: day('2026-07-01'),
    late: false,
  };
  const answer = {
    answer: 'answer-1',
    agency: department,
    text: 'do bổ sung dự toán',
    evidence: [],
  };
  story.act(findings, officer, {
    type: 'finding.answered.v1',
    data: { ...answer, due, paper: null },
  });
  const overruled = { reason: 'đã giải trình', document };
  story.act(findings, checker, { type: 'finding.overruled.v1', data: overruled });
  const closed = { outcome: 'settled', reason: 'đã rõ' } as const;
  story.act(findings, auditor, { type: 'finding.closed.v1', data: closed });
  tellEnd(story);
}

/** The round moves to another edition, and closes. */
function tellEnd(story: Story): void {
  const stream = `round-${round}`;
  const register = cast.registrar.actor;
  const document = paper('Quyết định sửa đổi bộ chỉ số');
  const definitions = indicators.map((indicator) => ({ indicator, revision: 1 }));
  const moved = { edition: '2026b', changed: ['III.1'], definitions, document };
  const basis = [story.basis('framework-qd1969')];
  story.act(stream, register, { type: 'round.moved-to-edition.v1', data: moved }, basis);
  const closed = { on: day('2026-12-31'), reason: 'đã báo cáo', document: null };
  story.act(stream, register, { type: 'round.closed.v1', data: closed });
}
