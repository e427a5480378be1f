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
      }
    >
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
        /** True for head and deputy: counts only once confirmed by another agency's person. */
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
  | Fact<'person.erased.v1', { readonly what: 'contact-data'; readonly reason: string }>;
