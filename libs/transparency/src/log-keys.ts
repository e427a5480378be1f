import { VersionConflict } from '#event-store';
import type { EventStore, Position } from '#event-store';
import type { Clock } from '#kernel';
import { formatVerifierKey, parseVerifierKey, utf8 } from '#tlog';
import type { VerifierKey } from '#tlog';
import { keysStream, machineEvent } from './log-events.ts';
import type { LogFact } from './log-events.ts';
import { LogRefused, readHead, triedAgain } from './log-head.ts';
import { openCheckpoint } from './recovery.ts';

export type LogKeys = {
  readonly origin: string;
  /** Every one signs each checkpoint, in the order in which they were added. */
  readonly active: readonly VerifierKey[];
  /** They signed older checkpoints, which stay signed. */
  readonly retired: readonly VerifierKey[];
};

export type OpenLogOptions = {
  readonly store: EventStore;
  readonly clock: Clock;
  /** Name and version of the software, for the metadata of what is recorded. */
  readonly software: string;
  readonly origin: string;
  /** The keys that this ledger holds; all will sign. */
  readonly keys: readonly [VerifierKey, ...VerifierKey[]];
  /** Keys that it lets go of: eight hex digits of the key ID, and why. */
  readonly retired?: readonly KeyRetirement[];
};

export type KeyRetirement = { readonly keyId: string; readonly reason: string };

/**
 * Opens the log under its keys: records `log.opened.v1` as the machine's own act where nobody has,
 * and what the operator changed since (a key added, one retired). Answers the keys as they are then.
 *
 * Rotation has an overlap: a key comes in while an older one still signs, so that whoever trusts the
 * older one sees the newer one recorded under its signature. Throws LogRefused where that chain
 * would break: another origin (`log/origin-changed`), no known key left, a known one missing without
 * being retired, or a retired one back again (`log/key-changed`), one retired before a head shows
 * that the log goes on without it (`log/retirement-too-early`).
 */
export async function openLog(options: OpenLogOptions): Promise<LogKeys> {
  const { store, clock, software } = options;
  for (let lost = 1; ;) {
    const recorded = await readLogKeys(store);
    const { keys, revision } = recorded;
    const facts = changesOf(keys, options);
    if (facts.length === 0) return keys as LogKeys;
    await checkOverlap(store, recorded, facts);
    const stamp = { recordedAt: clock.now(), software };
    const events = facts.map((fact, index) =>
      machineEvent(fact, [keysStream, options.origin, revision + 1 + index], stamp),
    );
    try {
      await store.append(keysStream, revision < 0 ? 'no-stream' : revision, events);
    } catch (error) {
      // Another server was first, or the answer was lost: what stands there now decides.
      if (error instanceof VersionConflict) continue;
      await triedAgain(store, error, lost);
      lost += 1;
    }
  }
}

export type RecordedKeys = {
  /** Undefined before the log was opened, with revision -1. */
  readonly keys: LogKeys | undefined;
  readonly revision: number;
  /** Where in `$all` each key came in, by its text. */
  readonly addedAt: ReadonlyMap<string, Position>;
};

export async function readLogKeys(store: EventStore): Promise<RecordedKeys> {
  let keys: LogKeys | undefined;
  let revision = -1;
  const addedAt = new Map<string, Position>();
  for await (const event of store.readStream(keysStream)) {
    const fact = event as unknown as LogFact;
    keys = evolve(keys, fact);
    ({ revision } = event);
    const isIn = fact.type === 'log.opened.v1' || fact.type === 'log.key-added.v1';
    if (isIn) addedAt.set(fact.data.key, event.position);
  }
  return { keys, revision, addedAt };
}

function evolve(keys: LogKeys | undefined, fact: LogFact): LogKeys | undefined {
  switch (fact.type) {
    case 'log.opened.v1':
      return { origin: fact.data.origin, active: [keyOf(fact.data.key)], retired: [] };
    case 'log.key-added.v1':
      return keys && { ...keys, active: [...keys.active, keyOf(fact.data.key)] };
    case 'log.key-retired.v1': {
      const key = keyOf(fact.data.key);
      const active = keys?.active.filter((one) => !isSame(one, key)) ?? [];
      return keys && { ...keys, active, retired: [...keys.retired, key] };
    }
    default:
      return keys;
  }
}

