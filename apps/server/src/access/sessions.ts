import { Injectable } from '@nestjs/common';
import { digestOf, epochMs } from '#kernel';
import type { PersonId } from '#kernel';
import { Register } from '#directory/node';
import type { OpenedSession } from '#directory/node';
import { LedgerClock } from '../ledger-clock.ts';
import type { SignedIn } from '../http/request-notes.ts';

/** How long an answer of the register is believed without asking again. */
const believedMs = 5_000;
const keptMax = 10_000;

type Kept = { readonly signedIn: SignedIn; readonly fromMs: number; readonly untilMs: number };

/** A clock that was set back must not prolong what the register said before. */
function isBelieved({ fromMs, untilMs }: Kept, nowMs: number): boolean {
  return fromMs <= nowMs && nowMs < untilMs;
}

/**
 * Sessions as the guard sees them. A request costs no query while the register was asked within the
 * last five seconds. The end of a session (signing out, a code that was used) takes effect here at
 * once, also for requests that are asking the register just then. Where several servers share a
 * register, the others ask it again within those five seconds, which is their bound. Roles are not
 * kept: they are read on every act.
 */
@Injectable()
export class Sessions {
  private readonly register: Register;
  private readonly clock: LedgerClock;
  private readonly kept = new Map<string, Kept>();
  /** Counts up with each end of a session: an answer from before an end is not believed. */
  private ends = 0;

  constructor(register: Register, clock: LedgerClock) {
    this.register = register;
    this.clock = clock;
  }

  open(login: string, secret: string, address: string): Promise<OpenedSession> {
    return this.register.accounts.openSession(login, secret, this.clock.now(), address);
  }

  /** Whose token this is. Refuses `session/over`. */
  async signedIn(token: string): Promise<SignedIn> {
    const now = this.clock.now();
    const session = digestOf(token);
    const known = this.kept.get(session);
    if (known !== undefined && isBelieved(known, epochMs(now))) return known.signedIn;
    this.kept.delete(session);
    const { ends } = this;
    const { person, expiresAt } = await this.register.accounts.session(token, now);
    const signedIn = { person, session };
    const untilMs = Math.min(epochMs(now) + believedMs, epochMs(expiresAt));
    // The register may have been read just before a session ended here: then it is asked again.
    if (ends !== this.ends) return signedIn;
    this.kept.set(session, { signedIn, fromMs: epochMs(now), untilMs });
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > keptMax && oldest !== undefined) this.kept.delete(oldest);
    return signedIn;
  }

  async close(token: string): Promise<void> {
    await this.register.accounts.closeSession(token, this.clock.now());
    // After the register: a request that came in between must not bring the session back.
    this.ends += 1;
    this.kept.delete(digestOf(token));
  }

  /** Every session of a person is over: a changed secret. */
  forgetPerson(person: PersonId): void {
    this.ends += 1;
    for (const [session, { signedIn }] of this.kept) {
      if (signedIn.person === person) this.kept.delete(session);
    }
  }
}
