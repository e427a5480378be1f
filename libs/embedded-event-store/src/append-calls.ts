import type {
  ServerDuplexStream,
  ServerReadableStream,
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleUnaryCall,
} from '@grpc/grpc-js';
import { RequestFault, asFault } from './faults.ts';
import {
  appendRefusedFrame,
  appendedFrame,
  batchAppendedFrame,
  batchFailedFrame,
  deletedFrame,
} from './frames.ts';
import type { BatchFailure } from './frames.ts';
import type { GroupCommit, Job, Outcome } from './group-commit.ts';
import { appendTarget, batchTarget, deletionTarget, proposedEvent, uuidText } from './protocol.ts';
import type {
  AppendReq,
  BatchAppendReq,
  DeletionReq,
  ProposedEvent,
  StreamTarget,
} from './protocol.ts';

/** Measured as real servers limit it: what the caller put in, not what encoding adds. */
function sizeBytes(event: ProposedEvent): number {
  return event.data.length + event.metadata.length;
}

/** Append: options first, then one event per message; the end of the stream is the commit. */
export function appendCall(
  commits: GroupCommit,
  maxAppendBytes: number,
): handleClientStreamingCall<AppendReq, Buffer> {
  return (call: ServerReadableStream<AppendReq, Buffer>, answer) => {
    const events: ProposedEvent[] = [];
    let target: StreamTarget | undefined;
    let size = 0;
    let refused = false;
    const refuse = (error: unknown): void => {
      if (refused) return;
      refused = true;
      answer(asFault(error));
    };
    call.on('data', (message: AppendReq) => {
      // The rest of a refused append is read and forgotten, so that it cannot fill the memory.
      if (refused) return;
      try {
        const options = message.getOptions();
        const proposed = message.getProposedMessage();
        if (options) target = appendTarget(options);
        if (!proposed) return;
        const event = proposedEvent(proposed);
        size += sizeBytes(event);
        if (size > maxAppendBytes) throw RequestFault.appendTooLarge(maxAppendBytes);
        events.push(event);
      } catch (error) {
        refuse(error);
      }
    });
    call.on('end', () => {
      if (refused || call.cancelled) return;
      if (!target) {
        refuse(RequestFault.invalid('The options are missing.'));
        return;
      }
      const writeTo = target;
      const settle = (outcome: Outcome): void => {
        try {
          answer(null, appendAnswer(writeTo, outcome));
        } catch (error) {
          refuse(error);
        }
      };
      commits.submit({ kind: 'append', ...writeTo, events, deadlineMs: undefined, settle });
    });
  };
}

function appendAnswer({ stream, expectation }: StreamTarget, outcome: Outcome): Buffer {
  switch (outcome.kind) {
    case 'written':
      return appendedFrame(outcome);
    case 'wrong-version':
      return appendRefusedFrame(expectation, outcome.lastRevision);
    case 'deleted':
      throw RequestFault.streamDeleted(stream);
    case 'timeout':
    case 'unknown':
      throw RequestFault.unknownOutcome('The append could not be written.');
  }
}

/** Delete (soft) and Tombstone: here a wrong version is an error status with trailers. */
export function deletionCall(
  commits: GroupCommit,
  kind: 'delete' | 'tombstone',
): handleUnaryCall<DeletionReq, Buffer> {
  return (call, answer) => {
    try {
      const { stream, expectation } = deletionTarget(call.request);
      if (stream.startsWith('$$')) throw RequestFault.invalid('Metadata cannot be deleted.');
      const settle = (outcome: Outcome): void => {
        if (outcome.kind === 'written') answer(null, deletedFrame(outcome.position ?? 0));
        else if (outcome.kind === 'deleted') answer(RequestFault.streamDeleted(stream));
        else if (outcome.kind === 'wrong-version') {
          answer(RequestFault.wrongVersion(stream, expectation, outcome.lastRevision));
        } else answer(RequestFault.unknownOutcome('The deletion could not be written.'));
      };
      commits.submit({ kind, stream, expectation, events: [], deadlineMs: undefined, settle });
    } catch (error) {
      answer(asFault(error));
    }
  };
}

/** One append that arrives in pieces under a correlation id. */
type Batch = {
  correlationId: string;
  target: StreamTarget & { deadlineMs: number | undefined };
  events: ProposedEvent[];
  sizeBytes: number;
  /** Runs while pieces are missing: the client has no timer of its own and would wait forever. */
  timer: NodeJS.Timeout | undefined;
};

/** The longest a timer of Node can wait, in milliseconds. */
const timerMaxMs = 0x7fffffff;

/** BatchAppend: many appends over one stream, answered as they are done. */
export function batchAppendCall(
  commits: GroupCommit,
  maxAppendBytes: number,
  nowMs: () => number,
  onOpen: (batches: BatchAppends) => void,
): handleBidiStreamingCall<BatchAppendReq, Buffer> {
  return (call) => {
    onOpen(new BatchAppends(call, commits, maxAppendBytes, nowMs));
  };
}

/**
 * The appends of one BatchAppend stream. Each correlation id is answered exactly once: a second
 * answer, or one to an unknown id, brings the client's whole process down.
 */
export class BatchAppends {
  readonly #call: ServerDuplexStream<BatchAppendReq, Buffer>;
  readonly #commits: GroupCommit;
  readonly #maxAppendBytes: number;
  readonly #nowMs: () => number;
  /** Appends whose last piece has not come; `answered` ones only swallow the rest of theirs. */
  readonly #incomplete = new Map<string, Batch | 'answered'>();
  #unanswered = 0;
  #inputEnded = false;
  #closed = false;

