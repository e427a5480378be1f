import { binaryEvent } from '@eventstore/db-client';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  allFrom,
  fact,
  facts,
  freshStream,
  known,
  numbers,
  refusal,
  revisions,
  server,
} from './server-under-test.ts';
import type { Fact } from './server-under-test.ts';

export function streamReadCases(): void {
  describe('reading a stream', () => {
    const stream = freshStream();
    beforeAll(async () => {
      await server.client.appendToStream(stream, facts(600));
    });

    test('from the start, more than a page', async () => {
      expect(await numbers(stream)).toEqual(Array.from({ length: 600 }, (_, n) => n));
    });

    test('backwards from the end, more than a page', async () => {
      const options = { direction: 'backwards', fromRevision: 'end' } as const;
      const expected = Array.from({ length: 600 }, (_, n) => 599 - n);
      expect(await numbers(stream, options)).toEqual(expected);
    });

    test('from a revision, which is included both ways', async () => {
      const options = { fromRevision: 300n, maxCount: 3 };
      expect(await numbers(stream, options)).toEqual([300, 301, 302]);
      const backwards = { ...options, direction: 'backwards' as const };
      expect(await numbers(stream, backwards)).toEqual([300, 299, 298]);
    });

    test('beyond the end there is nothing, which is no error', async () => {
      expect(await numbers(stream, { fromRevision: 600n })).toEqual([]);
      expect(await numbers(stream, { fromRevision: 'end' })).toEqual([]);
    });

    test('the newest alone', async () => {
      const options = { direction: 'backwards', fromRevision: 'end', maxCount: 1 } as const;
      expect(await numbers(stream, options)).toEqual([599]);
    });

    test('links are followed when asked for, and left when their target is gone', async () => {
      const links = freshStream();
      const target = freshStream();
      const link = (to: string) => binaryEvent({ type: '$>', data: Buffer.from(to) });
      await server.client.appendToStream(target, facts(3));
      await server.client.appendToStream(links, [link(`2@${target}`), link(`9@${target}`)]);
      const found: unknown[] = [];
      const options = { resolveLinkTos: true };
      for await (const { event, link: from } of server.client.readStream<Fact>(links, options)) {
        found.push([event?.data.n, event?.revision, from?.streamId, from?.revision]);
      }
      expect(found).toEqual([
        [2, 2n, links, 0n],
        [undefined, undefined, links, 1n],
      ]);
      expect(await revisions(links)).toEqual([0n, 1n]);
    });

    test('a stream that is not', async () => {
      const absent = freshStream();
      const read = numbers(absent);
      await expect(read).rejects.toMatchObject({ type: 'stream-not-found', streamName: absent });
    });
  });
}

export function allReadCases(): void {
  describe('reading $all', () => {
    test('every event once, in the order of positions that grow and are not dense', async () => {
      const stream = freshStream();
      const { position } = await server.client.appendToStream(stream, fact(0));
      for (let n = 1; n < 5; n += 1) await server.client.appendToStream(stream, fact(n));
      const positions: bigint[] = [];
      for await (const { event } of server.client.readAll({ fromPosition: position ?? 'start' })) {
        if (event?.streamId === stream) positions.push(event.position?.commit ?? -1n);
      }
      expect(positions).toHaveLength(5);
      for (const [index, next] of positions.slice(1).entries()) {
        const step = next - (positions[index] ?? 0n);
        expect(step > 1n).toBe(true);
      }
    });

    test('a position is included forwards and excluded backwards', async () => {
      const stream = freshStream();
      const [one, two] = [fact(0), fact(1)];
      await server.client.appendToStream(stream, one);
      const { position } = await server.client.appendToStream(stream, two);
      expect(await allFrom(known(position), 1)).toEqual([two.id]);
      const options = { direction: 'backwards', fromPosition: known(position) } as const;
      for await (const { event } of server.client.readAll({ ...options, maxCount: 1 })) {
        expect(event?.id).toBe(one.id);
      }
    });

    test('backwards from the end begins with the newest', async () => {
      const newest = fact(0);
      await server.client.appendToStream(freshStream(), newest);
      const options = { direction: 'backwards', fromPosition: 'end', maxCount: 1 } as const;
      for await (const { event } of server.client.readAll(options)) {
        expect(event?.id).toBe(newest.id);
      }
    });
  });
}

export function metadataCases(): void {
  describe('stream metadata', () => {
    test('is kept, and read as the newest', async () => {
      const stream = freshStream();
      expect(await server.client.getStreamMetadata(stream)).toEqual({ streamName: stream });
      await server.client.setStreamMetadata(stream, { maxCount: 9, own: 'một' });
      await server.client.setStreamMetadata(stream, { maxCount: 2, own: 'hai' });
      const { metadata } = await server.client.getStreamMetadata(stream);
      expect(metadata).toEqual({ maxCount: 2, own: 'hai' });
    });

    test('$maxCount and $tb hide the oldest, both ways', async () => {
      const stream = freshStream();
      await server.client.appendToStream(stream, facts(10));
      await server.client.setStreamMetadata(stream, { maxCount: 3 });
      expect(await numbers(stream)).toEqual([7, 8, 9]);
      const backwards = { direction: 'backwards', fromRevision: 'end' } as const;
      expect(await numbers(stream, backwards)).toEqual([9, 8, 7]);
      await server.client.setStreamMetadata(stream, { truncateBefore: 9 });
      expect(await numbers(stream, { fromRevision: 2n })).toEqual([9]);
    });
  });
}

export function deletionCases(): void {
  describe('deleting', () => {
    test('a soft delete hides the stream; writing brings it back behind its old end', async () => {
      const stream = freshStream();
      await server.client.appendToStream(stream, facts(2));
      await server.client.deleteStream(stream, { expectedRevision: 1n });
      expect(await refusal(numbers(stream))).toBe('stream-not-found');
      const options = { expectedRevision: 'no_stream' } as const;
      const again = await server.client.appendToStream(stream, fact(2), options);
      expect(again.nextExpectedRevision).toBe(2n);
      expect(await revisions(stream)).toEqual([2n]);
    });

    test('a wrong revision deletes nothing', async () => {
      const stream = freshStream();
      await server.client.appendToStream(stream, facts(2));
      const attempt = server.client.deleteStream(stream, { expectedRevision: 0n });
      await expect(attempt).rejects.toMatchObject({
        type: 'wrong-expected-version',
        expectedVersion: 0n,
        actualVersion: 1n,
      });
      const absent = server.client.deleteStream(freshStream());
      expect(await refusal(absent)).toBe('wrong-expected-version');
      expect(await numbers(stream)).toEqual([0, 1]);
    });

    test('a tombstone burns the name, and leaves $all as it was', async () => {
      const stream = freshStream();
      const event = fact(0);
      const { position } = await server.client.appendToStream(stream, event);
      await server.client.tombstoneStream(stream);
      const deleted = { type: 'stream-deleted', streamName: stream };
      await expect(numbers(stream)).rejects.toMatchObject(deleted);
      await expect(server.client.appendToStream(stream, fact(1))).rejects.toMatchObject(deleted);
      await expect(server.client.tombstoneStream(stream)).rejects.toMatchObject(deleted);
      expect(await allFrom(known(position), 1)).toEqual([event.id]);
    });
  });
}
