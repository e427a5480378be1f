import type { Player } from './demo-cast.ts';
import { Life, statement } from './demo-lives.ts';
import type { Stage } from './demo-lives.ts';

/** I.1 is led by DOST: DOST may not verify it, a review body citing its session may. */
export async function selfLedFigure(stage: Stage): Promise<void> {
  const figure = `${stage.round}.I.1`;
  const life = new Life(stage, `/figures/${figure}`);
  const submitted = await life.act(
    'scienceOfficer',
    'submissions',
    {
      ...statement(
        [
          { component: 'level', text: '3' },
          {
            component: 'items',
            items: [{ key: '52/KH-UBND', label: 'Kế hoạch 52/KH-UBND ngày 25/02/2025' }],
          },
        ],
        [stage.evidence.plan],
      ),
      builtFrom: [],
    },
    { vi: 'Sở KH&CN nộp I.1 do chính Sở chủ trì', en: 'DOST submits I.1, which DOST itself leads' },
  );
  await life.act(
    'scienceHead',
    'endorsements',
    { version: 1 },
    {
      vi: 'Giám đốc Sở KH&CN phê duyệt',
      en: "DOST's head endorses",
    },
  );
  const verification = { version: 1, note: null, reviewBody: null, acceptance: null };
  await life.refused('scienceChecker', 'verifications', verification, {
    vi: 'Sở KH&CN tự xác nhận I.1',
    en: 'DOST verifies I.1 itself',
  });
  const body = await reviewSession(stage, figure, submitted.digest);
  await life.act(
    'justiceReviewer',
    'verifications',
    { ...verification, reviewBody: body },
    {
      vi: 'Tổ chuyên môn liên ngành xác nhận I.1, dẫn phiên họp và biên bản',
      en: 'the interagency group verifies I.1, citing its session and minutes',
    },
  );
}

async function reviewSession(
  stage: Stage,
  figure: string,
  digest: string,
): Promise<{ body: string; session: string }> {
  const { cast, terminal } = stage;
  const body = 'son_la_tcm_2026';
  const chair = cast.player('homeHead');
  const member = cast.player('justiceReviewer');
  const maker = cast.player('scienceHead');
  const members = [
    { ...seat(chair), position: 'chair' },
    { ...seat(member), position: 'member' },
    { ...seat(maker), position: 'member' },
  ];
  const established = await stage.registrar.post('/review-bodies', {
    body,
    name: 'Tổ chuyên môn liên ngành đánh giá năm 2026 (minh họa)',
    form: 'interagency-group',
    province: 'son_la',
    decision: {
      kind: 'decision',
      number: 'MH-07/QĐ-UBND',
      date: stage.yesterday,
      issuer: 'UBND tỉnh Sơn La',
      title: 'Quyết định thành lập Tổ chuyên môn liên ngành (tài liệu minh họa)',
      digest: null,
    },
    appointedBy: 'son_la.ubnd_tinh',
    members,
  });
  const session = 'phien_1';
  const vote = { decision: 'accept', votesFor: 2, votesAgainst: 0, abstained: [maker.person] };
  await chair.client.post(
    `/review-bodies/${body}/sessions`,
    {
      session,
      heldOn: stage.today,
      minutes: stage.evidence.minutes,
      present: members.map(({ person }) => person),
      items: [{ figure, version: 1, digest, ...vote }],
    },
    { ifMatch: established.receipt.revision },
  );
  terminal.done({
    vi: 'Tổ chuyên môn liên ngành họp: 2 thuận, 1 không biểu quyết vì đã lập số liệu; có biên bản',
    en: 'the interagency group meets: 2 for, 1 abstaining who made the figure; minutes as evidence',
  });
  return { body, session };
}

function seat({ person, office }: Player): { person: string; agency: string } {
  return { person, agency: office.agency };
}
