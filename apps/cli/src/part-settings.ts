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
