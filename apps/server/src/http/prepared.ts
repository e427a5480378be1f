import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * A document that is the same for everybody until the next start: written once, so that whoever
 * asks for it a thousand times costs what sending it costs. It is asked for anew each time, and
 * whoever has it already is told so (RFC 9110, 13.1.2).
 */
export class Prepared {
  readonly bytes: Buffer;
  readonly etag: string;

  constructor(text: string) {
    this.bytes = Buffer.from(text, 'utf8');
    this.etag = `"${createHash('sha256').update(this.bytes).digest('base64url')}"`;
  }

  /** What is to be sent: the bytes, or nothing with 304 where the reader has them. */
  answer(request: FastifyRequest, reply: FastifyReply): Buffer | null {
    void reply.headers({ etag: this.etag, 'cache-control': 'no-cache' });
    if (!this.isKnownTo(request)) return this.bytes;
    void reply.code(304);
    return null;
  }

  private isKnownTo({ headers: { 'if-none-match': known = '' } }: FastifyRequest): boolean {
    // The comparison is the weak one (RFC 9110, 13.1.2).
    const tags = known.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return tags.includes(this.etag) || known.trim() === '*';
  }
}
