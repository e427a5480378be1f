import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';
import { Client } from 'pg';

/**
 * What names a real part for specs. URLs lead to parts that run for the whole test run and carry
 * their credentials; binaries are for specs that must kill a part of their own.
 */
export type PartVariable =
  | 'LEDGER_TEST_MINIO_URL'
  | 'LEDGER_TEST_MINIO_BINARY'
  | 'LEDGER_TEST_POSTGRES_URL'
  | 'LEDGER_TEST_POSTGRES_BINARIES'
  | 'LEDGER_TEST_SCHEMATHESIS'
  | 'LEDGER_TEST_GO_JUDGES'
  | 'LEDGER_TEST_PROOFBUNDLE'
  | 'LEDGER_TEST_CHROMIUM';

/**
 * Specs that need a real part. Without it they are reported as skipped, under a name that says why;
 * with CI=true they fail, because a check that CI leaves out is a check that nobody makes.
 */
export function describeWithPart(
  variable: PartVariable,
  title: string,
  body: (value: string) => void,
): void {
  const value = process.env[variable] ?? '';
  if (value !== '') {
    describe(title, () => body(value));
  } else if (process.env['CI'] === 'true') {
    test(`${title}: ${variable} must name the part when CI=true`, () => {
      throw new Error(`${variable} is not set: .ci/run starts the part and sets it`);
    });
  } else {
    describe.skip(`${title} (skipped: ${variable} is not set)`, () => body(value));
  }
}

/** A part of one spec, on 127.0.0.1, that can die and come back with its data. */
export type OwnPart = {
  /** With credentials in it, made up for this part. */
  readonly url: string;
  /** Ends at once, as when the power fails; nothing is flushed. */
  readonly kill: () => Promise<void>;
  /** Begins again on the same port with the same data; resolves when it answers. */
  readonly start: () => Promise<void>;
  /** Ends for good and removes the data. */
  readonly remove: () => Promise<void>;
};

/** A MinIO server of the spec's own. */
export async function startOwnMinio(binary: string): Promise<OwnPart> {
  const folder = await mkdtemp(join(tmpdir(), 'own-minio-'));
  const port = await freePort();
  const [user, secret] = [randomBytes(8).toString('hex'), randomBytes(16).toString('hex')];
  const begin = () =>
    spawn(binary, ['server', folder, '--address', `127.0.0.1:${port}`], {
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        MINIO_ROOT_USER: user,
        MINIO_ROOT_PASSWORD: secret,
        MINIO_BROWSER: 'off',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return ownPart(`http://${user}:${secret}@127.0.0.1:${port}`, folder, begin, {
    says: 'API: ',
    killedBy: 'SIGKILL',
  });
}

/** A PostgreSQL cluster of the spec's own; `binaries` is the folder with initdb and postgres. */
export async function startOwnPostgres(binaries: string): Promise<OwnPart> {
  const folder = await mkdtemp(join(tmpdir(), 'own-postgres-'));
  const port = await freePort();
  const secret = randomBytes(16).toString('hex');
  // PostgreSQL refuses to run as root: there it runs as the user that its package made.
  const isRoot = process.getuid?.() === 0;
  const idOf = (flag: '-u' | '-g') =>
    +execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim();
  const owner = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const secretFile = join(folder, 'secret');
  await writeFile(secretFile, secret);
  if (owner !== undefined) await chown(secretFile, owner.uid, owner.gid);
  const data = join(folder, 'data');
  execFileSync(
    join(binaries, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'ledger',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
      '-A',
      'scram-sha-256',
      `--pwfile=${secretFile}`,
      '--no-sync',
    ],
    { ...owner, cwd: folder, stdio: 'ignore' },
  );
  const begin = () =>
    spawn(
      join(binaries, 'postgres'),
      [
        '-D',
        data,
        '-p',
        String(port),
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
      ],
      { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
  return ownPart(`postgres://ledger:${secret}@127.0.0.1:${port}/postgres`, folder, begin, {
    says: 'ready to accept connections',
    // "Immediate": no checkpoint, recovery at the next start. SIGKILL would leave its children.
    killedBy: 'SIGQUIT',
  });
}

/** A new, empty database on a server that specs share; `drop` also when somebody still uses it. */
export async function newPostgresDatabase(
  serverUrl: string,
): Promise<{ readonly connectionString: string; readonly drop: () => Promise<void> }> {
  const name = `spec_${randomBytes(12).toString('hex')}`;
  const asOwner = async (statement: string) => {
    const client = new Client({ connectionString: serverUrl });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await asOwner(`create database ${name}`);
  const connection = new URL(serverUrl);
  connection.pathname = `/${name}`;
  return {
    connectionString: connection.href,
    drop: () => asOwner(`drop database ${name} with (force)`),
  };
}

async function ownPart(
  url: string,
  folder: string,
  begin: () => ChildProcess,
  { says, killedBy }: { readonly says: string; readonly killedBy: NodeJS.Signals },
): Promise<OwnPart> {
  let running: ChildProcess | undefined;
  const kill = async () => {
    const ending = running;
    running = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(killedBy);
    await ended;
  };
  const start = async () => {
    running = begin();
    await hearing(running, says);
  };
  const remove = async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return { url, kill, start, remove };
}

/** Resolves when the process says these words, rejects with what it said if it ends before. */
function hearing(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const listen = (bytes: Buffer) => {
      heard += bytes.toString();
      if (heard.includes(words)) resolve();
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`ended before "${words}": ${heard}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
