import assert from 'node:assert';
import { Injectable } from '@nestjs/common';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import {
  canonicalJson,
  commandIdOf,
  dayInVietnam,
  digestOf,
  isAgencyId,
  isDigest,
  Refusal,
} from '#kernel';
import type { AgencyId, Basis, Digest } from '#kernel';
import type { ActingPerson } from '#directory';
import { Directory } from '#directory/nest';
import { Recorder } from '#event-store';
import type { Envelope, Receipt } from '#event-store';
import { BlobStore } from './blob-store.ts';
import type { BlobInterference } from './blob-store.ts';
import { findContent } from './content-intake.ts';
import type { EvidenceCommand, EvidenceReferenceCommand } from './evidence.commands.ts';
import { evidenceReferenceDecider, evidenceReferenceStream } from './evidence-reference.ts';
import type { EvidenceReference } from './evidence-reference.ts';
import { readableDeposit } from './deposit.ts';
import { evidenceDecider, evidenceStream, ledgerItself } from './evidence.ts';
import type { Evidence, FoundContent } from './evidence.ts';
import { refuseEvidence } from './refusals.ts';
import { Uploads } from './uploads.ts';

type Deposit = Extract<EvidenceCommand, { type: 'deposit' }>;

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
  private readonly uploads: Uploads;

  constructor(recorder: Recorder, directory: Directory, blobs: BlobStore, uploads: Uploads) {
    this.recorder = recorder;
    this.directory = directory;
    this.blobs = blobs;
    this.uploads = uploads;
  }

  async execute({ evidence, envelope }: DecideEvidence): Promise<Receipt> {
    const { command, person } = envelope;
    const ofDeposit = command.type === 'deposit';
    assert(!ofDeposit || command.evidence === evidence, 'the address names what is deposited');
    const stream = evidenceStream(evidence);
    let uploader: AgencyId | undefined;
    const receipt = await this.recorder.record(
      evidenceDecider,
      stream,
      envelope,
      async (present, now) => {
        const { acting, basis } = await this.directory.actingPerson(person, dayInVietnam(now));
        const named = await registeredAgencies(this.directory, agenciesIn(command));
        const { registered } = named;
        uploader = acting.agency;
        const found = ofDeposit ? await this.found(command, present, acting, registered) : null;
        return { context: { acting, registered, found }, basis: [...basis, ...named.basis] };
      },
    );
    // Recorded: what waited is in the store. If this goes wrong, the sweep does it.
    if (ofDeposit && uploader !== undefined) await this.uploads.discard(uploader, evidence);
    return receipt;
  }

  /**
   * The bytes of a deposit, in the store for good. Whoever deposits has them: their agency uploaded
   * them, or they may read what is there. The rules are heard before, since in a locked bucket
   * nothing can be taken back; that they are heard again afterwards changes nothing.
   */
  private async found(
    command: Deposit,
    present: Evidence | null,
    acting: ActingPerson,
    registered: ReadonlySet<AgencyId>,
  ): Promise<FoundContent | null> {
    evidenceDecider.decide(command, present, { acting, registered, found: supposed });
    const { evidence } = command;
    const uploaded = await this.uploads.keep(acting.agency, evidence);
    if (uploaded !== null || present === null) return uploaded;
    const mayRead = readableDeposit(present.deposits, { acting, round: null }) !== undefined;
    return mayRead ? findContent(this.blobs, evidence) : null;
  }
}

/** Stands for content while the rules are asked whether anything else is in the way. */
const supposed: FoundContent = {
  sizeBytes: 0,
  mediaType: 'text/plain',
  blob: { store: 'supposed', versionId: null, retainUntil: null },
};

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
    case 'grant-access':
      return command.to;
    case 'describe':
    case 'notice-interference':
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

/**
 * Records what was done over stored evidence by somebody with rights in the store: an event for each
 * version that did it, whoever meets it how often. Its command follows from digest and version, so
 * that several servers record it once.
 */
@Injectable()
export class InterferenceWatch {
  private readonly recorder: Recorder;

  constructor(recorder: Recorder) {
    this.recorder = recorder;
  }

  /** Answers what was recorded now; nothing for bytes that nobody deposited. */
  async note(evidence: Digest, found: readonly BlobInterference[]): Promise<readonly Receipt[]> {
    const stream = evidenceStream(evidence);
    const receipts: Receipt[] = [];
    const { state } = await this.recorder.load(evidenceDecider, stream);
    const known = new Set(state?.interferences.map(({ versionId }) => versionId));
    for (const one of found) {
      if (state === null || known.has(one.versionId)) continue;
      const receipt = await this.record(stream, one);
      if (receipt !== null) receipts.push(receipt);
    }
    return receipts;
  }

  private async record(stream: string, found: BlobInterference): Promise<Receipt | null> {
    const { person, agency } = ledgerItself;
    const command: EvidenceCommand = { type: 'notice-interference', found };
    const commandId = commandIdOf(person, 'NOTICE', stream, found.versionId);
    const requestDigest = digestOf(canonicalJson({ stream, versionId: found.versionId }));
    const envelope = { command, person, commandId, requestDigest, ifMatch: null };
    const context = {
      acting: { person, agency, capacities: [] },
      registered: new Set<AgencyId>(),
      found: null,
    };
    try {
      return await this.recorder.record(
        evidenceDecider,
        stream,
        { ...envelope, correlationId: commandId, causationId: null },
        async () => ({ context, basis: [] }),
      );
    } catch (error) {
      // Another look was quicker: it stands in the history, which is all that was wanted.
      const isKnown = error instanceof Refusal && error.kind !== 'unavailable';
      if (isKnown) return null;
      throw error;
    }
  }
}

/** For the module that puts it all together and provides Recorder, Directory, stores and Uploads. */
export const evidenceHandlers = [
  DecideEvidenceHandler,
  DecideEvidenceReferenceHandler,
  EvidenceReader,
  InterferenceWatch,
];
