import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { onServer } from './emmett-under-test.ts';
import { numberText } from './statistics.ts';

const packages = [
  '@electric-sql/pglite',
  '@eventstore/db-client',
  '@grpc/grpc-js',
  '@nestjs/core',
  'fastify',
  '@event-driven-io/emmett',
  '@event-driven-io/emmett-postgresql',
  'pg',
];

/** Where and with what was measured: a figure without it cannot be compared with another. */
export async function printMachine(postgresUrl: string | undefined): Promise<void> {
  const lines = [
    `${cpus()[0]?.model ?? 'an unknown processor'}, ${availableParallelism()} threads, ` +
      `${numberText(totalmem() / 1024 ** 3)} GiB; ${loadText()}`,
    `Node ${process.versions.node}, SQLite ${process.versions['sqlite'] ?? '?'}`,
    (await Promise.all(packages.map(async (name) => `${name} ${await versionOf(name)}`))).join(
      ', ',
    ),
    postgresUrl === undefined
      ? 'PostgreSQL: none named by LEDGER_TEST_POSTGRES_URL, so Emmett is left out'
      : await postgresText(postgresUrl),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** How busy the machine is with everything that runs on it, in processes that want a thread. */
export function loadText(): string {
  return `load ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}`;
}

async function versionOf(name: string): Promise<string> {
  const folder = join(import.meta.dirname, '../../node_modules', name);
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

async function postgresText(url: string): Promise<string> {
  const names = ['server_version', 'fsync', 'synchronous_commit', 'shared_buffers'];
  const values = await Promise.all(
    names.map(async (name) => `${name} ${await onServer(url, `show ${name}`)}`),
  );
  return `PostgreSQL: ${values.join(', ')}`;
}
