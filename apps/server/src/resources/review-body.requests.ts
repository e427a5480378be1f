import { reviewBodyForms } from '#directory';
import type { ReviewBodyForm } from '#directory';
import type { AgencyId, Day, Digest, FigureId, PersonId } from '#kernel';
import { Field, ListField, Part, PartList } from '../http/fields.ts';
import {
  agencyId,
  count,
  dayText,
  digest,
  figureId,
  idPart,
  line,
  oneOf,
  personId,
  versionNumber,
} from '../http/shapes.ts';
import { DocumentFields } from './document.requests.ts';

export class ReviewBodyPath {
  @Field(idPart) body: string;
}

const memberPositions = ['chair', 'member', 'secretary'] as const;

export class MemberFields {
  @Field(personId) person: PersonId;
  @Field(agencyId) agency: AgencyId;
  @Field(oneOf(memberPositions)) position: (typeof memberPositions)[number];
}

export class EstablishReviewBodyRequest {
  @Field(idPart) body: string;
  @Field(line(300)) name: string;
  @Field(oneOf(reviewBodyForms)) form: ReviewBodyForm;
  @Field(idPart) province: string;
  @Part(() => DocumentFields) decision: DocumentFields;
  @Field(agencyId) appointedBy: AgencyId;
  @PartList(() => MemberFields, { countMin: 1, countMax: 100 }) members: MemberFields[];
}

const sessionDecisions = ['accept', 'return'] as const;

/** What the session decided on one version, and who kept out of it. */
export class SessionItemFields {
  @Field(figureId) figure: FigureId;
  @Field(versionNumber) version: number;
  @Field(digest) digest: Digest;
  @Field(oneOf(sessionDecisions)) decision: (typeof sessionDecisions)[number];
  @Field(count) votesFor: number;
  @Field(count) votesAgainst: number;
  @ListField(personId, { countMax: 100 }) abstained: PersonId[];
}

export class RecordSessionRequest {
  @Field(idPart) session: string;
  @Field(dayText) heldOn: Day;
  @Field(digest, { description: 'The minutes, handed in as evidence' }) minutes: Digest;
  @ListField(personId, { countMin: 1, countMax: 100 }) present: PersonId[];
  @PartList(() => SessionItemFields, { countMin: 1, countMax: 100 }) items: SessionItemFields[];
}
