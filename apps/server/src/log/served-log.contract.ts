import { setTimeout as pause } from 'node:timers/promises';
import { EventStore } from '#event-store';
import type { StoredEvent } from '#event-store';
import { entryBytes, isLogged } from '#kernel';
import type { Entry } from '#kernel';
import { decodeBundle, leafHash, parsePolicy, perfectRoot, rootOf, subtreesOf } from '#tlog';
import { textOf, tilePath, tileWidth, verifyCheckpoint } from '#tlog';
import type { Checkpoint, Hash } from '#tlog';
import type { Answer, TestLedger } from '../http.contract.ts';

/** The log as somebody reads it who knows the server's address and the C2SP specifications. */
export class LogReader {
  private readonly url: string;
  private readonly token: string | undefined;

  constructor({ url }: { readonly url: string }, token?: string) {
    this.url = `${url}/log`;
    this.token = token;
  }

  get(path: string, method = 'GET'): Promise<Response> {
    const headers: Record<string, string> =
      this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    return fetch(`${this.url}/${path}`, { method, headers });
  }

  async bytes(path: string): Promise<Uint8Array> {
    const answer = await this.get(path);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** The checkpoint, held against the policy that the server states. */
  async checkpoint(): Promise<Checkpoint> {
    const policy = parsePolicy(await this.bytes('policy'));
    if (!policy.ok) throw new Error(policy.fault);
    const { faults, checkpoint } = verifyCheckpoint(await this.bytes('checkpoint'), policy.value);
    if (faults.length > 0 || checkpoint === undefined) throw new Error(faults[0]?.fault ?? 'none');
    return checkpoint;
  }

  /** A checkpoint of at least this size; asked for again until it is there. */
  async checkpointOf(size: number, patienceMs = 45_000): Promise<Checkpoint> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const checkpoint = await this.checkpoint().catch(() => undefined);
      if (checkpoint !== undefined && checkpoint.size >= size) return checkpoint;
      if (performance.now() > until) throw new Error(`no checkpoint of ${size} entries`);
      await pause(20);
    }
  }

  /** Every entry under a checkpoint, after their root was compared with its own. */
  async entries({ size, root }: Checkpoint): Promise<readonly string[]> {
    const entries: Uint8Array[] = [];
    for (let index = 0; entries.length < size; index += 1) {
      const width = Math.min(tileWidth, size - entries.length);
      const path = tilePath({ level: 'entries', index, width });
      const bundle = decodeBundle(await this.bytes(path), width);
      if (!bundle.ok) throw new Error(`${path}: ${bundle.fault}`);
      entries.push(...bundle.value);
    }
    const made = rootOfLeaves(entries.map(leafHash));
    if (Buffer.compare(made, root) !== 0) throw new Error('the entries make another root');
    return entries.map((entry) => textOf(entry) ?? '');
  }
}

/** RFC 6962 over the leaves, from the subtrees that a tree of this size is made of. */
function rootOfLeaves(leaves: readonly Hash[]): Hash {
  const parts = subtreesOf({ from: 0, to: leaves.length });
  return rootOf(
    parts.map(({ level, index }) => {
      const width = 2 ** level;
      return perfectRoot(leaves.slice(index * width, (index + 1) * width));
    }),
  );
}

/** The text under which an event is in the log. */
export function entryText(event: Entry): string {
  return textOf(entryBytes(event)) ?? '';
}

/** All events that are entries, read past the server's log and its read models. */
export async function recordedEvents({ server }: TestLedger): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of server.app.get(EventStore).readAll()) {
    if (isLogged(event.stream)) events.push(event);
  }
  return events;
}

/** The checkpoint over all that was recorded until now: what is counted from it has no arrears. */
export async function wholeCheckpoint(ledger: TestLedger): Promise<Checkpoint> {
  const { length } = await recordedEvents(ledger);
  return new LogReader(ledger.server).checkpointOf(length);
}

/**
 * What a read answers that knows of a position: asked again for as long as the read models are behind
 * it, since one request waits two seconds at most, which a busy machine may need.
 */
export async function readAt(
  ledger: TestLedger,
  path: string,
  { token, position }: { readonly token: string; readonly position: string },
): Promise<Answer> {
  for (;;) {
    const answer = await ledger.get(path, { token, headers: { 'ledger-position': position } });
    if (answer.status !== 503) return answer;
  }
}
