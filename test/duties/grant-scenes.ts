import { day, derivedUuid, digestOf } from '#kernel';
import type { Day, DocumentRef, Instant, PersonId, Role } from '#kernel';
import type {
  Activation,
  Agency,
  Delegation,
  Grant,
  Person,
  PersonCommand,
  PersonContext,
  ReviewBody,
  ReviewBodyCommand,
  ReviewBodyContext,
} from '#directory';
import { abroad, elsewhere, granting, home } from './grant-rules.ts';
import type {
  AgreeCell,
  BodyCell,
  CodeCell,
  ConfirmCell,
  DelegateCell,
  EndCell,
  GrantCell,
  Held,
} from './grant-rules.ts';
import { letter, people, round, today, wearing } from './stage.ts';
import type { Hat } from './stage.ts';

/** Persons, commands and contexts for the tables of grants, built by hand for each cell. */
export const subject: PersonId = derivedUuid(['duties', 'subject']);
export const head: PersonId = derivedUuid(['duties', 'absent-head']);
export const grantId = derivedUuid(['duties', 'grant']);
const commitment = digestOf('cam kết');
const yesterday = day('2026-08-31');
const start = day('2026-01-01');

export const decision: DocumentRef = {
  kind: 'decision',
  number: '15/QĐ-UBND',
  date: start,
  issuer: 'UBND tỉnh',
  title: 'Quyết định bổ nhiệm',
  digest: letter,
};

type Recording = Pick<
  Delegation,
  'head' | 'recordedBy' | 'recorderAgency' | 'needsConfirmation' | 'confirmedBy'
>;

/** Recorded by the head in whose place is signed: counts at once. */
const recordedByHead: Recording = {
  head,
  recordedBy: head,
  recorderAgency: home,
  needsConfirmation: false,
  confirmedBy: null,
};

/** Recorded in that head's name by the registrar who granted everything else here. */
const recordedForHead: Recording = {
  ...recordedByHead,
  recordedBy: people.submitter,
  recorderAgency: granting,
  needsConfirmation: true,
};

/** Of those who submit, sign and check: whose role counts once it is confirmed. */
const signing: readonly Role[] = ['head', 'deputy', 'checker'];

export function held(role: Role, agency: string, more: Partial<Grant> = {}): Grant {
  return {
    grant: derivedUuid(['duties', 'held', role, agency]),
    role,
    agency,
    unit: agency,
    from: start,
    to: null,
    document: null,
    commitment,
    grantedBy: people.submitter,
    granterAgency: granting,
    grantedAs: 'registrar',
    needsConfirmation: signing.includes(role),
    confirmedBy: signing.includes(role) ? people.verifier : null,
    revoked: null,
    ...more,
  };
}

export function personWith(grants: readonly Grant[], agency: string = home): Person {
  return {
    person: subject,
    agency,
    unit: agency,
    commitments: [commitment],
    grants,
    delegations: [],
    activations: [],
    hasSecret: true,
    erased: false,
  };
}

const agencyCalled = (agency: string, kind: Agency['kind'] = 'department'): Agency => ({
  agency,
  kind,
  province: 'son_la',
  names: [{ name: { vi: agency, en: null }, from: null, document: null }],
  aliases: [],
  classes: [],
  document: null,
  units: [],
  merged: null,
  dissolved: null,
});

export function personContext(
  acting: PersonId,
  hats: readonly Hat[],
  named: Person | null = null,
): PersonContext {
  return {
    acting: wearing(acting, hats),
    today,
    agency: agencyCalled(home),
    head: named,
    bootstrap: false,
    missingFile: null,
  };
}

const heldAs: Readonly<Record<Held, readonly Grant[]>> = {
  nothing: [],
  'officer here': [held('officer', abroad)],
  'auditor here': [held('auditor', abroad)],
  'auditor elsewhere': [held('auditor', elsewhere)],
  'auditor until yesterday': [held('auditor', abroad, { to: yesterday })],
  'auditor, revoked today': [
    held('auditor', abroad, { revoked: { from: today, reason: 'Chuyển công tác.' } }),
  ],
};

