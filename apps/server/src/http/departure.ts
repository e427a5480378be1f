import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * What a reader may cost. An answer that nobody takes lies in the server's memory, and asking for it
 * costs a stranger fifty bytes; so each line has one answer at a time, each answer a pace, and all
 * of them together a bound (OWASP ASVS 5.0, 13.1.3).
 */
export type DepartureLimits = {
  /**
   * Until the system takes 64 KiB more of an answer, or what is left of it; then the line is cut. It
   * takes on a fast line's start what a slow one needs a while for, 1.5 MiB or so, and then nothing
   * until that has gone: 100 kbit/s are always fast enough.
   */
  readonly sendStepMs: number;
  /** How often the readers' paces are looked at. */
  readonly lookMs: number;
  /** Bytes of answers that wait for their readers; beyond, who has kept us longest is cut off. */
  readonly unreadBytesMax: number;
  /** Requests of one line that are sent before the first of them is answered. */
  readonly pipelinedMax: number;
};

export const departureLimits: DepartureLimits = {
  sendStepMs: 120_000,
  lookMs: 5_000,
  unreadBytesMax: 256 * 1024 * 1024,
  pipelinedMax: 16,
};

/** What is handed to a socket at once. What a reader has taken can be told by whole pieces only. */
const pieceBytes = 64 * 1024;

type Line = {
  /** Requests under way: the first is being answered, the others wait for their turn. */
  requests: number;
  readonly waiting: (() => void)[];
  /** Of the answer that leaves, where it is a large one. */
  heldBytes: number;
  /** What the reader had taken when it was last seen to keep its pace, and when that was. */
  takenBytes: number;
  sinceMs: number;
};

/** The answers on their way out, by the line that they leave on. */
export class Departures {
  private readonly limits: DepartureLimits;
  /** Those with something under way, in the order in which they began to have. */
  private readonly lines = new Map<Socket, Line>();
  /** Those and the idle ones. */
  private readonly kept = new WeakMap<Socket, Line>();
  private heldBytes = 0;

  constructor(limits: DepartureLimits) {
    this.limits = limits;
  }

  /**
   * One answer at a time on each line: the next is not begun until the reader has taken the one
   * before. To be called before anything else looks at requests.
   */
  takeTurns(server: FastifyInstance): void {
    server.addHook('onRequest', (request, reply) => this.turn(request, reply));
    const looking = setInterval(() => this.look(), this.limits.lookMs).unref();
    server.addHook('onClose', async () => clearInterval(looking));
  }

  /** Large answers leave in pieces. To be called after everything that looks at whole answers. */
  sendInPieces(server: FastifyInstance): void {
    server.addHook('onSend', async (request, reply, payload) => {
      const isWhole = typeof payload === 'string' || Buffer.isBuffer(payload);
      // A HEAD has the headers of its GET (RFC 9110, 9.3.2), which the framework counts itself.
      if (!isWhole || request.method === 'HEAD') return payload;
      if (Buffer.byteLength(payload) <= pieceBytes) return payload;
      const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
      void reply.header('content-length', bytes.length);
      this.hold(request.raw.socket, bytes.length);
      return Readable.from(pieces(bytes), { objectMode: false, highWaterMark: 1 });
    });
  }

  private async turn(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { socket } = request.raw;
    const line = this.lines.get(socket) ?? this.begin(socket);
    line.requests += 1;
    reply.raw.once('close', () => this.end(socket, line));
    if (line.requests > this.limits.pipelinedMax) socket.destroy();
    else if (line.requests > 1) await new Promise<void>((go) => line.waiting.push(go));
    // Nobody is left to be answered, so nothing is done for them.
    if (socket.destroyed) reply.hijack();
  }

  private begin(socket: Socket): Line {
    const line = this.kept.get(socket) ?? this.keep(socket);
    line.takenBytes = 0;
    line.sinceMs = performance.now();
    this.lines.set(socket, line);
    return line;
  }

  private keep(socket: Socket): Line {
    const line = { requests: 0, waiting: [], heldBytes: 0, takenBytes: 0, sinceMs: 0 };
    this.kept.set(socket, line);
    // Answers that were never begun are not told when their line goes.
    socket.once('close', () => this.forget(socket, line));
    return line;
  }

  private end(socket: Socket, line: Line): void {
    line.requests -= 1;
    this.release(line);
    const next = line.waiting.shift();
    if (next !== undefined) next();
    else if (line.requests === 0) this.lines.delete(socket);
  }

  private forget(socket: Socket, line: Line): void {
    this.release(line);
    this.lines.delete(socket);
    for (const go of line.waiting.splice(0)) go();
  }

  private hold(socket: Socket, bytes: number): void {
    const line = this.lines.get(socket);
    if (line === undefined) return;
    line.heldBytes += bytes;
    this.heldBytes += bytes;
    // Of two, the one that waits longer goes.
    for (const [other, { heldBytes }] of this.lines) {
      if (this.heldBytes <= this.limits.unreadBytesMax) return;
      if (other !== socket && heldBytes > 0) this.cut(other);
    }
  }

  private release(line: Line): void {
    this.heldBytes -= line.heldBytes;
    line.heldBytes = 0;
  }

  /** Its answer is let go of now; what waits on the line hears of it when the line has closed. */
  private cut(socket: Socket): void {
    const line = this.lines.get(socket);
    if (line !== undefined) this.release(line);
    socket.destroy();
  }

  private look(): void {
    const now = performance.now();
    for (const [socket, line] of this.lines) {
      const takenBytes = socket.bytesWritten - socket.writableLength;
      // Where nothing waits for the reader, the reader waits for us.
      if (socket.writableLength === 0 || takenBytes >= line.takenBytes + pieceBytes) {
        line.takenBytes = takenBytes;
        line.sinceMs = now;
      } else if (now - line.sinceMs > this.limits.sendStepMs) this.cut(socket);
    }
  }
}

function* pieces(bytes: Buffer): Generator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    yield bytes.subarray(at, at + pieceBytes);
  }
}
