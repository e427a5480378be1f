import type { Entry } from '#kernel';
import { areEqual, formatVerifierKey, parseVerifierKey, verdictOf } from '#tlog';
import type { SignedNote, VerifierKey } from '#tlog';
import { membersOf } from './entry-form.ts';
import type { FindingList } from './findings.ts';

const keysStream = 'log-keys';

/**
 * The log's name and keys, as its own entries tell (CONTRACTS 2 and 3): opened once, under one key;
 * others come in while an older one still signs; a retired one never signs again.
 */
export class LogKeyFold {
  /** As the opening states it, and as the key is named that it states: they should be one. */
  origin: string | undefined;
  name: string | undefined;
  readonly active: VerifierKey[] = [];
  readonly retired: VerifierKey[] = [];

  get isOpen(): boolean {
    return this.origin !== undefined;
  }

  /** Takes any entry; those that are not of the log's keys change nothing. */
  fold(entry: Entry, index: number, findings: FindingList): void {
    const isOfKeys = entry.stream === keysStream;
    const isKeyEvent = /^log\.(opened|key-added|key-retired)\.v1$/.test(entry.type);
    if (!isOfKeys && !isKeyEvent) return;
    const fault = isOfKeys ? this.apply(entry) : `${entry.type} outside ${keysStream}`;
    if (fault === undefined) return;
    const { stream, revision } = entry;
    findings.add('log/keys-event', { index, stream, revision, detail: fault });
  }

  private apply({ type, data }: Entry): string | undefined {
    const { origin, key: text } = membersOf(data);
    const parsed = typeof text === 'string' ? parseVerifierKey(text) : undefined;
    if (parsed?.ok !== true) return 'no verifier key';
    const key = parsed.value;
    if (key.type !== 'ed25519') return 'a log signs with a key of type 0x01';
    if (type === 'log.opened.v1') {
      if (this.isOpen) return 'the log was open already';
      if (typeof origin !== 'string') return 'no origin';
      this.origin = origin;
      this.name = key.name;
      this.active.push(key);
      return undefined;
    }
    if (!this.isOpen) return 'the log was not open yet';
    if (type === 'log.key-added.v1') {
      if (key.name !== this.name) return 'the key has another name';
      if ([...this.active, ...this.retired].some((one) => isSame(one, key))) return 'known already';
      this.active.push(key);
      return undefined;
    }
    if (type !== 'log.key-retired.v1') return `${type} is no event of ${keysStream}`;
    const place = this.active.findIndex((one) => isSame(one, key));
    if (place < 0) return 'the key did not sign';
    if (this.active.length === 1) return 'the last key was retired';
    this.retired.push(...this.active.splice(place, 1));
    return undefined;
  }

  /**
   * Holds the note of a checkpoint over all that was folded against these keys. With an anchor, its
   * key must be one of them; without, at least one of them must have signed.
   */
  judge(note: SignedNote, anchor: VerifierKey | undefined, findings: FindingList): void {
    if (anchor !== undefined) {
      const isRecorded = [...this.active, ...this.retired].some((one) => isSame(one, anchor));
      if (this.isOpen && !isRecorded) {
        findings.add('log/key-unrecorded', { found: formatVerifierKey(anchor) });
      }
    }
    let isSigned = anchor !== undefined;
    for (const key of this.active) {
      const verdict = verdictOf(note, key);
      if (verdict === 'valid') isSigned = true;
      // That of the anchor has been reported.
      if (verdict === 'invalid' && !(anchor !== undefined && isSame(key, anchor))) {
        findings.add('log/signature-invalid', { found: formatVerifierKey(key) });
      }
    }
    for (const key of this.retired) {
      if (verdictOf(note, key) === 'absent') continue;
      findings.add('log/signature-retired', { found: formatVerifierKey(key) });
    }
    if (!isSigned && this.isOpen) findings.add('log/signature-missing');
  }

  /** Whether any key that the log ever had signed a note. */
  hasSigned(note: SignedNote): boolean {
    return [...this.active, ...this.retired].some((key) => verdictOf(note, key) === 'valid');
  }

  knows(name: string, keyId: Uint8Array): boolean {
    return [...this.active, ...this.retired].some(
      (key) => key.name === name && areEqual(key.keyId, keyId),
    );
  }
}

function isSame(left: VerifierKey, right: VerifierKey): boolean {
  return formatVerifierKey(left) === formatVerifierKey(right);
}
