import { Buffer } from 'node:buffer';
import type { CheckedEvent } from './append-check.ts';
import type { ExpectedRevision } from './port.ts';

/**
 * Writes the one request of the protocol that is made for every act, BatchAppendReq of
 * `streams.proto`, by hand. The client's generated classes would turn the JSON into base64, back
 * into bytes, and write the message twice, the first time only to learn its size.
 */
export type AppendRequest = {
  /** A UUID under which the answer will come. */
  readonly correlationId: string;
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly CheckedEvent[];
  /** When the server shall give up, in milliseconds since 1970. */
  readonly deadlineMs: number;
};

/** The message; it names all its events at once and so is the final one of its append. */
export function appendRequestBytes(request: AppendRequest): Buffer {
  const { correlationId, stream, expected, events, deadlineMs } = request;
  const expectation =
    expected === 'no-stream' ? field(noStream, []) : [key(streamPosition, 0), varint(expected)];
  return Buffer.concat([
    ...field(1, uuid(correlationId)),
    ...field(2, [
      ...field(1, text(3, stream)),
      ...expectation,
      ...field(6, [
        ...[key(1, 0), varint(Math.floor(deadlineMs / 1_000))],
        ...[key(2, 0), varint((deadlineMs % 1_000) * 1_000_000)],
      ]),
    ]),
    ...events.flatMap((event) => field(3, proposed(event))),
    ...[key(4, 0), varint(1)],
  ]);
}

/** Of `BatchAppendReq.Options.expected_stream_position`. */
const streamPosition = 2;
const noStream = 3;

function proposed({ id, type, dataText, metadataText }: CheckedEvent): Buffer[] {
  return [
    ...field(1, uuid(id)),
    ...field(2, [...text(1, 'type'), ...text(2, type)]),
    ...jsonContent,
    ...text(3, metadataText),
    ...text(4, dataText),
  ];
}

/*
 * How fields look on the wire (https://protobuf.dev/programming-guides/encoding/). A field is a list
 * of pieces, so that a message can be measured before it is put together, once.
 */

function field(number: number, content: readonly Buffer[]): Buffer[] {
  let size = 0;
  for (const piece of content) size += piece.length;
  return [key(number, 2), varint(size), ...content];
}

function text(number: number, value: string): Buffer[] {
  return field(number, [Buffer.from(value, 'utf8')]);
}

/** `UUID.string`. */
function uuid(id: string): Buffer[] {
  return text(2, id);
}

/** Numbers of fields are small here, so that a key is one byte; `type` is the wire type. */
function key(number: number, type: 0 | 2): Buffer {
  return smallBytes[number * 8 + type] ?? Buffer.of(number * 8 + type);
}

/** A whole number below 2^53, which is beyond what operations on bits can hold. */
function varint(value: number): Buffer {
  const small = smallBytes[value];
  if (small !== undefined) return small;
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

const smallBytes: readonly Buffer[] = Array.from({ length: 128 }, (_, byte) => Buffer.of(byte));
const jsonContent = field(2, [...text(1, 'content-type'), ...text(2, 'application/json')]);
