import gossipDefinitions from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import featureDefinitions from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type parts from '@eventstore/db-client/generated/shared_pb.js';
import streamDefinitions from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Expectation } from './decision.ts';
import { RequestFault } from './faults.ts';
import { saturatingInteger } from './wire.ts';

/**
 * The only file that touches the generated code of the client package. The generated classes
 * register themselves on a global, so a process must not hold two generations of them: the node
 * reads requests with the very classes the client writes them with. Answers are written by hand
 * (frames.ts), hence every response serializer here passes bytes through.
 */

/** An event as proposed. `id` is a lower-case UUID. */
export type ProposedEvent = {
  id: string;
  type: string;
  isJson: boolean;
  data: Uint8Array;
  metadata: Uint8Array;
};

export type StreamTarget = { stream: string; expectation: Expectation };
export type AppendReq = streams.AppendReq;
export type BatchAppendReq = streams.BatchAppendReq;
export type ReadReq = streams.ReadReq;
export type DeletionReq = streams.DeleteReq | streams.TombstoneReq;

const answersAreBytes = { responseSerialize: (answer: Buffer): Buffer => answer };

/** The calls this node answers; grpc-js says UNIMPLEMENTED to every other one. */
export const streamCalls = {
  append: { ...streamDefinitions.StreamsService.append, ...answersAreBytes },
  batchAppend: { ...streamDefinitions.StreamsService.batchAppend, ...answersAreBytes },
  read: { ...streamDefinitions.StreamsService.read, ...answersAreBytes },
  delete: { ...streamDefinitions.StreamsService.delete, ...answersAreBytes },
  tombstone: { ...streamDefinitions.StreamsService.tombstone, ...answersAreBytes },
};

export const featureCalls = {
  getSupportedMethods: {
    ...featureDefinitions.ServerFeaturesService.getSupportedMethods,
    ...answersAreBytes,
  },
};

