import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that hold a secret, or may: each can also be named as `<NAME>_FILE`. */
export const secretVariables = [
  'LEDGER_BLOBS_ACCESS_KEY',
  'LEDGER_BLOBS_SECRET_KEY',
  'LEDGER_DATABASE_URL',
  'LEDGER_EVENTSTORE_URL',
] as const;

export const secretFileVariables = secretVariables.map((name) => `${name}_FILE`);

/**
 * The environment with the content of every `<NAME>_FILE` as `<NAME>`, without the line end that an
 * editor leaves. An environment is seen by whoever may look at the process; a file has an owner.
 * Adds one sentence to `mistakes` for each that is given twice, cannot be read or is empty.
 */
export function withSecretFiles(environment: Environment, mistakes: string[]): Environment {
  const read: Record<string, string | undefined> = { ...environment };
  for (const name of secretVariables) {
    const file = environment[`${name}_FILE`] ?? '';
    if (file === '') continue;
    if ((environment[name] ?? '') !== '') {
      mistakes.push(`${name}_FILE and ${name} are both set; one of them is enough.`);
      continue;
    }
    const text = contentOf(file, (why) => mistakes.push(`${name}_FILE ${why}.`));
    if (text === '') mistakes.push(`${name}_FILE is empty.`);
    read[name] = text;
  }
  return read;
}

function contentOf(file: string, tell: (why: string) => void): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    tell(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
    return undefined;
  }
}
