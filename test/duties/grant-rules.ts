import type { Role } from '#kernel';
import { no } from './rules.ts';
import type { Row, Rule, Wearer } from './rules.ts';

/**
 * Who gives, confirms and takes away roles, row by row from DOMAIN ("Who grants what", Separation
 * of duties 6 and 7). Two agencies are enough: the one where the role is given, and another one.
 */
export const home = 'son_la.so_tc';
export const abroad = 'son_la.so_yt';
/** The first registrar's agency, which granted what is to be confirmed. */
export const granting = 'son_la.so_khcn';
/** Another province's: rule 6 is about one round, and a round belongs to a province. */
export const elsewhere = 'bac_ninh.so_tc';

/** What the person has been given before, as far as it may stand against a new role. */
export type Held =
  | 'nothing'
  | 'officer here'
  | 'auditor here'
  | 'auditor elsewhere'
  | 'auditor until yesterday'
  | 'auditor, revoked today';
export const heldBefore: readonly Held[] = [
  'nothing',
  'officer here',
  'auditor here',
  'auditor elsewhere',
  'auditor until yesterday',
  'auditor, revoked today',
];

export type GrantCell = Wearer & {
  /** Whether who acts is the person the act is about. */
  readonly toOneself: boolean;
  readonly role: Role;
  /** Whether the person belongs to the agency of the role. */
  readonly enrolledHere: boolean;
  readonly appointed: 'no document' | 'document without file' | 'filed decision';
  readonly held: Held;
};

const reporting: readonly Role[] = ['officer', 'head', 'deputy', 'checker', 'certifier'];
const judging: readonly Role[] = ['auditor', 'inspector'];
const wears = ({ hats }: Wearer, role: Role, agency?: string) =>
  hats.some((hat) => hat.role === role && (agency === undefined || hat.agency === agency));

/** A registrar of the province, or of a central agency (decision 0013). */
const registers = ({ hats }: Wearer) =>
  hats.some(({ role, agency }) => role === 'registrar' && !agency.startsWith('bac_ninh.'));
/** Everybody else hears of the right they lack, a registrar of elsewhere of the province. */
const notRegistrar = (cell: Wearer, code: string) =>
  wears(cell, 'registrar') ? 'directory/other-province' : code;

/** "Heads name the officers of their own agency." */
const namesOwnOfficer = (cell: GrantCell) =>
  cell.role === 'officer' && cell.enrolledHere && wears(cell, 'head', home);

const collides: Rule<GrantCell> = ({ role, held }) => {
  const against = held === 'auditor here' && reporting.includes(role);
  const audits = held === 'officer here' && judging.includes(role);
  return no(against || audits, 'grant/duties-collide');
};

export const grantRow: Row<GrantCell> = {
  says: '7. Registrars never grant to themselves, nor in another province; heads name own officers',
  event: 'role.granted.v1',
  rules: [
    ({ role }) => no(role === 'operator' || role === 'holder', 'grant/operator'),
    ({ toOneself }) => no(toOneself, 'grant/to-oneself'),
    (cell) =>
      no(!registers(cell) && !namesOwnOfficer(cell), notRegistrar(cell, 'grant/not-granter')),
    ({ role, appointed }) =>
      no(
        (role === 'head' || role === 'deputy') && appointed !== 'filed decision',
        'grant/no-appointment',
      ),
    collides,
  ],
};

export type ConfirmCell = Wearer & {
  readonly whose: 'own' | 'granted by them' | 'of somebody else';
  readonly state: 'waiting' | 'confirmed' | 'needs none' | 'over' | 'revoked';
  /** Of the roles that count only once they are confirmed. */
  readonly role: (typeof confirmedRoles)[number];
};

/**
 * Who signs for an agency, who brings a figure into force, and who may be the second person: the
 * first cannot make any of them.
 */
export const confirmedRoles = [
  'head',
  'deputy',
  'checker',
  'registrar',
  'certifier',
  'inspector',
] as const;

const confirming: readonly Role[] = ['registrar', 'head', 'certifier', 'inspector'];

