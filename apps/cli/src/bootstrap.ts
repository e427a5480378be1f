import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LedgerClient } from './ledger-client.ts';
import { askNewSecrets } from './secret-prompt.ts';
import type { Terminal } from './terminal.ts';

export type BootstrapOptions = {
  readonly url: string;
  readonly data: string;
  readonly registrar: string;
  readonly registrarAgency: string;
  readonly registrarName?: string;
  readonly registrarPosition?: string;
  readonly confirmer: string;
  readonly confirmerAgency: string;
  readonly confirmerName?: string;
  readonly confirmerPosition?: string;
};

/** The ledger was bootstrapped before, or this is not its folder. */
export class NoBootstrapToken extends Error {
  readonly code = 'bootstrap/no-token';
}

/**
 * The first two people, by the one-time token that lies in the ledger's folder: whoever can read it
 * runs the server. Uses HTTP like everybody else; a second use finds no token.
 */
export async function runBootstrap(terminal: Terminal, options: BootstrapOptions): Promise<void> {
  const token = await readToken(options.data);
  const [registrarSecret = '', confirmerSecret = ''] = await askNewSecrets([
    `Secret of ${options.registrar}`,
    `Secret of ${options.confirmer}`,
  ]);
  const client = new LedgerClient(options.url, terminal.language);
  await client.post('/bootstrap', {
    token,
    registrar: {
      login: options.registrar,
      secret: registrarSecret,
      agency: options.registrarAgency,
      name: options.registrarName ?? options.registrar,
      position: options.registrarPosition ?? 'Cán bộ đăng ký',
    },
    confirmer: {
      login: options.confirmer,
      secret: confirmerSecret,
      agency: options.confirmerAgency,
      name: options.confirmerName ?? options.confirmer,
      position: options.confirmerPosition ?? 'Người xác nhận phân quyền',
    },
  });
  terminal.done({
    vi: `Đã tạo người đăng ký ${options.registrar} và người xác nhận ${options.confirmer}.`,
    en: `Created the registrar ${options.registrar} and the confirming person ${options.confirmer}.`,
  });
}

/** The token as it lies in the folder, or one clear sentence. */
export async function readToken(dataFolder: string): Promise<string> {
  try {
    return (await readFile(join(dataFolder, 'bootstrap-token'), 'utf8')).trim();
  } catch (error) {
    throw new NoBootstrapToken(
      `no bootstrap token in ${dataFolder}: this ledger was bootstrapped already, or --data names another folder`,
      { cause: error },
    );
  }
}
