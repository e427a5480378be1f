/**
 * The directory in a Nest application: one envelope command and one handler for each aggregate,
 * always reached through the CommandBus, and `Directory`, the reader other contexts ask who acts.
 */
import assert from 'node:assert';
import { Injectable } from '@nestjs/common';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '#event-store';
import type { Envelope, Folded, Receipt } from '#event-store';
import { dayInVietnam } from '#kernel';
import type { AgencyId, Basis, Day, Digest, PersonId } from '#kernel';
import { agencyDecider, existsOn } from './agency.ts';
import type { Agency } from './agency.ts';
import type { ActingPerson, Capacity } from './capacity.ts';
import type { AgencyCommand, PersonCommand, ReviewBodyCommand } from './directory.commands.ts';
import { operatorOf } from './first-start.ts';
import type { Bootstrap } from './first-start.ts';
import { personDecider } from './person.ts';
import { refuse } from './refusals.ts';
import { reviewBodyDecider } from './review-body.ts';
import type { ReviewBody } from './review-body.ts';
import { agenciesOf, capacitiesOf, headsOn } from './standing.ts';
import type { Person } from './standing.ts';

/** Who sends a command, and the revisions of the streams that say so. */
export type Acting = { readonly acting: ActingPerson; readonly basis: readonly Basis[] };

const agencyStream = (agency: AgencyId) => `agency-${agency}`;
const personStream = (person: PersonId) => `person-${person}`;
const reviewBodyStream = (body: string) => `review-body-${body}`;

/** Reads the directory's streams as they stand now; `revision` is -1 where there is none. */
@Injectable()
export class Directory {
  private readonly recorder: Recorder;

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  agency(agency: AgencyId): Promise<Folded<Agency | null>> {
    return this.recorder.load(agencyDecider, agencyStream(agency));
  }

  person(person: PersonId): Promise<Folded<Person | null>> {
    return this.recorder.load(personDecider, personStream(person));
  }

  reviewBody(body: string): Promise<Folded<ReviewBody | null>> {
    return this.recorder.load(reviewBodyDecider, reviewBodyStream(body));
  }

  /**
   * The person with the capacities of that day, read from events and never from a session, so that
   * a revoked role is gone at once (QUALITY 2, item 7). A delegation counts only while the one who
   * gave it still heads the agency; the heads' streams that said so stand in `basis` too. Refuses
   * `person/not-enrolled`.
   */
  async actingPerson(person: PersonId, on: Day): Promise<Acting> {
    const { state, revision } = await this.person(person);
    if (state === null) throw refuse('person/not-enrolled', { person });
    const basis: Basis[] = [{ stream: personStream(person), revision }];
    const heads = new Map<PersonId, Person>();
    // Only delegations in force are asked after: a lapsed one must not add to every act's basis.
    const named = capacitiesOf(state, on).flatMap(({ delegation }) => delegation?.head ?? []);
    for (const head of new Set(named)) {
      const folded = await this.person(head);
      if (folded.state === null) continue;
      heads.set(head, folded.state);
      basis.push({ stream: personStream(head), revision: folded.revision });
    }
    const held = capacitiesOf(state, on, ({ head, agency }) => {
      const present = heads.get(head);
      return present !== undefined && headsOn(present, agency, on);
    });
    const gone = await this.goneAgencies(held, on, basis);
    const capacities = held.filter(({ agency }) => !gone.has(agency));
    return { acting: { person, agency: state.agency, capacities }, basis };
  }

  /**
   * Agencies that were dissolved or merged: nobody acts for them any more, whatever was granted;
   * their duty passes to a successor by a document. An agency not registered yet counts as there,
   * because the first registrar's is registered by that registrar.
   */
  private async goneAgencies(
    capacities: readonly Capacity[],
    on: Day,
    basis: Basis[],
  ): Promise<ReadonlySet<AgencyId>> {
    const gone = new Set<AgencyId>();
    for (const id of new Set(capacities.map(({ agency }) => agency))) {
      const { state, revision } = await this.agency(id);
      if (state === null) continue;
      basis.push({ stream: agencyStream(id), revision });
      if (!existsOn(state, on)) gone.add(id);
    }
    return gone;
  }
}

export class DecideAgency extends Command<Receipt> {
  constructor(
    readonly agency: AgencyId,
    readonly envelope: Envelope<AgencyCommand>,
  ) {
    super();
  }
}

/**
 * Whether a document's file was handed in. Evidence is a context above this one, so the application
 * fills this port: a grant must not rest on a file that nobody ever saw.
 */
export abstract class DocumentFiles {
  /**
   * The stream and revision that say the file is deposited; null where nobody deposited it, or
   * nobody whose file this person may read: to know a digest is not a right to name it.
   */
  abstract deposited(file: Digest, by: ActingPerson): Promise<Basis | null>;
}

export class DecidePerson extends Command<Receipt> {
  /**
   * `bootstrap` is set for the acts of the one-time first start and by nobody else: with it the
   * rules take the sender for the operator, whatever the directory knows. Whoever sets it has
   * checked the token.
   */
  constructor(
    readonly person: PersonId,
    readonly envelope: Envelope<PersonCommand>,
    readonly bootstrap: Bootstrap | null = null,
  ) {
    super();
  }
}

export class DecideReviewBody extends Command<Receipt> {
  constructor(
    readonly body: string,
    readonly envelope: Envelope<ReviewBodyCommand>,
  ) {
    super();
  }
}

@CommandHandler(DecideAgency)
export class DecideAgencyHandler implements ICommandHandler<DecideAgency> {
  private readonly recorder: Recorder;
  private readonly directory: Directory;