export function granted(cell: GrantCell): {
  readonly person: Person;
  readonly command: PersonCommand;
} {
  const { role, appointed, enrolledHere } = cell;
  const document = { ...decision, digest: appointed === 'filed decision' ? letter : null };
  return {
    person: personWith(heldAs[cell.held], enrolledHere ? home : abroad),
    command: {
      type: 'grant',
      grant: grantId,
      role,
      agency: home,
      unit: home,
      from: today,
      to: null,
      document: appointed === 'no document' ? null : document,
      commitment,
    },
  };
}

/** The grant that is to be confirmed, with who acts standing to it as the cell says. */
export function confirmable({ whose, state, role }: ConfirmCell): {
  readonly person: Person;
  readonly acting: PersonId;
} {
  const waiting = held(role, home, {
    grant: grantId,
    needsConfirmation: true,
    confirmedBy: null,
  });
  const states: Readonly<Record<ConfirmCell['state'], Grant>> = {
    waiting: waiting,
    confirmed: { ...waiting, confirmedBy: people.verifier },
    'needs none': held('officer', home, { grant: grantId }),
    over: { ...waiting, to: yesterday },
    revoked: { ...waiting, revoked: { from: start, reason: 'Thu hồi.' } },
  };
  const actingAs = {
    own: subject,
    'granted by them': people.submitter,
    'of somebody else': people.stranger,
  } as const;
  return { person: personWith([states[state]]), acting: actingAs[whose] };
}

export function delegated({ carrier, form, sender, inOffice, filed }: DelegateCell): {
  readonly person: Person;
  readonly head: Person;
  readonly acting: PersonId;
  readonly command: PersonCommand;
} {
  const actingAs = { 'the head': head, 'the deputy': subject, another: people.stranger } as const;
  return {
    person: personWith([held(carrier, home)]),
    head: {
      ...personWith([held('head', home, inOffice ? {} : { to: yesterday })]),
      person: head,
    },
    acting: actingAs[sender],
    command: {
      type: 'delegate',
      delegation: derivedUuid(['duties', 'delegation']),
      form,
      head,
      agency: home,
      from: today,
      to: null,
      document: { ...decision, digest: filed ? letter : null },
    },
  };
}

/** A delegation that is to be confirmed, and who would do so. */
export function agreeable({ sender, state }: AgreeCell): {
  readonly person: Person;
  readonly acting: PersonId;
  readonly command: PersonCommand;
} {
  const delegation = derivedUuid(['duties', 'delegation']);
  const days = { from: start, to: null, document: decision, ended: null };
  const waiting: Delegation = {
    ...recordedForHead,
    delegation,
    form: 'TUQ',
    agency: home,
    ...days,
  };
  const states: Readonly<Record<AgreeCell['state'], Delegation>> = {
    waiting,
    unfiled: { ...waiting, document: { ...decision, digest: null } },
    confirmed: { ...waiting, confirmedBy: people.verifier },
    'needs none': { ...waiting, ...recordedByHead },
    ended: { ...waiting, ended: { from: yesterday, reason: 'Không đúng.' } },
    over: { ...waiting, to: yesterday },
  };
  const actingAs = {
    'the head': head,
    'the deputy': subject,
    'the recorder': people.submitter,
    another: people.stranger,
  } as const;
  return {
    person: { ...personWith([held('officer', home)]), delegations: [states[state]] },
    acting: actingAs[sender],
    command: { type: 'confirm-delegation', delegation },
  };
}

/** A deputy with a delegation in that state, and who would end it. */
export function endable({ sender, state }: EndCell): {
  readonly person: Person;
  readonly acting: PersonId;
  readonly command: PersonCommand;
} {
  const delegation = derivedUuid(['duties', 'delegation']);
  const ended = state === 'ended' ? { from: yesterday, reason: 'Đã về.' } : null;
  const to = state === 'over' ? yesterday : null;
  const days = { from: start, to, document: decision, ended };
  const given = { ...recordedByHead, delegation, form: 'KT', agency: home, ...days } as const;
  const actingAs = { 'the head': head, 'the deputy': subject, another: people.stranger } as const;
  return {
    person: { ...personWith([held('deputy', home)]), delegations: [given] },
    acting: actingAs[sender],
    command: { type: 'end-delegation', delegation, reason: 'Thủ trưởng đã về.' },
  };
}

