import assert from 'node:assert';
import { Injectable } from '@nestjs/common';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import { dayInVietnam, isAgencyId, isDigest } from '#kernel';
import type { AgencyId, Basis, Digest } from '#kernel';
import { Directory } from '#directory/nest';
import { Recorder } from '#event-store';
import type { Envelope, Receipt } from '#event-store';
import { BlobStore } from './blob-store.ts';
import { findContent } from './content-intake.ts';
import type { EvidenceCommand, EvidenceReferenceCommand } from './evidence.commands.ts';
import { evidenceReferenceDecider, evidenceReferenceStream } from './evidence-reference.ts';
import type { EvidenceReference } from './evidence-reference.ts';
import { evidenceDecider, evidenceStream } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { refuseEvidence } from './refusals.ts';

/** A command to the evidence with this digest. */
export class DecideEvidence extends Command<Receipt> {
  readonly evidence: Digest;
  readonly envelope: Envelope<EvidenceCommand>;

  constructor(evidence: Digest, envelope: Envelope<EvidenceCommand>) {
    super();
    this.evidence = evidence;
    this.envelope = envelope;
  }
}

/** A command to the reference with this id. */
export class DecideEvidenceReference extends Command<Receipt> {
  readonly reference: string;
  readonly envelope: Envelope<EvidenceReferenceCommand>;

  constructor(reference: string, envelope: Envelope<EvidenceReferenceCommand>) {
    super();
    this.reference = reference;
    this.envelope = envelope;
  }
}

@CommandHandler(DecideEvidence)
export class DecideEvidenceHandler implements ICommandHandler<DecideEvidence> {
  private readonly recorder: Recorder;
  private readonly directory: Directory;
  private readonly blobs: BlobStore;

  constructor(recorder: Recorder, directory: Directory, blobs: BlobStore) {
    this.recorder = recorder;
    this.directory = directory;
    this.blobs = blobs;
  }

  async execute({ evidence, envelope }: DecideEvidence): Promise<Receipt> {
    const { command, person } = envelope;
    const ofDeposit = command.type === 'deposit';
    assert(!ofDeposit || command.evidence === evidence, 'the address names what is deposited');
    const stream = evidenceStream(evidence);
    return this.recorder.record(evidenceDecider, stream, envelope, async (present, now) => {
      const { acting, basis } = await this.directory.actingPerson(person, dayInVietnam(now));
      const named = await registeredAgencies(this.directory, agenciesIn(command));
      // Looked at last, and only where the answer depends on it: the store may be far away.
      const asked = ofDeposit && present === null;
      const found = asked ? await findContent(this.blobs, evidence) : null;
      const { registered } = named;
      return { context: { acting, registered, found }, basis: [...basis, ...named.basis] };
    });
  }
}

@CommandHandler(DecideEvidenceReference)
export class DecideEvidenceReferenceHandler implements ICommandHandler<DecideEvidenceReference> {
  private readonly recorder: Recorder;
  private readonly directory: Directory;

  constructor(recorder: Recorder, directory: Directory) {
    this.recorder = recorder;
    this.directory = directory;
  }

  async execute({ reference, envelope }: DecideEvidenceReference): Promise<Receipt> {
    assert(envelope.command.reference === reference, 'the address names what is referenced');
    const stream = evidenceReferenceStream(reference);
    return this.recorder.record(evidenceReferenceDecider, stream, envelope, async (_, now) => {
      const on = dayInVietnam(now);
      const { acting, basis } = await this.directory.actingPerson(envelope.person, on);
      const named = await registeredAgencies(this.directory, [envelope.command.depositedFor]);
      const { registered } = named;
      return { context: { acting, registered }, basis: [...basis, ...named.basis] };
    });
  }
}

function agenciesIn(command: EvidenceCommand): readonly AgencyId[] {
  switch (command.type) {
    case 'deposit':
      return [command.depositedFor];
    case 'restrict-access':
      return command.to;
    case 'describe':
      return [];
  }
}

/** Those of the agencies that are registered, and the revisions that say so. */
async function registeredAgencies(
  directory: Directory,
  agencies: readonly AgencyId[],
): Promise<{ registered: ReadonlySet<AgencyId>; basis: readonly Basis[] }> {
  const registered = new Set<AgencyId>();
  const basis: Basis[] = [];
  // A misspelt id names no stream; the rules refuse it for what it is.
  for (const agency of new Set(agencies.filter(isAgencyId))) {
    const { state, revision } = await directory.agency(agency);
    if (state === null) continue;
    registered.add(agency);
    basis.push({ stream: `agency-${agency}`, revision });
  }
  return { registered, basis };
}

/** What a decision elsewhere may rest on, and the revision it was read at (CONTRACTS 2). */
export type Read<S> = { readonly state: S; readonly basis: Basis };

/** Folded evidence for the handlers of other contexts and for the pages that show one file. */
@Injectable()
export class EvidenceReader {
  private readonly recorder: Recorder;

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  /** Refuses with `evidence/unknown` where nothing was deposited under the digest. */
  async evidence(digest: Digest): Promise<Read<Evidence>> {
    const found = isDigest(digest) ? await this.lookUp(digest) : null;
    if (found === null) throw refuseEvidence('evidence/unknown', { evidence: digest });
    return found;
  }

  /** The same, with null for what was never deposited. */
  async lookUp(digest: Digest): Promise<Read<Evidence> | null> {
    const stream = evidenceStream(digest);
    const { state, revision } = await this.recorder.load(evidenceDecider, stream);
    return state === null ? null : { state, basis: { stream, revision } };
  }

  /** A referenced paper; null where none has this id. */
  async reference(reference: string): Promise<Read<EvidenceReference> | null> {
    const stream = evidenceReferenceStream(reference);
    const { state, revision } = await this.recorder.load(evidenceReferenceDecider, stream);
    return state === null ? null : { state, basis: { stream, revision } };
  }
}

/** For the module that puts it all together and provides Recorder, Directory and BlobStore. */
export const evidenceHandlers = [
  DecideEvidenceHandler,
  DecideEvidenceReferenceHandler,
  EvidenceReader,
];
