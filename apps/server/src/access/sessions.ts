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

type Kept = { readonly signedIn: SignedIn; readonly untilMs: number };

/**
 * Sessions as the guard sees them. A request costs no query while the register was asked within the
 * last five seconds. Signing out here takes effect at once; where several servers share a register,
 * the others follow within those five seconds. Roles are not kept: they are read on every act.
 */
@Injectable()
export class Sessions {
  private readonly register: Register;
  private readonly clock: LedgerClock;
  private readonly kept = new Map<string, Kept>();

  constructor(register: Register, clock: LedgerClock) {
    this.register = register;
    this.clock = clock;
  }

  open(login: string, secret: string): Promise<OpenedSession> {
    return this.register.accounts.openSession(login, secret, this.clock.now());
  }

  /** Whose token this is. Refuses `session/over`. */
  async signedIn(token: string): Promise<SignedIn> {
    const now = this.clock.now();
    const session = digestOf(token);
    const known = this.kept.get(session);
    if (known !== undefined && epochMs(now) < known.untilMs) return known.signedIn;
    this.kept.delete(session);
    const { person, expiresAt } = await this.register.accounts.session(token, now);
    const signedIn = { person, session };
    const untilMs = Math.min(epochMs(now) + believedMs, epochMs(expiresAt));
    this.kept.set(session, { signedIn, untilMs });
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > keptMax && oldest !== undefined) this.kept.delete(oldest);
    return signedIn;
  }

  async close(token: string): Promise<void> {
    await this.register.accounts.closeSession(token, this.clock.now());
    // After the register: a request that came in between must not bring the session back.
    this.kept.delete(digestOf(token));
  }

  /** Every session of a person is over: a changed secret. */
  forgetPerson(person: PersonId): void {
    for (const [session, { signedIn }] of this.kept) {
      if (signedIn.person === person) this.kept.delete(session);
    }
  }
}