  constructor(
    call: ServerDuplexStream<BatchAppendReq, Buffer>,
    commits: GroupCommit,
    maxAppendBytes: number,
    nowMs: () => number,
  ) {
    this.#call = call;
    this.#commits = commits;
    this.#maxAppendBytes = maxAppendBytes;
    this.#nowMs = nowMs;
    call.on('data', (request: BatchAppendReq) => {
      this.#take(request);
    });
    call.on('end', () => {
      this.#inputEnded = true;
      this.#endWhenDone();
    });
    for (const event of ['cancelled', 'close', 'error']) {
      call.on(event, () => {
        this.#close();
      });
    }
  }

  /** Ends the stream because the node stops. Unfinished appends learn it through this error. */
  stop(fault: RequestFault): void {
    if (!this.#closed) this.#call.emit('error', fault);
  }

  get closed(): boolean {
    return this.#closed;
  }

  #take(request: BatchAppendReq): void {
    let correlationId: string;
    try {
      correlationId = uuidText(request.getCorrelationId());
    } catch (error) {
      // Without an id no answer could be addressed; the stream as a whole is refused.
      this.#call.emit('error', asFault(error));
      return;
    }
    const isFinal = request.getIsFinal();
    const known = this.#incomplete.get(correlationId);
    if (known !== 'answered') this.#addPiece(correlationId, request, known);
    const batch = this.#incomplete.get(correlationId);
    if (!isFinal) return;
    this.#incomplete.delete(correlationId);
    if (batch !== undefined && batch !== 'answered') this.#submit(batch);
  }

  #addPiece(correlationId: string, request: BatchAppendReq, known: Batch | undefined): void {
    let batch = known;
    let stream = known?.target.stream ?? '';
    try {
      if (!batch) {
        const options = request.getOptions();
        if (!options) throw RequestFault.invalid('The options are missing.');
        const target = batchTarget(options);
        stream = target.stream;
        batch = { correlationId, target, events: [], sizeBytes: 0, timer: undefined };
        this.#unanswered += 1;
        this.#incomplete.set(correlationId, batch);
        if (!request.getIsFinal()) this.#startTimer(batch);
      }
      for (const message of request.getProposedMessagesList()) {
        const event = proposedEvent(message);
        batch.sizeBytes += sizeBytes(event);
        if (batch.sizeBytes > this.#maxAppendBytes) throw tooLarge;
        batch.events.push(event);
      }
    } catch (error) {
      if (!batch) this.#unanswered += 1;
      clearTimeout(batch?.timer);
      this.#incomplete.set(correlationId, 'answered');
      this.#fail(correlationId, stream, this.#failureOf(error));
    }
  }

  #failureOf(error: unknown): BatchFailure {
    if (error === tooLarge) return { kind: 'too-large', maxAppendBytes: this.#maxAppendBytes };
    return { kind: 'bad-request', message: asFault(error).message };
  }

  #startTimer(batch: Batch): void {
    const { deadlineMs, stream } = batch.target;
    if (deadlineMs === undefined) return;
    const waitMs = Math.min(Math.max(deadlineMs - this.#nowMs(), 0), timerMaxMs);
    batch.timer = setTimeout(() => {
      if (this.#incomplete.get(batch.correlationId) !== batch) return;
      this.#incomplete.set(batch.correlationId, 'answered');
      this.#fail(batch.correlationId, stream, { kind: 'timeout' });
    }, waitMs);
  }

  #submit(batch: Batch): void {
    clearTimeout(batch.timer);
    const { target, events, correlationId } = batch;
    const { stream, expectation, deadlineMs } = target;
    const settle: Job['settle'] = (outcome) => {
      switch (outcome.kind) {
        case 'written':
          this.#answer(batchAppendedFrame(correlationId, stream, outcome));
          return;
        case 'wrong-version': {
          const { kind, lastRevision } = outcome;
          this.#fail(correlationId, stream, { kind, expected: expectation, lastRevision });
          return;
        }
        case 'deleted':
        case 'timeout':
          this.#fail(correlationId, stream, { kind: outcome.kind });
          return;
        case 'unknown': {
          const message = `The append could not be written: ${outcome.reason}`;
          this.#fail(correlationId, stream, { kind: 'unknown-outcome', message });
        }
      }
    };
    this.#commits.submit({ kind: 'append', stream, expectation, events, deadlineMs, settle });
  }

  #fail(correlationId: string, stream: string, failure: BatchFailure): void {
    this.#answer(batchFailedFrame(correlationId, stream, failure));
  }

  #answer(frame: Buffer): void {
    this.#unanswered -= 1;
    if (this.#closed) return;
    // A client that does not read its answers is not read from either.
    if (!this.#call.write(frame) && !this.#call.isPaused()) {
      this.#call.pause();
      this.#call.once('drain', () => {
        this.#call.resume();
      });
    }
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    if (!this.#inputEnded || this.#closed) return;
    // After the half-close no further piece can come: what is incomplete stays so.
    const incomplete = [...this.#incomplete.values()].filter((batch) => batch !== 'answered');
    if (this.#unanswered === incomplete.length) this.#call.end();
  }

  #close(): void {
    this.#closed = true;
    for (const batch of this.#incomplete.values()) {
      if (batch !== 'answered') clearTimeout(batch.timer);
    }
    this.#incomplete.clear();
  }
}

/** Thrown where the limit is noticed and turned into the answer that names it. */
const tooLarge = new RangeError('The append is too large.');
