import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Command } from '@nestjs/cqrs';
import { Register } from '#directory/node';
import { EventStore } from '#event-store';
import type { Receipt, StoredEvent } from '#event-store';
import { refuseEvidence } from '#evidence';
import { figureRefusals } from '#figures';
import { entryDigest, Refusal, refuseCommand, refuser } from '#kernel';
import type { PersonId } from '#kernel';
import { EvidenceVisibility } from '../access/evidence-visibility.ts';
import { Visibility } from '../access/visibility.ts';
import type { Act } from '../http/act.ts';

const refuseDuty = refuser(figureRefusals);

/** How a stranger is refused at a stream that they may not know of, by the beginning of its name. */
const strangerRefusals = {
  'figure-': () => refuseDuty('duty/not-lead-agency'),
  'contribution-': () => refuseDuty('duty/not-your-agency'),
  'finding-': () => refuseDuty('duty/not-asked'),
  'evidence-': () => refuseEvidence('evidence/unknown'),
} as const;

/**
 * Refusals that tell something of the state a thing is in: not for those who may not know of it.
 * What the rules of a file say in its state, they say to those it concerns only.
 */
function tellsState({ kind, code }: Refusal, stream: string, path: string): boolean {
  if (kind === 'stale' || kind === 'unconditional') return true;
  // So that who may not know of a file waits as long for this no as for any other.
  if (code === 'evidence/unknown') return true;
  const isOfRules = kind === 'rule' || kind === 'forbidden' || kind === 'missing';
  if (!isOfRules || publicCodes.has(code)) return false;
  // A finding that is being raised has no name yet that anybody could ask about.
  const finding = /^finding-(.+)$/.exec(stream)?.[1];
  return finding === undefined ? /^(?:figure|contribution)-/.test(stream) : path.includes(finding);
}

/** What a round expects, of whom, and whether it is closed, everybody reads in the round. */
const publicCodes: ReadonlySet<string> = new Set([
  'figure/unknown',
  'figure/round-closed',
  'contribution/unknown',
  'contribution/not-a-participant',
  'contribution/participants-not-frozen',
]);

/**
 * The way from a controller to a handler. The bus throws, and does not reject, where no handler is
 * registered; here both become a rejection. To a stale act it adds what the present is: who acted
 * in between and what they recorded, for those who may see it (CONTRACTS 4). Who may not see the
 * thing at all learns neither its revision nor its state from any refusal, only that it is not
 * theirs.
 */
@Injectable()
export class Commands {
  private readonly bus: CommandBus;
  private readonly store: EventStore;
  private readonly visibility: Visibility;
  private readonly files: EvidenceVisibility;
  private readonly register: Register;

  constructor(
    bus: CommandBus,
    store: EventStore,
    visibility: Visibility,
    files: EvidenceVisibility,
    register: Register,
  ) {
    this.bus = bus;
    this.store = store;
    this.visibility = visibility;
    this.files = files;
    this.register = register;
  }

  /** Records, or rejects with what the rule or the store said. */
  async execute(stream: string, act: Act, command: Command<Receipt>): Promise<Receipt> {
    await this.claim(stream, act);
    try {
      return await this.bus.execute(command);
    } catch (error) {
      throw error instanceof Refusal && tellsState(error, stream, act.path)
        ? await this.told(error, stream, act)
        : error;
    }
  }

  /**
   * A command's id follows from person, method, path and key, and its outcome is looked up in its
   * stream. Where the path does not name the stream, because something new names itself in the
   * body, the same key could otherwise reach two streams with one event id: the first stream it was
   * sent for is the only one it may write to.
   */
  private async claim(stream: string, { commandId, path }: Act): Promise<void> {
    if (path.includes(stream.slice(stream.indexOf('-') + 1))) return;
    const claimed = await this.register.claimCommand(commandId, stream);
    if (claimed !== stream) throw refuseCommand('command/key-reused', { stream: claimed });
  }

  private async told(refusal: Refusal, stream: string, { person }: Act): Promise<Refusal> {
    const stranger = Object.entries(strangerRefusals).find(([start]) => stream.startsWith(start));
    const sees = stranger === undefined || (await this.seesStream(person, stream));
    if (!sees) return stranger[1]();
    const { revision } = refusal.facts;
    if (typeof revision !== 'number' || refusal.kind !== 'stale') return refusal;
    // Whatever goes wrong on the way to this courtesy, the refusal itself stands.
    const last = await this.eventAt(stream, revision).catch(() => undefined);
    if (last === undefined) return refusal;
    // A person's stream is known to everybody, but not every act in it; nor are all acts on a file.
    const isWhole = stranger !== undefined && !stream.startsWith('evidence-');
    const seesAct = isWhole || (await this.visibility.seesAct(person, last).catch(() => false));
    if (!seesAct) return refusal;
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

  /** By the rules of reading: whatever can be read under this name may also be told here. */
  private async seesStream(person: PersonId, stream: string): Promise<boolean> {
    const id = stream.slice(stream.indexOf('-') + 1);
    try {
      if (stream.startsWith('figure-')) await this.visibility.checkFigure(person, id);
      else if (stream.startsWith('contribution-')) {
        await this.visibility.checkContribution(person, id);
      } else if (stream.startsWith('finding-')) {
        return await this.visibility.seesFindingOf(person, id);
      } else return await this.files.sees(person, id);
      return true;
    } catch (error) {
      if (error instanceof Refusal && error.kind === 'missing') return false;
      throw error;
    }
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
