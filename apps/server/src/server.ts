import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { systemClock } from '#kernel';
import type { Clock } from '#kernel';
import { Sessions } from './access/sessions.ts';
import type { Configuration } from './configuration/configuration.ts';
import { isLoopback } from './configuration/metrics-address.ts';
import { Readiness } from './health/readiness.ts';
import type { ArrivalLimits } from './http/arrival.ts';
import { departureLimits, Departures } from './http/departure.ts';
import type { DepartureLimits } from './http/departure.ts';
import { createAdapter } from './http/fastify-app.ts';
import type { FastifyAppOptions } from './http/fastify-app.ts';
import { createLog, nestLog } from './http/log.ts';
import { describeApi, prepareDocumentation } from './http/open-api.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import {
  closeWhenStopping,
  openInstruments,
  shownConfiguration,
  watchAnswers,
} from './instruments.ts';
import type { Instruments } from './instruments.ts';
import { LedgerModule } from './ledger.module.ts';
import { logHealth } from './log/log-health.ts';
import { observe, observeProcess } from './metrics/gauges.ts';
import { listenForMetrics } from './metrics/metrics-listener.ts';
import type { MetricsListener } from './metrics/metrics-listener.ts';
import { openParts } from './parts.ts';
import type { Openers, Parts } from './parts.ts';
import { SecurityWatch } from './security/security-watch.ts';
import { readSoftware } from './software.ts';
import type { Software } from './software.ts';

export type RunningServer = {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** The first people have not been entered yet. */
  readonly awaitsBootstrap: boolean;
  /** Where the metrics are served; null for nowhere. */
  readonly metricsUrl: string | null;
  /** Rejects when a part has died that the server cannot live without; never resolves. */
  readonly failed: Promise<never>;
  /** The application itself, for specs. */
  readonly app: NestFastifyApplication;
  /** Opens the file of the security log anew, after somebody moved it away. */
  reopenLogs(): void;
  /** Ready red, no new requests, those in hand finished, parts closed. May be called again. */
  stop(): Promise<void>;
};

export type ServerOptions = {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Adapters to open in place of the configured ones, for whoever tests how a part fails. */
  readonly openers?: Partial<Openers>;
  /** Other times for what arrives slowly, for whoever tests what happens then. */
  readonly arrival?: Partial<ArrivalLimits>;
  /** The same for what leaves slowly. */
  readonly departure?: Partial<DepartureLimits>;
};

/**
 * Starts a ledger server: opens the parts, puts the application together, listens. Throws what the
 * first failing part throws, with everything that was opened closed again.
 */
export async function startServer(
  configuration: Configuration,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const log = options.log ?? createLog(configuration.logLevel);
  const clock = options.clock ?? systemClock;
  const software = await readSoftware();
  const instruments = openInstruments(configuration, software);
  const parts = await openParts({
    configuration,
    clock,
    software: software.name,
    log,
    metrics: instruments.metrics,
    ...(options.openers !== undefined && { openers: options.openers }),
  });
  const { securityLog } = instruments;
  const closers: (() => Promise<void>)[] = [() => parts.close()];
  try {
    const { arrival = {} } = options;
    const departures = new Departures({ ...departureLimits, ...options.departure });
    const surroundings = { log, software, arrival, departures, ...instruments };
    const app = await createApp(parts, configuration, surroundings);
    closers.unshift(() => app.close());
    await app.listen({ port: configuration.port, host: configuration.host });
    const listener = await openMetrics(app, parts, configuration, { log, ...instruments });
    if (listener !== null) closers.unshift(() => listener.close());
    const url = urlOf(app, configuration.host);
    const details = { software: software.name, url, ...shownConfiguration(configuration) };
    securityLog.tell({ event: 'server.start', outcome: 'ok', details });
    return {
      url,
      metricsUrl: listener?.url ?? null,
      awaitsBootstrap: await parts.folder.awaitsBootstrap(),
      failed: parts.failed,
      app,
      reopenLogs: () => securityLog.reopen(),
      stop: once(async () => {
        await shutDown(app, closers, log);
        securityLog.tell({ event: 'server.stop', outcome: 'ok' });
      }),
    };
  } catch (error) {
    for (const close of closers) await close();
    throw error;
  }
}

/** What the server is told apart from its parts. */
type Surroundings = Instruments & { readonly log: Logger };

async function openMetrics(
  app: NestFastifyApplication,
  { projector, backlog, store, ledgerLog, unlogged, clock }: Parts,
  configuration: Configuration,
  { metrics, securityLog, log }: Surroundings,
): Promise<MetricsListener | null> {
  if (configuration.metrics === null) return null;
  const readiness = app.get(Readiness);
  observe(metrics, {
    projector: () => projector.status(),
    backlog,
    log: () => logHealth(ledgerLog, unlogged, clock).figures,
    appends: store,
    report: () => readiness.report(),
    securityLog,
  });
  observeProcess(metrics);
  if (!isLoopback(configuration.metrics.host)) {
    log.warn('the metrics can be read from other machines, by whoever reaches their address');
  }
  return listenForMetrics(metrics, configuration.metrics, log);
}

async function createApp(
  parts: Parts,
  configuration: Configuration,
  {
    log,
    software,
    arrival,
    departures,
    metrics,
    securityLog,
  }: Surroundings &
    Pick<FastifyAppOptions, 'arrival' | 'departures'> & { readonly software: Software },
): Promise<NestFastifyApplication> {
  const stopping = { asked: () => false };
  const door: { sessions?: Sessions } = {};
  const { adapter, methodsOf } = await createAdapter({
    log,
    trustedProxies: configuration.trustedProxies,
    connections: configuration.connections,
    departures,
    isStopping: () => stopping.asked(),
    signedIn: async (token) => door.sessions?.signedIn(token),
    ...(arrival !== undefined && { arrival }),
  });
  const server = adapter.getInstance<FastifyInstance>();
  const watching: { watch?: SecurityWatch } = {};
  watchAnswers(server, metrics, () => watching.watch);
  closeWhenStopping(server, () => stopping.asked());
  prepareDocumentation(server);
  departures.sendInPieces(server);
  const app = await NestFactory.create<NestFastifyApplication>(
    LedgerModule.of(parts, configuration, { metrics, securityLog }),
    adapter,
    { logger: nestLog(log), bodyParser: false, abortOnError: false, forceCloseConnections: true },
  );
  const readiness = app.get(Readiness);
  stopping.asked = () => readiness.stopping;
  watching.watch = app.get(SecurityWatch);
  door.sessions = app.get(Sessions);
  app.useGlobalFilters(new ProblemFilter(log, methodsOf));
  describeApi(app, software.version);
  await app.init();
  return app;
}

/**
 * In this order: nobody new is let in, who is in may finish, then the parts close. Requests that
 * are under way keep their connection; idle ones lose theirs, or a browser would hold us up.
 */
async function shutDown(
  app: NestFastifyApplication,
  closers: readonly (() => Promise<void>)[],
  log: Logger,
): Promise<void> {
  log.info('stopping');
  app.get(Readiness).stop();
  const server = app.getHttpServer();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log.warn('requests or connections were left when the time to finish them was up');
      resolve();
    }, inFlightPatienceMs);
  });
  await Promise.race([closed, patience]);
  clearTimeout(timer);
  for (const close of closers) await close();
  log.info('stopped');
}

/** How long requests under way may take to finish once the server was asked to stop. */
const inFlightPatienceMs = 10_000;

function urlOf(app: NestFastifyApplication, host: string): string {
  const address = app.getHttpServer().address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= act());
}
