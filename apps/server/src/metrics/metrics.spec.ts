import { describe, expect, test } from '@jest/globals';
import { MemoryEventStore } from '#event-store';
import type { NewEvent } from '#event-store';
import { MemoryBlobStore } from '#evidence';
import { derivedUuid, digestOf } from '#kernel';
import { FaultyEventStore, metadataAt } from '#testing';
import { readExposition, valueOf } from './exposition.contract.ts';
import { MeasuredBlobStore } from './measured-blob-store.ts';
import { MeasuredEventStore } from './measured-event-store.ts';
import { Metrics } from './metrics.ts';

const stream = 'tally-1';
const event = (revision: number): NewEvent => ({
  id: derivedUuid(['metrics', revision]),
  type: 'tally.counted.v1',
  data: {},
  metadata: metadataAt({ stream, revision }),
});

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

function counted() {
  const metrics = new Metrics({ version: '1.2.3' });
  const families = async () => readExposition(await metrics.registry.metrics());
  const read = async (name: string, labels: Record<string, string> = {}) =>
    valueOf(await families(), name, labels);
  return { metrics, families, read };
}

describe('the metrics', () => {
  test('show requests by template, method and class of status', async () => {
    const { metrics, read } = counted();
    metrics.requestAnswered('/api/v1/figures/:figure', 'GET', 200, 12);
    metrics.requestAnswered('/api/v1/figures/:figure', 'GET', 204, 300);
    metrics.requestAnswered('/api/v1/figures/:figure', 'GET', 503, 12_000);
    const name = 'ledger_http_request_duration_seconds';
    const well = { method: 'GET', route: '/api/v1/figures/:figure', status: '2xx' };
    expect(await read(`${name}_count`, well)).toBe(2);
    expect(await read(`${name}_sum`, well)).toBeCloseTo(0.312, 9);
    expect(await read(`${name}_bucket`, { ...well, le: '0.01' })).toBe(0);
    expect(await read(`${name}_bucket`, { ...well, le: '0.025' })).toBe(1);
    expect(await read(`${name}_bucket`, { ...well, le: '0.5' })).toBe(2);
    expect(await read(`${name}_bucket`, { ...well, status: '5xx', le: '10' })).toBe(0);
    expect(await read(`${name}_bucket`, { ...well, status: '5xx', le: '+Inf' })).toBe(1);
  });

  test('say which software this is, and keep to the form however odd a value is', async () => {
    const { metrics, read, families } = counted();
    metrics.refused('a "quoted"\\\n code');
    expect(await read('ledger_refusals_total', { code: 'a "quoted"\\\n code' })).toBe(1);
    expect(await read('ledger_build_info', { version: '1.2.3' })).toBe(1);
    const names = [...(await families()).keys()];
    expect(names.filter((name) => !name.startsWith('ledger_'))).toStrictEqual([]);
    expect(new Metrics({ version: 'x' }).registry).not.toBe(metrics.registry);
  });

  test('count each act once, however often its append was tried', async () => {
    const { metrics, read } = counted();
    const faulty = new FaultyEventStore(new MemoryEventStore());
    const told: number[] = [];
    const store = new MeasuredEventStore(faulty, metrics, (_, count) => void told.push(count));
    faulty.failAppend('after');
    const first = store.append(stream, 'no-stream', [event(0)]);
    await expect(first).rejects.toMatchObject({ outcome: 'unknown' });
    expect(await read('ledger_acts_recorded_total', { type: 'tally.counted.v1' })).toBeUndefined();
    await store.append(stream, 'no-stream', [event(0)]);
    await store.append(stream, 0, [event(1), event(2)]);
    await expect(store.append(stream, 0, [event(3)])).rejects.toThrow();
    faulty.failAppend('before', 'absent');
    await expect(store.append(stream, 2, [event(3)])).rejects.toMatchObject({ outcome: 'absent' });

    expect(await read('ledger_acts_recorded_total', { type: 'tally.counted.v1' })).toBe(3);
    expect(await read('ledger_append_retries_total')).toBe(1);
    expect(told).toStrictEqual([1, 2]);
    expect(store.appendsInFlight).toBe(0);
    const ended = await Promise.all(
      ['recorded', 'conflict', 'absent', 'unknown'].map((outcome) =>
        read('ledger_append_duration_seconds_count', { outcome }),
      ),
    );
    expect(ended).toStrictEqual([2, 1, 1, 1]);
  });

  test('count evidence in and out by its bytes, and uploads by how they ended', async () => {
    const { metrics, read } = counted();
    const store = new MeasuredBlobStore(new MemoryBlobStore(), metrics);
    const options = { sizeBytesMax: 100 };
    const digest = digestOf('first second');
    await store.put(digest, chunks('first', ' second'), options);
    await store.put(digest, chunks('first second'), options);
    await expect(store.put(digest, chunks('other'), options)).rejects.toThrow();
    const { content } = await store.open(digest);
    let readBytes = 0;
    for await (const chunk of content) readBytes += chunk.length;

    expect(readBytes).toBe(12);
    expect(await read('ledger_evidence_received_bytes_total')).toBe(12 + 12 + 5);
    expect(await read('ledger_evidence_sent_bytes_total')).toBe(12);
    expect(await read('ledger_evidence_uploads_in_flight')).toBe(0);
    const ended = await Promise.all(
      ['kept', 'already-there', 'failed'].map((outcome) =>
        read('ledger_evidence_uploads_total', { outcome }),
      ),
    );
    expect(ended).toStrictEqual([1, 1, 1]);
  });
});

describe('the reader of the exposition', () => {
  const good = '# HELP a_total What it is.\n# TYPE a_total counter\na_total{x="1"} 2\n';

  test('takes what is right', () => {
    expect(valueOf(readExposition(good), 'a_total', { x: '1' })).toBe(2);
  });

  test.each([
    ['no end of the last line', good.trimEnd()],
    ['a sample before its type', 'a_total 1\n'],
    ['a type without help', '# TYPE a_total counter\na_total 1\n'],
    ['a series twice', `${good}a_total{x="1"} 3\n`],
    ['a family twice', good + good],
    ['an open quote', good.replace('"1"', '"1')],
    ['a raw line feed in a label', good.replace('"1"', '"1\n"')],
    ['a number that is none', good.replace(' 2', ' 2,5')],
    ['a counter without _total', good.replaceAll('a_total', 'a')],
    ['milliseconds', good.replaceAll('a_total', 'a_ms_total')],
    [
      'buckets that do not add up',
      '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    ],
  ])('refuses %s', (_, text) => {
    expect(() => readExposition(text)).toThrow();
  });
});
