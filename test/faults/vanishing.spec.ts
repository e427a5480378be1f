import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startEmbeddedNode } from '#embedded-event-store/node';
import type { EmbeddedNode } from '#embedded-event-store/node';
import { bareHex, digestOf } from '#kernel';
import {
  dataOf,
  freshFolder,
  LedgerUnderTest,
  recorded,
  runCommand,
  told,
} from '../ledger-under-test.ts';
import type { Answer } from '../ledger-under-test.ts';
import { faultsIn, readLog } from '../recorded-log.ts';
import {
  correction,
  deposit,
  madeUpPdf,
  openSmallRound,
  round,
  statement,
} from '../small-round.ts';
import type { SmallRound } from '../small-round.ts';
import type { Order } from './faulty-parts.ts';

/**
 * Parts that go away and come back while the server runs (QUALITY R3, R4): nothing is acknowledged
 * that was not kept, the answer and readiness say which part it is, and the service goes on by
 * itself, without a restart.
 */
const program = join(import.meta.dirname, 'faulty-server.ts');
const lead = 'son_la.so_tc';
const figure = `/figures/${round}.I.1`;
const figureStream = `figure-${round}.I.1`;
const testTimeoutMs = 120_000;

type Part = 'event-store' | 'read-models' | 'database' | 'evidence';
type Report = {
  readonly parts: readonly { readonly name: Part; readonly reason: string | null }[];
};

let ledger: LedgerUnderTest;
let cast: SmallRound;

async function openRound(): Promise<void> {
  cast = await openSmallRound(ledger, {
    indicators: [{ code: 'I.1', lead }],
    offices: [
      { login: 'officer', agency: lead, roles: ['officer'] },
      { login: 'auditor', agency: 'son_la.thanh_tra_tinh', roles: ['auditor'] },
    ],
  });
  recorded(await cast.member('officer').post(`${figure}/submissions`, statement('1')));
}

const order = (given: Order) => ledger.order(given);

/** The status of readiness, and why each part that is not well is not. */
async function readiness(): Promise<[number, Partial<Record<Part, string>>]> {
  const answer = await fetch(`${ledger.url}/health/ready`);
  const { parts } = (await answer.json()) as Report;
  const bad = parts.flatMap(({ name, reason }) => (reason === null ? [] : [[name, reason]]));
  return [answer.status, Object.fromEntries(bad) as Partial<Record<Part, string>>];
}

/** Each question takes its time at the server; a part that stays away ends the test by its limit. */
async function untilReady(): Promise<void> {
  for (;;) {
    const [status] = await readiness();
    if (status === 200) return;
  }
}

/** The present revision of the figure, as its officer sees it. */
async function revisionOfFigure(): Promise<number> {
  return dataOf<{ revision: number }>(await cast.member('auditor').get(figure)).revision;
}

/** The next correction of the figure, which may be sent again and again with one key. */
async function nextCorrection(value: string): Promise<() => Promise<Answer>> {
  const options = { key: randomUUID(), ifMatch: await revisionOfFigure() };
  return () => cast.member('officer').post(`${figure}/corrections`, correction(value), options);
}

/** Sent with its key once more it is recorded, or was; sent yet again it is the same receipt. */
async function recordedOnce(send: () => Promise<Answer>): Promise<void> {
  const first = recorded(await send());
  const again = recorded(await send());
  expect(again).toStrictEqual({ ...first, repeated: true });
  expect(await revisionOfFigure()).toBe(first.revision);
}

/** The whole ledger afterwards: no event twice or half there, no row that the events deny. */
async function checkFolder(figureEvents: number): Promise<void> {
  const log = await readLog(ledger.folder);
  expect(faultsIn(log)).toStrictEqual([]);
  expect(log.filter(({ stream }) => stream === figureStream)).toHaveLength(figureEvents);
  const rebuilt = await runCommand(['rebuild', '--data', ledger.folder]);
  expect([rebuilt.exitCode, rebuilt.stderr]).toStrictEqual([0, '']);
}

