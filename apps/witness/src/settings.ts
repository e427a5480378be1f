import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseCount } from '#kernel';
import { isKeyName } from '#tlog';

/** What the operator of a witness decides. */
export type WitnessSettings = {
  /** Absolute folder with the key and the heads: the identity of the witness and its promises. */
  readonly dataFolder: string;
  /** What it signs under; part of its verifier key and never changed afterwards. */
  readonly name: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** Absolute path of the file with the `log` lines. */
  readonly logsFile: string;
};

export const witnessVariables: readonly string[] = [
  'LEDGER_WITNESS_DATA',
  'LEDGER_WITNESS_NAME',
  'LEDGER_WITNESS_PORT',
  'LEDGER_WITNESS_HOST',
  'LEDGER_WITNESS_LOGS',
];

/** Settings that make no sense, one sentence each, all at once. */
export class WitnessSettingsMistake extends Error {
  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'));
    this.name = 'WitnessSettingsMistake';
  }
}

/**
 * Reads the environment. An empty variable counts as absent. Name and logs have no default: a witness
 * called by chance, or one that watches nothing, helps nobody.
 */
export function readWitnessSettings(
  environment: Readonly<Record<string, string | undefined>>,
  workingFolder: string,
): WitnessSettings {
  const mistakes: string[] = [];
  const name = environment['LEDGER_WITNESS_NAME'] ?? '';
  if (!isKeyName(name)) {
    mistakes.push('LEDGER_WITNESS_NAME: a name such as witness.example.vn, without spaces or "+".');
  }
  const logsFile = environment['LEDGER_WITNESS_LOGS'] ?? '';
  if (logsFile === '') {
    mistakes.push('LEDGER_WITNESS_LOGS: the name of a file with lines "log <key> [url]".');
  }
  const port = parseCount(environment['LEDGER_WITNESS_PORT'] || '2026');
  if (port === undefined || port > 65_535) {
    mistakes.push('LEDGER_WITNESS_PORT: a port from 0 to 65535.');
  }
  const host = environment['LEDGER_WITNESS_HOST'] || '127.0.0.1';
  if (isIP(host) === 0) mistakes.push('LEDGER_WITNESS_HOST: an IP address to listen on.');
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith('LEDGER_WITNESS_') && !witnessVariables.includes(variable)) {
      mistakes.push(`${variable}: not a setting of a witness.`);
    }
  }
  if (mistakes.length > 0) throw new WitnessSettingsMistake(mistakes);
  return {
    dataFolder: resolve(workingFolder, environment['LEDGER_WITNESS_DATA'] || '.witness'),
    name,
    port: port as number,
    host,
    logsFile: resolve(workingFolder, logsFile),
  };
}
