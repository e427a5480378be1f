import { findingKinds, findingStatuses } from '#figures';
import type { FindingKind, FindingStatus } from '#figures';
import type { AgencyId, Day, FigureId, RoundId } from '#kernel';
import { Field, Part, PartList } from '../http/fields.ts';
import {
  agencyId,
  dayText,
  figureId,
  oneOf,
  roundId,
  text,
  uuid,
  versionNumber,
} from '../http/shapes.ts';
import { DocumentedRequest, DocumentFields, PageQuery, PaperFields } from './document.requests.ts';
import { EvidenceLinkFields, ForAgencyFields } from './statement.requests.ts';

export class FindingPath {
  @Field(uuid) finding: string;
}

export class RaiseFindingRequest extends ForAgencyFields {
  @Field(oneOf(findingKinds)) kind: FindingKind;
  @Field(figureId) figure: FigureId;
  @Field(versionNumber) version: number;
  @Field(agencyId, { nullable: true, description: 'Who must answer; the leads where it is null' })
  asked: AgencyId | null = null;
  @Field(text(8000)) text: string;
  @PartList(() => EvidenceLinkFields, { countMax: 100 }) evidence: EvidenceLinkFields[];
  @Field(dayText, { description: 'Last day for the answer' }) answerBy: Day;
  @Part(() => DocumentFields, { nullable: true }) document: DocumentFields | null = null;
}

export class AnswerFindingRequest extends ForAgencyFields {
  @Field(text(8000)) text: string;
  @PartList(() => EvidenceLinkFields, { countMax: 100 }) evidence: EvidenceLinkFields[];
  @Part(() => PaperFields, { nullable: true }) paper: PaperFields | null = null;
}

export class OverruleFindingRequest extends DocumentedRequest {
  @Field(text(4000)) reason: string;
}

const outcomes = ['settled', 'withdrawn'] as const;

export class CloseFindingRequest extends ForAgencyFields {
  @Field(oneOf(outcomes)) outcome: (typeof outcomes)[number];
  @Field(text(4000)) reason: string;
}

export class FindingsQuery extends PageQuery {
  @Field(roundId, { optional: true }) round?: RoundId;
  @Field(figureId, { optional: true }) figure?: FigureId;
  @Field(oneOf(findingStatuses), { optional: true }) status?: FindingStatus;
}
