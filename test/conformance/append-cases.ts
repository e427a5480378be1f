import { binaryEvent, jsonEvent } from '@eventstore/db-client';
import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  fact,
  facts,
  freshStream,
  numbers,
  refusal,
  revisions,
  server,
} from './server-under-test.ts';

/** Both RPCs an append can take; credentials of its own force the classic one. */
const appendForms = [
  ['BatchAppend', {}],
  ['Append', { credentials: { username: 'admin', password: 'changeit' } }],
] as const;

export function expectedRevisionCases(): void {
  describe.each(appendForms)('expected revisions through %s', (_name, form) => {
    test('no_stream begins a stream once', async () => {
      const stream = freshStream();
      const options = { ...form, expectedRevision: 'no_stream' as const };
      const first = await server.client.appendToStream(stream, facts(2), options);
      expect(first).toMatchObject({ success: true, nextExpectedRevision: 1n });
      const second = server.client.appendToStream(stream, fact(9), options);
      await expect(second).rejects.toMatchObject({
        type: 'wrong-expected-version',
        streamName: stream,
        expectedVersion: 'no_stream',
        actualVersion: 1n,
      });
    });

    test('a revision must be the last', async () => {
      const stream = freshStream();
      await server.client.appendToStream(stream, facts(2), form);
      const appendAt = (expectedRevision: bigint, n: number) =>
        server.client.appendToStream(stream, fact(n), { ...form, expectedRevision });
      const whenBehind = { expectedVersion: 0n, actualVersion: 1n };
      await expect(appendAt(0n, 9)).rejects.toMatchObject(whenBehind);
      const whenAhead = { expectedVersion: 2n, actualVersion: 1n };
      await expect(appendAt(2n, 9)).rejects.toMatchObject(whenAhead);
      expect(await appendAt(1n, 2)).toMatchObject({ nextExpectedRevision: 2n });
      expect(await numbers(stream)).toEqual([0, 1, 2]);
    });

    test('a revision of a stream that is not', async () => {
      const attempt = server.client.appendToStream(freshStream(), fact(0), {
        ...form,
        expectedRevision: 0n,
      });
      await expect(attempt).rejects.toMatchObject({
        type: 'wrong-expected-version',
        actualVersion: 'no_stream',
      });
    });

    test('stream_exists', async () => {
      const stream = freshStream();
      const options = { ...form, expectedRevision: 'stream_exists' as const };
      const early = server.client.appendToStream(stream, fact(0), options);
      await expect(early).rejects.toMatchObject({ expectedVersion: 'stream_exists' });
      await server.client.appendToStream(stream, fact(0), form);
      const later = await server.client.appendToStream(stream, fact(1), options);
      expect(later.nextExpectedRevision).toBe(1n);
    });
  });
}

export function retryCases(): void {
  describe.each(appendForms)('retries through %s', (_name, form) => {
    test.each(['no_stream', 'any'] as const)('%s: answered as the first time', async (expected) => {
      const stream = freshStream();
      const events = facts(3);
      const options = { ...form, expectedRevision: expected };
      const first = await server.client.appendToStream(stream, events, options);
      const again = await server.client.appendToStream(stream, events, options);
      expect(again.nextExpectedRevision).toBe(first.nextExpectedRevision);
      expect(again.position).toEqual(first.position);
      expect(await numbers(stream)).toEqual([0, 1, 2]);
    });

    test('a revision: answered as the first time, even when others wrote since', async () => {
      const stream = freshStream();
      await server.client.appendToStream(stream, fact(0), form);
      const events = [fact(1), fact(2)];
      const options = { ...form, expectedRevision: 0n };
      const first = await server.client.appendToStream(stream, events, options);
      await server.client.appendToStream(stream, fact(3), form);
      const again = await server.client.appendToStream(stream, events, options);
      expect(again).toMatchObject({ nextExpectedRevision: first.nextExpectedRevision });
      expect(await numbers(stream)).toEqual([0, 1, 2, 3]);
    });

    test('half a retry is a conflict', async () => {
      const stream = freshStream();
      const kept = fact(1);
      await server.client.appendToStream(stream, [fact(0), kept], form);
      const options = { ...form, expectedRevision: 0n };
      const attempt = server.client.appendToStream(stream, [kept, fact(2)], options);
      expect(await refusal(attempt)).toBe('wrong-expected-version');
    });

    test('the same id in another stream is another event', async () => {
      const event = fact(0);
      const [one, two] = [freshStream(), freshStream()];
      await server.client.appendToStream(one, event, { ...form, expectedRevision: 'no_stream' });
      await server.client.appendToStream(two, event, { ...form, expectedRevision: 'no_stream' });
      expect([await numbers(one), await numbers(two)]).toEqual([[0], [0]]);
    });
  });

  test('of 32 writers at one revision one wins', async () => {
    const stream = freshStream();
    await server.client.appendToStream(stream, fact(0));
    const attempts = Array.from({ length: 32 }, (_, n) =>
      refusal(server.client.appendToStream(stream, fact(n + 1), { expectedRevision: 0n })),
    );
    const outcomes = await Promise.all(attempts);
    expect(outcomes.filter((outcome) => outcome === 'no error')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'wrong-expected-version')).toHaveLength(31);
    expect(await revisions(stream)).toEqual([0n, 1n]);
  });
}

