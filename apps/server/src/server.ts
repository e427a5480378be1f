import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { systemClock } from '#kernel';
import type { Clock } from '#kernel';
import type { Configuration } from './configuration/configuration.ts';
import { Readiness } from './health/readiness.ts';
import { createAdapter, registerSecurityHeaders, rememberRoutes } from './http/fastify-app.ts';
import { createLog, nestLog } from './http/log.ts';
import { allowDocumentationStyles, describeApi } from './http/open-api.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { LedgerModule } from './ledger.module.ts';
import { openParts } from './parts.ts';
import type { Openers, Parts } from './parts.ts';
import { readSoftware } from './software.ts';

export type RunningServer = {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** The first people have not been entered yet. */
  readonly awaitsBootstrap: boolean;
  /** Rejects when a part has died that the server cannot live without; never resolves. */
  readonly failed: Promise<never>;
  /** The application itself, for specs. */
  readonly app: NestFastifyApplication;
  /** Ready red, no new requests, those in hand finished, parts closed. May be called again. */
  stop(): Promise<void>;
};

export type ServerOptions = {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Adapters to open in place of the configured ones, for whoever tests how a part fails. */
  readonly openers?: Partial<Openers>;
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
  const parts = await openParts({
    configuration,
    clock,
    software: software.name,
    log,
    ...(options.openers !== undefined && { openers: options.openers }),
  });
  try {
    const app = await createApp(parts, configuration, log, software.version);
    await app.listen({ port: configuration.port, host: configuration.host });
    const stop = once(() => shutDown(app, parts, log));
    return {
      url: urlOf(app, configuration.host),
      awaitsBootstrap: await parts.folder.awaitsBootstrap(),
      failed: parts.failed,
      app,
      stop,
    };
  } catch (error) {
    await parts.close();
    throw error;
  }
}

async function createApp(
  parts: Parts,
  configuration: Configuration,
  log: Logger,
  version: string,
): Promise<NestFastifyApplication> {
  const stopping = { asked: () => false };
  const adapter = createAdapter({
    log,
    trustedProxies: configuration.trustedProxies,
    isStopping: () => stopping.asked(),
  });
  const server = adapter.getInstance<FastifyInstance>();
  const methodsOf = rememberRoutes(server);
  await registerSecurityHeaders(server);
  allowDocumentationStyles(server);
  const app = await NestFactory.create<NestFastifyApplication>(
    LedgerModule.of(parts, configuration),
    adapter,
    { logger: nestLog(log), bodyParser: false, abortOnError: false, forceCloseConnections: true },
  );
  const readiness = app.get(Readiness);
  stopping.asked = () => readiness.stopping;
  app.useGlobalFilters(new ProblemFilter(log, methodsOf));
  describeApi(app, version);
  await app.init();
  return app;
}

/**
 * In this order: nobody new is let in, who is in may finish, then the parts close. Requests that
 * are under way keep their connection; idle ones lose theirs, or a browser would hold us up.
 */
async function shutDown(app: NestFastifyApplication, parts: Parts, log: Logger): Promise<void> {
  log.info('stopping');
  app.get(Readiness).stop();
  const server = app.getHttpServer();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, inFlightPatienceMs);
  });
  await Promise.race([closed, patience]);
  clearTimeout(timer);
  await app.close();
  await parts.close();
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
