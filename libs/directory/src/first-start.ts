import { derivedUuid, digestOf, Refusal } from '#kernel';
import type { AgencyId, Day, DocumentRef, PersonId, Role, UnitId } from '#kernel';
import { isCentral, provinceOfAgency } from './agency.ts';
import type { ActingPerson, Capacity } from './capacity.ts';
import { personDecider } from './person.ts';
import { refuse } from './refusals.ts';
import type { Person, PersonContext } from './standing.ts';

/** Where the operator of the first start belongs: the first registrar's agency and unit. */
export type Bootstrap = { readonly agency: AgencyId; readonly unit: UnitId };

/** One of the two people of the first start, as far as rules look at them. */
export type FirstPerson = {
  readonly person: PersonId;
  readonly agency: AgencyId;
  readonly unit: UnitId;
  readonly role: Role;
  readonly document: DocumentRef | null;
};

/** The operator acts under the first registrar's own id, for this one day. */
export function operatorOf(
  person: PersonId,
  { agency, unit }: Bootstrap,
  today: Day,
): ActingPerson {
  const operator: Capacity = {
    grant: 'bootstrap',
    role: 'operator',
    agency,
    unit,
    from: today,
    to: today,
    delegation: null,
  };
  return { person, agency, capacities: [operator] };
}

/**
 * Puts both people of the first start through the rules of enrolment and grant, in memory. What is
 * wrong with the second must be known before the first is recorded: events cannot be taken back,
 * and half a first start would leave a ledger nobody can enter. Refuses as those rules do, with
 * pointers into a request of the form `{registrar, confirmer}`.
 */
export function checkFirstStart(
  { registrar, confirmer }: { readonly registrar: FirstPerson; readonly confirmer: FirstPerson },
  today: Day,
): void {
  if (registrar.agency === confirmer.agency) {
    throw refuse('grant/bootstrap', { pointer: '/confirmer/agency' });
  }
  // No agency is registered yet that a name could be held against, and a misspelt province would
  // give the ledger a registrar for nowhere: each is held against the other.
  const isOneProvince =
    [registrar.agency, confirmer.agency].some(isCentral) ||
    provinceOfAgency(registrar.agency) === provinceOfAgency(confirmer.agency);
  if (!isOneProvince) {
    throw refuse('grant/bootstrap-province', { pointer: '/confirmer/agency' });
  }
  const context: PersonContext = {
    acting: operatorOf(registrar.person, registrar, today),
    today,
    agency: null,
    head: null,
    bootstrap: true,
    missingFile: null,
  };
  for (const [who, one] of Object.entries({ registrar, confirmer })) {
    try {
      rehearse(one, context);
    } catch (error) {
      if (!(error instanceof Refusal) || error.facts.pointer === undefined) throw error;
      const pointer = `/${who}${error.facts.pointer}`;
      throw new Refusal(error.code, error.text, { ...error.facts, pointer });
    }
  }
}

function rehearse(
  { person, agency, unit, role, document }: FirstPerson,
  context: PersonContext,
): void {
  // Stands in for a commitment to the particulars, which is made when these are kept.
  const commitment = digestOf('');
  const enrolment = { type: 'enroll', person, agency, unit, commitment } as const;
  personDecider.decide(enrolment, null, context);
  const enrolled: Person = {
    person,
    agency,
    unit,
    commitments: [commitment],
    grants: [],
    delegations: [],
    activations: [],
    hasSecret: true,
    erased: false,
  };
  const given = derivedUuid(['first-start', person]);
  const from = context.today;
  const command = {
    type: 'grant',
    grant: given,
    role,
    agency,
    unit,
    from,
    to: null,
    document,
    commitment,
  } as const;
  personDecider.decide(command, enrolled, context);
}