/** A person with a code in that state, and the act on it. */
export function coded({ act, whose, state }: CodeCell): {
  readonly person: Person;
  readonly acting: PersonId;
  readonly command: PersonCommand;
} {
  const issue = derivedUuid(['duties', 'issue']);
  const code = digestOf('mã kích hoạt');
  const issuedAt = '2026-08-31T02:00:00.000Z' as Instant;
  const reason = 'Mất mật khẩu.';
  const activation: Activation = {
    issue,
    code,
    reason,
    issuedBy: people.submitter,
    issuerAgency: granting,
    issuedAt,
    needsConfirmation: state !== 'usable',
    confirmedBy: state === 'confirmed' ? people.verifier : null,
    cancelled: state === 'cancelled' ? { by: subject, reason } : null,
    usedAt: state === 'used' ? issuedAt : null,
  };
  const actingAs = {
    own: subject,
    'asked by them': people.submitter,
    'of somebody else': people.stranger,
  } as const;
  const commands: Readonly<Record<CodeCell['act'], PersonCommand>> = {
    issue: { type: 'issue-activation', issue: grantId, code, reason, hasSecret: true },
    confirm: { type: 'confirm-activation', issue },
    cancel: { type: 'cancel-activation', issue, reason },
  };
  return {
    person: { ...personWith([]), activations: [activation] },
    acting: actingAs[whose],
    command: commands[act],
  };
}

/** A deputy or officer with a delegation for these days, and the head who gave it. */
export type Deputized = {
  readonly role: 'deputy' | 'officer';
  readonly form: 'KT' | 'TL' | 'TUQ' | 'none';
  readonly from: Day;
  readonly to: Day | null;
  readonly headLeaves: Day | null;
  readonly recorded: 'by the head' | 'for the head' | 'for the head, confirmed';
};

export function deputized({ role, form, from, to, headLeaves, recorded }: Deputized): {
  readonly person: Person;
  readonly head: Person;
} {
  const own = personWith([held(role, home)]);
  const revoked = headLeaves === null ? null : { from: headLeaves, reason: 'Nghỉ hưu.' };
  const standings: Readonly<Record<Deputized['recorded'], Recording>> = {
    'by the head': recordedByHead,
    'for the head': recordedForHead,
    'for the head, confirmed': { ...recordedForHead, confirmedBy: people.verifier },
  };
  const paper = { ...standings[recorded], document: decision, ended: null } as const;
  const delegations =
    form === 'none' ? [] : [{ ...paper, delegation: 'uq-1', form, agency: home, from, to }];
  return {
    person: { ...own, delegations },
    head: { ...personWith([held('head', home, { revoked })]), person: head },
  };
}

const committee = 'son_la.ubnd_tinh';
const other: PersonId = derivedUuid(['duties', 'other-member']);

export function bodyOf({ act, seat }: BodyCell): {
  readonly body: ReviewBody | null;
  readonly command: ReviewBodyCommand;
} {
  const mine = { person: subject, agency: home, position: seat === 'none' ? 'member' : seat };
  const chair = { person: other, agency: abroad, position: 'chair' } as const;
  const deputy = { ...chair, position: 'secretary' } as const;
  const members = [...(seat === 'none' ? [] : [mine]), seat === 'chair' ? deputy : chair];
  const founded = {
    body: 'to_chuyen_mon',
    name: 'Tổ chuyên môn liên ngành',
    form: 'advisory-council',
    province: 'son_la',
    decision,
    appointedBy: committee,
    members,
  } as const;
  const commands: Readonly<Record<BodyCell['act'], ReviewBodyCommand>> = {
    establish: { type: 'establish', ...founded },
    'record-session': {
      type: 'record-session',
      session: 'phien_1',
      heldOn: today,
      minutes: letter,
      present: [other],
      items: [
        {
          figure: `${round}.I.4`,
          version: 1,
          digest: letter,
          decision: 'accept',
          votesFor: 1,
          votesAgainst: 0,
          abstained: [],
        },
      ],
    },
    dissolve: { type: 'dissolve', on: today, document: decision },
  };
  const body = act === 'establish' ? null : { ...founded, sessions: [], dissolved: null };
  return { body, command: commands[act] };
}

export function bodyContext(hats: readonly Hat[]): ReviewBodyContext {
  return {
    acting: wearing(subject, hats),
    today,
    appointer: agencyCalled(committee, 'committee'),
    agenciesOf: new Map([
      [subject, [home]],
      [other, [abroad]],
    ]),
    missingFile: null,
  };
}
