import { Injectable } from '@nestjs/common';
import type { ActingPerson } from '#directory';
import { DocumentFiles } from '#directory/nest';
import { readableDeposit } from '#evidence';
import { EvidenceReader } from '#evidence/nest';
import type { Basis, Digest } from '#kernel';

/** The directory's question about files, answered by the evidence context above it. */
@Injectable()
export class EvidenceDocumentFiles extends DocumentFiles {
  private readonly evidence: EvidenceReader;

  constructor(evidence: EvidenceReader) {
    super();
    this.evidence = evidence;
  }

  override async deposited(file: Digest, acting: ActingPerson): Promise<Basis | null> {
    const found = await this.evidence.lookUp(file);
    if (found === null) return null;
    const readable = readableDeposit(found.state.deposits, { acting, round: null });
    return readable === undefined ? null : found.basis;
  }
}
