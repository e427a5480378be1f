import type {
  AgencyId,
  Bilingual,
  Day,
  Digest,
  DocumentRef,
  PersonId,
  Role,
  UnitId,
} from '#kernel';
import type { AgencyKind } from './agency.events.ts';
import type { ReviewBodyForm, ReviewBodyMember, SessionItem } from './review-body.events.ts';

/** Commands to one agency. Who may send them: a registrar. */
export type AgencyCommand =
  | {
      readonly type: 'register';
      readonly agency: AgencyId;
      readonly kind: AgencyKind;
      readonly name: Bilingual;
      readonly aliases: readonly string[];
      readonly classes: readonly string[];
      readonly document: DocumentRef | null;
    }
  | { readonly type: 'register-unit'; readonly unit: UnitId; readonly name: Bilingual }
  | {
      readonly type: 'rename';
      readonly name: Bilingual;
      readonly from: Day;
      readonly document: DocumentRef;
    }
  | {
      readonly type: 'merge';
      readonly successor: AgencyId;
      readonly on: Day;
      readonly document: DocumentRef;
    }
  | { readonly type: 'dissolve'; readonly on: Day; readonly document: DocumentRef };

/**
 * Commands to one person. Commitments are made by the handler from the register's particulars and
 * a fresh salt before the decider runs; the particulars themselves never reach it.
 */
export type PersonCommand =
  | {
      readonly type: 'enroll';
      readonly person: PersonId;
      readonly agency: AgencyId;
      readonly unit: UnitId;
      readonly commitment: Digest;
      /** The code that goes out with it; none at the first start. */
      readonly activation?: { readonly issue: string; readonly code: Digest } | null;
    }
  | {
      readonly type: 'issue-activation';
      readonly issue: string;
      readonly code: Digest;
      readonly reason: string;
      /** What the register knows. Events may know more, and never less, of newer ledgers. */
      readonly hasSecret: boolean;
    }
  | { readonly type: 'confirm-activation'; readonly issue: string }
  | { readonly type: 'cancel-activation'; readonly issue: string; readonly reason: string }
  | { readonly type: 'use-activation'; readonly issue: string; readonly code: Digest }
  | { readonly type: 'rename'; readonly commitment: Digest; readonly reason: string }
  | {
      readonly type: 'grant';
      readonly grant: string;
      readonly role: Role;
      readonly agency: AgencyId;
      readonly unit: UnitId;
      readonly from: Day;
      readonly to: Day | null;
      readonly document: DocumentRef | null;
      readonly commitment: Digest;
    }
  | { readonly type: 'confirm'; readonly grant: string }
  | { readonly type: 'revoke'; readonly grant: string; readonly from: Day; readonly reason: string }
  | {
      readonly type: 'delegate';
      readonly delegation: string;
      readonly form: 'KT' | 'TL' | 'TUQ';
      readonly head: PersonId;
      readonly agency: AgencyId;
      readonly from: Day;
      readonly to: Day | null;
      readonly document: DocumentRef;
    }
  | { readonly type: 'confirm-delegation'; readonly delegation: string }
  | { readonly type: 'end-delegation'; readonly delegation: string; readonly reason: string }
  | { readonly type: 'erase'; readonly reason: string };

export type ReviewBodyCommand =
  | {
      readonly type: 'establish';
      readonly body: string;
      readonly name: string;
      readonly form: ReviewBodyForm;
      readonly province: string;
      readonly decision: DocumentRef;
      readonly appointedBy: AgencyId;
      readonly members: readonly ReviewBodyMember[];
    }
  | {
      readonly type: 'record-session';
      readonly session: string;
      readonly heldOn: Day;
      readonly minutes: Digest;
      readonly present: readonly PersonId[];
      readonly items: readonly SessionItem[];
    }
  | { readonly type: 'dissolve'; readonly on: Day; readonly document: DocumentRef };
