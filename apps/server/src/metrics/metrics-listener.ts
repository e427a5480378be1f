import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { MetricsAddress } from '../configuration/metrics-address.ts';
import type { Metrics } from './metrics.ts';

export type MetricsListener = {
  /** Where it listens, with the path. */
  readonly url: string;
  close(): Promise<void>;
};

/**
 * Serves the metrics on an address of their own, so that a proxy in front of the ledger cannot make
 * them public by mistake (OWASP ASVS 5.0, 13.4.5). There is one page, for GET, and no session:
 * whoever reaches the address may read it. Rejects as `listen` does.
 */
export async function listenForMetrics(
  metrics: Metrics,
  { host, port }: MetricsAddress,
  log: Logger,
): Promise<MetricsListener> {
  const server = createServer((request, response) => {
    answer(metrics, request, response).catch((error: unknown) => {
      log.error({ err: error }, 'the metrics could not be collected');
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A scraper keeps its connection between two scrapes and must not hold up a stop.
        server.closeAllConnections();
      }),
  };
}

async function answer(
  metrics: Metrics,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split('?')[0];
  if (path !== '/metrics') return void response.writeHead(404).end();
  if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end();
  const text = await metrics.registry.metrics();
  response
    .writeHead(200, {
      'content-type': metrics.registry.contentType,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(text);
}
