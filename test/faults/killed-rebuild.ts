import { join } from 'node:path';
import type { KyselyPlugin, OperationNode } from 'kysely';
import { startEmbeddedNode } from '#embedded-event-store/node';
import { connectEventStore } from '#event-store/node';
import { openDatabase, readModels, rebuild } from '#read-models/node';

/**
 * A rebuild of the folder that is killed, as a program of its own: `killed-rebuild.ts <folder>
 * <beginning of a statement> <before|after>`. SIGKILL reaches the thread of the database as well.
 */
const [folder = '', beginning = '', moment = ''] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');

function deathAt(): KyselyPlugin {
  const doomed = new WeakSet<object>();
  const begins = (node: OperationNode) => {
    const { sqlFragments } = node as OperationNode & { readonly sqlFragments?: readonly string[] };
    return sqlFragments?.[0]?.startsWith(beginning) === true;
  };
  return {
    transformQuery: ({ node, queryId }) => {
      if (begins(node)) {
        if (moment === 'before') die();
        doomed.add(queryId);
      }
      return node;
    },
    transformResult: async ({ result, queryId }) => {
      if (doomed.has(queryId)) die();
      return result;
    },
  };
}

const node = await startEmbeddedNode({ file: join(folder, 'events.db') });
const store = connectEventStore(node.connectionString);
const { db } = await openDatabase({ dataDir: join(folder, 'pglite') });
await rebuild({ db: db.withPlugin(deathAt()), store, models: readModels, upcasters: [] });
process.stdout.write('the rebuild came to its end\n');
process.exit(0);