  constructor(recorder: Recorder, directory: Directory) {
    this.recorder = recorder;
    this.directory = directory;
  }

  async execute({ agency, envelope }: DecideAgency): Promise<Receipt> {
    const { command, person } = envelope;
    const creates = command.type === 'register';
    assert(!creates || command.agency === agency, 'the address names the agency');
    const stream = agencyStream(agency);
    return this.recorder.record(agencyDecider, stream, envelope, async (_, now) => {
      const today = dayInVietnam(now);
      const reads = new Reads(stream);
      const acting = reads.acting(await this.directory.actingPerson(person, today));
      const successor =
        command.type !== 'merge'
          ? null
          : reads.state(
              agencyStream(command.successor),
              await this.directory.agency(command.successor),
            );
      return { context: { acting, today, successor }, basis: reads.basis };
    });
  }
}

@CommandHandler(DecidePerson)
export class DecidePersonHandler implements ICommandHandler<DecidePerson> {
  private readonly recorder: Recorder;
  private readonly directory: Directory;
  private readonly files: DocumentFiles;

  constructor(recorder: Recorder, directory: Directory, files: DocumentFiles) {
    this.recorder = recorder;
    this.directory = directory;
    this.files = files;
  }

  async execute({ person, envelope, bootstrap }: DecidePerson): Promise<Receipt> {
    const { command } = envelope;
    const creates = command.type === 'enroll';
    assert(!creates || command.person === person, 'the address names the person');
    const stream = personStream(person);
    return this.recorder.record(personDecider, stream, envelope, async (_, now) => {
      const today = dayInVietnam(now);
      const reads = new Reads(stream);
      const acting =
        bootstrap === null
          ? reads.acting(await this.directory.actingPerson(envelope.person, today))
          : operatorOf(envelope.person, bootstrap, today);
      const agency =
        'agency' in command
          ? reads.state(agencyStream(command.agency), await this.directory.agency(command.agency))
          : null;
      const head =
        command.type === 'delegate'
          ? reads.state(personStream(command.head), await this.directory.person(command.head))
          : null;
      // At the first start there is nobody yet who could have handed a file in.
      const file = bootstrap === null && 'document' in command ? command.document?.digest : null;
      const missingFile = await missing(this.files, file ?? null, acting, reads);
      const context = {
        acting,
        today,
        agency,
        head,
        bootstrap: bootstrap !== null,
        missingFile,
      };
      return { context, basis: reads.basis };
    });
  }
}

/** The file itself where nobody deposited it; what says that somebody did goes into the basis. */
async function missing(
  files: DocumentFiles,
  file: Digest | null,
  acting: ActingPerson,
  reads: Reads,
): Promise<Digest | null> {
  if (file === null) return null;
  const found = await files.deposited(file, acting);
  if (found === null) return file;
  reads.note(found);
  return null;
}

@CommandHandler(DecideReviewBody)
export class DecideReviewBodyHandler implements ICommandHandler<DecideReviewBody> {
  private readonly recorder: Recorder;
  private readonly directory: Directory;
  private readonly files: DocumentFiles;

  constructor(recorder: Recorder, directory: Directory, files: DocumentFiles) {
    this.recorder = recorder;
    this.directory = directory;
    this.files = files;
  }

  async execute({ body, envelope }: DecideReviewBody): Promise<Receipt> {
    const { command, person } = envelope;
    const creates = command.type === 'establish';
    assert(!creates || command.body === body, 'the address names the body');
    const stream = reviewBodyStream(body);
    return this.recorder.record(reviewBodyDecider, stream, envelope, async (_, now) => {
      const today = dayInVietnam(now);
      const reads = new Reads(stream);
      const acting = reads.acting(await this.directory.actingPerson(person, today));
      const agencies = new Map<PersonId, readonly AgencyId[]>();
      let appointer: Agency | null = null;
      if (creates) {
        const { appointedBy, members } = command;
        const appointing = await this.directory.agency(appointedBy);
        appointer = reads.state(agencyStream(appointedBy), appointing);
        for (const member of members) {
          const found = await this.directory.person(member.person);
          const enrolled = reads.state(personStream(member.person), found);
          if (enrolled !== null) agencies.set(member.person, agenciesOf(enrolled, today));
        }
      }
      const minutes = command.type === 'record-session' ? command.minutes : null;
      const missingFile = await missing(this.files, minutes, acting, reads);
      const context = { acting, today, appointer, agenciesOf: agencies, missingFile };
      return { context, basis: reads.basis };
    });
  }
}

/** Notes each stream a decision looked at, once, other than the one it is written to. */
class Reads {
  private readonly revisions = new Map<string, number>();
  private readonly own: string;

  constructor(own: string) {
    this.own = own;
  }

  acting({ acting, basis }: Acting): ActingPerson {
    for (const read of basis) this.note(read);
    return acting;
  }

  state<S>(stream: string, { state, revision }: Folded<S>): S {
    this.note({ stream, revision });
    return state;
  }

  /** The first look counts: where a stream moved in between, the older revision claims less. */
  note({ stream, revision }: Basis): void {
    if (revision < 0 || stream === this.own || this.revisions.has(stream)) return;
    this.revisions.set(stream, revision);
  }

  get basis(): Basis[] {
    return [...this.revisions].map(([stream, revision]) => ({ stream, revision }));
  }
}

export { checkFirstStart } from './first-start.ts';
export type { Bootstrap, FirstPerson } from './first-start.ts';

/** For the module that puts it all together; it provides the Recorder and the DocumentFiles. */
export const directoryHandlers = [
  DecideAgencyHandler,
  DecidePersonHandler,
  DecideReviewBodyHandler,
  Directory,
];
