import type { FastifyInstance } from 'fastify';
import { ConfigurationMistake } from './configuration/configuration.ts';
import type { Configuration } from './configuration/configuration.ts';
import { notesOf } from './http/request-notes.ts';
import { Metrics } from './metrics/metrics.ts';
import { SecurityFile, standardError } from './security/security-file.ts';
import type { SecurityDestination } from './security/security-file.ts';
import { SecurityLog } from './security/security-log.ts';
import type { SecurityWatch } from './security/security-watch.ts';
import type { Software } from './software.ts';

/** What watches the server: counts of everything, and the log of what touches its security. */
export type Instruments = { readonly metrics: Metrics; readonly securityLog: SecurityLog };

/**
 * Opened before any part, so that even a start is told. Throws ConfigurationMistake where the file
 * of the security log cannot be written: a server that could not tell does not begin.
 */
export function openInstruments(
  { securityLog: file }: Pick<Configuration, 'securityLog'>,
  software: Software,
): Instruments {
  const metrics = new Metrics(software);
  const securityLog = new SecurityLog({
    to: file === null ? standardError() : openFile(file),
    onLine: (event, outcome) => metrics.securityEvent(event, outcome),
    onLost: () => metrics.securityLineLost(),
  });
  return { metrics, securityLog };
}

function openFile(file: string): SecurityDestination {
  try {
    return new SecurityFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigurationMistake([
      `LEDGER_SECURITY_LOG "${file}" cannot be opened for writing (${code}).`,
    ]);
  }
}

/** After each answer: one observation, the code of a refusal, and what is to be told of it. */
export function watchAnswers(
  server: FastifyInstance,
  metrics: Metrics,
  watch: () => SecurityWatch | undefined,
): void {
  server.addHook('onResponse', (request, reply, done) => {
    const { statusCode, elapsedTime } = reply;
    const route = request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched');
    metrics.requestAnswered(route, request.method, statusCode, elapsedTime);
    const { outcome } = notesOf(request);
    if (outcome !== null) metrics.refused(outcome);
    void watch()?.answered(request, reply);
    done();
  });
}

/**
 * Answers that leave while the server stops end their connection: kept open it would be idle, and
 * hold up the stop for as long as the server is patient with requests under way.
 */
export function closeWhenStopping(server: FastifyInstance, isStopping: () => boolean): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (isStopping()) void reply.header('connection', 'close');
    done(null, payload);
  });
}

/** The settings as an auditor may see them: what the server stands on, never with what key. */
export function shownConfiguration(
  configuration: Configuration,
): Readonly<Record<string, unknown>> {
  const { eventStoreUrl, databaseUrl, minio, metrics, dataFolder, log, ...plain } = configuration;
  return {
    ...plain,
    dataFolder,
    eventStore: eventStoreUrl === null ? 'embedded' : 'external',
    database: databaseUrl === null ? 'embedded' : 'external',
    evidence: minio === null ? 'folder' : `minio bucket ${minio.bucket}`,
    ...(minio !== null && { retentionDays: minio.retentionDays }),
    log: {
      profile: log.profile,
      keys: log.keyFiles ?? 'in the folder',
      witnesses: log.witnessesFile,
      tiles: log.tilesBucket === null ? 'folder' : `minio bucket ${log.tilesBucket}`,
    },
    metrics: metrics === null ? null : `${metrics.host} port ${metrics.port}`,
  };
}
