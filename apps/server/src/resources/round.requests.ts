import type { AssignmentMode, DueScope } from '#catalogue';
import { figureStatuses } from '#figures';
import type { FigureStatus } from '#figures';
import type { AgencyId, Day, IndicatorCode, RoundId, UnitId } from '#kernel';
import { Field, ListField, Part, PartList } from '../http/fields.ts';
import {
  agencyId,
  dayText,
  idPart,
  indicatorCode,
  line,
  oneOf,
  quotation,
  roundId,
  text,
  unitId,
} from '../http/shapes.ts';
import {
  BilingualFields,
  DocumentedRequest,
  DocumentFields,
  PageQuery,
  SourceFields,
} from './document.requests.ts';

export class RoundPath {
  @Field(roundId) round: RoundId;
}

export class RoundPeriodFields {
  @Field(dayText) from: Day;
  @Field(dayText) to: Day;
  @Field(line(100)) label: string;
}

export class ResponsibilityFields {
  @ListField(line(50), { countMin: 1, countMax: 20 }) agencyKinds: string[];
  @Field(text(2000), { description: 'The sentence as printed' }) text: string;
  @Part(() => SourceFields) source: SourceFields;
}

export class OpenRoundRequest {
  @Field(roundId) round: RoundId;
  @Field(idPart) framework: string;
  @Field(line(100)) edition: string;
  @Part(() => RoundPeriodFields) period: RoundPeriodFields;
  @Part(() => BilingualFields) title: BilingualFields;
  @Part(() => DocumentFields) legalBasis: DocumentFields;
  @Field(agencyId) checkingAgency: AgencyId;
  @ListField(agencyId, { countMin: 1, countMax: 20 }) chain: AgencyId[];
  @PartList(() => ResponsibilityFields, { countMax: 20 }) responsibility: ResponsibilityFields[];
  @Part(() => SourceFields) verificationBasis: SourceFields;
  @PartList(() => SourceFields, { countMax: 50 }) datesUnspecified: SourceFields[];
}

export class IssueLegalBasisRequest {
  @Part(() => DocumentFields) legalBasis: DocumentFields;
}

const assignmentModes = ['single', 'joint', 'each'] as const satisfies readonly AssignmentMode[];
const dueScopes = ['figure', 'contribution'] as const satisfies readonly DueScope[];

export class PartyFields {
  @Field(quotation(4000)) raw: string;
  @Field(agencyId, { nullable: true }) agency: AgencyId | null = null;
  @Field(line(100), { nullable: true }) class: string | null = null;
}

/** A piece of the lead cell, and the leads it was read as. */
export class LeadPartyFields extends PartyFields {
  @Field(unitId, { nullable: true }) unit: UnitId | null = null;
  @ListField(agencyId, { countMax: 200 }) members: AgencyId[];
  @Field(text(4000), { nullable: true }) reason: string | null = null;
}

export class NamedDateFields {
  @Field(line(100)) id: string;
  @ListField(oneOf(dueScopes), { countMin: 1, countMax: 2 }) scopes: DueScope[];
  @Field(dayText) lastDay: Day;
  @Part(() => SourceFields) source: SourceFields;
}

/** The cells of the plan as printed, beside our reading of them. */
export class RawCellsFields {
  @Field(quotation(8000)) lead: string;
  @Field(quotation(8000)) coordinating: string;
  @Field(quotation(4000)) due: string;
}

export class AssignmentFields {
  @Field(indicatorCode) indicator: IndicatorCode;
  @Field(oneOf(assignmentModes)) mode: AssignmentMode;
  @ListField(agencyId, { countMax: 200 }) leads: AgencyId[];
  @PartList(() => LeadPartyFields, { countMax: 200, optional: true })
  leadParties?: LeadPartyFields[];
  @PartList(() => PartyFields, { countMax: 200 }) coordinating: PartyFields[];
  @PartList(() => NamedDateFields, { countMax: 20 }) dates: NamedDateFields[];
  @Part(() => RawCellsFields) raw: RawCellsFields;
  @Part(() => SourceFields) source: SourceFields;
}

export class AssignRequest {
  @Part(() => AssignmentFields) assignment: AssignmentFields;
}

export class AmendAssignmentRequest extends DocumentedRequest {
  @Part(() => AssignmentFields) assignment: AssignmentFields;
  @Field(text(4000)) reason: string;
}

export class SuccessionRequest extends DocumentedRequest {
  @Field(indicatorCode) indicator: IndicatorCode;
  @Field(agencyId) from: AgencyId;
  @Field(agencyId) to: AgencyId;
  @Field(dayText) on: Day;
}

export class DecideDueRequest {
  @Field(oneOf(dueScopes)) scope: DueScope;
  @Field(indicatorCode, {
    nullable: true,
    description: 'Absent: all without a decision of their own',
  })
  indicator: IndicatorCode | null = null;
  @Field(line(100), { nullable: true }) dateId: string | null = null;
  @Field(dayText, { nullable: true }) lastDay: Day | null = null;
  @Field(text(4000)) why: string;
  @Part(() => DocumentFields, { nullable: true }) document: DocumentFields | null = null;
}

export class ExtendDeadlineRequest extends DocumentedRequest {
  @Field(oneOf(dueScopes)) scope: DueScope;
  @Field(indicatorCode) indicator: IndicatorCode;
  @Field(agencyId, { nullable: true, description: 'Absent: everybody whom the date binds' })
  agency: AgencyId | null = null;
  @Field(dayText) lastDay: Day;
  @Field(text(4000)) reason: string;
}

export class ParticipantChoiceFields {
  @Field(line(100)) class: string;
  @ListField(agencyId, { countMax: 500 }) members: AgencyId[];
  @Field(text(4000), { nullable: true }) reason: string | null = null;
}

export class FreezeParticipantsRequest {
  @Field(indicatorCode) indicator: IndicatorCode;
  @PartList(() => ParticipantChoiceFields, { countMax: 20 }) choices: ParticipantChoiceFields[];
}

export class AmendParticipantsRequest {
  @Field(indicatorCode) indicator: IndicatorCode;
  @ListField(agencyId, { countMax: 500 }) added: AgencyId[];
  @ListField(agencyId, { countMax: 500 }) removed: AgencyId[];
  @Field(text(4000)) reason: string;
  @Part(() => DocumentFields, { nullable: true }) document: DocumentFields | null = null;
}

export class MoveToEditionRequest extends DocumentedRequest {
  @Field(line(100)) edition: string;
}

export class CloseRoundRequest {
  @Field(dayText) on: Day;
  @Field(text(4000)) reason: string;
  @Part(() => DocumentFields, { nullable: true }) document: DocumentFields | null = null;
}

export class RoundFiguresQuery extends PageQuery {
  @Field(agencyId, { optional: true }) agency?: AgencyId;
  @Field(oneOf(figureStatuses), { optional: true }) status?: FigureStatus;
}

export class AccountabilityQuery extends PageQuery {
  @Field(agencyId, { optional: true }) agency?: AgencyId;
}
