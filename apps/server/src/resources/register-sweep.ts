import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import type { Person } from '#directory';
import { Directory } from '#directory/nest';
import { Register } from '#directory/node';
import { epochMs, instantFromMs, Refusal } from '#kernel';
import type { Digest } from '#kernel';
import { LedgerClock } from '../ledger-clock.ts';

/** No command is under way for so long, not in another process either. */
const settledAfterMs = 60 * 60_000;

/** Every commitment that a person's events hold. */
export function commitmentsOf(person: Person | null): readonly Digest[] {
  if (person === null) return [];
  return [...person.commitments, ...person.grants.map(({ commitment }) => commitment)];
}

/**
 * Names are written before the event that commits to them, so that none is ever lost. A process that
 * dies in between leaves one behind; the next start asks the events, keeps what they hold and
 * removes the rest.
 */
@Injectable()
export class RegisterSweep implements OnApplicationBootstrap {
  private readonly register: Register;
  private readonly directory: Directory;
  private readonly clock: LedgerClock;

  constructor(register: Register, directory: Directory, clock: LedgerClock) {
    this.register = register;
    this.directory = directory;
    this.clock = clock;
  }

  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      // A store that is away is no reason not to start: the next start sweeps.
      if (!(error instanceof Refusal && error.kind === 'unavailable')) throw error;
    }
  }

  private async sweep(): Promise<void> {
    const before = instantFromMs(epochMs(this.clock.now()) - settledAfterMs);
    for (const { person, command } of await this.register.unsettledBefore(before)) {
      const { state } = await this.directory.person(person);
      if (command === person) {
        await this.register.settleEnrolment(person, state === null ? 'refused' : 'recorded');
      } else {
        await this.register.settle(command, commitmentsOf(state), state?.commitments.at(-1));
      }
    }
  }
}