function keyOf(text: string): VerifierKey {
  const key = parseVerifierKey(text);
  if (!key.ok) throw new LogRefused('log/key-changed', `log-keys holds no key: ${key.fault}`);
  return key.value;
}

function changesOf(known: LogKeys | undefined, options: OpenLogOptions): LogFact[] {
  const { origin, keys, retired = [] } = options;
  const stranger = keys.find(({ name }) => name !== origin);
  if (stranger !== undefined) {
    throw new LogRefused('log/key-changed', `a key is named ${stranger.name}, not ${origin}`);
  }
  if (known === undefined) {
    const [first, ...others] = keys.map(formatVerifierKey);
    const opened: LogFact = { type: 'log.opened.v1', data: { origin, key: first as string } };
    return [opened, ...others.map(added)];
  }
  if (known.origin !== origin) {
    const message = `this log was opened as ${known.origin}, not as ${origin}`;
    throw new LogRefused('log/origin-changed', message);
  }
  checkChain(known, options);
  const news = keys.filter((key) => !known.active.some((one) => isSame(one, key)));
  const gone = known.active.flatMap((key) => {
    const reason = retired.find(({ keyId }) => keyId === idOf(key))?.reason;
    return reason === undefined ? [] : [{ key, reason }];
  });
  return [
    ...news.map(formatVerifierKey).map(added),
    ...gone.map(({ key, reason }): LogFact => {
      return { type: 'log.key-retired.v1', data: { key: formatVerifierKey(key), reason } };
    }),
  ];
}

function checkChain(known: LogKeys, { keys, retired = [] }: OpenLogOptions): void {
  const refused = (message: string) => new LogRefused('log/key-changed', message);
  const back = keys.find((key) => known.retired.some((one) => isSame(one, key)));
  if (back !== undefined) throw refused(`key ${idOf(back)} was retired and does not come back`);
  const isHeld = (key: VerifierKey) => keys.some((one) => isSame(one, key));
  if (!known.active.some(isHeld)) {
    const ids = known.active.map(idOf).join(', ');
    throw refused(`none of the keys that sign this log is here; it is signed by ${ids}`);
  }
  for (const key of known.active) {
    const isRetired = retired.some(({ keyId }) => keyId === idOf(key));
    if (isHeld(key) && isRetired) throw refused(`key ${idOf(key)} is both held and retired`);
    if (!isHeld(key) && !isRetired) {
      throw refused(`key ${idOf(key)} signs this log and is not here; hold it, or retire it`);
    }
  }
  const ids = [...known.active, ...known.retired].map(idOf);
  const unknown = retired.find(({ keyId }) => !ids.includes(keyId));
  if (unknown !== undefined) throw refused(`key ${unknown.keyId} never signed this log`);
}

/**
 * A retirement cannot be taken back. Where the last head was signed by none of the keys that stay,
 * nobody could recover from it afterwards; where it does not cover the entry in which one of them
 * came in, nobody who trusts the older key would ever see the newer one under its signature.
 */
async function checkOverlap(
  store: EventStore,
  { keys, addedAt }: RecordedKeys,
  facts: readonly LogFact[],
): Promise<void> {
  const gone = facts.flatMap(({ type, data }) => (type === 'log.key-retired.v1' ? [data.key] : []));
  if (keys === undefined || gone.length === 0) return;
  const staying = keys.active.filter((key) => !gone.includes(formatVerifierKey(key)));
  const head = await readHead(store);
  const isBorne = staying.some((key) => {
    const position = addedAt.get(formatVerifierKey(key));
    if (head === undefined || position === undefined || head.position < position) return false;
    const checkpoint = openCheckpoint(utf8(head.checkpoint), keys.origin, [key]);
    return checkpoint?.size === head.treeSize;
  });
  if (isBorne) return;
  const ids = gone.map((key) => idOf(keyOf(key))).join(', ');
  throw new LogRefused(
    'log/retirement-too-early',
    `key ${ids} cannot be retired yet: no head is signed by a key that stays and covers the entry ` +
      'in which that one came in; hold both keys until the log has such a head',
  );
}

function added(key: string): LogFact {
  return { type: 'log.key-added.v1', data: { key } };
}

function isSame(left: VerifierKey, right: VerifierKey): boolean {
  return formatVerifierKey(left) === formatVerifierKey(right);
}

/** Eight hex digits, as in a verifier key. */
function idOf({ keyId }: VerifierKey): string {
  return Array.from(keyId, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
