import { createHash } from 'node:crypto';
import { formatVerifierKey, parseVerifierKey, policyLines, textOf } from '#tlog';
import type { Parsed, VerifierKey } from '#tlog';
import type { TrustedKeys } from './add-checkpoint.ts';

/** The logs that a witness watches: keys by origin. An origin is the name of its keys. */
export type KnownLogs = ReadonlyMap<string, TrustedKeys>;

const fileBytesMax = 1_048_576;

/**
 * Reads lines of the form `log <vkey> [url]`, as in a tlog-policy; `#` begins a comment. Two lines
 * of one name are two keys of one log, which a log has while it changes its key.
 */
export function parseKnownLogs(bytes: Uint8Array): Parsed<KnownLogs> {
  if (bytes.length > fileBytesMax) return { ok: false, fault: 'longer than 1 MiB' };
  const text = textOf(bytes);
  if (text === undefined) return { ok: false, fault: 'not valid UTF-8' };
  const lines = policyLines(text);
  if (!lines.ok) return lines;
  const logs = new Map<string, VerifierKey[]>();
  for (const { number, words } of lines.value) {
    const fault = addLine(logs, words);
    if (fault !== undefined) return { ok: false, fault: `line ${number}: ${fault}` };
  }
  return { ok: true, value: logs };
}

function addLine(logs: Map<string, VerifierKey[]>, words: readonly string[]): string | undefined {
  const [verb, keyText = '', , ...rest] = words;
  if (verb !== 'log' || rest.length > 0) return 'not "log <key> [url]"';
  const key = parseVerifierKey(keyText);
  if (!key.ok) return key.fault;
  if (key.value.type !== 'ed25519') return 'a log signs with a key of type 0x01';
  const keys = logs.get(key.value.name) ?? [];
  if (keys.some((other) => formatVerifierKey(other) === keyText)) return 'the same key again';
  logs.set(key.value.name, [...keys, key.value]);
  return undefined;
}

/** Lower-case hex SHA-256 of an origin: its name in paths and in the state folder. */
export function originHash(origin: string): string {
  return createHash('sha256').update(origin).digest('hex');
}
