import { isIP } from 'node:net';
import { parseCount } from '#kernel';

/** A bucket for evidence instead of the folder. The keys are secret: nothing prints them. */
export type MinioSettings = {
  readonly origin: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** For how long nobody may delete: without a default, because nobody can shorten it later. */
  readonly retentionDays: number;
};

type Environment = Readonly<Record<string, string | undefined>>;

export const minioVariables = [
  'LEDGER_MINIO_URL',
  'LEDGER_MINIO_BUCKET',
  'LEDGER_MINIO_ACCESS_KEY',
  'LEDGER_MINIO_SECRET_KEY',
  'LEDGER_MINIO_RETENTION_DAYS',
] as const;

/** Keys that everybody knows (OWASP ASVS 5.0, 13.2.3). */
const knownKeys = ['minioadmin', 'minio', 'minio123', 'changeit', 'changeme', 'admin', 'password'];

/**
 * All five variables or none; null for none. Adds one sentence to `mistakes` for each that is
 * missing or wrong, and never repeats a key in it.
 */
export function readMinioSettings(
  environment: Environment,
  mistakes: string[],
): MinioSettings | null {
  const given = minioVariables.filter((name) => (environment[name] ?? '') !== '');
  if (given.length === 0) return null;
  const missing = minioVariables.filter((name) => !given.includes(name));
  for (const name of missing) mistakes.push(`${name} is missing; with MinIO it has no default.`);
  const [origin, bucket, accessKey, secretKey, days] = minioVariables.map(
    (name) => environment[name] ?? '',
  ) as [string, string, string, string, string];
  const retentionDays = parseCount(days) ?? 0;
  const refuse = (isWrong: boolean, name: (typeof minioVariables)[number], wanted: string) => {
    if (isWrong && given.includes(name)) mistakes.push(`${name} must be ${wanted}.`);
  };
  refuse(
    !isSafeOrigin(origin),
    'LEDGER_MINIO_URL',
    'an https address without a path, or an http one on loopback',
  );
  refuse(
    !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket),
    'LEDGER_MINIO_BUCKET',
    'a bucket name',
  );
  refuse(
    knownKeys.includes(accessKey),
    'LEDGER_MINIO_ACCESS_KEY',
    'a key that is not a well-known one',
  );
  refuse(
    knownKeys.includes(secretKey),
    'LEDGER_MINIO_SECRET_KEY',
    'a key that is not a well-known one',
  );
  refuse(
    retentionDays < 1 || retentionDays > 36_500,
    'LEDGER_MINIO_RETENTION_DAYS',
    'a number of days from 1 to 36500',
  );
  return { origin, bucket, accessKey, secretKey, retentionDays };
}

/** Plain text leaves the machine for nobody (OWASP ASVS 5.0, 12.3.2). */
function isSafeOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, origin, pathname, search, username } = new URL(text);
  if (pathname !== '/' || search !== '' || username !== '' || origin === 'null') return false;
  const host = hostname.replace(/^\[|\]$/g, '');
  const isLoopback =
    host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}
