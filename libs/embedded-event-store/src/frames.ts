import type { Expectation } from './decision.ts';
import type { ProposedEvent } from './protocol.ts';
import { WireWriter, varintSize } from './wire.ts';

/**
 * The answers of the node as bytes. Field numbers are those of the definitions the client package
 * ships (streams.proto, shared.proto, status.proto, serverfeatures.proto, gossip.proto).
 */

/** Written as the revision of a tombstone: the largest a stream can have. */
export const tombstoneRevision = Number.MAX_SAFE_INTEGER;

/** RecordedEvent: what is stored, and what every read sends without touching it again. */
export function recordedEvent(
  event: ProposedEvent,
  place: { stream: string; revision: number; position: number; createdMs: number },
): Buffer {
  const { stream, revision, position, createdMs } = place;
  const contentType = event.isJson ? 'application/json' : 'application/octet-stream';
  // Ticks of 100 nanoseconds since 1970, as text.
  const created = `${createdMs}0000`;
  const size = event.data.length + event.metadata.length + stream.length + event.type.length;
  const writer = new WireWriter(size + 320);
  writer.message(1, (id) => id.text(2, event.id)).message(2, (name) => name.text(3, stream));
  if (revision === tombstoneRevision) writer.largestInteger(3);
  else writer.integer(3, revision);
  writer
    .integer(4, position)
    .integer(5, position)
    .message(6, (entry) => entry.text(1, 'type').text(2, event.type))
    .message(6, (entry) => entry.text(1, 'content-type').text(2, contentType))
    .message(6, (entry) => entry.text(1, 'created').text(2, created))
    .bytes(7, event.metadata)
    .bytes(8, event.data);
  return writer.finish();
}

/** ReadResp with one event: three small headers around the stored bytes, one copy. */
export function eventFrame(record: Uint8Array, position: number): Buffer {
  const inner = 1 + varintSize(record.length) + record.length + 1 + varintSize(position);
  const frame = Buffer.allocUnsafe(1 + varintSize(inner) + inner);
  let at = 0;
  frame[at++] = 0x0a;
  at = putVarint(frame, at, inner);
  frame[at++] = 0x0a;
  at = putVarint(frame, at, record.length);
  frame.set(record, at);
  at += record.length;
  frame[at++] = 0x18;
  putVarint(frame, at, position);
  return frame;
}

