import type { Logger } from 'pino';
import type { EventStore } from '#event-store';
import { Projector, readModels, readModelsSchema, rebuildIfOutdated } from '#read-models/node';
import type { Database } from '#read-models/node';

/**
 * The read models, ready to be asked: built anew first where an older version of the software made
 * them, then followed. Resolves before they have caught up; readiness says when they have. Where
 * several servers share a database, one of them follows and the others stand by.
 */
export async function openReadModels(
  database: Database,
  store: EventStore,
  log: Logger,
  onBatch: (eventCount: number, tookMs: number) => void,
): Promise<Projector> {
  const options = {
    db: database.db,
    alone: database.alone,
    store,
    models: readModels,
    upcasters: [],
    schema: readModelsSchema,
    onBatch,
  };
  const wasRebuilt = await rebuildIfOutdated({
    ...options,
    onProgress: ({ leafCount }) => log.info({ leafCount }, 'rebuilding the read models'),
  });
  if (wasRebuilt) log.info('the read models were rebuilt');
  const projector = new Projector(options);
  await projector.start();
  return projector;
}
