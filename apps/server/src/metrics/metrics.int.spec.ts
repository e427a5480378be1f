import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bareHex, digestOf, jsonText } from '#kernel';
import { agencyBody, bootstrapBody, registrarSecret, TestLedger, told } from '../http.contract.ts';
import { LogReader, readAt } from '../log/served-log.contract.ts';
import { readExposition, valueOf } from './exposition.contract.ts';

/** A server whose metrics are looked at, and acts that are known: the counters say exactly those. */
let ledger: TestLedger;
let registrar: string;

const pdf = new TextEncoder().encode('%PDF-1.7\n% counted\n%%EOF\n');

async function scrape() {
  const answer = await fetch(ledger.server.metricsUrl ?? '');
  expect([answer.status, answer.headers.get('content-type')]).toStrictEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  return readExposition(await answer.text());
}

beforeAll(async () => {
  ledger = await TestLedger.start({ LEDGER_METRICS_ADDRESS: '127.0.0.1:0' });
  const token = await ledger.bootstrapToken();
  await ledger.post('/bootstrap', bootstrapBody(token), { key: null });
  registrar = await ledger.signIn('dangky', registrarSecret);
});

afterAll(() => ledger.stop());

describe('the metrics of a server', () => {
  test('say exactly what was done', async () => {
    const acts = { token: registrar };
    for (const agency of ['son_la.so_tc', 'son_la.so_yt']) {
      expect((await ledger.post('/agencies', agencyBody(agency), acts)).status).toBe(201);
    }
    const again = await ledger.post('/agencies', agencyBody('son_la.so_tc'), acts);
    expect(again.status).toBe(409);
    const wrong = await ledger.post('/sessions', { login: 'dangky', secret: 'một câu sai hẳn' });
    expect(told(wrong)).toStrictEqual([401, 'session/refused']);
    expect((await ledger.get('/api/v1/nothing/at/all')).status).toBe(404);
    await ledger.put(bareHex(digestOf(pdf)), 'application/pdf', pdf, registrar);
    await ledger.get('/api/v1/agencies', { token: registrar });

    const families = await scrape();
    const read = (name: string, labels: Record<string, string> = {}) =>
      valueOf(families, name, labels);
    const recorded = (type: string) => read('ledger_acts_recorded_total', { type });
    expect(recorded('agency.registered.v1')).toBe(2);
    expect(recorded('person.enrolled.v1')).toBe(2);
    expect(recorded('role.granted.v1')).toBe(2);
    expect(read('ledger_append_duration_seconds_count', { outcome: 'recorded' })).toBe(6);
    expect(read('ledger_refusals_total', { code: 'session/refused' })).toBe(1);
    expect(read('ledger_refusals_total', { code: 'request/no-route' })).toBe(1);
    expect(read('ledger_refusals_total', { code: again.body['code'] as string })).toBe(1);
    const requests = (method: string, route: string, status: string) =>
      read('ledger_http_request_duration_seconds_count', { method, route, status });
    expect(requests('POST', '/api/v1/agencies', '2xx')).toBe(2);
    expect(requests('POST', '/api/v1/agencies', '4xx')).toBe(1);
    expect(requests('GET', 'unmatched', '4xx')).toBe(1);
    expect(requests('POST', '/api/v1/sessions', '2xx')).toBe(1);
    const events = (event: string, outcome: string) =>
      read('ledger_security_events_total', { event, outcome });
    expect(events('session.open', 'ok')).toBe(1);
    expect(events('session.open', 'session/refused')).toBe(1);
    expect(events('ledger.bootstrap', 'ok')).toBe(1);
    expect(read('ledger_evidence_uploads_in_flight')).toBe(0);
    expect(read('ledger_append_retries_total')).toBe(0);
  });

  test('say how the server is', async () => {
    const last = await ledger.post('/agencies', agencyBody('son_la.so_ct'), { token: registrar });
    const position = last.headers.get('ledger-position') ?? '';
    await readAt(ledger, '/api/v1/agencies', { token: registrar, position });
    let families = await scrape();
    // The next head of the log may be on its way through the projector, who then is behind by it.
    while (valueOf(families, 'ledger_projector_lag_events') !== 0) families = await scrape();
    const read = (name: string, labels: Record<string, string> = {}) =>
      valueOf(families, name, labels);
    const parts = families.get('ledger_part_ready')?.samples ?? [];
    expect(parts.map(({ labels, value }) => [labels['part'], value])).toStrictEqual([
      ['server', 1],
      ['event-store', 1],
      ['database', 1],
      ['evidence', 1],
      ['read-models', 1],
      ['log', 1],
      ['security-log', 1],
    ]);
    expect(read('ledger_ready')).toBe(1);
    expect(read('ledger_security_log_writable')).toBe(1);
    expect(read('ledger_projector_state', { state: 'running' })).toBe(1);
    expect(read('ledger_projector_state', { state: 'failed' })).toBe(0);
    expect(read('ledger_projector_caught_up')).toBe(1);
    expect(read('ledger_projector_position_events')).toBe(8);
    // Heads of the log pass through as well, and are no entries.
    expect(read('ledger_projector_batch_events_sum')).toBeGreaterThanOrEqual(8);
    expect(read('ledger_projector_lag_events')).toBe(0);
    expect(read('ledger_projector_lag_seconds')).toBe(0);
    expect(families.get('ledger_projector_last_error_info')?.samples).toStrictEqual([]);
    expect(read('ledger_appends_in_flight')).toBe(0);
    expect(read('ledger_appends_waiting')).toBe(0);
    // The opening of the log is an entry too, and no act of anybody.
    await new LogReader(ledger.server).checkpointOf(8);
    let later = await scrape();
    const ofLog = (name: string, labels = {}) => valueOf(later, `ledger_log_${name}`, labels);
    // A checkpoint can be read a moment before the publisher knows that it stands there.
    while (ofLog('published_entries') !== 8) later = await scrape();
    for (const size of ['head_entries', 'published_entries']) {
      expect([size, ofLog(size)]).toStrictEqual([size, 8]);
    }
    expect([ofLog('lag_entries'), ofLog('lag_seconds'), ofLog('quorum_met')]).toStrictEqual([
      0, 0, 1,
    ]);
    // It was made while this process has been running, however busy the machine.
    expect(ofLog('checkpoint_age_seconds')).toBeLessThan(performance.now() / 1_000);
    expect(ofLog('state', { state: 'running' })).toBe(1);
    expect(ofLog('heads_signed_total')).toBeGreaterThan(1);
    expect(later.get('ledger_log_witness_state')?.samples).toStrictEqual([]);
    for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_cpu_seconds_total']) {
      expect([name, typeof read(name)]).toStrictEqual([name, 'number']);
    }
  });

  test('hold no id, no name and no path that was sent', async () => {
    const families = await scrape();
    const labels = [...families.values()].flatMap(({ samples }) =>
      samples.flatMap((sample) => Object.values(sample.labels)),
    );
    const { body } = await ledger.get('/api/v1/me', { token: registrar });
    const { person, login } = body['data'] as { person: string; login: string };
    for (const planted of [person, login, 'son_la', 'nothing']) {
      expect(labels.filter((label) => label.includes(planted))).toStrictEqual([]);
    }
    expect(jsonText(labels).length).toBeGreaterThan(1_000);
  });

  test('are one page on an address of their own', async () => {
    expect((await ledger.get('/metrics')).status).toBe(404);
    const url = ledger.server.metricsUrl ?? '';
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
  });
});