export const confirmRow: Row<ConfirmCell> = {
  says: 'head, deputy, checker and who may confirm count once a person of another agency confirmed them',
  event: 'role.confirmed.v1',
  rules: [
    ({ state }) => no(state === 'needs none', 'grant/needs-no-confirmation'),
    ({ state }) => no(state === 'confirmed', 'grant/already-confirmed'),
    ({ state }) => no(state === 'over' || state === 'revoked', 'grant/over'),
    ({ whose }) => no(whose !== 'of somebody else', 'grant/own-confirmation'),
    ({ hats }) => no(!hats.some(({ role }) => confirming.includes(role)), 'grant/not-confirmer'),
    ({ hats }) =>
      no(
        !hats.some(({ role, agency }) => confirming.includes(role) && agency !== granting),
        'grant/confirmer-same-agency',
      ),
  ],
};

export type RevokeCell = Wearer & { readonly role: Role; readonly revokedBefore: boolean };

export const revokeRow: Row<RevokeCell> = {
  says: 'revoked by a registrar, or for its own officers by the head of the agency',
  event: 'role.revoked.v1',
  rules: [
    (cell) =>
      no(
        !registers(cell) && !(cell.role === 'officer' && wears(cell, 'head', home)),
        notRegistrar(cell, 'grant/not-revoker'),
      ),
    ({ revokedBefore }) => no(revokedBefore, 'grant/already-revoked'),
  ],
};

export type DelegateCell = Wearer & {
  readonly form: 'KT' | 'TL' | 'TUQ';
  /** What the one who would sign holds at the agency. */
  readonly carrier: 'deputy' | 'officer' | 'checker';
  /** Who sends it: the head whose place is taken, the one who would sign, or another. */
  readonly sender: 'the head' | 'the deputy' | 'another';
  /** Whether that head heads the agency on that day. */
  readonly inOffice: boolean;
  /** Whether the paper is named by the digest of a deposited file. */
  readonly filed: boolean;
};

export const delegateRow: Row<DelegateCell> = {
  says: 'a delegation is recorded by the head; by a registrar on a deposited paper, to be confirmed',
  event: 'delegation.recorded.v1',
  rules: [
    ({ sender }) => no(sender === 'the deputy', 'delegation/to-oneself'),
    (cell) =>
      no(
        !registers(cell) && !(cell.sender === 'the head' && wears(cell, 'head', home)),
        notRegistrar(cell, 'delegation/not-recorder'),
      ),
    ({ sender, filed }) => no(sender !== 'the head' && !filed, 'delegation/no-document'),
    ({ inOffice }) => no(!inOffice, 'delegation/not-head'),
    ({ carrier, form }) =>
      no(carrier === 'checker' || (carrier === 'officer' && form === 'KT'), 'delegation/no-grant'),
  ],
};

export type AgreeCell = Wearer & {
  readonly sender: 'the head' | 'the deputy' | 'the recorder' | 'another';
  readonly state: 'waiting' | 'unfiled' | 'confirmed' | 'needs none' | 'ended' | 'over';
};

export const agreeRow: Row<AgreeCell> = {
  says: 'what another recorded counts once that head, or who may confirm elsewhere, confirmed it',
  event: 'delegation.confirmed.v1',
  rules: [
    ({ state }) => no(state === 'needs none', 'delegation/needs-no-confirmation'),
    ({ state }) => no(state === 'confirmed', 'delegation/already-confirmed'),
    ({ state }) => no(state === 'ended', 'delegation/already-ended'),
    ({ state }) => no(state === 'over', 'delegation/over'),
    ({ sender }) =>
      no(sender === 'the deputy' || sender === 'the recorder', 'delegation/own-confirmation'),
    ({ sender, hats }) =>
      no(
        !(sender === 'the head' && wears({ who: 'stranger', hats }, 'head', home)) &&
          !hats.some(({ role }) => confirming.includes(role)),
        'delegation/not-confirmer',
      ),
    ({ sender, hats }) =>
      no(
        !(sender === 'the head' && wears({ who: 'stranger', hats }, 'head', home)) &&
          !hats.some(({ role, agency }) => confirming.includes(role) && agency !== granting),
        'delegation/confirmer-same-agency',
      ),
    ({ sender, state, hats }) =>
      no(
        state === 'unfiled' &&
          !(sender === 'the head' && wears({ who: 'stranger', hats }, 'head', home)),
        'delegation/unfiled',
      ),
  ],
};

export type EndCell = Wearer & {
  readonly sender: 'the head' | 'the deputy' | 'another';
  readonly state: 'running' | 'ended' | 'over';
};