export const gossipCalls = {
  read: { ...gossipDefinitions.GossipService.read, ...answersAreBytes },
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The name inside a stream identifier. Empty names and `$all` cannot be written or read. */
export function streamName(identifier: parts.StreamIdentifier | undefined): string {
  let name: string;
  try {
    name = utf8.decode(identifier?.getStreamName_asU8());
  } catch {
    throw RequestFault.invalid('The stream name is not UTF-8.');
  }
  if (name === '') throw RequestFault.invalid('The stream name is empty.');
  if (name === '$all') throw RequestFault.invalid('$all is not a stream of its own.');
  return name;
}

const uuidForm = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** A UUID as lower-case text with hyphens. Only the textual form is spoken here. */
export function uuidText(uuid: parts.UUID | undefined): string {
  const text = uuid?.getString() ?? '';
  if (!uuidForm.test(text)) throw RequestFault.invalid('A UUID in textual form is required.');
  const lower = text.toLowerCase();
  if (lower.length === 36) return lower;
  const hex = lower.replaceAll('-', '');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

type AnyProposedMessage =
  streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage;

export function proposedEvent(message: AnyProposedMessage): ProposedEvent {
  const properties = message.getMetadataMap();
  const type = properties.get('type');
  const contentType = properties.get('content-type');
  if (!type || !contentType) throw RequestFault.missingProperties();
  return {
    id: uuidText(message.getId()),
    type,
    isJson: contentType === 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

type RevisionOptions = {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
};

function expectation(options: RevisionOptions, revision: string | undefined): Expectation {
  if (revision !== undefined) return { kind: 'revision', revision: saturatingInteger(revision) };
  if (options.hasNoStream()) return { kind: 'no-stream' };
  if (options.hasStreamExists()) return { kind: 'stream-exists' };
  if (options.hasAny()) return { kind: 'any' };
  throw RequestFault.invalid('The expected revision is missing.');
}

export function appendTarget(options: streams.AppendReq.Options): StreamTarget {
  const revision = options.hasRevision() ? options.getRevision() : undefined;
  return {
    stream: streamName(options.getStreamIdentifier()),
    expectation: expectation(options, revision),
  };
}

export function deletionTarget(request: DeletionReq): StreamTarget {
  const options = request.getOptions();
  if (!options) throw RequestFault.invalid('The options are missing.');
  const revision = options.hasRevision() ? options.getRevision() : undefined;
  return {
    stream: streamName(options.getStreamIdentifier()),
    expectation: expectation(options, revision),
  };
}

/** @returns the target and the absolute deadline in milliseconds since 1970, if one is set */
export function batchTarget(
  options: streams.BatchAppendReq.Options,
): StreamTarget & { deadlineMs: number | undefined } {
  const revision = options.hasStreamPosition() ? options.getStreamPosition() : undefined;
  const deadline = options.getDeadline();
  return {
    stream: streamName(options.getStreamIdentifier()),
    expectation: expectation(options, revision),
    deadlineMs: deadline && deadline.getSeconds() * 1000 + deadline.getNanos() / 1e6,
  };
}

/** Which events of `$all` a reader wants to see. */
export type EventFilter = {
  on: 'stream' | 'type';
  prefixes: readonly string[];
  regex: RegExp | undefined;
  /** After how many considered events a checkpoint is due. */
  checkpointEvery: number;
};

export type ReadOrigin = { kind: 'start' } | { kind: 'end' } | { kind: 'at'; value: number };

/** One read or subscription. `stream` is undefined for `$all`; `count` for a subscription. */
export type ReadRequest = {
  stream: string | undefined;
  from: ReadOrigin;
  backwards: boolean;
  count: number | undefined;
  resolveLinks: boolean;
  filter: EventFilter | undefined;
};

export function readRequest(request: ReadReq): ReadRequest {
  const options = request.getOptions();
  if (!options) throw RequestFault.invalid('The options are missing.');
  if (options.getUuidOption()?.hasStructured()) {
    throw RequestFault.unimplemented('Structured UUIDs are not spoken; ask for text.');
  }
  const stream = options.getStream();
  const filter = options.getFilter();
  if (stream && filter) throw RequestFault.invalid('A filter needs $all.');
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  const count = options.hasCount() ? saturatingInteger(options.getCount()) : undefined;
  if (count === undefined && backwards) {
    throw RequestFault.invalid('A subscription reads forwards.');
  }
  return {
    stream: stream && streamName(stream.getStreamIdentifier()),
    from: stream ? streamOrigin(stream) : allOrigin(options.getAll()),
    backwards,
    count,
    resolveLinks: options.getResolveLinks(),
    filter: filter && eventFilter(filter),
  };
}

function streamOrigin(options: streams.ReadReq.Options.StreamOptions): ReadOrigin {
  if (options.hasRevision()) return { kind: 'at', value: saturatingInteger(options.getRevision()) };
  return { kind: options.hasEnd() ? 'end' : 'start' };
}

function allOrigin(options: streams.ReadReq.Options.AllOptions | undefined): ReadOrigin {
  if (!options) throw RequestFault.invalid('Neither a stream nor $all is named.');
  const position = options.getPosition();
  if (position) return { kind: 'at', value: saturatingInteger(position.getCommitPosition()) };
  return { kind: options.hasEnd() ? 'end' : 'start' };
}

/** The window a client gets when it asks for a count instead of naming a maximum. */
const defaultWindow = 32;

function eventFilter(options: streams.ReadReq.Options.FilterOptions): EventFilter {
  const expression = options.getStreamIdentifier() ?? options.getEventType();
  if (!expression) throw RequestFault.invalid('The filter has no expression.');
  const window = options.hasMax() ? options.getMax() : defaultWindow;
  const interval = options.getCheckpointintervalmultiplier();
  if (window < 1) throw RequestFault.invalid('The filter window must be at least 1.');
  if (interval < 1) throw RequestFault.invalid('The checkpoint interval must be at least 1.');
  return {
    on: options.hasStreamIdentifier() ? 'stream' : 'type',
    prefixes: expression.getPrefixList(),
    regex: expression.getRegex() === '' ? undefined : regex(expression.getRegex()),
    checkpointEvery: window * interval,
  };
}

function regex(source: string): RegExp {
  try {
    return new RegExp(source);
  } catch {
    throw RequestFault.invalid('The filter is not a regular expression of ECMAScript.');
  }
}

/** The data of an event as stored; needed only where a link is followed. */
export function recordedData(record: Uint8Array): Buffer {
  const event = streams.ReadResp.ReadEvent.RecordedEvent.deserializeBinary(record);
  return Buffer.from(event.getData_asU8());
}
