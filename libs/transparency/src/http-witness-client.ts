import { parseSize } from '#tlog';
import { WitnessClient } from './witness-client.ts';
import type { WitnessAnswer } from './witness-client.ts';

/** Cosignature lines are some hundred bytes; whoever sends more is no witness. */
const answerBytesMax = 65_536;

/**
 * Witnesses by HTTP. Redirects are not followed: a witness is where its policy says. Neither the
 * address nor what a stranger wrote gets into a reason.
 */
export class HttpWitnessClient extends WitnessClient {
  override async addCheckpoint(
    url: string,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<WitnessAnswer> {
    try {
      const answer = await fetch(`${url.replace(/\/+$/, '')}/add-checkpoint`, {
        method: 'POST',
        body: Uint8Array.from(body),
        redirect: 'manual',
        signal,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
      });
      const text = await limitedText(answer);
      if (text === undefined) return { kind: 'away', reason: 'its answer is too long' };
      return meaningOf(answer.status, answer.headers.get('content-type') ?? '', text);
    } catch {
      return { kind: 'away', reason: signal.aborted ? 'it takes too long' : 'it does not answer' };
    }
  }
}

function meaningOf(status: number, contentType: string, text: string): WitnessAnswer {
  if (status === 200) {
    return { kind: 'cosigned', lines: text.split('\n').filter((line) => line !== '') };
  }
  if (status === 409 && contentType.startsWith('text/x.tlog.size')) {
    const size = parseSize(text.replace(/\n$/, ''));
    if (size !== undefined) return { kind: 'conflict', size };
  }
  if (status >= 500) return { kind: 'away', reason: `it answered ${status}` };
  return { kind: 'refused', status };
}

async function limitedText(answer: Response): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const body = (answer.body ?? []) as AsyncIterable<Uint8Array>;
  for await (const piece of body) {
    length += piece.length;
    if (length > answerBytesMax) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