function putVarint(target: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 127) {
    target[at++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}

/** ReadResp for a link that was followed; `target` is undefined when nothing is there any more. */
export function linkFrame(
  link: Uint8Array,
  target: Uint8Array | undefined,
  position: number,
): Buffer {
  return new WireWriter(link.length + (target?.length ?? 0) + 64)
    .message(1, (resolved) => {
      if (target) resolved.bytes(1, target);
      resolved.bytes(2, link).integer(3, position);
    })
    .finish();
}

export function confirmationFrame(subscriptionId: string): Buffer {
  return new WireWriter().message(2, (content) => content.text(1, subscriptionId)).finish();
}

export function checkpointFrame(position: number): Buffer {
  return new WireWriter().message(3, (content) => putPosition(content, position)).finish();
}

export function streamNotFoundFrame(stream: string): Buffer {
  return new WireWriter().message(4, (content) => putStream(content, 1, stream)).finish();
}

export function caughtUpFrame(): Buffer {
  return new WireWriter().message(8).finish();
}

function putPosition(writer: WireWriter, position: number): void {
  writer.integer(1, position).integer(2, position);
}

function putStream(writer: WireWriter, field: number, stream: string): void {
  writer.message(field, (identifier) => identifier.text(3, stream));
}

/** Revision -1 is "no stream"; an append of nothing has no position. */
export type Written = { revision: number; position: number | undefined };

function putSuccess(writer: WireWriter, written: Written): void {
  if (written.revision < 0) writer.message(2);
  else writer.integer(1, written.revision);
  const { position } = written;
  if (position === undefined) writer.message(4);
  else writer.message(3, (content) => putPosition(content, position));
}

/** AppendResp: success. */
export function appendedFrame(written: Written): Buffer {
  return new WireWriter().message(1, (success) => putSuccess(success, written)).finish();
}

/** AppendResp: a wrong version is an answer of this call, not an error. */
export function appendRefusedFrame(expected: Expectation, lastRevision: number): Buffer {
  const fields = { revision: 8, any: 9, 'stream-exists': 10, 'no-stream': 11 };
  return new WireWriter()
    .message(2, (content) => {
      if (lastRevision < 0) content.message(7);
      else content.integer(6, lastRevision);
      putExpectation(content, fields, expected);
    })
    .finish();
}

type ExpectationFields = Record<Expectation['kind'], number>;

function putExpectation(
  writer: WireWriter,
  fields: ExpectationFields,
  expected: Expectation,
): void {
  if (expected.kind === 'revision') writer.integer(fields.revision, expected.revision);
  else writer.message(fields[expected.kind]);
}

/** DeleteResp and TombstoneResp have the same shape. */
export function deletedFrame(position: number): Buffer {
  return new WireWriter().message(1, (content) => putPosition(content, position)).finish();
}

/** BatchAppendResp: success. */
export function batchAppendedFrame(
  correlationId: string,
  stream: string,
  written: Written,
): Buffer {
  const writer = new WireWriter();
  writer.message(1, (id) => id.text(2, correlationId));
  writer.message(3, (success) => putSuccess(success, written));
  putStream(writer, 4, stream);
  return writer.finish();
}

/** Why one append of a batch stream was not done; becomes a google.rpc.Status. */
export type BatchFailure =
  | { kind: 'wrong-version'; expected: Expectation; lastRevision: number }
  | { kind: 'deleted' }
  | { kind: 'timeout' }
  | { kind: 'too-large'; maxAppendBytes: number }
  | { kind: 'bad-request'; message: string }
  | { kind: 'unknown-outcome'; message: string };

/** The client looks into the stream identifier of every error, so it is always present. */
export function batchFailedFrame(
  correlationId: string,
  stream: string,
  failure: BatchFailure,
): Buffer {
  const { code, message, type, details } = describeFailure(failure, stream);
  const writer = new WireWriter();
  writer.message(1, (id) => id.text(2, correlationId));
  writer.message(2, (error) => {
    error.integer(1, code).text(2, message);
    error.message(3, (any) => {
      any.text(1, `type.googleapis.com/event_store.client.${type}`).message(2, details);
    });
  });
  putStream(writer, 4, stream);
  return writer.finish();
}

type FailureStatus = {
  /** A code of google.rpc.Code. */
  code: number;
  message: string;
  /** The message inside Any, by which the client chooses the error class. */
  type: string;
  details?: (writer: WireWriter) => void;
};

function describeFailure(failure: BatchFailure, stream: string): FailureStatus {
  switch (failure.kind) {
    case 'wrong-version': {
      const { expected, lastRevision } = failure;
      const fields = { revision: 3, any: 4, 'stream-exists': 5, 'no-stream': 6 };
      const details = (writer: WireWriter): void => {
        if (lastRevision < 0) writer.message(2);
        else writer.integer(1, lastRevision);
        putExpectation(writer, fields, expected);
      };
      return { code: 9, message: 'wrong expected version', type: 'WrongExpectedVersion', details };
    }
    case 'deleted': {
      const details = (writer: WireWriter): void => {
        putStream(writer, 1, stream);
      };
      return { code: 9, message: 'stream deleted', type: 'StreamDeleted', details };
    }
    case 'timeout':
      return { code: 4, message: 'deadline passed before the write', type: 'Timeout' };
    case 'too-large': {
      const details = (writer: WireWriter): void => {
        writer.integer(1, failure.maxAppendBytes);
      };
      return { code: 3, message: 'too large', type: 'MaximumAppendSizeExceeded', details };
    }
    case 'bad-request': {
      const details = (writer: WireWriter): void => {
        writer.text(1, failure.message);
      };
      return { code: 3, message: failure.message, type: 'BadRequest', details };
    }
    case 'unknown-outcome':
      return { code: 13, message: failure.message, type: 'Unknown' };
  }
}

/** SupportedMethods: one entry per call that is truly answered. */
export function featuresFrame(version: string, paths: readonly string[]): Buffer {
  const writer = new WireWriter();
  for (const path of paths) {
    const [, service = '', method = ''] = path.toLowerCase().split('/');
    writer.message(1, (entry) => entry.text(1, method).text(2, service));
  }
  return writer.text(2, version).finish();
}

/** ClusterInfo of one member that is alive and the leader (state 8): itself. */
export function gossipFrame(instanceId: string, nowMs: number, port: number): Buffer {
  return new WireWriter()
    .message(1, (member) => {
      member.message(1, (id) => id.text(2, instanceId));
      member
        .integer(2, nowMs * 10_000)
        .integer(3, 8)
        .integer(4, 1);
      member.message(5, (endpoint) => endpoint.text(1, '127.0.0.1').integer(2, port));
    })
    .finish();
}
