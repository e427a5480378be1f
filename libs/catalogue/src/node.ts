/**
 * Plans as data: a folder of JSON files, read strictly and turned into the ordinary requests that
 * load it. Sending them is the business of whoever is signed in as a registrar, or for a lead.
 */
export type * from './plan.ts';
export * from './plan-commands.ts';
export * from './plan-faults.ts';
export * from './plan-files.ts';
