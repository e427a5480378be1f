import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as allOf } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jsonText, parseCount } from '#kernel';
import { describeWithPart } from '#testing';
import { LedgerUnderTest, Visitor } from '../ledger-under-test.ts';
import { populate } from './populated-ledger.ts';
import type { Populated } from './populated-ledger.ts';

/**
 * The API against its own description, tried by a program that knows nothing of this house: every
 * operation of /openapi.json, with data as the schemas want it and data as they forbid it, by
 * several people and by nobody. Nothing may end in a fault of ours, and no answer may be one that
 * the description does not foresee. `schemathesis.toml` says what is checked.
 */
const seed = chosen('LEDGER_TEST_API_SEED', 1969);
const usual = 3;
const examples = chosen('LEDGER_TEST_API_EXAMPLES', usual);
const isLong = examples > usual;

const every = 'examples,coverage,fuzzing,stateful';
/**
 * The coverage phase sends thousands of requests: once, by somebody who gets in. Whoever does not is
 * turned away before anything is looked at, which `every-operation.int.spec.ts` holds everywhere.
 */
const runs: readonly (readonly [who: string, phases: string])[] = [
  ['nobody', 'examples'],
  ['registrar', every],
  ['tc.officer', 'fuzzing,stateful'],
  ...(isLong ? [['tc.head', every] as const] : []),
  ['checker', 'fuzzing,stateful'],
  ['auditor', 'fuzzing,stateful'],
];

describeWithPart('LEDGER_TEST_SCHEMATHESIS', 'the API, tried by schemathesis', (program) => {
  let ledger: LedgerUnderTest;
  let populated: Populated;
  let folder: string;

  beforeAll(async () => {
    ledger = await LedgerUnderTest.onFreshFolder();
    populated = await populate(ledger);
    folder = await mkdtemp(join(tmpdir(), 'schemathesis-'));
    await copyFile(join(import.meta.dirname, 'hooks.py'), join(folder, 'hooks.py'));
  });

  afterAll(async () => {
    await ledger.remove();
    await rm(folder, { recursive: true });
  });

  test.each(runs)(
    `every operation, as %s (seed ${seed})`,
    async (who, phases) => {
      const settings = join(folder, 'schemathesis.toml');
      await writeFile(settings, await settingsFor(populated, bearerOf(populated, who)));
      const asked = ['--phases', isLong ? every : phases];
      const bounds = ['--seed', String(seed), '--max-examples', String(examples)];
      const place = ['--config-file', settings, 'run', `${ledger.url}/openapi.json`, '--no-color'];
      const child = spawn(program, [...place, ...asked, ...bounds], { cwd: folder });
      const ended = once(child, 'exit');
      const [said, complained] = await Promise.all([allOf(child.stdout), allOf(child.stderr)]);
      const [exitCode] = (await ended) as [number | null];
      // The whole of what it says: it ends with how each failure is repeated by hand.
      const failures = exitCode === 0 ? '' : `${said}\n${complained}`;
      expect(failures).toBe('');
      expect(said).toMatch(/API Operations:\n {2}Selected: \d+\/\d+\n {2}Tested: \d+/);
    },
    86_400_000,
  );

  test('leaves a ledger that is well', async () => {
    const { status } = await fetch(`${ledger.url}/health/ready`);
    expect(status).toBe(200);
  });
});

function bearerOf({ cast }: Populated, who: string): string | null {
  if (who === 'nobody') return null;
  const visitor: Visitor = who === 'registrar' ? cast.registrar : cast.member(who);
  return visitor.bearer;
}

/** What is fixed, with the names of things that exist in this ledger, and who asks. */
async function settingsFor({ names }: Populated, bearer: string | null): Promise<string> {
  const fixed = await readFile(join(import.meta.dirname, 'schemathesis.toml'), 'utf8');
  // A text in JSON is one in TOML.
  const words = Object.entries({ ...names, ...headerWords }).map(
    ([name, values]) => `[dictionaries.${name}]\nvalues = ${jsonText(values)}\n`,
  );
  const bound = [
    ...Object.keys(names).map((name) => `"path.${name}" = ${drawnFrom(name, '0.8')}`),
    `"header.If-Match" = ${drawnFrom('revision', '0.9')}`,
    // A made-up place in the log would be waited for, and each wait takes two seconds.
    `"header.Ledger-Position" = ${drawnFrom('position', '1.0')}`,
  ];
  const headers = bearer === null ? [] : ['[headers]', `Authorization = "Bearer ${bearer}"`];
  return [fixed, ...words, '[parameters]', ...bound, ...headers, ''].join('\n');
}

const headerWords = { revision: ['"0"', '"1"', '"2"', '"3"'], position: ['0', '7'] };

function drawnFrom(dictionary: string, probability: string): string {
  return `{ dictionary = "${dictionary}", probability = ${probability} }`;
}

function chosen(variable: string, otherwise: number): number {
  return parseCount(process.env[variable]) ?? otherwise;
}
