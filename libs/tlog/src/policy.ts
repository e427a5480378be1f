import { malformed, parseSize, read, textOf } from './reading.ts';
import type { Parsed } from './reading.ts';
import { parseVerifierKey } from './signed-note.ts';
import type { VerifierKey } from './signed-note.ts';

/**
 * c2sp.org/tlog-policy: whose signature a checkpoint must bear, and whose cosignatures are enough.
 * One log for each file: other readers of the format want all of several logs to have signed.
 */
export type Policy = {
  readonly log: VerifierKey;
  readonly logUrl: string | undefined;
  readonly witnesses: readonly Witness[];
  readonly quorum: Quorum;
};

export type Witness = {
  /** What the policy calls it; the key has a name of its own. */
  readonly name: string;
  readonly key: VerifierKey;
  readonly url: string | undefined;
};

/** `none`: no cosignature is asked for. Else `atLeast` of the members, which may be groups. */
export type Quorum =
  | { readonly kind: 'none' }
  | { readonly kind: 'witness'; readonly name: string }
  | { readonly kind: 'group'; readonly atLeast: number; readonly members: readonly Quorum[] };

export const policyBytesMax = 65_536;

export function parsePolicy(bytes: Uint8Array): Parsed<Policy> {
  if (bytes.length > policyBytesMax) return malformed(`longer than ${policyBytesMax} bytes`);
  const text = textOf(bytes);
  if (text === undefined) return malformed('not valid UTF-8');
  const lines = policyLines(text);
  if (!lines.ok) return lines;
  const draft = new PolicyDraft();
  for (const { number, words } of lines.value) {
    const fault = draft.add(words);
    if (fault !== undefined) return malformed(`line ${number}: ${fault}`);
  }
  return draft.finished();
}

export type PolicyLine = {
  /** From 1 on, counting those that say nothing. */
  readonly number: number;
  readonly words: readonly string[];
};

/**
 * The lines that say something, in words between spaces and tabs. No other control character may stand
 * anywhere, in a comment neither: a reader that takes one for white space reads another policy.
 */
export function policyLines(text: string): Parsed<readonly PolicyLine[]> {
  const said: PolicyLine[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const number = index + 1;
    if (line.endsWith('\r')) return malformed(`line ${number}: ends in CR LF, and must end in LF`);
    const control = /[^\P{Cc}\t]/u.exec(line)?.[0];
    if (control !== undefined) {
      const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      return malformed(`line ${number}: the control character U+${code}`);
    }
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    if (words.length > 0 && words[0]?.startsWith('#') !== true) said.push({ number, words });
  }
  return read(said);
}

/** What the lines so far have said; each may use only names that stand above it. */
class PolicyDraft {
  private log: { key: VerifierKey; url: string | undefined } | undefined;
  private readonly witnesses: Witness[] = [];
  private readonly named = new Map<string, Quorum>();
  private readonly members = new Set<string>();
  private quorum: Quorum | undefined;

  /** Says what is wrong with the line, or nothing. */
  add([verb, ...words]: readonly string[]): string | undefined {
    switch (verb) {
      case 'log':
        return this.addLog(words);
      case 'witness':
        return this.addWitness(words);
      case 'group':
        return this.addGroup(words);
      case 'quorum':
        return this.setQuorum(words);
      default:
        return `"${verb}" is not known`;
    }
  }

  finished(): Parsed<Policy> {
    if (this.log === undefined) return malformed('no log');
    if (this.quorum === undefined) return malformed('no quorum');
    const { key: log, url: logUrl } = this.log;
    return read({ log, logUrl, witnesses: this.witnesses, quorum: this.quorum });
  }

  private addLog([keyText = '', url, ...rest]: readonly string[]): string | undefined {
    if (rest.length > 0) return 'log <key> [url]';
    if (this.log !== undefined) return 'a second log';
    const key = parseVerifierKey(keyText);
    if (!key.ok) return key.fault;
    if (key.value.type !== 'ed25519') return 'a log signs with a key of type 0x01';
    this.log = { key: key.value, url };
    return undefined;
  }

  private addWitness([name = '', keyText = '', url, ...rest]: readonly string[]) {
    if (rest.length > 0) return 'witness <name> <key> [url]';
    if (this.isTaken(name)) return `the name "${name}" cannot be given`;
    const key = parseVerifierKey(keyText);
    if (!key.ok) return key.fault;
    if (key.value.type !== 'cosignature') return 'a witness signs with a key of type 0x04';
    // One key under two names would count twice towards a quorum.
    const twin = formatOf(key.value);
    if (this.witnesses.some((other) => formatOf(other.key) === twin)) return 'a key named twice';
    this.witnesses.push({ name, key: key.value, url });
    this.named.set(name, { kind: 'witness', name });
    return undefined;
  }

  private addGroup([name = '', countText = '', ...memberNames]: readonly string[]) {
    if (memberNames.length === 0) return 'group <name> all|any|<k> <member>...';
    if (this.isTaken(name)) return `the name "${name}" cannot be given`;
    const members: Quorum[] = [];
    for (const memberName of memberNames) {
      const member = this.named.get(memberName);
      if (member === undefined) return `"${memberName}" is not named above`;
      if (this.members.has(memberName)) return `"${memberName}" is a member already`;
      this.members.add(memberName);
      members.push(member);
    }
    const atLeast = thresholdOf(countText, members.length);
    if (atLeast === undefined || atLeast < 1 || atLeast > members.length) {
      return `"${countText}" of ${members.length} members`;
    }
    this.named.set(name, { kind: 'group', atLeast, members });
    return undefined;
  }

  private setQuorum([name = '', ...rest]: readonly string[]): string | undefined {
    if (rest.length > 0) return 'quorum <name>|none';
    if (this.quorum !== undefined) return 'a second quorum';
    const quorum: Quorum | undefined = name === 'none' ? { kind: 'none' } : this.named.get(name);
    if (quorum === undefined) return `"${name}" is not named above`;
    this.quorum = quorum;
    return undefined;
  }

  private isTaken(name: string): boolean {
    return name === '' || name === 'none' || this.named.has(name);
  }
}

/** Of `all`, `any` or a number. No look-up in an object: one has more members than it was given. */
function thresholdOf(text: string, memberCount: number): number | undefined {
  if (text === 'all') return memberCount;
  return text === 'any' ? 1 : parseSize(text);
}

function formatOf({ publicKey }: VerifierKey): string {
  return publicKey.join();
}

/**
 * True if the witnesses whose cosignatures were verified are enough. Walks without calling itself: a
 * policy of the permitted length has groups in groups deeper than the stack of a program.
 */
export function isQuorum(quorum: Quorum, witnessed: ReadonlySet<string>): boolean {
  const each: Quorum[] = [quorum];
  // What is pushed is walked as well, so that each stands before its members.
  for (const one of each) if (one.kind === 'group') each.push(...one.members);
  const met = new Set<Quorum>();
  for (const one of each.toReversed()) if (isMet(one, met, witnessed)) met.add(one);
  return met.has(quorum);
}

function isMet(quorum: Quorum, met: ReadonlySet<Quorum>, witnessed: ReadonlySet<string>): boolean {
  switch (quorum.kind) {
    case 'none':
      return true;
    case 'witness':
      return witnessed.has(quorum.name);
    case 'group':
      return quorum.members.filter((member) => met.has(member)).length >= quorum.atLeast;
  }
}
