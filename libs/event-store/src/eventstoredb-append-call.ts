import { randomUUID } from 'node:crypto';
import type { EventStoreDBClient } from '@eventstore/db-client';
import parts from '@eventstore/db-client/generated/shared_pb.js';
import calls from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type messages from '@eventstore/db-client/generated/streams_pb.js';
import type { CallOptions, Client, ClientDuplexStream, Metadata } from '@grpc/grpc-js';
import { epochMs, parseCount, systemClock } from '#kernel';
import type { CheckedEvent } from './append-check.ts';
import { appendRequestBytes } from './eventstoredb-append-request.ts';
import { positionFrom } from './eventstoredb-wire.ts';
import type { ExpectedRevision, Position } from './port.ts';

/** What became of an append, as far as the call can tell. */
export type AppendAnswer =
  | {
      readonly kind: 'written';
      readonly lastRevision: number;
      /** Some servers answer a repetition without the position of the first time. */
      readonly position: Position | undefined;
    }
  | { readonly kind: 'wrong-version'; readonly actualRevision: number | null }
  /** Certainly not carried out. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Perhaps carried out. */
  | { readonly kind: 'unknown'; readonly message: string; readonly cause?: unknown };

type Unanswered = {
  readonly sentAt: number;
  readonly settle: (answer: AppendAnswer) => void;
};

/**
 * One BatchAppend call of the protocol: appends go out as they come, and each is answered under its
 * correlation id when it is on disk. It runs on the official client's channel, so that discovery,
 * TLS, credentials and the way to a new leader are the client's; the table of what is unanswered is
 * our own. The client's (6.2.1) is one for the whole process: an error of any connection rejects
 * everybody's appends, an answer that comes afterwards throws where nobody can catch it, and so
 * does a break while more than 16 requests wait to be sent (kurrentdb-client mended that in pull
 * request 523). Here an append always settles, and an answer to none is let go.
 */
export class AppendCall {
  private readonly stream: AppendStream;
  private readonly deadlineMs: number;
  private readonly onEnd: (wasSilent: boolean) => void;
  private readonly unanswered = new Map<string, Unanswered>();
  private timer: NodeJS.Timeout | undefined;
  private isEnded = false;

  private constructor(
    stream: AppendStream,
    deadlineMs: number,
    onEnd: (wasSilent: boolean) => void,
  ) {
    this.stream = stream;
    this.deadlineMs = deadlineMs;
    this.onEnd = onEnd;
    stream.on('data', (answer: messages.BatchAppendResp) => this.take(answer));
    stream.on('error', (error: Error) => this.end(error.message, error));
    stream.on('end', () => this.end('the server ended the call'));
  }

  /**
   * Opens the call; rejects when the server cannot be asked whether it knows such calls, or does
   * not. `onEnd` is called once: when nothing can be sent any more.
   */
  static async open(
    client: EventStoreDBClient,
    deadlineMs: number,
    onEnd: (wasSilent: boolean) => void,
  ): Promise<AppendCall> {
    const inside = client as unknown as ClientInside;
    const { batchAppend } = calls.StreamsService;
    if (!(await inside.supports(batchAppend))) throw new TypeError('the server is too old');
    const open = inside.GRPCStreamCreator(calls.StreamsClient, 'append', (channel) =>
      channel.makeBidiStreamRequest(
        batchAppend.path,
        (request: Buffer) => request,
        batchAppend.responseDeserialize,
        ...inside.callArguments({}, { deadline: Infinity }),
      ),
    );
    return new AppendCall(await open(), deadlineMs, onEnd);
  }

