import { argon2, createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { parseCount } from '#kernel';
import { refuse } from './refusals.ts';

/**
 * Secrets of local accounts and random tokens. A secret is stored as Argon2id (RFC 9106) in the PHC
 * string form; a token carries 256 random bits, which nobody can try, so its plain SHA-256 will do.
 */

/** OWASP's minimum for Argon2id; one more pass or more memory is one number here. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const tagLength = 32;
const saltLength = 16;
export const secretLengthMin = 15;
export const secretLengthMax = 128;
const distinctMin = 5;
/** What must remain once the login is struck out: `so_tc.head so_tc.head 1` is not a secret. */
const remainderMin = 8;

const deriveNow = promisify(argon2);

/** How many derivations run at once: half of the thread pool, which also reads evidence files. */
const derivingMax = 2;
/** Some five seconds of work. Whoever comes beyond that is told to come back. */
export const awaitingTurnMax = 128;
const awaitingTurn: (() => void)[] = [];
let deriving = 0;

/**
 * Each derivation takes 19 MiB and a thread for some 50 ms, and anybody can ask for one: without a
 * bound, guesses from many addresses would take the memory and the threads of everybody else.
 * Refuses `account/busy`.
 */
async function derive(
  ...[algorithm, parameters]: Parameters<typeof deriveNow>
): ReturnType<typeof deriveNow> {
  if (deriving < derivingMax) deriving += 1;
  else {
    if (awaitingTurn.length >= awaitingTurnMax) throw refuse('account/busy', busyFacts);
    // The turn is handed over and not freed first, so that nobody who came later gets in between.
    await new Promise<void>((resolve) => awaitingTurn.push(resolve));
  }
  try {
    return await deriveNow(algorithm, parameters);
  } finally {
    const next = awaitingTurn.shift();
    if (next === undefined) deriving -= 1;
    else next();
  }
}
const busyFacts = { retryAfterSeconds: 5 };

export type SecretFault =
  'too-short' | 'too-long' | 'too-few-characters' | 'a-sequence' | 'the-login';

/**
 * Why a secret is refused, or undefined. Lengths count code points. There are no rules about kinds
 * of characters (ASVS 6.2.5): they make secrets worse. The list of trivial ones is not a list of
 * breached secrets; where one is at hand, the caller asks it as well.
 */
export function secretFault(secret: string, login: string): SecretFault | undefined {
  const points = [...normal(secret)].map((character) => character.codePointAt(0) ?? 0);
  if (points.length < secretLengthMin) return 'too-short';
  if (points.length > secretLengthMax) return 'too-long';
  if (new Set(points).size < distinctMin) return 'too-few-characters';
  const steps = points.slice(1).map((point, index) => point - (points[index] ?? 0));
  // `abcdefghij…`, `98765…`, and `1234567890123…`, which jumps back one step in ten.
  const even = [1, -1].some((step) => {
    return steps.filter((one) => one === step).length * 5 >= steps.length * 4;
  });
  if (even) return 'a-sequence';
  const remainder = normal(secret).toLowerCase().replaceAll(normal(login).toLowerCase(), '');
  return login !== '' && [...remainder].length < remainderMin ? 'the-login' : undefined;
}

/** True when both would open the same account. */
export function isSameSecret(left: string, right: string): boolean {
  return normal(left) === normal(right);
}

/**
 * `$argon2id$v=19$m=…,t=…,p=…$salt$hash` with a fresh salt. Runs in the thread pool: about 90 ms of
 * work must not hold up the requests of everybody else.
 */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(saltLength);
  const tag = await derive('argon2id', {
    message: normal(secret),
    nonce: salt,
    tagLength,
    ...cost,
  });
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${plain(salt)}$${plain(tag)}`;
}

/**
 * True when the secret made the hash. Without a hash (an unknown login, an account that was never
 * activated) the same work is done and the answer is false, so that the time tells nothing.
 */
export async function verifySecret(secret: string, phc: string | null): Promise<boolean> {
  const kept = phc === null ? nobody : readPhc(phc);
  const { memory, passes, parallelism, salt, tag } = kept;
  const found = await derive('argon2id', {
    message: normal(secret),
    nonce: salt,
    tagLength: tag.length,
    memory,
    passes,
    parallelism,
  });
  return timingSafeEqual(found, tag) && phc !== null;
}

/** 256 random bits in base64url: 43 characters. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url');
}

/** 32 random bytes in hex, as commitments want them. */
export function randomSalt(): string {
  return randomBytes(32).toString('hex');
}

/** What is stored of a token, or of a login that somebody tried. */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

type Kept = {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly tag: Buffer;
};

const nobody: Kept = { ...cost, salt: Buffer.alloc(saltLength), tag: Buffer.alloc(tagLength) };

const phcPattern =
  /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** The parameters travel with the hash, so that a higher cost can come without a new secret. */
function readPhc(phc: string): Kept {
  const match = phcPattern.exec(phc);
  const [memory, passes, parallelism] = [1, 2, 3].map((group) => parseCount(match?.[group]));
  if (!match?.[4] || !match[5] || !memory || !passes || !parallelism) {
    throw new TypeError('the register holds something that is not an Argon2id hash');
  }
  const [salt, tag] = [Buffer.from(match[4], 'base64'), Buffer.from(match[5], 'base64')];
  return { memory, passes, parallelism, salt, tag };
}

/** The same word typed on two keyboards is one word: NFC, unlike recorded text, is made here. */
function normal(text: string): string {
  return text.normalize('NFC');
}

/** Base64 without padding, as the PHC string format has it. */
function plain(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