export const endRow: Row<EndCell> = {
  says: 'delegation.ended: at once, by the head who gave it or by a registrar, with the reason',
  event: 'delegation.ended.v1',
  rules: [
    (cell) =>
      no(
        !registers(cell) && !(cell.sender === 'the head' && wears(cell, 'head', home)),
        notRegistrar(cell, 'delegation/not-ender'),
      ),
    ({ state }) => no(state === 'ended', 'delegation/already-ended'),
    ({ state }) => no(state === 'over', 'delegation/over'),
  ],
};

export type CodeCell = Wearer & {
  readonly act: 'issue' | 'confirm' | 'cancel';
  readonly whose: 'own' | 'asked by them' | 'of somebody else';
  /** Of the code before the act; for an issue, whether the person has a secret. */
  readonly state: 'awaits' | 'usable' | 'confirmed' | 'used' | 'cancelled';
};

const isOver = ({ state }: CodeCell) => state === 'used' || state === 'cancelled';

/** One registrar alone takes nobody's place (decision 0012). */
export const codeRows: Readonly<Record<CodeCell['act'], Row<CodeCell>>> = {
  issue: {
    says: 'every issue of a code is an event; a registrar issues it, never to themselves',
    event: 'activation.issued.v1',
    rules: [
      (cell) => no(!registers(cell), notRegistrar(cell, 'activation/not-registrar')),
      ({ whose }) => no(whose === 'own', 'activation/to-oneself'),
    ],
  },
  confirm: {
    says: 'for who has a secret the code works once a person of another agency agreed',
    event: 'activation.confirmed.v1',
    rules: [
      ({ state }) => no(state === 'usable', 'activation/needs-no-confirmation'),
      ({ state }) => no(state === 'confirmed', 'activation/already-confirmed'),
      (cell) => no(isOver(cell), 'activation/over'),
      ({ whose }) => no(whose !== 'of somebody else', 'activation/own-confirmation'),
      ({ hats }) =>
        no(!hats.some(({ role }) => confirming.includes(role)), 'activation/not-confirmer'),
      ({ hats }) =>
        no(
          !hats.some(({ role, agency }) => confirming.includes(role) && agency !== granting),
          'activation/confirmer-same-agency',
        ),
    ],
  },
  cancel: {
    says: 'a code that was not used is cancelled by the person it is for, or by a registrar',
    event: 'activation.cancelled.v1',
    rules: [
      (cell) =>
        no(cell.whose !== 'own' && !registers(cell), notRegistrar(cell, 'activation/not-yours')),
      (cell) => no(isOver(cell), 'activation/over'),
    ],
  },
};

export type BodyCell = Wearer & {
  readonly act: 'establish' | 'record-session' | 'dissolve';
  readonly seat: 'none' | 'member' | 'chair' | 'secretary';
};

const bodyEvents = {
  establish: 'review-body.established.v1',
  'record-session': 'review-body.session-recorded.v1',
  dissolve: 'review-body.dissolved.v1',
} as const;

/** Founded by registrar or certifier on a decision of UBND tỉnh; recorded by chair, secretary. */
export const bodyRows: Readonly<Record<BodyCell['act'], Row<BodyCell>>> = {
  establish: {
    says: 'review-body.established (decision number, form, appointed by, members with agency)',
    event: bodyEvents.establish,
    rules: [
      (cell) =>
        no(
          !registers(cell) && !wears(cell, 'certifier'),
          notRegistrar(cell, 'review-body/not-founder'),
        ),
    ],
  },
  'record-session': {
    says: 'review-body.session-recorded (minutes’ digest, votes, versions covered, who abstained)',
    event: bodyEvents['record-session'],
    rules: [
      (cell) => {
        const presides = cell.seat === 'chair' || cell.seat === 'secretary';
        const mayAct = (presides && cell.hats.length > 0) || registers(cell);
        return no(!mayAct, 'review-body/not-recorder');
      },
    ],
  },
  dissolve: {
    says: 'review-body.dissolved, by whoever may found one',
    event: bodyEvents.dissolve,
    rules: [
      (cell) =>
        no(
          !registers(cell) && !wears(cell, 'certifier'),
          notRegistrar(cell, 'review-body/not-founder'),
        ),
    ],
  },
};
