import type { AgencyId, ContributionId, Day, Digest } from '#kernel';
import { observationStatuses } from '#figures';
import type { ObservationStatus } from '#figures';
import { Field, ListField, Part, PartList } from '../http/fields.ts';
import {
  agencyId,
  contributionId,
  dayText,
  decimalText,
  digest,
  idPart,
  line,
  oneOf,
  text,
  uuid,
  versionNumber,
} from '../http/shapes.ts';
import { PaperFields } from './document.requests.ts';

/** Whom an act is done for, by somebody who acts for several agencies. */
export class ForAgencyFields {
  @Field(agencyId, {
    optional: true,
    description: 'The agency you act for; needed where you could act for several',
  })
  forAgency?: AgencyId;
}

/** What figures and parts have in common. Limits are ours: an entry has at most 65,535 bytes. */

export class EvidenceLinkFields {
  @Field(digest, { nullable: true }) evidence: Digest | null = null;
  @Field(uuid, { nullable: true, description: 'A document that is only referenced' })
  reference: string | null = null;
  @Field(idPart, { nullable: true, description: 'The component it supports' })
  component: string | null = null;
  @Field(line(100), { nullable: true }) page: string | null = null;
}

export class ItemFields {
  @Field(line(300)) key: string;
  @Field(line(500), { optional: true }) label?: string;
  @Field(decimalText, { optional: true }) value?: string;
}

export class BreakdownFields {
  @Field(line(200)) dimension: string;
  @Field(line(200)) item: string;
  @Field(decimalText) value: string;
}

export class ValueFields {
  @Field(idPart) component: string;
  @Field(decimalText, { optional: true }) value?: string;
  @Field(text(4000), { optional: true }) text?: string;
  @Field(decimalText, { optional: true, description: 'The part that is estimated' })
  estimated?: string;
  @PartList(() => ItemFields, { optional: true, countMax: 500 }) items?: ItemFields[];
  @PartList(() => BreakdownFields, { optional: true, countMax: 200 }) breakdown?: BreakdownFields[];
}

export class StatementFields extends ForAgencyFields {
  @Field(oneOf(observationStatuses)) status: ObservationStatus;
  @PartList(() => ValueFields, { countMax: 50 }) values: ValueFields[];
  @Field(dayText, { description: 'Số liệu đến ngày' }) asOf: Day;
  @Field(text(4000), { nullable: true }) method: string | null = null;
  @PartList(() => EvidenceLinkFields, { countMax: 100 }) evidence: EvidenceLinkFields[];
  @Field(text(4000), { nullable: true }) note: string | null = null;
  @Part(() => PaperFields, { nullable: true }) paper: PaperFields | null = null;
}

const correctionKinds = ['resubmission', 'update', 'correction'] as const;
export type CorrectionKind = (typeof correctionKinds)[number];

export class CorrectionFields extends StatementFields {
  @Field(oneOf(correctionKinds)) kind: CorrectionKind;
  @Field(text(4000)) reason: string;
}

export class BuiltFromFields {
  @ListField(contributionId, { countMax: 150 }) builtFrom: ContributionId[];
}

/** Values that are not there, or did not arise. */
export class AbsenceRequest extends ForAgencyFields {
  @Part(() => PaperFields, { nullable: true }) paper: PaperFields | null = null;
  @Field(text(4000)) reason: string;
  @Field(dayText) asOf: Day;
  @PartList(() => EvidenceLinkFields, { countMax: 100 }) evidence: EvidenceLinkFields[];
}

/** Approving acts name the version that was seen: they bind it and no other. */
export class VersionRequest extends ForAgencyFields {
  @Field(versionNumber) version: number;
}

/** Endorsing what was first signed on paper says so; who sends it is the signatory all the same. */
export class EndorseRequest extends VersionRequest {
  @Part(() => PaperFields, { nullable: true }) paper: PaperFields | null = null;
}

export class VersionReasonRequest extends VersionRequest {
  @Field(text(4000)) reason: string;
}

export class RemarkFields {
  @Field(idPart, { nullable: true }) component: string | null = null;
  @Field(digest, { nullable: true }) evidence: Digest | null = null;
  @Field(text(4000)) text: string;
}

export class RemarksRequest extends VersionRequest {
  @PartList(() => RemarkFields, { countMin: 1, countMax: 50 }) remarks: RemarkFields[];
  @Field(dayText, { description: 'Last day for the answer' }) lastDay: Day;
}

export class ReturnRequest extends RemarksRequest {
  @Part(() => PaperFields, { nullable: true }) paper: PaperFields | null = null;
}
