import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { rebuildPostgreSQLProjections } from '@event-driven-io/emmett-postgresql';
import { Client } from 'pg';
import { figures } from './emmett-service.ts';
import { atEnd } from './endings.ts';
import type { Shot } from './load-generator.ts';
import { seconds } from './statistics.ts';

/** The service on Emmett as a process of its own, in a database of its own on the server named. */
export class EmmettUnderTest {
  readonly origin: string;
  private readonly child: ChildProcess;
  private readonly token: string;
  private readonly urls: { readonly server: string; readonly database: string };
  private figureCount = 0;

  private constructor(
    child: ChildProcess,
    origin: string,
    token: string,
    urls: { readonly server: string; readonly database: string },
  ) {
    this.child = child;
    this.origin = origin;
    this.token = token;
    this.urls = urls;
  }

  static async start(server: string): Promise<EmmettUnderTest> {
    const name = `bench_${randomBytes(6).toString('hex')}`;
    await onServer(server, `create database ${name}`);
    const own = new URL(server);
    own.pathname = `/${name}`;
    const token = randomBytes(24).toString('base64url');
    const child = spawn(process.execPath, [join(import.meta.dirname, 'emmett-service.ts')], {
      env: { ...process.env, LEDGER_TEST_POSTGRES_URL: own.href, EMMETT_TOKEN: token },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    for await (const line of lines) {
      const address = /^Listening on (http:\/\/\S+)/.exec(line)?.[1];
      if (address === undefined) continue;
      const urls = { server, database: own.href };
      const emmett = new EmmettUnderTest(child, address, token, urls);
      atEnd(() => emmett.remove());
      return emmett;
    }
    throw new Error('the service on Emmett did not start');
  }

  get processId(): number {
    return this.child.pid ?? NaN;
  }

  /** Submissions of figures that were never handed in before. */
  submissions(count: number, body: string): Shot[] {
    return Array.from({ length: count }, () => {
      this.figureCount += 1;
      return {
        path: `/api/v1/figures/son_la-qd1969-2026_00000.I.${this.figureCount}/submissions`,
        headers: { authorization: `Bearer ${this.token}`, 'idempotency-key': randomUUID() },
        body,
      };
    });
  }

  /**
   * Makes its projection anew from every event; events in a second. Emmett empties the projection
   * but goes on from the checkpoint that an earlier rebuild of the same name has left, so a second
   * one would replay nothing, very fast: each gets a name of its own, and what came back is counted.
   */
  async rebuild(): Promise<number> {
    const consumer = rebuildPostgreSQLProjections({
      connectionString: this.urls.database,
      // Ten times its default: on the machine of docs/operating/performance.md twice as fast.
      pulling: { batchSize: 1_000 },
      projections: [{ projection: figures, processorId: `rebuild-${randomUUID()}` }],
    });
    const started = seconds();
    await consumer.start();
    const took = seconds() - started;
    await consumer.close();
    const count = await onServer(this.urls.database, 'select count(*)::text from figures');
    if (count !== String(this.figureCount)) {
      throw new Error(`Emmett rebuilt ${count} of ${this.figureCount} documents`);
    }
    return this.figureCount / took;
  }

  private async remove(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
    const { pathname } = new URL(this.urls.database);
    await onServer(this.urls.server, `drop database ${pathname.slice(1)} with (force)`);
  }
}

export async function onServer(url: string, statement: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    const [first] = Object.values(rows[0] ?? {});
    return typeof first === 'string' ? first : '';
  } finally {
    await client.end();
  }
}
