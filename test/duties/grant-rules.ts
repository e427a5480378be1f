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

/** "Heads name the officers of their own agency." */
const namesOwnOfficer = (cell: GrantCell) =>
  cell.role === 'officer' && cell.enrolledHere && wears(cell, 'head', home);

const collides: Rule<GrantCell> = ({ role, held }) => {
  const against = held === 'auditor here' && reporting.includes(role);
  const audits = held === 'officer here' && judging.includes(role);
  return no(against || audits, 'grant/duties-collide');
};

export const grantRow: Row<GrantCell> = {
  says: '7. Registrars never grant to themselves; heads name the officers of their own agency',
  event: 'role.granted.v1',
  rules: [
    ({ role }) => no(role === 'operator', 'grant/operator'),
    ({ toOneself }) => no(toOneself, 'grant/to-oneself'),
    (cell) => no(!wears(cell, 'registrar') && !namesOwnOfficer(cell), 'grant/not-granter'),
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
};

const confirming: readonly Role[] = ['registrar', 'head', 'certifier', 'inspector'];

export const confirmRow: Row<ConfirmCell> = {
  says: 'a head counts only when confirmed by a person of another agency than the granter’s',
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
        !wears(cell, 'registrar') && !(cell.role === 'officer' && wears(cell, 'head', home)),
        'grant/not-revoker',
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
};

export const delegateRow: Row<DelegateCell> = {
  says: 'delegation.recorded (KT./TL./TUQ., document number, dates), by the head or a registrar',
  event: 'delegation.recorded.v1',
  rules: [
    ({ sender }) => no(sender === 'the deputy', 'delegation/to-oneself'),
    (cell) =>
      no(
        !wears(cell, 'registrar') && !(cell.sender === 'the head' && wears(cell, 'head', home)),
        'delegation/not-recorder',
      ),
    ({ inOffice }) => no(!inOffice, 'delegation/not-head'),
    ({ carrier, form }) =>
      no(carrier === 'checker' || (carrier === 'officer' && form === 'KT'), 'delegation/no-grant'),
  ],
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
        no(!wears(cell, 'registrar') && !wears(cell, 'certifier'), 'review-body/not-founder'),
    ],
  },
  'record-session': {
    says: 'review-body.session-recorded (minutes’ digest, votes, versions covered, who abstained)',
    event: bodyEvents['record-session'],
    rules: [
      (cell) => {
        const presides = cell.seat === 'chair' || cell.seat === 'secretary';
        const mayAct = (presides && cell.hats.length > 0) || wears(cell, 'registrar');
        return no(!mayAct, 'review-body/not-recorder');
      },
    ],
  },
  dissolve: {
    says: 'review-body.dissolved, by whoever may found one',
    event: bodyEvents.dissolve,
    rules: [
      (cell) =>
        no(!wears(cell, 'registrar') && !wears(cell, 'certifier'), 'review-body/not-founder'),
    ],
  },
};
