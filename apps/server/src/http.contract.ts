import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonText } from '#kernel';
import { readConfiguration } from './configuration/configuration.ts';
import { startServer } from './server.ts';
import type { RunningServer, ServerOptions } from './server.ts';

/** What the HTTP specs have in common: a server on an empty folder, and people who talk to it. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
};

export type Options = {
  readonly token?: string;
  /** Idempotency-Key; a fresh one unless told, none for null. */
  readonly key?: string | null;
  readonly ifMatch?: string;
  readonly headers?: Record<string, string>;
  /** A body as it stands, instead of JSON made of a value. */
  readonly text?: string;
};

export const registrarSecret = 'một mật khẩu đủ dài 1';
export const confirmerSecret = 'một mật khẩu đủ dài 2';

/** What a refused request is known by. */
export const told = ({ status, body }: Answer) => [status, body['code']];

export class TestLedger {
  readonly server: RunningServer;
  readonly folder: string;

  private constructor(server: RunningServer, folder: string) {
    this.server = server;
    this.folder = folder;
  }

  /**
   * With the settings of other parts, if any; the rest is what a fresh machine has. On the folder
   * of LEDGER_DATA where that is set, which is how a ledger is started again.
   */
  static async start(
    settings: Record<string, string> = {},
    options: ServerOptions = {},
  ): Promise<TestLedger> {
    const folder = settings['LEDGER_DATA'] ?? (await mkdtemp(join(tmpdir(), 'ledger-http-')));
    const own = {
      LEDGER_DATA: folder,
      LEDGER_PORT: '0',
      LOG_LEVEL: 'silent',
      LEDGER_SECURITY_LOG: join(folder, 'security.log'),
    };
    const environment = { ...own, ...settings };
    const server = await startServer(readConfiguration(environment, '/'), options);
    return new TestLedger(server, folder);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await rm(this.folder, { recursive: true });
  }

  async send(method: string, path: string, body?: unknown, options: Options = {}): Promise<Answer> {
    const { token, key = randomUUID(), ifMatch, headers = {}, text } = options;
    const content = text ?? (body === undefined ? undefined : jsonText(body));
    const answer = await fetch(`${this.server.url}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(key !== null && { 'idempotency-key': key }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...(content !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(content !== undefined && { body: content }),
    });
    const said = await answer.text();
    const read = said === '' ? {} : (JSON.parse(said) as Record<string, unknown>);
    return { status: answer.status, headers: answer.headers, body: read };
  }

  post(path: string, body: unknown, options?: Options): Promise<Answer> {
    return this.send('POST', `/api/v1${path}`, body, options);
  }

  get(path: string, options?: Options): Promise<Answer> {
    return this.send('GET', path, undefined, { key: null, ...options });
  }

  put(sha256: string, type: string, content: Uint8Array<ArrayBuffer>, token: string) {
    return fetch(`${this.server.url}/api/v1/evidence/${sha256}/content`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      body: content,
    });
  }

  async signIn(login: string, secret: string): Promise<string> {
    const { status, body } = await this.post('/sessions', { login, secret }, { key: null });
    if (status !== 201) throw new Error(`${login} could not sign in: ${jsonText(body)}`);
    return body['token'] as string;
  }

  async bootstrapToken(): Promise<string> {
    return (await readFile(join(this.folder, 'bootstrap-token'), 'utf8')).trim();
  }

  /** Enrols somebody, gives them one role, sets their secret and signs them in. */
  async enter(registrar: string, login: string, role: string, agency: string): Promise<string> {
    const name = `${role} ${agency}`;
    const enrolled = await this.post(
      '/people',
      { login, name, position: name, agency },
      { token: registrar },
    );
    const { person, activationCode } = enrolled.body as { person: string; activationCode: string };
    const granted = await this.post(
      `/people/${person}/grants`,
      { role, agency, from: '2026-01-01' },
      { token: registrar, ifMatch: '"0"' },
    );
    if (granted.status !== 201) throw new Error(`${login}: ${jsonText(granted.body)}`);
    if (granted.body['needsConfirmation'] === true) {
      const confirmer = await this.signIn('xacnhan', confirmerSecret);
      const path = `/people/${person}/grants/${String(granted.body['grant'])}/confirmations`;
      const confirmed = await this.post(path, {}, { token: confirmer, ifMatch: '"1"' });
      if (confirmed.status !== 201) throw new Error(`${login}: ${jsonText(confirmed.body)}`);
    }
    const secret = `bí mật riêng của người này ${randomUUID()}`;
    await this.post('/activations', { code: activationCode, secret }, { key: null });
    return this.signIn(login, secret);
  }
}

export const agencyBody = (agency: string, kind = 'department') => ({
  agency,
  kind,
  name: { vi: 'Sở Tài chính', en: null },
  aliases: [],
  classes: [],
  document: null,
});

export const bootstrapBody = (token: string) => ({
  token,
  registrar: {
    login: 'dangky',
    secret: registrarSecret,
    agency: 'son_la.so_khcn',
    name: 'Cán bộ đăng ký',
    position: 'Cán bộ đăng ký',
  },
  confirmer: {
    login: 'xacnhan',
    secret: confirmerSecret,
    agency: 'son_la.ubnd_tinh',
    name: 'Người xác nhận',
    position: 'Người xác nhận',
  },
});
