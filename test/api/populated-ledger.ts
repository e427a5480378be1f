import { bareHex } from '#kernel';
import { recorded } from '../ledger-under-test.ts';
import type { LedgerUnderTest, Receipt, Visitor } from '../ledger-under-test.ts';
import {
  checkingUnit,
  deposit,
  document,
  openSmallRound,
  round,
  statement,
} from '../small-round.ts';
import type { Member, SmallRound } from '../small-round.ts';

/**
 * A ledger in which there is one of everything: a figure in force that was built from an accepted
 * part, another one that awaits its head, a finding, a dispute, a review body with a session. Whoever
 * tries the API by chance meets things there, not an empty house.
 */
export type Populated = {
  readonly cast: SmallRound;
  /** Names of things that exist, by what they are. */
  readonly names: Readonly<Record<string, readonly string[]>>;
};

const finance = 'son_la.so_tc';
const health = 'son_la.so_yt';
const inspectorate = 'son_la.thanh_tra_tinh';
const committee = 'son_la.ubnd_tinh';
const whole = `${round}.I.1`;
const part = `${whole}.so_yt`;

export async function populate(ledger: LedgerUnderTest): Promise<Populated> {
  const cast = await openSmallRound(ledger, {
    indicators: [
      { code: 'I.1', lead: finance, coordinating: [health] },
      { code: 'I.2', lead: health },
      { code: 'I.3', lead: finance },
    ],
    offices: [
      { login: 'tc.officer', agency: finance, roles: ['officer'] },
      { login: 'tc.head', agency: finance, roles: ['head'] },
      { login: 'yt.officer', agency: health, roles: ['officer'] },
      { login: 'yt.head', agency: health, roles: ['head'] },
      { login: 'checker', agency: 'son_la.so_khcn', unit: checkingUnit, roles: ['checker'] },
      { login: 'certifier', agency: committee, roles: ['certifier'] },
      { login: 'auditor', agency: inspectorate, roles: ['auditor'] },
      { login: 'inspector', agency: inspectorate, roles: ['inspector'] },
    ],
  });
  const verified = await figureInForce(cast);
  const awaiting = await figureAwaitingItsHead(cast);
  const finding = await questionAbout(cast, whole);
  const body = await reviewBody(cast, awaiting);
  const people = cast.member('tc.officer').person;
  return {
    cast,
    names: {
      agency: [finance, health],
      body: [body],
      code: ['I.1', 'I.2'],
      contribution: [part],
      edition: ['2026'],
      eventId: [verified.eventId],
      figure: [whole, `${round}.I.2`, `${round}.I.3`],
      finding: [finding],
      framework: ['qd1969'],
      grant: [...cast.member('tc.officer').grants, ...cast.member('yt.head').grants],
      person: [people, cast.member('yt.head').person],
      round: [round],
      sha256: [bareHex(cast.evidence)],
    },
  };
}

/** An act on what stands at its present revision. */
async function does(by: Visitor, path: string, act: string, body: unknown): Promise<Receipt> {
  const { status, headers } = await by.get(path);
  const etag = status === 200 ? headers.get('etag') : null;
  const condition = etag === null ? {} : { headers: { 'if-match': etag } };
  return recorded(await by.post(`${path}/${act}`, body, condition));
}

async function figureInForce({ member }: SmallRound): Promise<Receipt> {
  const [officer, head] = [member('tc.officer'), member('tc.head')];
  const given = await deposit(member('yt.officer'), health, 'Báo cáo của Sở Y tế');
  const own = await deposit(officer, finance, 'Báo cáo của Sở Tài chính');
  const asked = { agency: health, components: ['value'], documentsOnly: false };
  await does(officer, `/contributions/${part}`, 'requests', asked);
  const { builtFrom: _, ...stated } = statement('40.5', [given]);
  await does(member('yt.officer'), `/contributions/${part}`, 'submissions', stated);
  await does(member('yt.head'), `/contributions/${part}`, 'endorsements', { version: 1 });
  await does(officer, `/contributions/${part}`, 'acceptances', { version: 1 });
  const figure = `/figures/${whole}`;
  const sum = { ...statement('40.5', [own]), builtFrom: [part] };
  await does(officer, figure, 'submissions', sum);
  await does(head, figure, 'endorsements', { version: 1 });
  const verified = await does(member('checker'), figure, 'verifications', { version: 1 });
  const dispute = { version: 1, reason: 'Tính trùng.', evidence: [] };
  await does(member('yt.head'), figure, 'disputes', dispute);
  return verified;
}

async function figureAwaitingItsHead({ member }: SmallRound): Promise<Receipt> {
  const figure = `/figures/${round}.I.2`;
  const officer = member('yt.officer');
  const evidence = await deposit(officer, health, 'Bảng tổng hợp của Sở Y tế');
  const receipt = await does(officer, figure, 'submissions', statement('7', [evidence]));
  const remarks = [{ text: 'Nêu rõ nguồn.' }];
  const question = { version: 1, remarks, lastDay: '2030-12-31' };
  await does(member('checker'), figure, 'explanation-requests', question);
  return receipt;
}

async function questionAbout({ member }: SmallRound, figure: string): Promise<string> {
  const { finding } = recorded(
    await member('auditor').post('/findings', {
      kind: 'question',
      figure,
      version: 1,
      text: 'Chưa rõ nguồn số liệu.',
      evidence: [],
      answerBy: '2030-12-31',
    }),
  );
  return String(finding);
}

async function reviewBody(
  { registrar, member, evidence }: SmallRound,
  submitted: Receipt,
): Promise<string> {
  const body = 'son_la_hd_2026';
  const seats: readonly (readonly [Member, string, string])[] = [
    [member('checker'), 'son_la.so_khcn', 'chair'],
    [member('auditor'), inspectorate, 'member'],
    [member('certifier'), committee, 'secretary'],
  ];
  const established = recorded(
    await registrar.post('/review-bodies', {
      body,
      name: 'Hội đồng rà soát',
      form: 'interagency-group',
      province: 'son_la',
      decision: { ...document('decision', 'Thành lập nhóm', evidence), date: '2026-09-01' },
      appointedBy: committee,
      members: seats.map(([{ person }, agency, position]) => ({ person, agency, position })),
    }),
  );
  const session = {
    session: 'phien_1',
    heldOn: '2026-09-20',
    minutes: evidence,
    present: seats.map(([{ person }]) => person),
    items: [
      {
        figure: `${round}.I.2`,
        version: 1,
        digest: submitted.digest,
        decision: 'accept',
        votesFor: 3,
        votesAgainst: 0,
        abstained: [],
      },
    ],
  };
  const path = `/review-bodies/${body}/sessions`;
  recorded(await registrar.post(path, session, { ifMatch: established.revision }));
  return body;
}
