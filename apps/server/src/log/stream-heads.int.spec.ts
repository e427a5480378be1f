import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parsePolicy, parseTlogProof, utf8, verifyTlogProof } from '#tlog';
import { fsck, HttpLogSource } from '#verification';
import { told } from '../http.contract.ts';
import type { Answer, TestLedger } from '../http.contract.ts';
import { figure, recorded, startRound, statement } from '../round.contract.ts';
import { LogReader, readAt, wholeCheckpoint } from './served-log.contract.ts';

/** Completeness on request: who may have it recorded, and what they can prove with the record. */
let ledger: TestLedger;
let people: Readonly<Record<string, string>>;

beforeAll(async () => {
  const started = await startRound();
  ({ ledger } = started);
  const { registrar = '' } = started.people;
  const auditor = await ledger.enter(registrar, 'kiemtoan', 'auditor', 'son_la.so_khcn');
  people = { ...started.people, auditor };
});
afterAll(async () => {
  await ledger?.stop();
});

const ask = (who: string) =>
  ledger.post('/log/stream-heads', {}, { token: people[who] as string, key: null });

/** Asks once the signed head covers everything that this spec has recorded. */
async function recordedHeads(): Promise<Answer> {
  await wholeCheckpoint(ledger);
  return ask('auditor');
}

describe('the heads of all streams', () => {
  test('are recorded for those who hold the ledger to account, and for nobody else', async () => {
    for (const who of ['officer', 'stranger', 'checker', 'registrar']) {
      expect([who, ...told(await ask(who))]).toStrictEqual([who, 403, 'access/role-needed']);
    }
    expect(told(await ledger.post('/log/stream-heads', {}, { key: null }))).toStrictEqual([
      401,
      'session/none',
    ]);
    const { status, body, headers } = await recordedHeads();
    expect(status).toBe(201);
    expect(body).toMatchObject({
      stream: 'log-heads',
      revision: 0,
      type: 'log.heads-recorded.v1',
      repeated: false,
    });
    expect(headers.get('link')).toContain(`/api/v1/receipts/${String(body['eventId'])}/proof`);
  });

  test('are in the log as the machine’s own act, with a receipt that proves it', async () => {
    const { body: asked, headers } = await recordedHeads();
    const path = `/api/v1/receipts/${String(asked['eventId'])}`;
    const at = {
      token: people['auditor'] as string,
      position: headers.get('ledger-position') ?? '',
    };
    const read = async () =>
      (await readAt(ledger, path, at)).body['data'] as {
        proof: string | null;
        entry: string;
        policy: string;
      };
    let receipt = await read();
    while (receipt.proof === null) receipt = await read();
    const [proof, policy] = [
      parseTlogProof(utf8(receipt.proof)),
      parsePolicy(utf8(receipt.policy)),
    ];
    if (!proof.ok || !policy.ok) throw new Error('neither is malformed');
    const { faults } = verifyTlogProof(proof.value, utf8(receipt.entry), policy.value);
    expect(faults).toStrictEqual([]);
    const { data, metadata } = JSON.parse(receipt.entry) as {
      data: object;
      metadata: { actor: { role: string; agency: string } };
    };
    expect(data).toStrictEqual({ treeSize: asked['treeSize'], root: asked['root'] });
    expect(metadata.actor).toMatchObject({ role: 'operator', agency: 'log.machine' });
  });

  test('are not recorded again before there is something new to say', async () => {
    const first = await recordedHeads();
    const answers = await Promise.all([ask('auditor'), ask('auditor'), recordedHeads()]);
    for (const { status, body } of answers) {
      expect([status, body]).toStrictEqual([201, { ...first.body, repeated: true }]);
    }
    const input = { ...statement('21'), evidence: [] };
    const token = people['officer'] as string;
    await recorded(ledger.post(`/figures/${figure}/submissions`, input, { token }));
    const { body } = await recordedHeads();
    expect(body['revision']).toBe((first.body['revision'] as number) + 1);
    expect(body['treeSize']).toBeGreaterThan(first.body['treeSize'] as number);
  });

  test('are found true by the judge, who makes them from the entries', async () => {
    const { body } = await recordedHeads();
    const log = new LogReader(ledger.server);
    await log.checkpointOf((body['treeSize'] as number) + 1);
    const policy = parsePolicy(await log.bytes('policy'));
    if (!policy.ok) throw new Error(policy.fault);
    const source = new HttpLogSource({
      url: `${ledger.server.url}/log`,
      bearerToken: people['auditor'] ?? '',
    });
    const { verdict, findings } = await fsck({ source, policy: policy.value });
    expect(findings.filter(({ severity }) => severity !== 'note')).toStrictEqual([]);
    expect(verdict).toBe('sound');
  });
});

test('a certifier may ask too', async () => {
  const { registrar = '' } = people;
  const certifier = await ledger.enter(registrar, 'chungnhan', 'certifier', 'son_la.ubnd_tinh');
  const answer = await ledger.post('/log/stream-heads', {}, { token: certifier, key: null });
  expect(answer.status).toBe(201);
});