describe('parts inside the server', () => {
  beforeAll(async () => {
    ledger = new LedgerUnderTest(await freshFolder());
    await ledger.start(program);
    await openRound();
  }, testTimeoutMs);
  afterAll(() => ledger.remove());

  test.each([
    ['ENOSPC', 507, 'evidence/store-full', 'the evidence store is full'],
    ['EIO', 503, 'evidence/store-unavailable', 'the evidence store takes nothing'],
  ] as const)(
    'evidence on a disk with %s: refused with %i, kept when the disk is sound again',
    async (fault, status, code, reason) => {
      const officer = cast.member('officer');
      const file = madeUpPdf(`on a disk with ${fault}`);
      const path = `/evidence/${bareHex(digestOf(file))}/content`;
      const earlier = `/evidence/${bareHex(cast.evidence)}/content`;
      await order({ kind: 'disk', fault });
      expect(told(await officer.put(path, file, 'application/pdf'))).toStrictEqual([status, code]);
      // On a busy machine the read models may be behind at that moment as well.
      expect(await readiness()).toMatchObject([503, { evidence: reason }]);
      expect(await readdir(join(ledger.folder, 'blobs', 'staging'))).toStrictEqual([]);
      // What needs no room there goes on: reading evidence, and acts.
      expect(told(await cast.member('auditor').get(earlier))).toStrictEqual([200, null]);
      await recordedOnce(await nextCorrection(fault === 'EIO' ? '2.1' : '2.2'));

      await order({ kind: 'disk', fault: null });
      await untilReady();
      await deposit(officer, lead, `on a disk with ${fault}`);
      const content = await cast.member('auditor').get(path);
      expect([content.status, digestOf(content.text)]).toStrictEqual([200, digestOf(file)]);
    },
    testTimeoutMs,
  );

  test(
    'a database that takes no commit of the projector: acts go on, reads say that they lag',
    async () => {
      await order({ kind: 'database', fault: 'position' });
      const send = await nextCorrection('3');
      const receipt = recorded(await send());
      const lagging = await cast.member('auditor').get(figure);
      expect(told(lagging)).toStrictEqual([503, 'request/in-time']);
      expect(lagging.headers.get('retry-after')).toMatch(/^\d+$/);
      const reason = 'the read models wait for the event store or the database';
      expect(await readiness()).toStrictEqual([503, { 'read-models': reason }]);

      await order({ kind: 'database', fault: null });
      await untilReady();
      expect(await revisionOfFigure()).toBe(receipt.revision);
      await recordedOnce(send);
    },
    testTimeoutMs,
  );

  test(
    'a database that is away: who needs it is told so, and is recorded once afterwards',
    async () => {
      const registrar = cast.registrar;
      const login = `${lead}.new`;
      const person = { login, agency: lead, name: 'Cán bộ mới', position: 'Chuyên viên' };
      const key = randomUUID();
      const enrol = () => registrar.post('/people', person, { key });
      const away = [503, 'request/database-away'];
      await order({ kind: 'database', fault: 'all' });
      expect(told(await enrol())).toStrictEqual(away);
      expect(told(await registrar.signIn(login, 'whatever it is'))).toStrictEqual(away);
      expect(told(await cast.member('auditor').get(figure))).toStrictEqual(away);
      const [status, reasons] = await readiness();
      expect([status, reasons.database]).toStrictEqual([503, 'the database does not answer']);

      await order({ kind: 'database', fault: null });
      await untilReady();
      const first = recorded(await enrol());
      expect(recorded(await enrol())).toMatchObject({ eventId: first.eventId, repeated: true });
      const path = `/people/${String(first['person'])}`;
      expect(told(await registrar.get(path))).toStrictEqual([200, null]);
    },
    testTimeoutMs,
  );

  test(
    'an event store whose answers are lost: nobody is told that it failed, and it is there once',
    async () => {
      const send = await nextCorrection('4');
      await order({ kind: 'answers', fault: 'lost' });
      expect(told(await send())).toStrictEqual([503, 'store/outcome-unknown']);

      await order({ kind: 'answers', fault: null });
      // The first try was recorded: the next one is its receipt.
      expect(recorded(await send()).repeated).toBe(true);
      await recordedOnce(send);
    },
    testTimeoutMs,
  );

  test(
    'leave a ledger in which nothing is missing, double or half there',
    async () => {
      expect(await ledger.stop()).toBe(0);
      // One submission, and a correction for each of four faults.
      await checkFolder(5);
    },
    testTimeoutMs,
  );
});

describe('an event store outside the server', () => {
  let node: EmbeddedNode;
  const file = () => join(ledger.folder, 'events.db');

  beforeAll(async () => {
    const folder = await freshFolder();
    node = await startEmbeddedNode({ file: join(folder, 'events.db') });
    ledger = new LedgerUnderTest(folder, { LEDGER_EVENTSTORE_URL: node.connectionString });
    await ledger.start();
    await openRound();
  }, testTimeoutMs);
  afterAll(async () => {
    await ledger.kill();
    await node.stop();
    await ledger.remove();
  });

  test(
    'that went away: nothing is acknowledged, the same request is recorded once when it is back',
    async () => {
      const send = await nextCorrection('2');
      const { port } = node;
      await node.stop();
      const { status, code } = await send();
      expect(status).toBe(503);
      expect(['store/unavailable', 'store/outcome-unknown']).toContain(code);
      const [red, reasons] = await readiness();
      expect([red, reasons['event-store']]).toStrictEqual([503, 'the event store does not answer']);
      // Who may read what follows from the grants in the store: without it nobody is shown anything.
      const read = await cast.member('auditor').get(figure);
      expect(told(read)).toStrictEqual([503, 'store/unavailable']);

      node = await startEmbeddedNode({ file: file(), port });
      await untilReady();
      await recordedOnce(send);
    },
    testTimeoutMs,
  );

  test(
    'leaves a ledger in which nothing is missing, double or half there',
    async () => {
      expect(await ledger.stop()).toBe(0);
      await node.stop();
      await checkFolder(2);
    },
    testTimeoutMs,
  );
});
