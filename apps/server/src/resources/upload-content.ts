import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { release } from '#evidence/node';
import { arrivingUpload } from '../http/arrival.ts';

/**
 * The bytes of a request whose body was left unread (http/fastify-app.ts), none without a body. A
 * chunk is the reader's until it asks for the next one; then its memory is given back, because the
 * heap of a server with read models in it is large, and marking it for each few chunks is dear.
 */
export async function* uploadContent(body: unknown): AsyncGenerator<Uint8Array, void, undefined> {
  if (!(body instanceof Readable)) return;
  for await (const chunk of arrivingUpload(body)) {
    yield chunk;
    // Bytes of any other stream may belong to somebody else.
    if (body instanceof IncomingMessage) release(chunk);
  }
}
