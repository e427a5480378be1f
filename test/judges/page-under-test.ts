import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { jsonText } from '#kernel';

/** A page in Chromium that loads the judge as it was built, the way anybody's page could. */
const root = join(import.meta.dirname, '../..');

export type Content = { readonly type: string; readonly bytes: Uint8Array | string };

/** A web server on loopback, on a port and so of an origin of its own. */
export type Site = {
  readonly url: string;
  /** Paths in the order in which they were asked for. */
  readonly asked: readonly string[];
  /** Those of them with which a cookie came. */
  readonly askedWithCookie: readonly string[];
  stop(): Promise<void>;
};

export async function openSite(
  find: (path: string) => Content | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const asked: string[] = [];
  const askedWithCookie: string[] = [];
  const server = createServer(({ url = '/', headers: { cookie } }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    asked.push(pathname);
    if (cookie !== undefined) askedWithCookie.push(pathname);
    const found = find(pathname);
    response.writeHead(found === undefined ? 404 : 200, {
      ...headers,
      ...(found !== undefined && { 'content-type': found.type }),
    });
    response.end(found?.bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    askedWithCookie,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Conditions = string | { readonly [condition: string]: Conditions };

/** Where each name of ours leads whoever knows no condition of package.json: to what was built. */
function namesForBrowsers(): Readonly<Record<string, string>> {
  const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly imports: Readonly<Record<string, Conditions>>;
  };
  const target = (conditions: Conditions): string =>
    typeof conditions === 'string' ? conditions : target(conditions['default'] as Conditions);
  const ours = Object.entries(imports).map(([name, to]) => [name, target(to).replace(/^\./, '')]);
  return Object.fromEntries([
    ...ours,
    ...['curves', 'hashes'].map((name) => [`@noble/${name}/`, `/node_modules/@noble/${name}/`]),
  ]) as Record<string, string>;
}

/** All that the judge may consist of: asking for anything else of ours, it would not load. */
const servedModule =
  /^\/(?:dist\/libs\/(?:kernel|tlog|verification)\/src|node_modules\/@noble\/(?:curves|hashes))\/[\w/-]+\.js$/;

/** A page as strict as one can be: no code but its own modules, no connection but to loopback. */
export function openJudgesSite(): Promise<Site> {
  const importMap = jsonText({ imports: namesForBrowsers() });
  const page = `<!doctype html><title>judge</title>
<script type="importmap" nonce="map">${importMap}</script>`;
  const policy =
    "default-src 'none'; script-src 'self' 'nonce-map'; connect-src http://127.0.0.1:*";
  return openSite(
    (path) => {
      if (path === '/') return { type: 'text/html; charset=utf-8', bytes: page };
      if (!servedModule.test(path)) return undefined;
      return { type: 'text/javascript; charset=utf-8', bytes: readFileSync(join(root, path)) };
    },
    { 'content-security-policy': policy, 'cache-control': 'no-store' },
  );
}

export type OpenedPage = {
  readonly page: Page;
  /** Whatever the page could not load or did not catch. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
};

/** Chromium without a window, on a new profile that goes with it, with `url` open in it. */
export async function openInChromium(program: string, url: string): Promise<OpenedPage> {
  const browser: Browser = await chromium.launch({
    executablePath: program,
    // Chromium refuses to start its sandbox as root, which containers of CI run as. All that is
    // loaded here comes from this project, by loopback.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      // Its own services (updates, lists, sync) find nobody, with a proxy or without one.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      '--no-proxy-server',
      '--disable-background-networking',
    ],
  });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
  await page.goto(url);
  return { page, complaints, close: () => browser.close() };
}
