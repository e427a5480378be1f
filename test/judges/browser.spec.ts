import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parsePolicy, utf8 } from '#tlog';
import { describeWithPart } from '#testing';
import { fsck, HttpLogSource, verifyReceipt } from '#verification';
import type { FsckReport, ReceiptReport } from '#verification';
import {
  flipped,
  logKey,
  madeLog,
  MadeStory,
  placesOf,
  witnessKeys,
  without,
} from '../../libs/verification/src/made-log.contract.ts';
import { freshFolder, LedgerUnderTest } from '../ledger-under-test.ts';
import { folderOf, readIndex, vectorsFolder } from '../vectors/formats/cases.ts';
import { openInChromium, openJudgesSite, openSite } from './page-under-test.ts';
import type { Content, OpenedPage, Site } from './page-under-test.ts';

/**
 * The judge in a browser: what was built, loaded by a page as ES modules, without a bundler. Whatever
 * it is given, it must say there what it says in Node, word for word.
 */
type Bytes = readonly number[];
type Reading = {
  readonly url: string;
  readonly policy: Bytes;
  readonly since?: Bytes | undefined;
  readonly bearerToken?: string;
};
type Receipt = { readonly proof: Bytes; readonly entry: Bytes; readonly policy: Bytes };

/** Of a policy that cannot be used, its fault: as in the page. */
async function fsckInNode(reading: Reading): Promise<FsckReport | string> {
  const { policy: lines, since, ...options } = reading;
  const policy = parsePolicy(Uint8Array.from(lines));
  if (!policy.ok) return policy.fault;
  return fsck({
    source: new HttpLogSource(options),
    policy: policy.value,
    ...(since !== undefined && { since: Uint8Array.from(since) }),
  });
}

function verifyInNode({ proof, entry, policy: lines }: Receipt): ReceiptReport | string {
  const policy = parsePolicy(Uint8Array.from(lines));
  if (!policy.ok) return policy.fault;
  const files = { proof: Uint8Array.from(proof), entry: Uint8Array.from(entry) };
  return verifyReceipt({ ...files, policy: policy.value });
}

/** The functions of the same names in the page: nothing from around them reaches it but `given`. */
function fsckInPage({ page }: OpenedPage, reading: Reading): Promise<FsckReport | string> {
  return page.evaluate(async ({ policy: lines, since, ...options }) => {
    const { fsck, HttpLogSource } = await import('#verification');
    const { parsePolicy } = await import('#tlog');
    const policy = parsePolicy(Uint8Array.from(lines));
    if (!policy.ok) return policy.fault;
    return fsck({
      source: new HttpLogSource(options),
      policy: policy.value,
      ...(since !== undefined && { since: Uint8Array.from(since) }),
    });
  }, reading);
}

function verifyInPage(
  { page }: OpenedPage,
  receipts: readonly Receipt[],
): Promise<readonly (ReceiptReport | string)[]> {
  return page.evaluate(async (given) => {
    const { verifyReceipt } = await import('#verification');
    const { parsePolicy } = await import('#tlog');
    return given.map(({ proof, entry, policy: lines }) => {
      const policy = parsePolicy(Uint8Array.from(lines));
      if (!policy.ok) return policy.fault;
      const files = { proof: Uint8Array.from(proof), entry: Uint8Array.from(entry) };
      return verifyReceipt({ ...files, policy: policy.value });
    });
  }, receipts);
}

/** As our server sends the log: a browser keeps tiles for good, and any page may read them. */
const asServed = {
  'access-control-allow-origin': '*',
  'cache-control': 'public, max-age=31536000, immutable',
};

function contentOf(bytes: Uint8Array | undefined): Content | undefined {
  return bytes === undefined ? undefined : { type: 'application/octet-stream', bytes };
}

