import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  ledgerVariables,
  readConfiguration,
} from '../apps/server/src/configuration/configuration.ts';
import { witnessVariables } from '../apps/witness/src/settings.ts';

/**
 * What is handed to operators and cannot be run by tests: its form, its pins, and that every name of
 * a setting in it is one that the server knows.
 */
const root = join(import.meta.dirname, '..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');

type Compose = {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, null>>;
};
type ComposeService = {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly read_only?: boolean;
};

/** The YAML reader that Nest's OpenAPI module brings; nothing else of ours needs one. */
const { load } = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'))(
  'js-yaml',
) as { load: (yaml: string) => unknown };
const compose = load(text('infra/compose.yaml')) as Compose;
const services = Object.entries(compose.services);

describe('the composition of containers', () => {
  test.each(services)('pins %s, and asks whether it is well', (_, service) => {
    expect(service.image).toMatch(/^[a-z/]+:[\w.-]*\d[\w.-]*$/);
    expect(service.image).not.toContain('latest');
    const isLasting = service.restart === 'unless-stopped';
    expect(service.healthcheck === undefined).toBe(!isLasting);
  });

  test.each(services)('gives %s its secrets as files', (_, { environment = {}, secrets = [] }) => {
    for (const [name, value] of Object.entries(environment)) {
      if (!/PASSWORD|SECRET|KEY|ROOT_USER|DATABASE_URL/.test(name)) continue;
      // It states that a key may lie in a file, and holds none.
      if (name === 'LEDGER_LOG_FILE_KEY_ACCEPTED') continue;
      expect(name).toMatch(/_FILE$/);
      expect(secrets).toContain(/^\/run\/secrets\/(.+)$/.exec(value)?.[1]);
    }
    for (const secret of secrets) expect(Object.keys(compose.secrets)).toContain(secret);
  });

  test('has no default for a secret, and publishes the ledger alone, on loopback', () => {
    for (const { file } of Object.values(compose.secrets)) {
      expect(file).toMatch(/^\$\{SECRETS_FOLDER:\?/);
    }
    const published = services.flatMap(([, { ports = [] }]) => ports);
    expect(published).toStrictEqual(['127.0.0.1:3000:3000']);
    expect(compose.services['server']?.read_only).toBe(true);
  });

  test('starts a server whose settings make sense', () => {
    const { environment = {} } = compose.services['server'] ?? {};
    const asked = Object.entries(environment).map(([name, value]): [string, string] => {
      if (name.endsWith('_FILE')) {
        const held = name.includes('DATABASE') ? 'postgres://ledger@127.0.0.1/ledger' : 'made-up';
        return [name.replace(/_FILE$/, ''), held];
      }
      return [name, value.replace(/^\$\{RETENTION_DAYS:.*\}$/, '3650')];
    });
    const own = Object.fromEntries(asked.filter(([name]) => name !== 'LEDGER_ORIGIN'));
    expect(readConfiguration(own, '/')).toMatchObject({
      dataFolder: '/data',
      port: 3000,
      host: '0.0.0.0',
      minio: { origin: 'http://127.0.0.1:9000', bucket: 'evidence', retentionDays: 3650 },
    });
  });
});

describe('the image of the server', () => {
  const lines = text('infra/Containerfile').split('\n');
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  test('is pinned, made in two stages, and runs as a user without rights', () => {
    const bases = lines.filter((line) => line.startsWith('FROM '));
    expect(bases).toHaveLength(2);
    for (const base of bases)
      expect(base).toMatch(/^FROM node:24\.\d+\.\d+-bookworm-slim( AS build)?$/);
    expect(last.filter((line) => line.startsWith('USER '))).toStrictEqual(['USER node']);
    expect(last.some((line) => line.includes('npm ci'))).toBe(false);
  });

  test('copies and starts what the build makes', () => {
    const start = last.find((line) => line.startsWith('ENTRYPOINT ')) ?? '';
    const command = JSON.parse(start.replace('ENTRYPOINT ', '')) as string[];
    const { scripts } = JSON.parse(text('package.json')) as { scripts: { start: string } };
    expect(scripts.start).toContain(command.join(' '));
    expect(text('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['.ledger', '.git']));
  });
});

describe('the rights of the ledger in MinIO', () => {
  const policy = JSON.parse(text('infra/minio-bucket-policy.json')) as {
    Statement: { Effect: 'Allow' | 'Deny'; Action: string[]; Resource: string[] }[];
  };
  const actions = (effect: 'Allow' | 'Deny') =>
    policy.Statement.filter(({ Effect }) => Effect === effect).flatMap(({ Action }) => Action);

  test('hide nothing, shorten nothing and change no rule', () => {
    const denied = [
      's3:DeleteObject',
      's3:DeleteObjectVersion',
      's3:PutBucketPolicy',
      's3:BypassGovernanceRetention',
      's3:PutBucketObjectLockConfiguration',
    ];
    expect(actions('Deny')).toEqual(expect.arrayContaining(denied));
    expect(actions('Allow').filter((action) => /Delete|Bypass|PutBucket|\*/.test(action))).toEqual(
      [],
    );
  });

  test('are for the bucket that the composition names', () => {
    const { pathname } = new URL(
      compose.services['server']?.environment?.['LEDGER_BLOBS_URL'] ?? '',
    );
    const resources = new Set(policy.Statement.flatMap(({ Resource }) => Resource));
    expect([...resources].sort()).toStrictEqual([
      `arn:aws:s3:::${pathname.slice(1)}`,
      `arn:aws:s3:::${pathname.slice(1)}/*`,
    ]);
  });
});

describe('the rights of the ledger to the tiles of its log in MinIO', () => {
  const { Statement } = JSON.parse(text('infra/minio-tiles-policy.json')) as {
    Statement: { Effect: string; Action: string[]; Resource: string[] }[];
  };

  test('are for one bucket, and make or change none', () => {
    const resources = new Set(Statement.flatMap(({ Resource }) => Resource));
    expect([...resources].sort()).toStrictEqual(['arn:aws:s3:::tiles', 'arn:aws:s3:::tiles/*']);
    const actions = Statement.flatMap(({ Action }) => Action);
    expect(
      actions.filter((action) => /CreateBucket|PutBucket|DeleteBucket|\*/.test(action)),
    ).toEqual([]);
  });
});

describe('every setting', () => {
  const tracked = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '--', '*.md', 'infra', '.ci'],
    { cwd: root, encoding: 'utf8' },
  );
  const pages = tracked.split('\n').filter((path) => /\.(md|yaml|sh|mjs)$|file$|run$/.test(path));

  test('that a page, a script or the composition names is known', () => {
    const unknown = pages.flatMap((path) =>
      [...text(path).matchAll(/\bLEDGER_[A-Z_]*[A-Z]\b/g)]
        .map(([name]) => name)
        .filter((name) => !name.startsWith('LEDGER_TEST_') && !ledgerVariables.includes(name))
        .map((name) => `${path}: ${name}`),
    );
    expect(pages).toContain('infra/compose.yaml');
    expect(unknown).toStrictEqual([]);
  });

  test('of the witness is known to the server, which shares its prefix', () => {
    expect(ledgerVariables).toEqual(expect.arrayContaining([...witnessVariables]));
  });

  test('that is known is explained to operators', () => {
    const page = text('docs/operating/real-parts.md');
    const plain = ledgerVariables.filter((name) => !name.endsWith('_FILE'));
    expect(plain.filter((name) => !page.includes(`\`${name}\``))).toStrictEqual([]);
  });
});

test.each([
  '.ci/run',
  'infra/ci/browser.sh',
  'infra/ci/judges.sh',
  'infra/ci/real-parts.sh',
  'infra/ci/schemathesis.sh',
])('%s is a script that bash can read', (path) => {
  expect(execFileSync('bash', ['-n', path], { cwd: root, encoding: 'utf8' })).toBe('');
});
