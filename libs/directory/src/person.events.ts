import type { AgencyId, Day, Digest, DocumentRef, Fact, PersonId, Role, UnitId } from '#kernel';

/**
 * Facts about one person, stream `person-<uuid>`. Names, positions and contact data stay in the
 * register; a commitment (SHA-256 over salt and particulars) binds them to the stream, so that
 * nobody who runs the database can put another name under an act.
 */
export type PersonFact =
  | Fact<
      'person.enrolled.v1',
      {
        readonly person: PersonId;
        readonly agency: AgencyId;
        readonly unit: UnitId;
        readonly commitment: Digest;
        /**
         * The one-time code handed out with the enrolment. Absent at the first start, whose people
         * chose their secrets there, and in ledgers from before codes were recorded.
         */
        readonly activation?: { readonly issue: string; readonly code: Digest };
      }
    >
  /** A further code. It is bound by its SHA-256; nobody can find the code itself from that. */
  | Fact<
      'activation.issued.v1',
      {
        readonly issue: string;
        readonly code: Digest;
        readonly reason: string;
        /** Of the issuer, as of the issue: who may not confirm it. */
        readonly issuerAgency: AgencyId;
        /** True where the person has a secret: works only once another agency's person agreed. */
        readonly needsConfirmation: boolean;
      }
    >
  | Fact<'activation.confirmed.v1', { readonly issue: string }>
  | Fact<'activation.cancelled.v1', { readonly issue: string; readonly reason: string }>
  /** The act of whoever held the code: the secret is replaced and every session ends. */
  | Fact<'activation.used.v1', { readonly issue: string }>
  | Fact<'person.renamed.v1', { readonly commitment: Digest; readonly reason: string }>
  | Fact<
      'role.granted.v1',
      {
        readonly grant: string;
        readonly role: Role;
        readonly agency: AgencyId;
        readonly unit: UnitId;
        readonly from: Day;
        /** Last day, included; null while open. */
        readonly to: Day | null;
        /** The appointment decision; obligatory for head and deputy. */
        readonly document: DocumentRef | null;
        /** Of the granter, as of the grant: who may not confirm it. */
        readonly granterAgency: AgencyId;
        /** Commitment to the particulars as printed under acts made by this grant. */
        readonly commitment: Digest;
        /** True for heads, deputies, checkers and who may confirm: counts once another agency confirmed. */
        readonly needsConfirmation: boolean;
      }
    >
  | Fact<'role.confirmed.v1', { readonly grant: string }>
  | Fact<'role.revoked.v1', { readonly grant: string; readonly from: Day; readonly reason: string }>
  | Fact<
      'delegation.recorded.v1',
      {
        readonly delegation: string;
        readonly form: 'KT' | 'TL' | 'TUQ';
        /** Whose place is taken. */
        readonly head: PersonId;
        readonly agency: AgencyId;
        readonly from: Day;
        readonly to: Day | null;
        readonly document: DocumentRef;
      }
    >
  /**
   * The head, or a second person, lets a delegation count that somebody else recorded. Who recorded
   * it stands in the metadata, so ledgers from before hold everything the rule asks.
   */
  | Fact<'delegation.confirmed.v1', { readonly delegation: string }>
  /** Counts no more from this day on, which is the day of the act. */
  | Fact<
      'delegation.ended.v1',
      { readonly delegation: string; readonly from: Day; readonly reason: string }
    >
  | Fact<'person.erased.v1', { readonly what: 'contact-data'; readonly reason: string }>;
