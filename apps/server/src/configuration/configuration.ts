import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { UploadLimits } from '#evidence';
import { parseCount } from '#kernel';
import { logVariables, readLogSettings, witnessVariables } from './log-settings.ts';
import type { LogSettings } from './log-settings.ts';
import { readMetricsAddress } from './metrics-address.ts';
import type { MetricsAddress } from './metrics-address.ts';
import { minioVariables, readMinioSettings } from './minio-settings.ts';
import type { MinioSettings } from './minio-settings.ts';
import { secretFileVariables, withSecretFiles } from './secret-files.ts';
import type { Environment } from './secret-files.ts';

/**
 * What the operator decides, read once at the start. Nothing else in the server looks at the
 * environment, so two servers in one process (journeys) never share a setting by accident.
 */
export type Configuration = {
  /** Absolute folder with everything the ledger keeps (CONTRACTS 6). */
  readonly dataFolder: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** The address listened on; loopback unless the operator names another one. */
  readonly host: string;
  /** The log's origin as named by the operator, or null: minted at the first start. */
  readonly origin: string | null;
  /** Who may read the log's entries: chosen at the first start, null where not said. */
  readonly entriesPublic: boolean | null;
  /** Keys, witnesses and tiles of the transparency log. */
  readonly log: LogSettings;
  readonly logLevel: LogLevel;
  /** Connection string of an event store cluster, or null for the embedded node. */
  readonly eventStoreUrl: string | null;
  /** Connection string of a PostgreSQL server, or null for the one inside the process. */
  readonly databaseUrl: string | null;
  /** What QR codes and links print, without a slash at the end; null until one is known. */
  readonly publicUrl: string | null;
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Connections open at one time, in all and from one address that is not a trusted proxy's. */
  readonly connections: { readonly max: number; readonly perAddressMax: number };
  /** Where evidence goes instead of the folder, or null. */
  readonly minio: MinioSettings | null;
  /** Largest file taken as evidence. */
  readonly evidenceBytesMax: number;
  /** What one agency may have uploaded and not deposited, and for how long it is kept. */
  readonly uploads: UploadLimits;
  /** Where the metrics are served, or null for nowhere. */
  readonly metrics: MetricsAddress | null;
  /** The file of the security log, or null for standard error. */
  readonly securityLog: string | null;
};

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Every setting that could not be understood, one sentence each, all at once. */
export class ConfigurationMistake extends Error {
  readonly sentences: readonly string[];

  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'));
    this.name = 'ConfigurationMistake';
    this.sentences = sentences;
  }
}

const fiveGibibytes = 5 * 1024 ** 3;
const hourMs = 60 * 60 * 1000;
// c2sp.org/tlog-checkpoint wants a schema-less URL without spaces or plus signs as the origin.
const originPattern = /^[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~-]+)*$/;

/**
 * Reads the settings. An empty variable counts as absent, because container files set them so.
 * Throws ConfigurationMistake with one sentence for each mistake.
 */
export function readConfiguration(given: Environment, workingFolder: string): Configuration {
  const mistakes: string[] = [];
  const environment = withSecretFiles(given, mistakes);
  const read = reader(environment, mistakes);
  const configuration: Configuration = {
    dataFolder: resolve(workingFolder, environment['LEDGER_DATA'] || '.ledger'),
    port: read('LEDGER_PORT', 3000, 'a port from 0 to 65535', readPort),
    host: read('LEDGER_HOST', '127.0.0.1', 'an IP address to listen on', (text) =>
      isIP(text) === 0 ? undefined : text,
    ),
    origin: read<string | null>(
      'LEDGER_ORIGIN',
      null,
      'a name such as ledger.example.vn/2026, without a scheme or spaces',
      (text) => (originPattern.test(text) ? text : undefined),
    ),
    entriesPublic: read<boolean | null>(
      'LEDGER_ENTRIES_PUBLIC',
      null,
      'true or false',
      readBoolean,
    ),
    log: readLogSettings(environment, workingFolder, mistakes),
    logLevel: read<LogLevel>('LOG_LEVEL', 'info', `one of ${logLevels.join(', ')}`, (text) =>
      logLevels.find((level) => level === text),
    ),
    eventStoreUrl: read<string | null>(
      'LEDGER_EVENTSTORE_URL',
      null,
      'a connection string such as esdb://host:2113?tls=true',
      (text) => (/^(?:esdb|kurrentdb|kdb)(?:\+discover)?:\/\/\S+$/.test(text) ? text : undefined),
    ),
    databaseUrl: read<string | null>(
      'LEDGER_DATABASE_URL',
      null,
      'a connection string such as postgres://user@host/database',
      (text) => (/^postgres(?:ql)?:\/\/\S+$/.test(text) ? text : undefined),
    ),
    publicUrl: read<string | null>(
      'LEDGER_PUBLIC_URL',
      null,
      'an http or https address without a path',
      readPublicUrl,
    ),
    trustedProxies: read<readonly string[]>(
      'LEDGER_TRUSTED_PROXIES',
      [],
      'IP addresses separated by commas',
      readAddresses,
    ),
    connections: readConnections(read, mistakes),
    minio: readMinioSettings(environment, mistakes),
    evidenceBytesMax: read(
      'LEDGER_EVIDENCE_BYTES_MAX',
      fiveGibibytes,
      'a number of bytes',
      readAmount,
    ),
    uploads: readUploads(read),
    ...readWatching(read, workingFolder),
  };
  if (mistakes.length > 0) throw new ConfigurationMistake(mistakes);
  return configuration;
}

