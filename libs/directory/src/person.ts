import type { Actor, Decider, Decision, Recorded } from '#kernel';
import { actorOf, capacityAs } from './capacity.ts';
import type { Capacity } from './capacity.ts';
import type { PersonCommand } from './directory.commands.ts';
import { checkPlace, checkRegistered, confirm, delegate, grant, revoke } from './grant-rules.ts';
import type { Ruling } from './grant-rules.ts';
import { checkDigest, checkText, checkUuid, reasonLengthMax } from './input-checks.ts';
import type { PersonFact } from './person.events.ts';
import { refuse } from './refusals.ts';
import type { Grant, Person, PersonContext } from './standing.ts';

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
    case 'erase':
      return erase(command, person, context);
  }
}

function enroll(command: Of<'enroll'>, present: Person | null, context: PersonContext): Ruling {
  const { person, agency, unit, commitment } = command;
  checkUuid(person, '/person');
  checkPlace(agency, unit);
  checkDigest(commitment, '/commitment');
  const capacity = capacityAs(context.acting, context.bootstrap ? ['operator'] : ['registrar']);
  if (capacity === undefined) throw refuse('person/not-registrar');
  if (present !== null) {
    throw refuse('person/already-enrolled', {
      same:
        present.agency === agency && present.unit === unit && present.commitments[0] === commitment,
    });
  }
  // At the first start nobody could have registered an agency yet; the first registrar does.
  if (!context.bootstrap) checkRegistered(agency, unit, context.agency, context.today);
  const data = { person, agency, unit, commitment };
  return { capacity, fact: { type: 'person.enrolled.v1', data } };
}

function rename(command: Of<'rename'>, person: Person, { acting }: PersonContext): Ruling {
  const { commitment, reason } = command;
  checkDigest(commitment, '/commitment');
  checkText(reason, reasonLengthMax, '/reason', 'many');
  const capacity = capacityAs(acting, ['registrar']);
  if (capacity === undefined) throw refuse('person/not-registrar');
  // Our reading of separation of duties 7: who may not grant to themselves may not rename either.
  if (acting.person === person.person) throw refuse('person/own-particulars');
  if (person.commitments.at(-1) === commitment) throw refuse('person/unchanged', { same: true });
  return { capacity, fact: { type: 'person.renamed.v1', data: { commitment, reason } } };
}

/** Contact data goes on request; name and position on official acts are public record and stay. */
function erase({ reason }: Of<'erase'>, person: Person, { acting }: PersonContext): Ruling {
  checkText(reason, reasonLengthMax, '/reason', 'many');
  const own: Capacity | undefined =
    acting.person === person.person ? acting.capacities[0] : undefined;
  const capacity = own ?? capacityAs(acting, ['registrar']);
  if (capacity === undefined) throw refuse('person/not-yours-to-erase');
  if (person.erased) throw refuse('person/already-erased', { same: true });
  return { capacity, fact: { type: 'person.erased.v1', data: { what: 'contact-data', reason } } };
}

function evolve(person: Person | null, event: Recorded<PersonFact>): Person | null {
  if (event.type === 'person.enrolled.v1') {
    const { commitment, ...data } = event.data;
    return { ...data, commitments: [commitment], grants: [], delegations: [], erased: false };
  }
  if (person === null) return null;
  const by = event.metadata.actor.person;
  switch (event.type) {
    case 'person.renamed.v1':
      return { ...person, commitments: [...person.commitments, event.data.commitment] };
    case 'role.granted.v1': {
      const given: Grant = { ...event.data, grantedBy: by, confirmedBy: null, revoked: null };
      return { ...person, grants: [...person.grants, given] };
    }
    case 'role.confirmed.v1':
      return changed(person, event.data.grant, { confirmedBy: by });
    case 'role.revoked.v1': {
      const { grant: id, from, reason } = event.data;
      return changed(person, id, { revoked: { from, reason } });
    }
    case 'delegation.recorded.v1':
      return { ...person, delegations: [...person.delegations, event.data] };
    case 'person.erased.v1':
      return { ...person, erased: true };
  }
}

function changed(person: Person, id: string, change: Partial<Grant>): Person {
  const grants = person.grants.map((one) => (one.grant === id ? { ...one, ...change } : one));
  return { ...person, grants };
}

/** Every rule of a person's stream: enrolment, grants, delegations, erasure. */
export const personDecider: Decider<PersonCommand, Person | null, PersonFact, PersonContext> = {
  initial: null,
  creates: ({ type }) => type === 'enroll',
  decide,
  evolve,
};
