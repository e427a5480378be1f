import type { AgencyId, Day, Digest, DocumentRef, Fact, FigureId, PersonId } from '#kernel';

/** Forms the plan allows, chosen per object (000:61). */
export const reviewBodyForms = [
  'interagency-group',
  'advisory-council',
  'independent-adviser',
] as const;
export type ReviewBodyForm = (typeof reviewBodyForms)[number];

export type ReviewBodyMember = {
  readonly person: PersonId;
  readonly agency: AgencyId;
  readonly position: 'chair' | 'member' | 'secretary';
};

/** What a session decided on one version, with the votes and who kept out of it. */
export type SessionItem = {
  readonly figure: FigureId;
  readonly version: number;
  /** Digest of the version's event: the session read this one and no other. */
  readonly digest: Digest;
  readonly decision: 'accept' | 'return';
  readonly votesFor: number;
  readonly votesAgainst: number;
  readonly abstained: readonly PersonId[];
};

/** Facts about one review body, stream `review-body-<id>`. */
export type ReviewBodyFact =
  | Fact<
      'review-body.established.v1',
      {
        readonly body: string;
        readonly name: string;
        readonly form: ReviewBodyForm;
        readonly province: string;
        readonly decision: DocumentRef;
        readonly appointedBy: AgencyId;
        readonly members: readonly ReviewBodyMember[];
      }
    >
  | Fact<
      'review-body.session-recorded.v1',
      {
        readonly session: string;
        readonly heldOn: Day;
        /** The minutes, handed in as evidence. */
        readonly minutes: Digest;
        readonly present: readonly PersonId[];
        readonly items: readonly SessionItem[];
      }
    >
  | Fact<'review-body.dissolved.v1', { readonly on: Day; readonly document: DocumentRef }>;