  /** Never rejects. A server that leaves it unanswered for a quarter more than the deadline is silent. */
  append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly CheckedEvent[],
  ): Promise<AppendAnswer> {
    if (this.isEnded) {
      return Promise.resolve({ kind: 'refused', message: 'not sent: the connection broke' });
    }
    const correlationId = randomUUID();
    const deadlineMs = epochMs(systemClock.now()) + this.deadlineMs;
    const request = { correlationId, stream, expected, events, deadlineMs };
    return new Promise((settle) => {
      this.unanswered.set(correlationId, { sentAt: performance.now(), settle });
      this.stream.write(appendRequestBytes(request));
      this.watch();
    });
  }

  private take(answer: messages.BatchAppendResp): void {
    const correlationId = textOf(answer.getCorrelationId());
    this.unanswered.get(correlationId)?.settle(understood(answer));
    this.unanswered.delete(correlationId);
  }

  /** One timer for the oldest append: whoever is younger is looked at when that one is answered. */
  private watch(): void {
    const [oldest] = this.unanswered.values();
    if (this.timer !== undefined || oldest === undefined) return;
    const leftMs = oldest.sentAt + this.deadlineMs * 1.25 - performance.now();
    this.timer = setTimeout(() => this.look(oldest), Math.max(0, leftMs));
  }

  private look(oldest: Unanswered): void {
    this.timer = undefined;
    const [stillOldest] = this.unanswered.values();
    if (stillOldest === oldest) this.end(`no answer within ${this.deadlineMs} ms`, silence);
    else this.watch();
  }

  private end(message: string, cause?: unknown): void {
    if (this.isEnded) return;
    this.isEnded = true;
    clearTimeout(this.timer);
    this.onEnd(cause === silence);
    for (const { settle } of this.unanswered.values()) settle({ kind: 'unknown', message, cause });
    this.unanswered.clear();
    this.stream.cancel();
  }
}

/** Why a call ends whose server says nothing. */
const silence = Symbol('silence');

type AppendStream = ClientDuplexStream<Buffer, messages.BatchAppendResp>;

/** Of the client's protected members those by which its own appends are made. */
type ClientInside = {
  supports(method: typeof calls.StreamsService.batchAppend): Promise<boolean>;
  GRPCStreamCreator(
    client: typeof calls.StreamsClient,
    name: string,
    create: (channel: Client) => AppendStream,
  ): () => Promise<AppendStream>;
  callArguments(options: object, callOptions: CallOptions): [Metadata, CallOptions];
};

/** Real servers answer with the two halves of a UUID as signed 64-bit integers. */
function textOf(id: parts.UUID | undefined): string {
  const halves = id?.getStructured();
  if (halves === undefined) return id?.getString() ?? '';
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64BE(BigInt(halves.getMostSignificantBits()), 0);
  bytes.writeBigInt64BE(BigInt(halves.getLeastSignificantBits()), 8);
  return bytes
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, (_, ...groups) => `${groups.slice(0, 4).join('-')}-`);
}

function understood(answer: messages.BatchAppendResp): AppendAnswer {
  const success = answer.getSuccess();
  if (success === undefined) return refusal(answer);
  const lastRevision = parseCount(success.getCurrentRevision());
  if (lastRevision === undefined) {
    return { kind: 'unknown', message: `a revision out of range: ${success.getCurrentRevision()}` };
  }
  const place = success.getPosition();
  const position = place && positionFrom(place.getCommitPosition(), place.getPreparePosition());
  return { kind: 'written', lastRevision, position };
}

const packed = 'event_store.client.';

/** What the details of an answer's `google.rpc.Status` say. Whoever is in doubt says `unknown`. */
function refusal(answer: messages.BatchAppendResp): AppendAnswer {
  const status = answer.getError();
  const details = status?.getDetails();
  const type = details?.getTypeName().replace(packed, '') ?? '';
  if (type === 'WrongExpectedVersion') {
    const version = details?.unpack(
      (bytes) => parts.WrongExpectedVersion.deserializeBinary(bytes),
      `${packed}${type}`,
    );
    const isThere = version?.hasCurrentStreamRevision() === true;
    const actualRevision = isThere ? parseCount(version.getCurrentStreamRevision()) : undefined;
    return { kind: 'wrong-version', actualRevision: actualRevision ?? null };
  }
  if (type === 'StreamDeleted') {
    const message = 'the stream was deleted in the event store, which a ledger never does';
    return { kind: 'refused', message };
  }
  const message = `${type} ${status?.getMessage() ?? ''}`.trim();
  return { kind: refusals.has(type) ? 'refused' : 'unknown', message };
}

/** Details after which it is certain that the append was not carried out. */
const refusals: ReadonlySet<string> = new Set([
  'AccessDenied',
  'BadRequest',
  'InvalidTransaction',
  'MaximumAppendSizeExceeded',
]);