export function contentCases(): void {
  describe('what is written is what is read', () => {
    test('json, metadata, Vietnamese names, times and positions', async () => {
      const stream = `${freshStream()}-Sở Khoa học và Công nghệ`;
      const id = randomUUID();
      const data = { value: '12,5', note: 'Tỷ lệ chi cho R&D', nested: [null, true, { n: 1 }] };
      const metadata = { actor: 'Giám đốc Sở Tài chính' };
      const written = await server.client.appendToStream(
        stream,
        jsonEvent({ id, type: 'chỉ-tiêu.gửi', data, metadata }),
      );
      for await (const { event, commitPosition } of server.client.readStream(stream)) {
        expect(event).toMatchObject({ streamId: stream, id, type: 'chỉ-tiêu.gửi', isJson: true });
        expect(event).toMatchObject({ data, metadata, revision: 0n, position: written.position });
        expect(commitPosition).toBe(written.position?.commit);
        // Clocks of two machines may differ; an hour cannot be explained by that.
        const ageMs = performance.timeOrigin + performance.now() - (event?.created.getTime() ?? 0);
        expect(Math.abs(ageMs)).toBeLessThan(3_600_000);
      }
    });

    test('bytes, and an event without data', async () => {
      const stream = freshStream();
      const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
      await server.client.appendToStream(stream, [
        binaryEvent({ type: 'bytes', data: bytes, metadata: bytes }),
        binaryEvent({ type: 'nothing', data: new Uint8Array() }),
      ]);
      const found: unknown[] = [];
      for await (const { event } of server.client.readStream(stream)) {
        found.push([event?.type, event?.isJson, [...(event?.data as Uint8Array)]]);
      }
      expect(found).toEqual([
        ['bytes', false, [...bytes]],
        ['nothing', false, []],
      ]);
    });

    test('an append of 1000 events is one, in order', async () => {
      const stream = freshStream();
      const expectedRevision = 'no_stream' as const;
      const result = await server.client.appendToStream(stream, facts(1000), { expectedRevision });
      expect(result.nextExpectedRevision).toBe(999n);
      expect(await numbers(stream)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    });
  });

  describe.each(appendForms)('size through %s', (_name, form) => {
    test('an append of more than a mebibyte is refused whole', async () => {
      const stream = freshStream();
      const half = binaryEvent({ type: 'half', data: new Uint8Array(600 * 1024) });
      const other = binaryEvent({ type: 'half', data: new Uint8Array(600 * 1024) });
      const attempt = server.client.appendToStream(stream, [half, other], form);
      await expect(attempt).rejects.toMatchObject({
        type: 'maximum-append-size-exceeded',
        maxAppendSize: 1024 * 1024,
      });
      expect(await refusal(numbers(stream))).toBe('stream-not-found');
    });
  });
}
