import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { parsePolicy, parseVerifierKey, textOf } from '#tlog';
import type { Policy, VerifierKey } from '#tlog';

/** A file that the command line names and nobody can read: nothing can be said of anything. */
export class FileUnreadable extends Error {
  readonly code = 'file/unreadable';
}

/** A policy or key that says nothing usable: whatever was to be judged cannot be. */
export class PolicyUnusable extends Error {
  readonly code = 'policy/unusable';
}

/**
 * Above the bounds of everything that is named on the command line (an entry, a receipt, a policy, a
 * checkpoint: 73,728 bytes at most), so that what is somewhat too long is still judged as that.
 */
const bytesMax = 1_048_576;

/** Throws FileUnreadable: for folders, for what is not there, and for what cannot be the file meant. */
export async function readNamed(file: string): Promise<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const { bytesRead, buffer } = await readUpTo(handle, bytesMax + 1);
    if (bytesRead <= bytesMax) return Uint8Array.from(buffer.subarray(0, bytesRead));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new FileUnreadable(
      `${file} ${reasons[code ?? ''] ?? `cannot be read (${code ?? message})`}`,
    );
  } finally {
    await handle?.close();
  }
  throw new FileUnreadable(`${file} is longer than any receipt, entry, policy or key can be`);
}

const reasons: Readonly<Record<string, string>> = {
  EISDIR: 'is a folder; name the file in it',
  ENOENT: 'is not there',
  EACCES: 'may not be read by you',
};

/** A device or a pipe has no size to ask for, and may never end. */
async function readUpTo(handle: FileHandle, bytes: number) {
  const buffer = new Uint8Array(bytes);
  let bytesRead = 0;
  while (bytesRead < bytes) {
    const read = await handle.read(buffer, bytesRead, bytes - bytesRead, null);
    if (read.bytesRead === 0) break;
    bytesRead += read.bytesRead;
  }
  return { bytesRead, buffer };
}

/** As readNamed, of a file that must hold something: an empty one is what a failed download leaves. */
export async function readFilled(file: string): Promise<Uint8Array> {
  const bytes = await readNamed(file);
  if (bytes.length === 0) throw new FileUnreadable(`${file} is empty`);
  return bytes;
}

/** Throws FileUnreadable, PolicyUnusable. */
export async function readPolicy(file: string): Promise<Policy> {
  const bytes = await readFilled(file);
  const policy = parsePolicy(bytes);
  if (policy.ok) return policy.value;
  if (parseVerifierKey(textOf(bytes)?.trim() ?? '').ok) {
    throw new PolicyUnusable(
      `${file} is a verifier key, not a policy, which has it in a line "log" and says in a line ` +
        '"quorum" which witnesses must have signed ("quorum none" asks for none)',
    );
  }
  throw new PolicyUnusable(`${file} is not a policy: ${shortened(policy.fault)}`);
}

/** Of a file that is something else a line may be long; what may steer a terminal is seen to there. */
function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

/**
 * Further keys of the log that a policy names, each in words or as the file that holds it. Throws
 * FileUnreadable, and PolicyUnusable for what is no verifier key or is that of another log.
 */
export async function readFurtherKeys(
  named: readonly string[],
  { log }: Policy,
): Promise<VerifierKey[]> {
  const keys: VerifierKey[] = [];
  for (const one of named) {
    const itself = parseVerifierKey(one);
    const key = itself.ok ? itself : parseVerifierKey(textOf(await readFilled(one))?.trim() ?? '');
    if (!key.ok) throw new PolicyUnusable(`${one} is no verifier key: ${shortened(key.fault)}`);
    if (key.value.name !== log.name || key.value.type !== 'ed25519') {
      throw new PolicyUnusable(`${one} is no key of the log ${log.name}, which the policy names`);
    }
    keys.push(key.value);
  }
  return keys;
}
