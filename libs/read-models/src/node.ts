/**
 * Read models with their database: opening it, following the store, rebuilding, dumping, asking.
 * `Projector` writes, `ReadModels` answers; they meet in the database only.
 */
export { PoisonEvent } from './batch-writer.ts';
export { openDatabase } from './database.ts';
export type { Database, DatabaseOptions, Sql } from './database.ts';
export { dump } from './dump.ts';
export type { Dump } from './dump.ts';
export type { EvidenceView } from './evidence-model.ts';
export type { RegisterQuery } from './evidence-register.ts';
export type { CheckView, FigureChecks } from './figure-checks.ts';
export type { HistoryItem, HistoryPage } from './history-item.ts';
export type { Leaf } from './log-event.ts';
export { readModels } from './models.ts';
export { DatabaseAway, DatabaseUnfit } from './postgres-database.ts';
export { Projector } from './projector.ts';
export type { ProjectorOptions, ProjectorStatus } from './projector.ts';
export { ReadModels } from './read-models.ts';
export type { ReadModelsOptions } from './read-models.ts';
export { rebuild, rebuildIfOutdated } from './rebuild.ts';
export type { RebuildOptions } from './rebuild.ts';
export type { RollUpView } from './roll-up-view.ts';
export type { Moment } from './round-reader.ts';
export {
  ReadModelsOutdated,
  isCurrentSchema,
  prepareSchema,
  readModelsSchema,
  readProgress,
  writersLock,
} from './schema.ts';
export type { Progress } from './schema.ts';
export type { Target } from './waiters.ts';
