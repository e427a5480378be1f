import { isIP } from 'node:net';
import { parseCount } from '#kernel';
import type { Environment } from './secret-files.ts';

/** A bucket for evidence instead of the folder. The keys are secret: nothing prints them. */
export type MinioSettings = {
  readonly origin: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** For how long nobody may delete: without a default, because nobody can shorten it later. */
  readonly retentionDays: number;
};

export const minioVariables = [
  'LEDGER_BLOBS_URL',
  'LEDGER_BLOBS_ACCESS_KEY',
  'LEDGER_BLOBS_SECRET_KEY',
  'LEDGER_BLOB_RETENTION_DAYS',
] as const;

/** Keys that everybody knows (OWASP ASVS 5.0, 13.2.3). There is no flag that lets them in. */
const knownKeys = ['minioadmin', 'minio', 'minio123', 'changeit', 'changeme', 'admin', 'password'];

/**
 * All four variables or none; null for none. Adds one sentence to `mistakes` for each that is
 * missing or wrong, and never repeats a key in it.
 */
export function readMinioSettings(
  environment: Environment,
  mistakes: string[],
): MinioSettings | null {
  const isSet = (name: string) => (environment[name] ?? '') !== '';
  const given = minioVariables.filter((name) => isSet(name) || isSet(`${name}_FILE`));
  if (given.length === 0) return null;
  for (const name of minioVariables) {
    if (!given.includes(name)) mistakes.push(`${name} is missing; with MinIO it has no default.`);
  }
  const [url, accessKey, secretKey, days] = minioVariables.map(
    (name) => environment[name] ?? '',
  ) as [string, string, string, string];
  const place = readPlace(url);
  const retentionDays = parseCount(days) ?? 0;
  const refuse = (isWrong: boolean, name: (typeof minioVariables)[number], wanted: string) => {
    if (isWrong && isSet(name)) mistakes.push(`${name} must be ${wanted}.`);
  };
  refuse(
    place === undefined,
    'LEDGER_BLOBS_URL',
    'https://HOST:PORT/BUCKET without keys in it, or the same with http on loopback',
  );
  const wanted = 'a key that is not a well-known one';
  refuse(knownKeys.includes(accessKey.toLowerCase()), 'LEDGER_BLOBS_ACCESS_KEY', wanted);
  refuse(knownKeys.includes(secretKey.toLowerCase()), 'LEDGER_BLOBS_SECRET_KEY', wanted);
  refuse(
    retentionDays < 1 || retentionDays > 36_500,
    'LEDGER_BLOB_RETENTION_DAYS',
    'a number of days from 1 to 36500',
  );
  return { origin: '', bucket: '', ...place, accessKey, secretKey, retentionDays };
}

/** Plain text leaves the machine for nobody (OWASP ASVS 5.0, 12.3.2). */
function readPlace(text: string): { readonly origin: string; readonly bucket: string } | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, origin, pathname, search, hash, username, password } = new URL(text);
  if ([search, hash, username, password].some((part) => part !== '')) return undefined;
  const bucket = pathname.slice(1);
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) return undefined;
  const host = hostname.replace(/^\[|\]$/g, '');
  const isLoopback =
    host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback);
  return isSafe ? { origin, bucket } : undefined;
}
