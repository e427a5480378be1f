/**
 * Read models: what the ledger answers with. A projector reads `$all`, counts the leaves, and keeps
 * each one whole beside versioned rows that the contexts' own folds make of it, all in one SQL
 * transaction with its position. So every question has an `asOf`, every table can be dropped and
 * built again to the same bytes, and nothing here decides anything.
 *
 * This door is pure: shapes of rows and answers, and the joins that make the second of the first.
 * Begin with `log-event.ts` (what a model is), then `batch-writer.ts` and `read-models.ts` behind
 * `node.ts`.
 */
export * from './accountability-model.ts';
export * from './aggregate-model.ts';
export * from './agency-model.ts';
export * from './as-of.ts';
export * from './contribution-model.ts';
export * from './difference.ts';
export * from './evidence-model.ts';
export * from './figure-model.ts';
export * from './figure-view.ts';
export * from './finding-model.ts';
export * from './framework-model.ts';
export * from './history-item.ts';
export * from './log-event.ts';
export * from './models.ts';
export * from './person-model.ts';
export * from './progress-model.ts';
export * from './review-body-model.ts';
export * from './round-duties.ts';
export * from './round-model.ts';
export * from './round-view.ts';
export * from './statement-view.ts';
export * from './tasks-model.ts';
