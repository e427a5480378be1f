import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { destination, pino } from 'pino';
import type { Logger } from 'pino';
import { systemClock } from '#kernel';
import { formatVerifierKey } from '#tlog';
import type { LogSigner } from '#transparency';
import { KeyFileUnusable, makeKeyFile, openFileSigner } from '#transparency/node';
import { HeadFolder, WitnessStateUnusable } from './head-folder.ts';
import { createWitnessServer } from './http-edge.ts';
import { parseKnownLogs } from './known-logs.ts';
import type { KnownLogs } from './known-logs.ts';
import { readWitnessSettings, WitnessSettingsMistake } from './settings.ts';
import type { WitnessSettings } from './settings.ts';
import { Witness } from './witness.ts';

/**
 * A witness as a program. stdout says who it is and where it listens, stderr is the log. It ends with
 * 0 when it was asked to, with 1 when it could not start. SIGHUP reads the file of logs again.
 */
async function main(): Promise<void> {
  process.umask(0o077);
  const hangUps = hearHangUps();
  const settings = readWitnessSettings(process.env, process.cwd());
  const log = pino({ base: undefined }, destination({ dest: 2, sync: true }));
  const logs = await readLogs(settings);
  const heads = await HeadFolder.open(settings.dataFolder);
  const signer = await openKey(settings, heads);
  const witness = new Witness({ signer, heads, clock: systemClock, logs });
  await witness.load();
  const server = createWitnessServer(witness, log);
  server.listen(settings.port, settings.host);
  await once(server, 'listening');
  hangUps.answer(() => void watchAnew(settings, witness, log));
  const end = () => void stop(server, heads);
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  const { address, family, port } = server.address() as AddressInfo;
  process.stdout.write(`Witness ${formatVerifierKey(signer.key)}\n`);
  const host = family === 'IPv6' ? `[${address}]` : address;
  process.stdout.write(`Listening on http://${host}:${port}\n`);
}

/**
 * Unheard, SIGHUP ends a process. One that comes while the witness starts is kept until it can be
 * answered: the file of logs may have been read before the change that it tells of.
 */
function hearHangUps() {
  let isPending = false;
  let answer = () => {
    isPending = true;
  };
  process.on('SIGHUP', () => answer());
  return {
    answer: (given: () => void) => {
      answer = given;
      if (isPending) given();
    },
  };
}

/** A key is made once, for an empty folder: a new one beside old promises would be another witness. */
async function openKey(settings: WitnessSettings, heads: HeadFolder): Promise<LogSigner> {
  const file = join(settings.dataFolder, 'keys', 'witness.key');
  if (!existsSync(file)) {
    if ((await heads.names()).length > 0) {
      throw new WitnessStateUnusable(`the key ${file} is gone, but not what was cosigned with it`);
    }
    await makeKeyFile(file);
  }
  return openFileSigner(file, settings.name, 'cosignature');
}

async function readLogs({ logsFile }: WitnessSettings): Promise<KnownLogs> {
  const bytes = await readFile(logsFile).catch(() => {
    throw new WitnessSettingsMistake([`LEDGER_WITNESS_LOGS: ${logsFile} cannot be read.`]);
  });
  const logs = parseKnownLogs(bytes);
  if (!logs.ok) throw new WitnessSettingsMistake([`${logsFile}, ${logs.fault}.`]);
  return logs.value;
}

/** A file that cannot be read changes nothing: a slip of the pen must not end the watching. */
async function watchAnew(settings: WitnessSettings, witness: Witness, log: Logger): Promise<void> {
  try {
    const logs = await readLogs(settings);
    witness.watch(logs);
    log.info({ origins: [...logs.keys()] }, 'watching');
  } catch (error) {
    log.error({ err: error }, 'the file of logs was not taken over');
  }
}

/** Requests in hand are answered; connections that only wait are closed. */
async function stop(server: Server, heads: HeadFolder): Promise<void> {
  setTimeout(() => process.exit(1), 15_000).unref();
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await closed;
  heads.close();
  process.exit(0);
}

/** One sentence for what an operator can put right. */
function sentenceFor(error: unknown): string {
  const isExpected =
    error instanceof WitnessSettingsMistake ||
    error instanceof WitnessStateUnusable ||
    error instanceof KeyFileUnusable;
  if (isExpected) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'The port is taken; set LEDGER_WITNESS_PORT to another one.';
  return `The witness did not start: ${message}`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${sentenceFor(error)}\n`);
  process.exit(1);
}
