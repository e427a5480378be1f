import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client, credentials } from '@grpc/grpc-js';
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedNode } from './node.ts';
import type { EmbeddedNode } from './node.ts';
import { WireWriter } from './wire.ts';

/**
 * What the official client cannot be made to send: pieces that stop coming, late pieces, pieces
 * without options. The requests are therefore written by hand.
 */
let folder: string;
let node: EmbeddedNode;
let client: Client;
let call: ClientDuplexStream<Buffer, streams.BatchAppendResp>;
let answers: [id: string, result: string][];
let wakeReader: () => void;
let ended: Promise<ServiceError | undefined>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-node-'));
  node = await startEmbeddedNode({ file: join(folder, 'events.db'), maxAppendBytes: 1000 });
  client = new Client(`127.0.0.1:${node.port}`, credentials.createInsecure());
  call = client.makeBidiStreamRequest(
    '/event_store.client.streams.Streams/BatchAppend',
    (request: Buffer) => request,
    (bytes) => streams.BatchAppendResp.deserializeBinary(new Uint8Array(bytes)),
  );
  answers = [];
  wakeReader = () => undefined;
  call.on('data', (answer: streams.BatchAppendResp) => {
    answers.push([answer.getCorrelationId()?.getString() ?? '', resultOf(answer)]);
    wakeReader();
  });
  ended = new Promise((resolve) => {
    call.on('error', (error: ServiceError) => {
      resolve(error);
    });
    call.on('end', () => {
      resolve(undefined);
    });
  });
});

afterEach(async () => {
  call.cancel();
  client.close();
  await node.stop();
  rmSync(folder, { recursive: true, force: true });
});

function resultOf(answer: streams.BatchAppendResp): string {
  const error = answer.getError();
  if (!error) return `revision ${answer.getSuccess()?.getCurrentRevision() ?? 'absent'}`;
  // The client looks into the stream identifier of every error without asking if it is there.
  if (!answer.getStreamIdentifier()) return 'no stream identifier';
  return error.getDetails()?.getTypeName() ?? 'no details';
}

async function answersReached(count: number): Promise<void> {
  while (answers.length < count) {
    await new Promise<void>((resolve) => {
      wakeReader = resolve;
    });
  }
}

type Piece = {
  id: string;
  /** Given in a first piece only; undefined sends no options. */
  deadlineMs?: number;
  isFinal: boolean;
  dataBytes?: number;
  eventId?: string;
};

function send({ id, deadlineMs, isFinal, dataBytes = 1, eventId = randomUUID() }: Piece): void {
  const writer = new WireWriter();
  writer.message(1, (correlation) => correlation.text(2, id));
  if (deadlineMs !== undefined) {
    writer.message(2, (options) => {
      options.message(1, (stream) => stream.text(3, 'figure-1')).message(4);
      options.message(6, (deadline) => deadline.integer(1, Math.floor(deadlineMs / 1000)));
    });
  }
  writer.message(3, (event) => {
    event.message(1, (uuid) => uuid.text(2, eventId));
    event.message(2, (entry) => entry.text(1, 'type').text(2, 'piece'));
    event.message(2, (entry) => entry.text(1, 'content-type').text(2, 'application/json'));
    event.bytes(4, Buffer.alloc(dataBytes, '1'));
  });
  call.write(writer.integer(4, isFinal ? 1 : 0).finish());
}

const farFutureMs = 4_102_444_800_000;
const longAgoMs = 1_000_000_000_000;

