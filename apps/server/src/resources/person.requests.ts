import { confirmingRoles } from '#directory';
import { roles } from '#kernel';
import type { AgencyId, Day, PersonId, Role, UnitId } from '#kernel';
import { Field, Part } from '../http/fields.ts';
import {
  agencyId,
  dayText,
  email,
  line,
  login,
  oneOf,
  personId,
  phone,
  secret,
  text,
  token,
  unitId,
  uuid,
} from '../http/shapes.ts';
import { DocumentFields, PageQuery } from './document.requests.ts';

export class PersonPath {
  @Field(personId) person: PersonId;
}

export class GrantPath extends PersonPath {
  @Field(uuid) grant: string;
}

export class ActivationPath extends PersonPath {
  @Field(uuid) issue: string;
}

export class DelegationPath extends PersonPath {
  @Field(uuid) delegation: string;
}

export class SignInRequest {
  // Any line: what no account can be called is answered like a name that none bears.
  @Field(line(64)) login: string;
  @Field(secret) secret: string;
}

export class ActivateRequest {
  @Field(token) code: string;
  @Field(secret) secret: string;
}

export class IssueActivationRequest {
  @Field(text(4000), { description: 'Why the person needs a new code; recorded' }) reason: string;
}

export class CancelActivationRequest {
  @Field(text(4000)) reason: string;
}

/** What the register keeps of a person; no event ever holds it. */
export class ParticularsFields {
  @Field(login) login: string;
  @Field(line(200), { description: 'As printed under acts' }) name: string;
  @Field(line(300)) position: string;
  @Field(agencyId) agency: AgencyId;
  @Field(unitId, { nullable: true, description: 'Absent: the agency itself' }) unit: UnitId | null =
    null;
  @Field(email, { nullable: true }) email: string | null = null;
  @Field(phone, { nullable: true }) phone: string | null = null;
}

export class FirstPersonFields extends ParticularsFields {
  @Field(secret) secret: string;
}

export class ConfirmerFields extends FirstPersonFields {
  @Field(oneOf(confirmingRoles), { optional: true }) role?: (typeof confirmingRoles)[number];
  @Part(() => DocumentFields, { nullable: true, description: 'The appointment decision of a head' })
  document: DocumentFields | null = null;
}

export class BootstrapRequest {
  @Field(token) token: string;
  @Part(() => FirstPersonFields) registrar: FirstPersonFields;
  @Part(() => ConfirmerFields) confirmer: ConfirmerFields;
}

export class EnrollRequest extends ParticularsFields {}

export class RenamePersonRequest {
  @Field(line(200)) name: string;
  @Field(line(300)) position: string;
  @Field(text(4000)) reason: string;
}

export class GrantRequest {
  @Field(oneOf(roles.filter((role) => role !== 'operator' && role !== 'holder'))) role: Role;
  @Field(agencyId) agency: AgencyId;
  @Field(unitId, { nullable: true, description: 'Absent: the agency itself' }) unit: UnitId | null =
    null;
  @Field(dayText) from: Day;
  @Field(dayText, { nullable: true, description: 'Last day, included' }) to: Day | null = null;
  @Part(() => DocumentFields, { nullable: true }) document: DocumentFields | null = null;
  @Field(line(300), {
    nullable: true,
    description: 'As printed under acts by this grant; absent: as enrolled',
  })
  position: string | null = null;
}

export class RevokeRequest {
  @Field(dayText) from: Day;
  @Field(text(4000)) reason: string;
}

const delegationForms = ['KT', 'TL', 'TUQ'] as const;

export class DelegateRequest {
  @Field(oneOf(delegationForms)) form: (typeof delegationForms)[number];
  @Field(personId, { description: 'Whose place is taken' }) head: PersonId;
  @Field(agencyId) agency: AgencyId;
  @Field(dayText) from: Day;
  @Field(dayText, { nullable: true }) to: Day | null = null;
  @Part(() => DocumentFields) document: DocumentFields;
}

export class EndDelegationRequest {
  @Field(text(4000)) reason: string;
}

export class EraseRequest {
  @Field(text(4000)) reason: string;
}

export class PeopleQuery extends PageQuery {
  @Field(agencyId, { optional: true }) agency?: AgencyId;
}
