import { readFileSync } from 'node:fs';
import { parseCount } from '#kernel';
import { formatVerifierKey, parsePolicy, utf8 } from '#tlog';
import type { Policy, VerifierKey } from '#tlog';
import { makeKeyFile, openFileSigner } from '#transparency/node';
import type { LogSigner } from '#transparency';
import { ConfigurationMistake } from '../configuration/configuration.ts';
import type { LedgerFolder } from '../configuration/ledger-folder.ts';
import type { LogSettings } from '../configuration/log-settings.ts';

export type LogSigners = readonly [LogSigner, ...LogSigner[]];

/**
 * The keys that sign checkpoints: those the operator names, else the one in the ledger's folder,
 * which is made at the first start and never again. A ledger whose key has gone must not sign with
 * a fresh one: whoever kept the old one out of the folder would be told that all is well. Throws
 * KeyFileUnusable.
 */
export async function openSigners(
  folder: LedgerFolder,
  settings: LogSettings,
): Promise<LogSigners> {
  const { origin, logKey } = folder.identity;
  if (settings.keyFiles === null && logKey === null) await makeKeyFile(folder.logKeyFile);
  const signers: LogSigner[] = [];
  for (const file of settings.keyFiles ?? [folder.logKeyFile]) {
    signers.push(await openFileSigner(file, origin));
  }
  const [first, ...others] = signers;
  if (first === undefined) throw new TypeError('at least one key file is named');
  return [first, ...others];
}

/** What a reader needs to judge this log, and the same as text: a C2SP tlog-policy. */
export type LogPolicy = { readonly policy: Policy; readonly text: string };

/**
 * The policy of this log under its first key: with the witnesses that the operator names, else with
 * none asked for. Throws ConfigurationMistake where their file cannot be read or understood.
 */
export function readPolicy(key: VerifierKey, witnessesFile: string | null): LogPolicy {
  const lines = witnessesFile === null ? 'quorum none\n' : readWitnesses(witnessesFile);
  const text = `log ${formatVerifierKey(key)}\n${lines}`;
  const parsed = parsePolicy(utf8(text));
  if (parsed.ok) return { policy: parsed.value, text };
  // The line of the log stands before those of the file.
  const fault = parsed.fault.replace(/^line ([0-9]+)/, (_, line: string) => {
    return `line ${(parseCount(line) ?? 1) - 1}`;
  });
  throw new ConfigurationMistake([`LEDGER_WITNESSES "${witnessesFile}": ${fault}.`]);
}

function readWitnesses(file: string): string {
  try {
    const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
    return text.endsWith('\n') ? text : `${text}\n`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigurationMistake([`LEDGER_WITNESSES "${file}" cannot be read (${code}).`]);
  }
}