describe('BatchAppend', () => {
  test('puts the pieces of one append together, between those of another', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    send({ id: one, deadlineMs: farFutureMs, isFinal: false });
    send({ id: two, deadlineMs: farFutureMs, isFinal: true });
    send({ id: one, isFinal: false });
    send({ id: one, isFinal: true });
    await answersReached(2);
    expect(answers).toEqual([
      [two, 'revision 0'],
      [one, 'revision 3'],
    ]);
  });

  test('answers a timeout if the last piece does not come, and swallows late ones', async () => {
    const [late, next] = [randomUUID(), randomUUID()];
    send({ id: late, deadlineMs: longAgoMs, isFinal: false });
    await answersReached(1);
    send({ id: late, isFinal: true });
    send({ id: next, deadlineMs: farFutureMs, isFinal: true });
    await answersReached(2);
    expect(answers).toEqual([
      [late, 'event_store.client.Timeout'],
      [next, 'revision 0'],
    ]);
  });

  test('answers a timeout to a whole append that comes too late', async () => {
    const id = randomUUID();
    send({ id, deadlineMs: longAgoMs, isFinal: true });
    await answersReached(1);
    expect(answers).toEqual([[id, 'event_store.client.Timeout']]);
  });

  test('refuses a size over the limit once, whatever follows', async () => {
    const [large, next] = [randomUUID(), randomUUID()];
    send({ id: large, deadlineMs: farFutureMs, isFinal: false, dataBytes: 600 });
    send({ id: large, isFinal: false, dataBytes: 600 });
    send({ id: large, isFinal: true, dataBytes: 600 });
    send({ id: next, deadlineMs: farFutureMs, isFinal: true });
    await answersReached(2);
    expect(answers).toEqual([
      [large, 'event_store.client.MaximumAppendSizeExceeded'],
      [next, 'revision 0'],
    ]);
  });

  test('answers what cannot be understood, and goes on', async () => {
    const [noOptions, badId, next] = [randomUUID(), randomUUID(), randomUUID()];
    send({ id: noOptions, isFinal: true });
    send({ id: badId, deadlineMs: farFutureMs, isFinal: true, eventId: 'not a uuid' });
    send({ id: next, deadlineMs: farFutureMs, isFinal: true });
    await answersReached(3);
    expect(answers).toEqual([
      [noOptions, 'event_store.client.BadRequest'],
      [badId, 'event_store.client.BadRequest'],
      [next, 'revision 0'],
    ]);
  });

  test('finishes what was sent before the half-close, then ends well', async () => {
    const ids = Array.from({ length: 50 }, () => randomUUID());
    for (const id of ids) send({ id, deadlineMs: farFutureMs, isFinal: true });
    send({ id: randomUUID(), deadlineMs: farFutureMs, isFinal: false });
    call.end();
    expect(await ended).toBeUndefined();
    expect(answers).toEqual(ids.map((id, revision) => [id, `revision ${revision}`]));
  });

  test('ends with an error when a correlation id cannot be read', async () => {
    send({ id: 'nobody', isFinal: true });
    expect((await ended)?.code).toBe(3);
  });
});

describe('calls outside the table', () => {
  test.each([
    '/event_store.client.persistent_subscriptions.PersistentSubscriptions/Create',
    '/event_store.client.projections.Projections/Create',
    '/event_store.client.users.Users/Create',
    '/event_store.client.operations.Operations/StartScavenge',
  ])('%s is unimplemented', async (path) => {
    const code = await new Promise((resolve) => {
      const same = (bytes: Buffer): Buffer => bytes;
      client.makeUnaryRequest(path, same, same, Buffer.alloc(0), (error) => {
        resolve(error?.code);
      });
    });
    expect(code).toBe(12);
  });
});

test('the published table names every call that is answered, and no other', async () => {
  const listed = await new Promise<string[]>((resolve, reject) => {
    client.makeUnaryRequest(
      '/event_store.client.server_features.ServerFeatures/GetSupportedMethods',
      (bytes: Buffer) => bytes,
      (bytes) => features.SupportedMethods.deserializeBinary(new Uint8Array(bytes)),
      Buffer.alloc(0),
      (error, answer) => {
        if (!answer) reject(error ?? new Error('no answer'));
        const methods = answer?.getMethodsList() ?? [];
        resolve(methods.map((each) => `${each.getServiceName()}/${each.getMethodName()}`));
      },
    );
  });
  expect(listed).toEqual([
    'event_store.client.streams.streams/append',
    'event_store.client.streams.streams/batchappend',
    'event_store.client.streams.streams/read',
    'event_store.client.streams.streams/delete',
    'event_store.client.streams.streams/tombstone',
    'event_store.client.server_features.serverfeatures/getsupportedmethods',
    'event_store.client.gossip.gossip/read',
  ]);
});
