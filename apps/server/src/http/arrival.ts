import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refuseRequest } from './refusals.ts';

/**
 * How long a sender may take. A line on which a byte comes now and then costs its sender nothing
 * and the server a connection, so each way in has an end (OWASP ASVS 5.0, 13.1.3): headers by the
 * limits of Node itself, bodies here.
 */
export type ArrivalLimits = {
  /** All headers of a request; Node answers 408 itself. */
  readonly headersMs: number;
  /** The whole of a JSON body. */
  readonly bodyMs: number;
  /** Each 64 KiB of a file, which is 1 KiB a second: 5 GiB may take as long as they do. */
  readonly uploadStepMs: number;
  /** What still comes after the answer has left, before the line is cut. */
  readonly lingerMs: number;
  /** How often Node looks for headers that are late. */
  readonly lookMs: number;
};

export const arrivalLimits: ArrivalLimits = {
  headersMs: 20_000,
  bodyMs: 30_000,
  uploadStepMs: 60_000,
  lingerMs: 30_000,
  lookMs: 5_000,
};

type Pace = { readonly bytes: number; readonly withinMs: number };

const uploadStepBytes = 64 * 1024;
const paces = new WeakMap<object, Pace>();

/** The whole within a time: for what is collected before it is looked at. */
export function arrivingWithin(
  payload: Readable,
  withinMs: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  return paced(payload, { bytes: Infinity, withinMs });
}

/** Says at which pace an upload has to come, for whoever reads it later. */
export function paceUpload(payload: object, { uploadStepMs }: ArrivalLimits): void {
  paces.set(payload, { bytes: uploadStepBytes, withinMs: uploadStepMs });
}

/** An upload as it comes; fails with `request/too-slow` where it comes slower than its pace. */
export function arrivingUpload(payload: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  const known = paces.get(payload);
  return paced(payload, known ?? { bytes: uploadStepBytes, withinMs: arrivalLimits.uploadStepMs });
}

/** Only the time spent waiting for the sender counts, not what our own disk needs. */
async function* paced(
  payload: Readable,
  { bytes, withinMs }: Pace,
): AsyncGenerator<Uint8Array, void, undefined> {
  // Whoever stops reading must not destroy the line with it: the answer is still to be sent.
  const chunks = payload.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
  let leftMs = withinMs;
  let stepBytes = 0;
  try {
    for (;;) {
      const asked = performance.now();
      const next = await before(leftMs, chunks.next());
      if (next.done === true) return;
      leftMs -= performance.now() - asked;
      stepBytes += next.value.length;
      if (stepBytes >= bytes) {
        stepBytes = 0;
        leftMs = withinMs;
      }
      yield next.value;
    }
  } finally {
    // What still comes is thrown away (`cutUnread` says for how long), or the sender would block.
    void chunks.return?.().then(
      () => payload.resume(),
      () => undefined,
    );
  }
}

async function before<T>(timeMs: number, arriving: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(refuseRequest('request/too-slow')), Math.max(0, timeMs));
  });
  // Once it is late, nobody waits for what the line still brings, or for how it ends.
  arriving.catch(() => undefined);
  try {
    return await Promise.race([arriving, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Cuts the line of a request that was answered before all of it had come, if the rest stays away:
 * nobody reads it, so no reader would notice. Not at once, or a sender who is busy sending would
 * lose the answer.
 */
export function cutUnread(server: FastifyInstance, { lingerMs }: ArrivalLimits): void {
  server.addHook('onResponse', (request: FastifyRequest, _reply, done) => {
    const { raw } = request;
    if (!raw.complete && !raw.socket.destroyed) {
      const timer = setTimeout(() => raw.socket.destroy(), lingerMs).unref();
      const keep = () => clearTimeout(timer);
      raw.once('end', keep).once('close', keep);
    }
    done();
  });
}
