import type { Bilingual, Decimal, DocumentRef, Fact, IndicatorCode, SourceRef } from '#kernel';
import type { CrossCheck } from './cross-checks.ts';

export const indicatorKinds = ['indicator', 'target', 'task'] as const;
export type IndicatorKind = (typeof indicatorKinds)[number];

export const componentTypes = ['decimal', 'count', 'money', 'level', 'text', 'items'] as const;
export type ComponentType = (typeof componentTypes)[number];

/** How a figure follows from its parts. Ratios are never averaged, H-indices never added. */
export const aggregationRules = [
  'none',
  'sum',
  'distinct-sum',
  'ratio',
  'weighted-mean',
  'recompute',
] as const;
export type AggregationRule = (typeof aggregationRules)[number];

/** One named value of a figure. */
export type ComponentDefinition = {
  /** `[a-z0-9_]+`, stable within the indicator: `numerator`, `value`, `documents`. */
  readonly key: string;
  readonly label: Bilingual;
  readonly type: ComponentType;
  /** Unit as people enter it (`triệu đồng`, `bài`), null for level and text. */
  readonly unit: string | null;
  /** Most digits after the point that the figure may carry; null for level, text and items. */
  readonly scaleMax: number | null;
  readonly required: boolean;
  readonly suppliedBy: 'lead' | 'contributors' | 'both';
  /** What tells two items apart when lists are joined (DOI, ISBN), null otherwise. */
  readonly itemKey: string | null;
};

export type IndicatorDefinition = {
  readonly code: IndicatorCode;
  /** 1 for the first definition in an edition, then 2, 3… */
  readonly revision: number;
  readonly group: string;
  readonly kind: IndicatorKind;
  readonly name: Bilingual;
  readonly status: 'proposed' | 'official';
  readonly unit: string | null;
  readonly valueType: string;
  readonly aggregation: {
    readonly rule: AggregationRule;
    /** Factor of a ratio: 100 for per cent, 10000 for per ten thousand. */
    readonly factor: Decimal | null;
    readonly meaning: string;
  };
  readonly components: readonly ComponentDefinition[];
  /** Kinds of document that make the evidence complete. */
  readonly evidenceKinds: readonly string[];
  /** For kind `target`: operator and value as printed. */
  readonly target: {
    readonly operator: string;
    readonly value: string;
    readonly raw: string;
  } | null;
  /** For kind `task`: what is to be delivered; null also where the plan's cell is empty. */
  readonly deliverable: string | null;
  /** Why it is read so, and on what basis, while it is only proposed. */
  readonly reasoning: string;
  readonly basis: string;
  readonly sources: readonly SourceRef[];
};

export type IndicatorGroup = {
  readonly code: string;
  readonly name: Bilingual;
  readonly declaredCount: number | null;
};

/** Facts about a set of indicators, stream `framework-<id>`. */
export type FrameworkFact =
  | Fact<
      'framework.edition-published.v1',
      {
        readonly framework: string;
        readonly edition: string;
        readonly title: Bilingual;
        readonly document: DocumentRef;
        /** The deciding document as misspelt elsewhere: QĐ-BKH-CN, QĐ-BKHHCN. */
        readonly aliases: readonly string[];
        readonly groups: readonly IndicatorGroup[];
      }
    >
  | Fact<
      'indicator.defined.v1',
      { readonly edition: string; readonly definition: IndicatorDefinition }
    >
  | Fact<
      'indicator.redefined.v1',
      {
        readonly edition: string;
        readonly definition: IndicatorDefinition;
        readonly reason: string;
        readonly document: DocumentRef | null;
      }
    >
  /** All cross-checks of the edition: the last statement counts and replaces the ones before. */
  | Fact<
      'framework.cross-checks-stated.v1',
      {
        readonly edition: string;
        readonly checks: readonly CrossCheck[];
        readonly reason: string;
      }
    >;