function fileAt(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

describeWithPart('LEDGER_TEST_CHROMIUM', 'the judge in Chromium', (program) => {
  let site: Site;
  let opened: OpenedPage;

  beforeAll(async () => {
    site = await openJudgesSite();
    opened = await openInChromium(program, site.url);
  });
  afterAll(async () => {
    await opened?.close();
    await site?.stop();
  });

  /** What both say, once it is sure that they say the same. */
  async function fsckAlike(reading: Reading): Promise<FsckReport> {
    const inNode = await fsckInNode(reading);
    expect(await fsckInPage(opened, reading)).toEqual(inNode);
    if (typeof inNode === 'string') throw new Error(inNode);
    return inNode;
  }

  // What is served is what was built: `npm test` builds first, and so must whoever runs this alone.
  test('has the same door as the sources have now', async () => {
    const names = await opened.page.evaluate(async () =>
      Object.keys(await import('#verification')),
    );
    expect(names.toSorted()).toEqual(Object.keys(await import('#verification')).toSorted());
  });

  test('consists of kernel, log primitives and itself, in their forms for browsers', async () => {
    await opened.page.evaluate(() => import('#verification'));
    expect(opened.complaints).toEqual([]);
    const forms = ['/dist/libs/kernel/src/sha256-noble.js', '/dist/libs/tlog/src/ed25519-noble.js'];
    expect(site.asked).toEqual(expect.arrayContaining(forms));
    expect(site.asked.filter((path) => /node\.js$/.test(path))).toEqual([]);
    const folders = site.asked.slice(1).map((path) => path.split('/').slice(1, 4).join('/'));
    expect([...new Set(folders)].toSorted()).toEqual([
      'dist/libs/kernel',
      'dist/libs/tlog',
      'dist/libs/verification',
      'node_modules/@noble/curves',
      'node_modules/@noble/hashes',
    ]);
  });

  test('hashes as the browser itself does, and Node', async () => {
    const inPage = await opened.page.evaluate(async () => {
      const { sha256 } = await import('#sha256');
      const hex = (bytes: Uint8Array) =>
        Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
      const rows: string[][] = [];
      for (let length = 0; length <= 200; length += 1) {
        const bytes = Uint8Array.from({ length }, (_, at) => at ^ length);
        const own = await crypto.subtle.digest('SHA-256', bytes);
        rows.push([hex(sha256(bytes)), hex(new Uint8Array(own))]);
      }
      return rows;
    });
    const inNode = Array.from({ length: 201 }, (_row, length) => {
      const bytes = Uint8Array.from({ length }, (_, at) => at ^ length);
      return createHash('sha256').update(bytes).digest('hex');
    });
    expect(inPage).toEqual(inNode.map((digest) => [digest, digest]));
  });

  test('verifies signatures as the browser itself does', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = [...publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)];
    const message = [...utf8('a checkpoint\n')];
    const signature = [...sign(null, Uint8Array.from(message), privateKey)];
    const inPage = await opened.page.evaluate(
      async (given) => {
        const { verifyEd25519 } = await import('#ed25519');
        const [key, message] = [Uint8Array.from(given.key), Uint8Array.from(given.message)];
        const own = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
        const rows: boolean[][] = [];
        const ask = async (signature: Uint8Array<ArrayBuffer>) => {
          const byBrowser = await crypto.subtle.verify('Ed25519', own, signature, message);
          rows.push([verifyEd25519(key, message, signature), byBrowser]);
        };
        await ask(Uint8Array.from(given.signature));
        for (let bit = 0; bit < 512; bit += 1) {
          const altered = Uint8Array.from(given.signature);
          altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
          await ask(altered);
        }
        return rows;
      },
      { key, message, signature },
    );
    const altered = Array.from({ length: 512 }, () => [false, false]);
    expect(inPage).toEqual([[true, true], ...altered]);
  });

  describe('finds in the vectors of docs/formats what it finds in Node', () => {
    const index = readIndex();
    const bytesOf = (path: string): Bytes => [...readFileSync(join(vectorsFolder, path))];

    test('in every receipt', async () => {
      const receipts = index.receipts.map(({ proof, entry, policy }) => ({
        proof: bytesOf(proof),
        entry: bytesOf(entry),
        policy: bytesOf(policy),
      }));
      const inNode = receipts.map(verifyInNode);
      expect(await verifyInPage(opened, receipts)).toEqual(inNode);
      const isSound = inNode.map((one) => typeof one !== 'string' && one.verdict === 'sound');
      expect(isSound).toEqual(index.receipts.map(({ faults }) => faults.length === 0));
    });

    test('in every log', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'browser-logs-'));
      const folders = new Map(
        index.logs.map((one) => [one.name, folderOf(one, join(folder, one.name))]),
      );
      const logs = await openSite((path) => {
        const [, name = '', ...rest] = path.split('/');
        return contentOf(fileAt(join(folders.get(name) ?? folder, ...rest)));
      }, asServed);
      try {
        for (const { name, policy, since, faults } of index.logs) {
          const reading: Reading = {
            url: `${logs.url}/${name}`,
            policy: bytesOf(policy),
            since: since === undefined ? undefined : bytesOf(since),
          };
          const inNode = await fsckInNode(reading);
          expect([name, await fsckInPage(opened, reading)]).toEqual([name, inNode]);
          if (faults.length === 0) expect(inNode).toMatchObject({ verdict: 'sound' });
        }
      } finally {
        await logs.stop();
        rmSync(folder, { recursive: true });
      }
    }, 120_000);
  });
  describe('of a log of 1,000 entries on another server', () => {
    const size = 1_000;
    const signers = [logKey, ...witnessKeys];
    const sound = madeLog(MadeStory.of(size).entries, signers).files;
    const witnesses = witnessKeys.map(({ text }, at) => `witness w${at} ${text}\n`).join('');
    const group = 'group all_of_them all w0 w1 w2\nquorum all_of_them\n';
    const policy: Bytes = [...utf8(`log ${logKey.text}\n${witnesses}${group}`)];
    let files = sound;
    let log: Site;
    beforeAll(async () => {
      log = await openSite((path) => contentOf(files.get(path.slice(1))), asServed);
    });
    afterAll(() => log?.stop());

    test('says that it is sound', async () => {
      files = sound;
      const report = await fsckAlike({ url: log.url, policy });
      expect(report).toMatchObject({ verdict: 'sound', anchored: true, size, entries: size });
      expect(report.witnesses.length).toBe(3);
    });

    // After the sound one, at the same addresses: what the browser was told to keep does not count.
    test.each([...sound.keys()])('finds one bit flipped in %s', async (path) => {
      files = flipped(sound, path, (sound.get(path)?.length ?? 0) >> 1);
      const { verdict, findings } = await fsckAlike({ url: log.url, policy });
      expect([verdict, findings.length > 0]).toEqual(['unsound', true]);
    });

    test('takes the beginning of a full tile where the partial one is gone', async () => {
      const grown = madeLog(MadeStory.of(1_024).entries, signers).files;
      const gone = ['tile/0/003.p/232', 'tile/entries/003.p/232'];
      files = without(new Map([...grown, ...sound]), ...gone);
      expect(await fsckAlike({ url: log.url, policy })).toMatchObject({ verdict: 'sound', size });
      expect(log.asked).toEqual(expect.arrayContaining(['/tile/0/003', '/tile/entries/003']));
    });

    test('asks without the cookies that the page has', async () => {
      await opened.page.context().addCookies([{ name: 'of', value: 'the-page', url: site.url }]);
      const found = await opened.page.evaluate(async (prefix) => {
        const { HttpLogSource } = await import('#verification');
        await fetch(`${prefix}/asked-by-the-page`);
        return new HttpLogSource({ url: prefix }).read('asked-by-the-judge');
      }, `${site.url}/log`);
      expect(found).toBeUndefined();
      expect(site.asked.slice(-2)).toEqual(['/log/asked-by-the-page', '/log/asked-by-the-judge']);
      expect(site.askedWithCookie).toEqual(['/log/asked-by-the-page']);
    });

    test('cannot tell where that server lets no other page read', async () => {
      const closed = await openSite((path) => contentOf(sound.get(path.slice(1))));
      try {
        const report = await fsckInPage(opened, { url: closed.url, policy });
        expect(report).toMatchObject({ verdict: 'unknown', size: undefined });
        expect(placesOf((report as FsckReport).findings)).toEqual([
          { code: 'log/unreachable', detail: 'checkpoint: Failed to fetch' },
        ]);
      } finally {
        await closed.stop();
      }
    });
  });

  describe.each([
    ['open to everybody', 'true', 'sound', ['log/head-tiles-only']],
    ['closed', 'false', 'unknown', ['log/entries-closed', 'log/head-tiles-only']],
  ])('of a running ledger whose entries are %s', (_, entriesPublic, expected, codes) => {
    let folder: string;
    let ledger: LedgerUnderTest;
    let policy: Bytes;
    beforeAll(async () => {
      folder = await freshFolder();
      ledger = new LedgerUnderTest(folder, { LEDGER_ENTRIES_PUBLIC: entriesPublic });
      await ledger.start();
      await ledger.untilReady();
      policy = [...utf8(await (await fetch(`${ledger.url}/log/policy`)).text())];
    });
    afterAll(async () => {
      await ledger?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    test('says in a page of another origin what it says in Node', async () => {
      const { verdict, findings } = await fsckAlike({ url: `${ledger.url}/log`, policy });
      expect([verdict, findings.map(({ code }) => code)]).toEqual([expected, codes]);
    });

    test('gets nowhere there with a token, which only a page of its own could send', async () => {
      const reading = { url: `${ledger.url}/log`, policy, bearerToken: 'anything' };
      const { findings } = (await fsckInPage(opened, reading)) as FsckReport;
      expect(findings.map(({ code }) => code)).toEqual(['log/unreachable']);
    });
  });
});
