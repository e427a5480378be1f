import type { Actor, Decider, Decision, Recorded } from '#kernel';
import { actorOf, capacityAs } from './capacity.ts';
import type { Capacity } from './capacity.ts';
import type { PersonCommand } from './directory.commands.ts';
import {
  cancelActivation,
  confirmActivation,
  issueActivation,
  useActivation,
} from './activation-rules.ts';
import { confirmDelegation, delegate, endDelegation } from './delegation-rules.ts';
import { checkPlace, checkRegistered, confirm, grant, revoke } from './grant-rules.ts';
import type { Ruling } from './grant-rules.ts';
import { checkDigest, checkText, checkUuid, reasonLengthMax } from './input-checks.ts';
import type { PersonFact } from './person.events.ts';
import { refuse } from './refusals.ts';
import { refuseNonRegistrar, registrarOfPerson } from './registrar-reach.ts';
import type { Activation, Delegation, Grant, Person, PersonContext } from './standing.ts';

type Of<T extends PersonCommand['type']> = Extract<PersonCommand, { type: T }>;

function decide(
  command: PersonCommand,
  person: Person | null,
  context: PersonContext,
): Decision<PersonFact> {
  const { capacity, fact } = ruling(command, person, context);
  const actor: Actor = actorOf(context.acting.person, capacity);
  return { actor, facts: [fact] };
}

function ruling(command: PersonCommand, person: Person | null, context: PersonContext): Ruling {
  if (command.type === 'enroll') return enroll(command, person, context);
  if (person === null) throw refuse('person/unknown');
  switch (command.type) {
    case 'rename':
      return rename(command, person, context);
    case 'grant':
      return grant(command, person, context);
    case 'confirm':
      return confirm(command, person, context);
    case 'revoke':
      return revoke(command, person, context);
    case 'delegate':
      return delegate(command, person, context);
    case 'confirm-delegation':
      return confirmDelegation(command, person, context);
    case 'end-delegation':
      return endDelegation(command, person, context);
    case 'issue-activation':
      return issueActivation(command, person, context);
    case 'confirm-activation':
      return confirmActivation(command, person, context);
    case 'cancel-activation':
      return cancelActivation(command, person, context);
    case 'use-activation':
      return useActivation(command, person, context);
    case 'erase':
      return erase(command, person, context);
  }
}

function enroll(command: Of<'enroll'>, present: Person | null, context: PersonContext): Ruling {
  const { person, agency, unit, commitment, activation = null } = command;
  checkUuid(person, '/person');
  checkPlace(agency, unit);
  checkDigest(commitment, '/commitment');
  if (activation !== null) {
    checkUuid(activation.issue, '/activation/issue');
    checkDigest(activation.code, '/activation/code');
  }
  const { acting, bootstrap } = context;
  const capacity = bootstrap
    ? capacityAs(acting, ['operator'])
    : registrarOfPerson(acting, { agency, grants: [] }, context.today);
  if (capacity === undefined && bootstrap) throw refuse('person/not-registrar');
  if (capacity === undefined) return refuseNonRegistrar(acting, 'person/not-registrar', agency);
  if (present !== null) {
    throw refuse('person/already-enrolled', {
      same:
        present.agency === agency && present.unit === unit && present.commitments[0] === commitment,
    });
  }
  // At the first start nobody could have registered an agency yet; the first registrar does.
  if (!bootstrap) checkRegistered(agency, unit, context.agency, context.today);
  const data = { person, agency, unit, commitment, ...(activation !== null && { activation }) };
  return { capacity, fact: { type: 'person.enrolled.v1', data } };
}

function rename(command: Of<'rename'>, person: Person, context: PersonContext): Ruling {
  const { commitment, reason } = command;
  checkDigest(commitment, '/commitment');
  checkText(reason, reasonLengthMax, '/reason', 'many');
  const { acting, today } = context;
  const capacity = registrarOfPerson(acting, person, today);
  if (capacity === undefined) {
    return refuseNonRegistrar(acting, 'person/not-registrar', person.agency);
  }
  // Our reading of separation of duties 7: who may not grant to themselves may not rename either.
  if (acting.person === person.person) throw refuse('person/own-particulars');
  if (person.commitments.at(-1) === commitment) throw refuse('person/unchanged', { same: true });
  return { capacity, fact: { type: 'person.renamed.v1', data: { commitment, reason } } };
}

/** Contact data goes on request; name and position on official acts are public record and stay. */
function erase({ reason }: Of<'erase'>, person: Person, context: PersonContext): Ruling {
  const { acting, today } = context;
  checkText(reason, reasonLengthMax, '/reason', 'many');
  const own: Capacity | undefined =
    acting.person === person.person ? acting.capacities[0] : undefined;
  const capacity = own ?? registrarOfPerson(acting, person, today);
  if (capacity === undefined) {
    return refuseNonRegistrar(acting, 'person/not-yours-to-erase', person.agency);
  }
  if (person.erased) throw refuse('person/already-erased', { same: true });
  return { capacity, fact: { type: 'person.erased.v1', data: { what: 'contact-data', reason } } };
}

