import { join } from 'node:path';
import { FaultyParts } from './faulty-parts.ts';
import type { Order } from './faulty-parts.ts';

/**
 * The built server with parts that fail as ordered, as a process of its own: what is killed here
 * is what an operator runs, but for the adapters' openers. Node runs this file as it is.
 */
type ServerModule = typeof import('../../apps/server/src/server.ts');
type ConfigurationModule = typeof import('../../apps/server/src/configuration/configuration.ts');

// By paths that the type checker does not follow: it runs before there is a build.
const built = join(import.meta.dirname, '../../dist/apps/server/src');
const { startServer } = (await import(join(built, 'server.js'))) as ServerModule;
const { readConfiguration } = (await import(
  join(built, 'configuration/configuration.js')
)) as ConfigurationModule;

const parts = new FaultyParts();
process.on('message', (order: Order) => {
  parts.obey(order);
  process.send?.('understood');
});
const server = await startServer(readConfiguration(process.env, process.cwd()), {
  openers: parts.openers,
});
process.once('SIGTERM', () => {
  void server.stop().then(() => process.exit(0));
});
// A spec that ends without stopping its server takes the channel away.
process.once('disconnect', () => process.exit(1));
process.stdout.write(`Listening on ${server.url}\n`);
