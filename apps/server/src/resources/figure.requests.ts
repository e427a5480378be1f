import type { ContributionId, Day, FigureId } from '#kernel';
import { Field, ListField, Part, PartList } from '../http/fields.ts';
import {
  asOfText,
  contributionId,
  dayText,
  figureId,
  idPart,
  line,
  oneOf,
  text,
  uuid,
} from '../http/shapes.ts';
import { DocumentFields, PaperFields } from './document.requests.ts';
import {
  CorrectionFields,
  EvidenceLinkFields,
  ForAgencyFields,
  ReturnRequest,
  StatementFields,
  VersionReasonRequest,
  VersionRequest,
} from './statement.requests.ts';

export class FigurePath {
  @Field(figureId) figure: FigureId;
}

export class SubmitFigureRequest extends StatementFields {
  @ListField(contributionId, { countMax: 150 }) builtFrom: ContributionId[];
}

export class CorrectFigureRequest extends CorrectionFields {
  @ListField(contributionId, { countMax: 150 }) builtFrom: ContributionId[];
}

export class ExplainRequest extends ForAgencyFields {
  @Field(line(100)) request: string;
  @Field(text(8000)) text: string;
  @PartList(() => EvidenceLinkFields, { countMax: 100 }) evidence: EvidenceLinkFields[];
}

export class ReviewSessionFields {
  @Field(idPart) body: string;
  @Field(idPart) session: string;
}

export class CheckOverrideFields {
  @Field(line(100), { description: 'Code of the finding, such as check/jump' }) code: string;
  @Field(idPart, { nullable: true }) component: string | null = null;
  @Field(idPart, { nullable: true, description: 'Key of the cross-check' })
  check: string | null = null;
  @Field(text(4000)) reason: string;
}

/** A return of what was endorsed may rest on a session or a document, as a verification may. */
export class ReturnFigureRequest extends ReturnRequest {
  @Part(() => ReviewSessionFields, { nullable: true }) reviewBody: ReviewSessionFields | null =
    null;
  @Part(() => DocumentFields, { nullable: true, description: 'The committee’s, that returns it' })
  document: DocumentFields | null = null;
}

export class VerifyFigureRequest extends VersionRequest {
  @Field(text(4000), { nullable: true }) note: string | null = null;
  @Part(() => ReviewSessionFields, { nullable: true }) reviewBody: ReviewSessionFields | null =
    null;
  @Part(() => DocumentFields, { nullable: true }) acceptance: DocumentFields | null = null;
  @PartList(() => CheckOverrideFields, {
    optional: true,
    countMax: 100,
    description: 'Each error of the checks needs one',
  })
  overrides?: CheckOverrideFields[];
  @Part(() => PaperFields, { nullable: true }) paper: PaperFields | null = null;
}

export class DisputeFigureRequest extends VersionReasonRequest {
  @PartList(() => EvidenceLinkFields, { countMax: 100 }) evidence: EvidenceLinkFields[];
}

const outcomes = ['withdrawn', 'upheld', 'dismissed'] as const;

export class SettleDisputeRequest extends ForAgencyFields {
  @Field(line(100)) dispute: string;
  @Field(oneOf(outcomes)) outcome: (typeof outcomes)[number];
  @Field(text(4000)) reason: string;
  @Part(() => DocumentFields, { nullable: true }) document: DocumentFields | null = null;
}

export class OrderCorrectionRequest extends VersionRequest {
  @Part(() => DocumentFields) conclusion: DocumentFields;
  @Field(text(8000)) text: string;
  @Field(dayText) lastDay: Day;
  @Field(uuid, { nullable: true, description: 'The finding whose order it carries out' })
  finding: string | null = null;
}

/** Two moments of one figure, each a time or a leaf index. */
export class DiffQuery {
  @Field(asOfText) from: string;
  @Field(asOfText) to: string;
}
