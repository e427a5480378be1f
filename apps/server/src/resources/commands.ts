import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Command } from '@nestjs/cqrs';
import { EventStore } from '#event-store';
import type { Receipt, StoredEvent } from '#event-store';
import { entryDigest, Refusal } from '#kernel';
import { Visibility } from '../access/visibility.ts';
import type { Act } from '../http/act.ts';

/**
 * The way from a controller to a handler. The bus throws, and does not reject, where no handler is
 * registered; here both become a rejection. To a stale act it adds what the present is: who acted
 * in between and what they recorded, for those who may see it (CONTRACTS 4).
 */
@Injectable()
export class Commands {
  private readonly bus: CommandBus;
  private readonly store: EventStore;
  private readonly visibility: Visibility;

  constructor(bus: CommandBus, store: EventStore, visibility: Visibility) {
    this.bus = bus;
    this.store = store;
    this.visibility = visibility;
  }

  /** Records, or rejects with what the rule or the store said. */
  async execute(stream: string, act: Act, command: Command<Receipt>): Promise<Receipt> {
    try {
      return await this.bus.execute(command);
    } catch (error) {
      if (error instanceof Refusal && error.kind === 'stale')
        throw await this.told(error, stream, act);
      throw error;
    }
  }

  private async told(refusal: Refusal, stream: string, { person }: Act): Promise<Refusal> {
    const { revision } = refusal.facts;
    if (typeof revision !== 'number') return refusal;
    // Whatever goes wrong on the way to this courtesy, the refusal itself stands.
    const last = await this.eventAt(stream, revision).catch(() => undefined);
    if (last === undefined) return refusal;
    const sees = await this.visibility.seesAct(person, last).catch(() => false);
    if (!sees) return refusal;
    const { type, data, metadata } = last;
    const present = {
      type,
      data,
      digest: entryDigest(last),
      recordedAt: metadata.recordedAt,
      actor: metadata.actor,
    };
    return new Refusal(refusal.code, refusal.text, { ...refusal.facts, present });
  }

  private async eventAt(stream: string, revision: number): Promise<StoredEvent | undefined> {
    for await (const event of this.store.readStream(stream, {
      fromRevision: revision,
      maxCount: 1,
    })) {
      return event;
    }
    return undefined;
  }
}
