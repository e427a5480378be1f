import { setTimeout as pause } from 'node:timers/promises';
import { isQuorum } from '#tlog';
import type { NoteSignature, Policy } from '#tlog';
import type { LogHead } from './log-head.ts';
import { WitnessContact } from './witness-contact.ts';
import type { WitnessContactOptions, WitnessState } from './witness-contact.ts';

/** A head on its way: who has cosigned it so far, by the policy's names. */
export type Candidate = {
  readonly head: LogHead;
  readonly cosigned: Map<string, NoteSignature>;
};

export type CosigningOptions = Omit<WitnessContactOptions, 'witness'> & {
  readonly policy: Policy;
  /** How long a witness may take to answer. */
  readonly patienceMs: number;
  /** How long a head is worked at, at least, before a newer one may take its place. */
  readonly graceMs: number;
  /** How long whoever failed `tries` times is left alone, or until aborted. */
  readonly backOff: (tries: number, signal: AbortSignal) => Promise<void>;
  /** Something has changed: an answer came, somebody may be asked again, the grace is over. */
  readonly onChange: () => void;
};

/**
 * Asks the witnesses of a policy for one head at a time, all at once, each at most once at a time.
 * Who fails rests before it is asked again; who comes back joins for the head that is in hand then.
 */
export class Cosigning {
  private readonly options: CosigningOptions;
  private readonly contacts: readonly WitnessContact[];
  private readonly asking = new Map<WitnessContact, Promise<void>>();
  private readonly resting = new Set<WitnessContact>();
  private readonly failures = new Map<WitnessContact, number>();
  private readonly faults = new Map<WitnessContact, Error>();
  private leaving = new AbortController();
  private hasGrace = false;
  /** The head in hand. */
  candidate: Candidate | undefined;

  constructor(options: CosigningOptions) {
    this.options = options;
    this.contacts = options.policy.witnesses
      .filter(({ url }) => url !== undefined)
      .map((witness) => new WitnessContact({ ...options, witness }));
  }

  status(): readonly WitnessState[] {
    return this.contacts.map((contact) => contact.status());
  }

  /** What kept a proof from being made, if anything does: witnesses themselves are no fault. */
  fault(): Error | undefined {
    return this.faults.values().next().value;
  }

  isEnough(): boolean {
    const { candidate, options } = this;
    return candidate !== undefined && isQuorum(options.policy.quorum, namesOf(candidate));
  }

  isAsking(): boolean {
    return this.asking.size > 0;
  }

  /**
   * Whether a newer head may take the place of the one in hand. After its grace a head is waited for
   * only while the witnesses that are being asked could still make a quorum of it: who is slow, and
   * not needed, holds nothing up.
   */
  mayChange(): boolean {
    if (this.candidate === undefined || !this.isAsking()) return true;
    if (this.hasGrace) return false;
    const possible = namesOf(this.candidate);
    for (const { witness } of this.asking.keys()) possible.add(witness.name);
    return this.isEnough() || !isQuorum(this.options.policy.quorum, possible);
  }

  /** Lets go of the head in hand, and of whoever has not answered for it. */
  take(candidate: Candidate): void {
    this.leaving.abort();
    const leaving = new AbortController();
    this.leaving = leaving;
    this.candidate = candidate;
    this.hasGrace = true;
    void pause(this.options.graceMs, undefined, { signal: leaving.signal }).then(
      () => {
        this.hasGrace = false;
        this.options.onChange();
      },
      () => undefined,
    );
  }

  /** Asks whoever has not cosigned the head in hand and neither is being asked nor rests. */
  ask(stopping: AbortSignal): void {
    const { candidate } = this;
    if (candidate === undefined) return;
    for (const contact of this.contacts) {
      const isBusy = this.asking.has(contact) || this.resting.has(contact);
      if (isBusy || candidate.cosigned.has(contact.witness.name)) continue;
      const patience = AbortSignal.timeout(this.options.patienceMs);
      const signal = AbortSignal.any([stopping, this.leaving.signal, patience]);
      this.asking.set(contact, this.askOne(contact, candidate, signal, stopping));
    }
  }

  /** Gives up whatever runs, and waits for it to end. */
  async stop(): Promise<void> {
    this.leaving.abort();
    await Promise.all(this.asking.values());
    this.candidate = undefined;
  }

  private async askOne(
    contact: WitnessContact,
    { head, cosigned }: Candidate,
    signal: AbortSignal,
    stopping: AbortSignal,
  ): Promise<void> {
    try {
      const signature = await contact.cosign(head, signal);
      this.faults.delete(contact);
      if (signature === undefined) {
        this.rest(contact, stopping);
      } else {
        this.failures.delete(contact);
        cosigned.set(contact.witness.name, signature);
      }
    } catch (error) {
      this.faults.set(contact, error instanceof Error ? error : new Error(String(error)));
      this.rest(contact, stopping);
    } finally {
      this.asking.delete(contact);
      this.options.onChange();
    }
  }

  /** A witness that did not cosign is left alone for a while, so that it delays nobody. */
  private rest(contact: WitnessContact, stopping: AbortSignal): void {
    const tries = (this.failures.get(contact) ?? 0) + 1;
    this.failures.set(contact, tries);
    this.resting.add(contact);
    const rested = () => {
      this.resting.delete(contact);
      this.options.onChange();
    };
    void this.options.backOff(tries, stopping).then(rested, rested);
  }
}

function namesOf({ cosigned }: Candidate): Set<string> {
  return new Set(cosigned.keys());
}
