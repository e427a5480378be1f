import { Injectable } from '@nestjs/common';
import { DocumentFiles } from '#directory/nest';
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

  override async deposited(file: Digest): Promise<Basis | null> {
    return (await this.evidence.lookUp(file))?.basis ?? null;
  }
}
