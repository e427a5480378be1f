import { digestFromHex } from '#kernel';
import type { AgencyId, Digest, RoundId } from '#kernel';
import { Field, ListField, Part } from '../http/fields.ts';
import { agencyId, digest, hexDigest, line, roundId, text, uuid } from '../http/shapes.ts';
import { DocumentFields, PageQuery, PeriodFields } from './document.requests.ts';

export class EvidencePath {
  @Field(hexDigest, { description: 'The digest of the file, with or without sha256: before it' })
  sha256: string;
}

/** The digest in an address, which takes both spellings of it. */
export function digestIn({ sha256 }: EvidencePath): Digest {
  const digest = digestFromHex(sha256.replace(/^sha256:/, ''));
  if (digest === undefined) throw new TypeError('a path that was checked is 64 hex digits');
  return digest;
}

export class DepositRequest {
  @Part(() => DocumentFields) document: DocumentFields;
  @Part(() => PeriodFields, { nullable: true }) periodCovered: PeriodFields | null = null;
  @Field(agencyId) depositedFor: AgencyId;
}

/** Which deposit an act is about; may be left out by who acts for one agency only. */
class OnDepositRequest {
  @Field(agencyId, { optional: true, description: 'Whose deposit, where there are several' })
  depositedFor?: AgencyId;
}

export class DescribeRequest extends OnDepositRequest {
  @Part(() => DocumentFields) document: DocumentFields;
  @Part(() => PeriodFields, { nullable: true }) periodCovered: PeriodFields | null = null;
  @Field(text(4000)) reason: string;
}

export class RestrictRequest extends OnDepositRequest {
  @ListField(agencyId, { countMax: 200 }) to: AgencyId[];
  @Field(text(4000)) reason: string;
}

export class GrantAccessRequest extends OnDepositRequest {
  @ListField(agencyId, { countMax: 200 }) to: AgencyId[];
  @ListField(roundId, {
    countMax: 50,
    description: 'Rounds whose parties may all read and cite it',
  })
  rounds: RoundId[];
  @Field(text(4000)) reason: string;
}

/** A document that may not be uploaded: held elsewhere, shown as only referenced. */
export class ReferRequest {
  @Field(uuid) reference: string;
  @Part(() => DocumentFields) document: DocumentFields;
  @Field(line(300)) heldBy: string;
  @Field(line(200), { nullable: true }) archiveMark: string | null = null;
  @Field(digest, { nullable: true }) digest: Digest | null = null;
  @Field(text(4000)) reason: string;
  @Part(() => PeriodFields, { nullable: true }) periodCovered: PeriodFields | null = null;
  @Field(agencyId) depositedFor: AgencyId;
}

export class EvidenceQuery extends PageQuery {
  @Field(agencyId, { optional: true }) agency?: AgencyId;
  @Field(roundId, { optional: true, description: 'Only what figures of this round rest on' })
  round?: RoundId;
}
