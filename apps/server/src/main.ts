import { EmbeddedNodeError } from '#embedded-event-store/node';
import { StoreUnavailable } from '#event-store';
import { BlobStoreUnavailable } from '#evidence';
import { BlobStoreUnfit } from '#evidence/node';
import { DatabaseAway, DatabaseUnfit } from '#read-models/node';
import { LogRefused } from '#transparency';
import { KeyFileUnusable, TileStoreUnfit } from '#transparency/node';
import {
  ConfigurationMistake,
  readConfiguration,
  unknownVariables,
} from './configuration/configuration.ts';
import type { Configuration } from './configuration/configuration.ts';
import { createLog } from './http/log.ts';
import { startServer } from './server.ts';
import type { RunningServer } from './server.ts';

/**
 * The server as a program. stdout says where it listens and what to do next, stderr is the log. It
 * ends with 0 when it was asked to, with 1 when it could not start or could not go on.
 */
async function main(): Promise<void> {
  // Whatever is written below, also by the parts: for the owner's eyes only.
  process.umask(0o077);
  const configuration = configurationOrExit();
  const log = createLog(configuration.logLevel);
  for (const name of unknownVariables(process.env)) {
    log.warn({ name }, 'a variable that looks like a setting of the ledger and is none');
  }
  let server: RunningServer | undefined;
  let isEnding = false;
  const end = async (exitCode: number) => {
    if (isEnding) return;
    isEnding = true;
    // A stop that hangs must not become a process that never ends.
    setTimeout(() => process.exit(1), 30_000).unref();
    try {
      await server?.stop();
    } catch (error) {
      log.fatal({ err: error }, 'could not stop cleanly');
      process.exit(1);
    }
    process.exit(exitCode);
  };
  // Half alive is worse than stopped: what nobody handled may have left anything behind.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, 'a fault that nobody handled');
      void end(1);
    });
  }
  try {
    server = await startServer(configuration, { log });
  } catch (error) {
    process.stderr.write(`${sentenceFor(error, configuration)}\n`);
    if (!isExpected(error)) log.fatal({ err: error }, 'the server did not start');
    process.exit(1);
  }
  process.once('SIGTERM', () => void end(0));
  process.once('SIGINT', () => void end(0));
  // Only where there is a file: without one, a terminal that closes ends the server as it always did.
  if (configuration.securityLog !== null) process.on('SIGHUP', () => server?.reopenLogs());
  server.failed.catch((error: unknown) => {
    log.fatal({ err: error }, 'a part that the server cannot live without has died');
    void end(1);
  });
  process.stdout.write(`Listening on ${server.url}\n`);
  process.stdout.write(`The API is described at ${server.url}/docs; Ctrl-C stops the server.\n`);
  if (server.awaitsBootstrap) process.stdout.write(bootstrapHelp(server.url, configuration));
}

function configurationOrExit(): Configuration {
  try {
    return readConfiguration(process.env, process.cwd());
  } catch (error) {
    if (!(error instanceof ConfigurationMistake)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** One sentence for what an operator can put right; the log has the rest for everything else. */
function sentenceFor(error: unknown, { dataFolder, host, port }: Configuration): string {
  if (error instanceof ConfigurationMistake) return error.message;
  if (error instanceof EmbeddedNodeError) {
    return error.code === 'node/locked'
      ? `LEDGER_DATA "${dataFolder}" is in use by another server; stop it or name another.`
      : `The event store in "${dataFolder}" did not start: ${error.message}`;
  }
  if (error instanceof StoreUnavailable) return 'The event store does not answer.';
  if (error instanceof LogRefused) return `The log cannot go on (${error.code}): ${error.message}.`;
  if (error instanceof KeyFileUnusable) return `The log cannot be signed: ${error.message}.`;
  if (error instanceof BlobStoreUnfit || error instanceof DatabaseUnfit) return error.message;
  if (error instanceof TileStoreUnfit) return error.message;
  if (error instanceof DatabaseAway) return 'The database does not answer.';
  if (error instanceof BlobStoreUnavailable) return 'The evidence store does not answer.';
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken; set LEDGER_PORT to another one, or to 0.`;
  if (code === 'EACCES') return `Port ${port} on ${host} may not be listened on by this user.`;
  if (code === 'EADDRNOTAVAIL') return `LEDGER_HOST "${host}" is not an address of this machine.`;
  return 'The server did not start; the log says why.';
}

function isExpected(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return (
    error instanceof ConfigurationMistake ||
    error instanceof EmbeddedNodeError ||
    error instanceof StoreUnavailable ||
    error instanceof LogRefused ||
    error instanceof KeyFileUnusable ||
    error instanceof BlobStoreUnfit ||
    error instanceof DatabaseUnfit ||
    error instanceof TileStoreUnfit ||
    error instanceof DatabaseAway ||
    error instanceof BlobStoreUnavailable ||
    ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes(code ?? '')
  );
}

function bootstrapHelp(url: string, { dataFolder }: Configuration): string {
  return [
    'This ledger has nobody in it yet. Enter the first registrar and the first confirming person:',
    `  npm run ledger -- bootstrap --url ${url} --data ${dataFolder} \\`,
    '    --registrar LOGIN --registrar-agency son_la.so_khcn \\',
    '    --confirmer LOGIN --confirmer-agency son_la.ubnd_tinh',
    '',
  ].join('\n');
}

await main();