function evolve(person: Person | null, event: Recorded<PersonFact>): Person | null {
  if (event.type === 'person.enrolled.v1') {
    return enrolled(event);
  }
  if (person === null) return null;
  const { person: by, role: grantedAs } = event.metadata.actor;
  switch (event.type) {
    case 'person.renamed.v1':
      return { ...person, commitments: [...person.commitments, event.data.commitment] };
    case 'role.granted.v1': {
      const given: Grant = {
        ...event.data,
        grantedBy: by,
        grantedAs,
        confirmedBy: null,
        revoked: null,
      };
      return { ...person, grants: [...person.grants, given] };
    }
    case 'role.confirmed.v1':
      return changed(person, event.data.grant, { confirmedBy: by });
    case 'role.revoked.v1': {
      const { grant: id, from, reason } = event.data;
      return changed(person, id, { revoked: { from, reason } });
    }
    case 'delegation.recorded.v1':
      return { ...person, delegations: [...person.delegations, delegatedBy(event)] };
    case 'delegation.confirmed.v1':
      return withDelegation(person, event.data.delegation, { confirmedBy: by });
    case 'delegation.ended.v1': {
      const { delegation, ...ended } = event.data;
      return withDelegation(person, delegation, { ended });
    }
    case 'activation.issued.v1': {
      const issued = issuedBy(event, event.data);
      return { ...person, activations: [...person.activations, issued] };
    }
    case 'activation.confirmed.v1':
      return withCode(person, event.data.issue, { confirmedBy: by });
    case 'activation.cancelled.v1': {
      const { issue, reason } = event.data;
      return withCode(person, issue, { cancelled: { by, reason } });
    }
    case 'activation.used.v1': {
      const usedAt = event.metadata.recordedAt;
      return { ...withCode(person, event.data.issue, { usedAt }), hasSecret: true };
    }
    case 'person.erased.v1':
      return { ...person, erased: true };
  }
}

type Enrolled = Recorded<Extract<PersonFact, { type: 'person.enrolled.v1' }>>;

function enrolled(event: Enrolled): Person {
  const { commitment, activation, ...data } = event.data;
  const { agency, role } = event.metadata.actor;
  const first = { reason: null, issuerAgency: agency, needsConfirmation: false };
  return {
    ...data,
    commitments: [commitment],
    grants: [],
    delegations: [],
    activations: activation === undefined ? [] : [issuedBy(event, { ...activation, ...first })],
    // The people of the first start chose their secrets there, without a code.
    hasSecret: role === 'operator',
    erased: false,
  };
}

function issuedBy(
  { metadata }: Recorded,
  issued: Pick<Activation, 'issue' | 'code' | 'reason' | 'issuerAgency' | 'needsConfirmation'>,
): Activation {
  return {
    ...issued,
    issuedBy: metadata.actor.person,
    issuedAt: metadata.recordedAt,
    confirmedBy: null,
    cancelled: null,
    usedAt: null,
  };
}

type DelegationRecorded = Recorded<Extract<PersonFact, { type: 'delegation.recorded.v1' }>>;

function delegatedBy({ data, metadata }: DelegationRecorded): Delegation {
  const { person: recordedBy, agency: recorderAgency } = metadata.actor;
  const needsConfirmation = recordedBy !== data.head;
  const confirmedBy = null;
  return { ...data, recordedBy, recorderAgency, needsConfirmation, confirmedBy, ended: null };
}

function withDelegation(person: Person, id: string, change: Partial<Delegation>): Person {
  const delegations = person.delegations.map((one) => {
    return one.delegation === id ? { ...one, ...change } : one;
  });
  return { ...person, delegations };
}

function withCode(person: Person, issue: string, change: Partial<Activation>): Person {
  const activations = person.activations.map((one) => {
    return one.issue === issue ? { ...one, ...change } : one;
  });
  return { ...person, activations };
}

function changed(person: Person, id: string, change: Partial<Grant>): Person {
  const grants = person.grants.map((one) => (one.grant === id ? { ...one, ...change } : one));
  return { ...person, grants };
}

/** Every rule of a person's stream: enrolment, codes, grants, delegations, erasure. */
export const personDecider: Decider<PersonCommand, Person | null, PersonFact, PersonContext> = {
  initial: null,
  // Whoever holds a code has read no revision, as little as who enrols somebody.
  creates: ({ type }) => type === 'enroll' || type === 'use-activation',
  decide,
  evolve,
};
