import type { AgencyId, Bilingual, Day, DocumentRef, Fact, UnitId } from '#kernel';

/** What an agency is, which decides who heads it and which responsibility sentence binds it. */
export const agencyKinds = [
  'department', // sở, ban, ngành
  'commune', // UBND xã, phường
  'committee', // UBND tỉnh
  'inspectorate', // thanh tra
  'ministry',
  'central-branch', // cơ quan ngành dọc: thống kê
  'office', // văn phòng
  'center', // trung tâm, đơn vị sự nghiệp
  'school', // đại học, cao đẳng
  'association', // liên hiệp hội
  'other',
] as const;
export type AgencyKind = (typeof agencyKinds)[number];

/** Facts about one agency, stream `agency-<id>`. Add a version; never edit one. */
export type AgencyFact =
  | Fact<
      'agency.registered.v1',
      {
        readonly agency: AgencyId;
        readonly kind: AgencyKind;
        readonly province: string;
        readonly name: Bilingual;
        /** Other spellings found in the sources: `Cục Thống kê tỉnh`. */
        readonly aliases: readonly string[];
        /** Party classes it belongs to, as the plans name them: `g_so_nganh`. */
        readonly classes: readonly string[];
        readonly document: DocumentRef | null;
      }
    >
  | Fact<'unit.registered.v1', { readonly unit: UnitId; readonly name: Bilingual }>
  | Fact<
      'agency.renamed.v1',
      { readonly name: Bilingual; readonly from: Day; readonly document: DocumentRef }
    >
  | Fact<
      'agency.merged-into.v1',
      { readonly successor: AgencyId; readonly on: Day; readonly document: DocumentRef }
    >
  | Fact<'agency.dissolved.v1', { readonly on: Day; readonly document: DocumentRef }>;
