/**
 * The directory: agencies with their units and successors, people by id, who was granted which role
 * by whom, delegations (KT., TL., TUQ.), and review bodies. Deciders are pure; what a rule needs
 * from another stream comes in its context. Names of people are not here: the register behind
 * `node.ts` keeps them, and events hold commitments to them.
 */
export { activationLifeDays, standingOf } from './activation-rules.ts';
export type { ActivationStanding } from './activation-rules.ts';
export * from './agency.events.ts';
export * from './agency.ts';
export * from './capacity.ts';
export * from './commitment.ts';
export * from './directory.commands.ts';
export { confirmedRoles, confirmingRoles } from './grant-rules.ts';
export * from './person.events.ts';
export * from './person.ts';
export { directoryRefusals } from './refusals.ts';
export { registrarOfPerson } from './registrar-reach.ts';
export * from './review-body.events.ts';
export * from './review-body.ts';
export { agenciesOf, capacitiesOf, headsOn, isInForce } from './standing.ts';
export type { Activation, Delegation, Grant, Person, PersonContext } from './standing.ts';
