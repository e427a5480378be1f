import { agencyKinds } from '#directory';
import type { AgencyKind } from '#directory';
import type { AgencyId, Day, UnitId } from '#kernel';
import { Field, ListField, Part } from '../http/fields.ts';
import { agencyId, dayText, idPart, line, oneOf, unitId } from '../http/shapes.ts';
import { BilingualFields, DocumentedRequest, DocumentFields } from './document.requests.ts';

export class AgencyPath {
  @Field(agencyId) agency: AgencyId;
}

export class RegisterAgencyRequest {
  @Field(agencyId) agency: AgencyId;
  @Field(oneOf(agencyKinds)) kind: AgencyKind;
  @Part(() => BilingualFields) name: BilingualFields;
  @ListField(line(300), { countMax: 50 }) aliases: string[];
  @ListField(idPart, { countMax: 50 }) classes: string[];
  @Part(() => DocumentFields, { nullable: true }) document: DocumentFields | null = null;
}

export class RegisterUnitRequest {
  @Field(unitId) unit: UnitId;
  @Part(() => BilingualFields) name: BilingualFields;
}

export class RenameAgencyRequest extends DocumentedRequest {
  @Part(() => BilingualFields) name: BilingualFields;
  @Field(dayText) from: Day;
}

export class MergeAgencyRequest extends DocumentedRequest {
  @Field(agencyId) successor: AgencyId;
  @Field(dayText) on: Day;
}

export class DissolveRequest extends DocumentedRequest {
  @Field(dayText) on: Day;
}
