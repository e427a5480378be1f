import type { AgencyId, ContributionId } from '#kernel';
import { Field, ListField, Part } from '../http/fields.ts';
import { agencyId, contributionId, idPart, line, oneOf, text, truth } from '../http/shapes.ts';
import {
  CorrectionFields,
  ForAgencyFields,
  StatementFields,
  VersionRequest,
} from './statement.requests.ts';

export class ContributionPath {
  @Field(contributionId) contribution: ContributionId;
}

export class RequestContributionRequest extends ForAgencyFields {
  @Field(agencyId) agency: AgencyId;
  @ListField(idPart, { countMax: 50 }) components: string[];
  @Field(truth) documentsOnly: boolean;
}

const sourceKinds = ['survey', 'register', 'document'] as const;

/** A source without an account, whose part the lead deposits. */
export class OutsideSourceFields {
  @Field(line(300)) name: string;
  @Field(oneOf(sourceKinds)) sourceKind: (typeof sourceKinds)[number];
}

export class SubmitContributionRequest extends StatementFields {
  @Part(() => OutsideSourceFields, { nullable: true }) outsideSource: OutsideSourceFields | null =
    null;
}

export class CorrectContributionRequest extends CorrectionFields {
  @Part(() => OutsideSourceFields, { nullable: true }) outsideSource: OutsideSourceFields | null =
    null;
}

export class AcceptContributionRequest extends VersionRequest {
  @Field(text(4000), { nullable: true }) note: string | null = null;
}