function readConnections(read: Reader, mistakes: string[]): Configuration['connections'] {
  const wanted = 'a number of connections, at most 65536';
  const max = read('LEDGER_CONNECTIONS_MAX', 4_096, wanted, readConnectionCount);
  const name = 'LEDGER_CONNECTIONS_PER_ADDRESS_MAX';
  const perAddressMax = read(name, Math.min(256, max), wanted, readConnectionCount);
  if (perAddressMax > max) mistakes.push(`${name} must be at most LEDGER_CONNECTIONS_MAX, ${max}.`);
  return { max, perAddressMax };
}

function readUploads(read: Reader): UploadLimits {
  const bytes = 'a number of bytes';
  return {
    bytesMax: read('LEDGER_UPLOAD_BYTES_MAX', 4 * fiveGibibytes, bytes, readAmount),
    filesPerHourMax: read('LEDGER_UPLOAD_FILES_PER_HOUR', 3600, 'a number of files', readAmount),
    keptMs: hourMs * read('LEDGER_UPLOAD_KEPT_HOURS', 72, 'a number of hours', readHours),
  };
}

/** What shows the server to whoever runs it. */
function readWatching(
  read: Reader,
  workingFolder: string,
): Pick<Configuration, 'metrics' | 'securityLog'> {
  return {
    metrics: read<MetricsAddress | null>(
      'LEDGER_METRICS_ADDRESS',
      null,
      'an IP address and a port, such as 127.0.0.1:9464 or [::1]:9464',
      readMetricsAddress,
    ),
    securityLog: read<string | null>('LEDGER_SECURITY_LOG', null, 'the name of a file', (text) =>
      resolve(workingFolder, text),
    ),
  };
}

/** Every variable of the ledger's programs, but for LOG_LEVEL and those of its tests. */
export const ledgerVariables: readonly string[] = [
  'LEDGER_DATA',
  'LEDGER_PORT',
  'LEDGER_HOST',
  'LEDGER_ORIGIN',
  'LEDGER_ENTRIES_PUBLIC',
  'LEDGER_EVENTSTORE_URL',
  'LEDGER_DATABASE_URL',
  'LEDGER_PUBLIC_URL',
  'LEDGER_TRUSTED_PROXIES',
  'LEDGER_CONNECTIONS_MAX',
  'LEDGER_CONNECTIONS_PER_ADDRESS_MAX',
  'LEDGER_EVIDENCE_BYTES_MAX',
  'LEDGER_UPLOAD_BYTES_MAX',
  'LEDGER_UPLOAD_FILES_PER_HOUR',
  'LEDGER_UPLOAD_KEPT_HOURS',
  'LEDGER_METRICS_ADDRESS',
  'LEDGER_SECURITY_LOG',
  ...minioVariables,
  ...logVariables,
  ...witnessVariables,
  ...secretFileVariables,
];

/**
 * Variables that look like ours and are not. Only warned about, because the other programs of the
 * house have their own; but a misspelt LEDGER_ORIGIN would mint a wrong name for ever.
 */
export function unknownVariables(environment: Environment): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('LEDGER_') && !name.startsWith('LEDGER_TEST_'))
    .filter((name) => !ledgerVariables.includes(name));
}

type Reader = <T>(
  name: string,
  absent: T,
  wanted: string,
  parse: (text: string) => T | undefined,
) => T;

function reader(environment: Environment, mistakes: string[]): Reader {
  return (name, absent, wanted, parse) => {
    const text = environment[name];
    if (text === undefined || text === '') return absent;
    const value = parse(text);
    if (value !== undefined) return value;
    // An address may hold a password, and this sentence ends up in a log.
    const found = name.endsWith('_URL') ? '' : `, but is "${text}"`;
    mistakes.push(`${name} must be ${wanted}${found}.`);
    return absent;
  };
}

function readPort(text: string): number | undefined {
  const port = parseCount(text);
  return port !== undefined && port <= 65_535 ? port : undefined;
}

/** Nothing at all would stop every upload. */
function readAmount(text: string): number | undefined {
  return parseCount(text) || undefined;
}

/** Beyond that no system has files for them. */
function readConnectionCount(text: string): number | undefined {
  const count = readAmount(text);
  return count !== undefined && count <= 65_536 ? count : undefined;
}

/** At most ten years: a time beyond would not be one that anybody states. */
function readHours(text: string): number | undefined {
  const hours = readAmount(text);
  return hours !== undefined && hours <= 87_600 ? hours : undefined;
}

function readBoolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function readPublicUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, pathname, search, hash } = new URL(text);
  const isPlain = pathname === '/' && search === '' && hash === '';
  return isPlain && (protocol === 'http:' || protocol === 'https:') ? origin : undefined;
}

function readAddresses(text: string): readonly string[] | undefined {
  const addresses = text.split(',').map((address) => address.trim());
  return addresses.every((address) => isIP(address) !== 0) ? addresses : undefined;
}
