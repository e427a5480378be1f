import { canonicalJson, isAgencyId, isUnitId, roles } from '#kernel';
import type { AgencyId, Day, Role, UnitId } from '#kernel';
import { existsOn, hasUnit, provinceOfAgency } from './agency.ts';
import type { Agency } from './agency.ts';
import { capacityAs } from './capacity.ts';
import type { Capacity } from './capacity.ts';
import type { PersonCommand } from './directory.commands.ts';
import {
  checkChoice,
  checkDay,
  checkDigest,
  checkDocument,
  checkId,
  checkPeriod,
  checkText,
  checkUuid,
  reasonLengthMax,
} from './input-checks.ts';
import type { PersonFact } from './person.events.ts';
import { refuse } from './refusals.ts';
import { refuseNonRegistrar, registrarOfRole } from './registrar-reach.ts';
import { overlap, spanOf } from './standing.ts';
import type { Grant, Person, PersonContext } from './standing.ts';

/**
 * Who grants what (DOMAIN). A registrar grants any role of their province, never to themselves; a
 * head names the officers of their own agency; head and deputy rest on the appointment decision; they,
 * checkers and whoever may confirm count only once a person of another agency confirmed them. An act
 * is allowed in one capacity of who acts, and that capacity goes into the event.
 */
export type Ruling = { readonly capacity: Capacity; readonly fact: PersonFact };

/**
 * Who may confirm, besides being of another agency than the granter's. DOMAIN asks for "a person of
 * another agency" and no more; that the person holds one of these roles is our reading, because an
 * officer of some agency answers for nobody's appointment.
 */
export const confirmingRoles = ['registrar', 'head', 'certifier', 'inspector'] as const;

/** Roles that feed, endorse, check or certify figures. */
const reportingRoles: readonly Role[] = ['officer', 'head', 'deputy', 'checker', 'certifier'];
/** Roles that judge what the reporting ones did (DOMAIN, Separation of duties 6). */
const judgingRoles: readonly Role[] = ['auditor', 'inspector'];
/** Granted on an appointment decision only. */
const appointedRoles: readonly Role[] = ['head', 'deputy'];

/**
 * Count once a person of another agency confirmed them: who signs for an agency, who brings a figure
 * into force (decision 0023), and who may confirm, because a registrar who could make the second
 * person would need none (decision 0012).
 */
export const confirmedRoles: readonly Role[] = ['deputy', 'checker', ...confirmingRoles];

type Of<T extends PersonCommand['type']> = Extract<PersonCommand, { type: T }>;

export function grant(command: Of<'grant'>, person: Person, context: PersonContext): Ruling {
  const { grant: id, role, agency, unit, from, to, document, commitment } = command;
  checkUuid(id, '/grant');
  checkChoice(role, roles, '/role');
  if (role === 'operator' || role === 'holder') {
    throw refuse('grant/operator', { pointer: '/role' });
  }
  checkPlace(agency, unit);
  checkPeriod({ from, to });
  if (document !== null) checkDocument(document, '/document');
  checkDigest(commitment, '/commitment');

  const capacity = granterOf(command, person, context);
  checkNotGranted(command, person);
  if (!context.bootstrap) {
    checkRegistered(agency, unit, context.agency, from > context.today ? from : context.today);
  }
  const appointed = appointedRoles.includes(role);
  if (appointed && (document === null || document.digest === null)) {
    throw refuse('grant/no-appointment', { pointer: '/document/digest' });
  }
  if (context.missingFile !== null) {
    const facts = { pointer: '/document/digest', evidence: context.missingFile };
    throw refuse('grant/document-not-deposited', facts);
  }
  checkDuties(command, person);
  const data = {
    grant: id,
    role,
    agency,
    unit,
    from,
    to,
    document,
    granterAgency: capacity.agency,
    commitment,
    // The chain of confirmations begins with the first two, whom the operator grants.
    needsConfirmation: confirmedRoles.includes(role) && !context.bootstrap,
  };
  return { capacity, fact: { type: 'role.granted.v1', data } };
}

/** The capacity in which the acting person may give this role to this person. */
function granterOf(
  { role, agency }: Of<'grant'>,
  person: Person,
  { acting, bootstrap }: PersonContext,
): Capacity {
  const toOneself = acting.person === person.person;
  if (bootstrap) {
    // The operator acts under the first registrar's own id: the one grant to oneself there is.
    const operator = capacityAs(acting, ['operator']);
    if (operator === undefined) throw refuse('grant/not-granter');
    const first = toOneself
      ? role === 'registrar'
      : confirmingRoles.some((one) => one === role) && agency !== operator.agency;
    if (!first || person.grants.length > 0) throw refuse('grant/bootstrap', { pointer: '/role' });
    return operator;
  }
  if (toOneself) throw refuse('grant/to-oneself');
  const capacity =
    registrarOfRole(acting, { role, agency }) ??
    (role === 'officer' && person.agency === agency
      ? capacityAs(acting, ['head'], (one) => one.agency === agency)
      : undefined);
  return capacity ?? refuseNonRegistrar(acting, 'grant/not-granter', agency);
}

