import messages from '@eventstore/db-client/generated/streams_pb.js';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appendRequestBytes } from './eventstoredb-append-request.ts';
import type { AppendRequest } from './eventstoredb-append-request.ts';

const text = fc.string({ unit: 'binary' });
const plain = { noNullPrototype: true } as const;
const event = fc.record({ id: fc.uuid(), type: text, dataText: text, metadataText: text }, plain);
const requests: fc.Arbitrary<AppendRequest> = fc.record(
  {
    correlationId: fc.uuid(),
    stream: text,
    expected: fc.oneof(fc.constant('no-stream' as const), fc.maxSafeNat()),
    events: fc.array(event, { minLength: 1, maxLength: 4 }),
    deadlineMs: fc.maxSafeNat(),
  },
  plain,
);

test('the client’s own reader finds in the request what was put in, at any size', () => {
  const check = (request: AppendRequest) =>
    expect(read(appendRequestBytes(request))).toStrictEqual(request);
  fc.assert(fc.property(requests, check));
  const long = 'ư'.repeat(200_000);
  const one = { id: '00000000-0000-4000-8000-000000000000', type: 't', metadataText: '{}' };
  for (const length of [0, 127, 128, 16_383, 16_384, 200_000]) {
    check({
      correlationId: one.id,
      stream: 's',
      expected: length,
      events: [{ ...one, dataText: long.slice(0, length) }],
      deadlineMs: 1_790_000_000_123,
    });
  }
});

function read(bytes: Buffer): AppendRequest {
  const request = messages.BatchAppendReq.deserializeBinary(bytes);
  expect(request.getIsFinal()).toBe(true);
  const options = request.getOptions();
  const deadline = options?.getDeadline();
  const position = options?.hasStreamPosition() ? Number(options.getStreamPosition()) : undefined;
  expect(options?.hasNoStream()).toBe(position === undefined);
  return {
    correlationId: request.getCorrelationId()?.getString() ?? '',
    stream: utf8(options?.getStreamIdentifier()?.getStreamName_asU8()),
    expected: position ?? 'no-stream',
    deadlineMs: (deadline?.getSeconds() ?? 0) * 1_000 + (deadline?.getNanos() ?? 0) / 1_000_000,
    events: request.getProposedMessagesList().map((event) => {
      const properties = event.getMetadataMap();
      expect(properties.get('content-type')).toBe('application/json');
      return {
        id: event.getId()?.getString() ?? '',
        type: properties.get('type') ?? '',
        dataText: utf8(event.getData_asU8()),
        metadataText: utf8(event.getCustomMetadata_asU8()),
      };
    }),
  };
}

function utf8(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
