/**
 * The catalogue: what is asked, of whom, by when. A framework holds the indicators of an edition
 * with every revision of their definitions; a round gives them to agencies for a period, keeps
 * every date the plan names and says which one counts, and fixes who owes a part. Pure; the files
 * of a plan are read behind `node.ts`, commands are handled behind `nest.ts`.
 */
export * from './catalogue.commands.ts';
export * from './cross-checks.ts';
export { checkDefinition, moneyUnits } from './definition-rules.ts';
export { isSameAuthority, lastDayIn } from './due-dates.ts';
export * from './framework.events.ts';
export * from './framework.ts';
export * from './party-class.ts';
export { catalogueRefusals } from './refusals.ts';
export * from './round.events.ts';
export * from './round-queries.ts';
export * from './round-state.ts';
export * from './round.ts';
export type { KnownAgencies } from './input-checks.ts';