/** The same role at the same place for the same days, unless the earlier grant was revoked. */
function checkNotGranted(command: Of<'grant'>, person: Person): void {
  const contentOf = ({ role, agency, unit, from, to, document }: Of<'grant'> | Grant) =>
    canonicalJson({ role, agency, unit, from, to, document });
  const content = contentOf(command);
  for (const present of person.grants) {
    const same = contentOf(present) === content;
    if (present.grant === command.grant || (same && present.revoked === null)) {
      throw refuse('grant/already-granted', { grant: present.grant, same });
    }
  }
}

/** Separation of duties 6, at its strictest: not in one province on one day, confirmed or not. */
function checkDuties(command: Of<'grant'>, person: Person): void {
  const against = judgingRoles.includes(command.role)
    ? reportingRoles
    : reportingRoles.includes(command.role)
      ? judgingRoles
      : [];
  const province = provinceOfAgency(command.agency);
  for (const present of person.grants) {
    const span = spanOf(present);
    if (span === null || !overlap(span, command) || !against.includes(present.role)) continue;
    if (provinceOfAgency(present.agency) === province) {
      throw refuse('grant/duties-collide', { grant: present.grant, role: present.role });
    }
  }
}

export function confirm(command: Of<'confirm'>, person: Person, context: PersonContext): Ruling {
  const { acting, today } = context;
  const present = grantOf(command.grant, person);
  if (!present.needsConfirmation) throw refuse('grant/needs-no-confirmation');
  if (present.confirmedBy !== null) throw refuse('grant/already-confirmed');
  const span = spanOf(present);
  if (span === null || (span.to !== null && span.to < today)) throw refuse('grant/over');
  if (acting.person === person.person || acting.person === present.grantedBy) {
    throw refuse('grant/own-confirmation');
  }
  if (capacityAs(acting, confirmingRoles) === undefined) throw refuse('grant/not-confirmer');
  const elsewhere = (one: Capacity) => one.agency !== present.granterAgency;
  const capacity = capacityAs(acting, confirmingRoles, elsewhere);
  if (capacity === undefined) {
    throw refuse('grant/confirmer-same-agency', { agency: present.granterAgency });
  }
  return { capacity, fact: { type: 'role.confirmed.v1', data: { grant: present.grant } } };
}

/**
 * From a day on a grant counts no more. The day may lie in the past, as dismissals do when the
 * paper arrives: what was done meanwhile stays on record with the revision it rested on.
 */
export function revoke(command: Of<'revoke'>, person: Person, { acting }: PersonContext): Ruling {
  const { from, reason } = command;
  checkDay(from, '/from');
  checkText(reason, reasonLengthMax, '/reason', 'many');
  const present = grantOf(command.grant, person);
  const capacity =
    registrarOfRole(acting, present) ??
    (present.role === 'officer'
      ? capacityAs(acting, ['head'], (one) => one.agency === present.agency)
      : undefined);
  if (capacity === undefined) {
    return refuseNonRegistrar(acting, 'grant/not-revoker', present.agency);
  }
  if (from < present.from) {
    throw refuse('directory/period', { pointer: '/from', from: present.from });
  }
  if (present.to !== null && from > present.to) throw refuse('grant/over', { to: present.to });
  // A dismissal may still come before the day on which a grant was to end anyway.
  if (present.revoked !== null && from >= present.revoked.from) {
    throw refuse('grant/already-revoked', { from: present.revoked.from });
  }
  const data = { grant: present.grant, from, reason };
  return { capacity, fact: { type: 'role.revoked.v1', data } };
}

/** An id pair in the accepted form, the unit under its agency. */
export function checkPlace(agency: AgencyId, unit: UnitId): void {
  checkId(isAgencyId(agency), '/agency');
  checkId(isUnitId(unit), '/unit');
  if (unit !== agency && !unit.startsWith(`${agency}.`)) {
    throw refuse('agency/unit-elsewhere', { pointer: '/unit' });
  }
}

/** The agency and unit are registered, and the agency acts on that day. */
export function checkRegistered(id: AgencyId, unit: UnitId, agency: Agency | null, on: Day): void {
  if (agency === null || agency.agency !== id) {
    throw refuse('agency/unknown', { pointer: '/agency' });
  }
  if (!hasUnit(agency, unit)) throw refuse('agency/unit-unknown', { pointer: '/unit' });
  if (!existsOn(agency, on)) throw refuse('agency/gone', { pointer: '/agency', on });
}

function grantOf(id: string, person: Person): Grant {
  const present = person.grants.find((one) => one.grant === id);
  if (present === undefined) throw refuse('grant/unknown', { pointer: '/grant' });
  return present;
}
