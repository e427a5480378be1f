import { readFileSync } from 'node:fs';

/** A setting that cannot be used. The message names the variable and never what it holds. */
export class SettingMistake extends Error {
  readonly code = 'setting/mistake';
}

/** Which parts the ledger's servers use beside the folder; undefined for those inside it. */
export type PartSettings = {
  readonly databaseUrl: string | undefined;
  readonly eventStoreUrl: string | undefined;
};

/** A bucket of evidence, as somebody reaches it who only reads. */
export type EvidenceBucket = {
  readonly origin: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The same variables that the server reads, so that a command run with a server's environment works
 * on the same parts. Throws SettingMistake.
 */
export function readPartSettings(environment: Environment): PartSettings {
  return {
    databaseUrl: secretIn(environment, 'LEDGER_DATABASE_URL'),
    eventStoreUrl: secretIn(environment, 'LEDGER_EVENTSTORE_URL'),
  };
}

/**
 * Where evidence lies in a bucket: the server's variables but for how long it retains, which a reader
 * need not know. Undefined for evidence in the folder. Throws SettingMistake.
 */
export function readEvidenceBucket(environment: Environment): EvidenceBucket | undefined {
  const [url, accessKey, secretKey] = [
    secretIn(environment, 'LEDGER_BLOBS_URL'),
    secretIn(environment, 'LEDGER_BLOBS_ACCESS_KEY'),
    secretIn(environment, 'LEDGER_BLOBS_SECRET_KEY'),
  ];
  if (url === undefined && accessKey === undefined && secretKey === undefined) return undefined;
  if (url === undefined || accessKey === undefined || secretKey === undefined) {
    throw new SettingMistake(
      'LEDGER_BLOBS_URL, LEDGER_BLOBS_ACCESS_KEY and LEDGER_BLOBS_SECRET_KEY belong together',
    );
  }
  const wanted =
    'LEDGER_BLOBS_URL must be https://HOST:PORT/BUCKET without keys in it, or http on loopback';
  if (!URL.canParse(url)) throw new SettingMistake(wanted);
  const { protocol, hostname, origin, pathname, search, hash, username, password } = new URL(url);
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  const isPlace =
    (protocol === 'https:' || (protocol === 'http:' && isLoopback)) &&
    /^\/[a-z0-9][a-z0-9.-]+[a-z0-9]$/.test(pathname) &&
    `${search}${hash}${username}${password}` === '';
  if (!isPlace) throw new SettingMistake(wanted);
  return { origin, bucket: pathname.slice(1), accessKey, secretKey };
}

/** As text or, named with `_FILE`, as the content of a file. An empty variable counts as absent. */
function secretIn(environment: Environment, name: string): string | undefined {
  const text = environment[name] || undefined;
  const file = environment[`${name}_FILE`] || undefined;
  if (file === undefined) return text;
  if (text !== undefined) throw new SettingMistake(`${name}_FILE and ${name} are both set`);
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SettingMistake(`${name}_FILE cannot be read (${code})`);
  }
}
