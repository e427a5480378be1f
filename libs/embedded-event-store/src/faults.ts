import { Metadata, status } from '@grpc/grpc-js';
import type { Expectation } from './decision.ts';

/**
 * A call that ends in an error status. The client decides by the `exception` trailer first and by
 * the status second, so both are set as real servers set them.
 */
export class RequestFault extends Error {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;

  constructor(code: status, details: string, trailers: Record<string, string> = {}) {
    super(details);
    this.name = 'RequestFault';
    this.code = code;
    this.details = asciiText(details);
    this.metadata = new Metadata();
    for (const [key, value] of Object.entries(trailers)) this.metadata.set(key, asciiText(value));
  }

  static invalid(details: string): RequestFault {
    return new RequestFault(status.INVALID_ARGUMENT, details);
  }

  static unimplemented(details: string): RequestFault {
    return new RequestFault(status.UNIMPLEMENTED, details);
  }

  static unavailable(details: string): RequestFault {
    return new RequestFault(status.UNAVAILABLE, details);
  }

  /** Written or not, nobody knows: the caller asks again with the same ids and revision. */
  static unknownOutcome(details: string): RequestFault {
    return new RequestFault(status.INTERNAL, details);
  }

  static missingProperties(): RequestFault {
    return new RequestFault(status.INVALID_ARGUMENT, 'An event lacks type or content-type.', {
      exception: 'missing-required-metadata-property',
      'required-metadata-properties': 'type,content-type',
    });
  }

  static appendTooLarge(maxAppendBytes: number): RequestFault {
    return new RequestFault(status.INVALID_ARGUMENT, 'The append is too large.', {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': `${maxAppendBytes}`,
    });
  }

  static streamDeleted(stream: string): RequestFault {
    return new RequestFault(status.FAILED_PRECONDITION, `Stream ${stream} is deleted.`, {
      exception: 'stream-deleted',
      'stream-name': stream,
    });
  }

  /** Deletions only: appends report a wrong version inside their answer. */
  static wrongVersion(stream: string, expected: Expectation, lastRevision: number): RequestFault {
    return new RequestFault(status.FAILED_PRECONDITION, 'The expected version is wrong.', {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': `${expectedVersion(expected)}`,
      'actual-version': lastRevision < 0 ? '' : `${lastRevision}`,
    });
  }
}

/** What grpc-js is told about an error of any kind; an unforeseen one shows no insides. */
export function asFault(error: unknown): RequestFault {
  if (error instanceof RequestFault) return error;
  const details = error instanceof Error ? error.message : 'unforeseen';
  return RequestFault.unknownOutcome(`The node failed: ${details}`);
}

function expectedVersion(expected: Expectation): number {
  switch (expected.kind) {
    case 'no-stream':
      return -1;
    case 'any':
      return -2;
    case 'stream-exists':
      return -4;
    case 'revision':
      return expected.revision;
  }
}

/** Trailers are ASCII by HTTP/2; anything else in a stream name is percent-encoded. */
function asciiText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/gu, (run) => encodeURIComponent(run));
}
