import {
  aggregationRules,
  componentTypes,
  crossCheckRelations,
  crossCheckSeverities,
  indicatorKinds,
} from '#catalogue';
import type {
  AggregationRule,
  ComponentType,
  CrossCheckRelation,
  CrossCheckSeverity,
  IndicatorKind,
} from '#catalogue';
import type { Decimal, IndicatorCode } from '#kernel';
import { Field, ListField, Part, PartList } from '../http/fields.ts';
import {
  count,
  decimalText,
  idPart,
  indicatorCode,
  line,
  oneOf,
  quotation,
  text,
  truth,
} from '../http/shapes.ts';
import { BilingualFields, DocumentFields, SourceFields } from './document.requests.ts';

export class FrameworkPath {
  @Field(idPart) framework: string;
}

export class EditionPath extends FrameworkPath {
  @Field(line(100)) edition: string;
}

export class IndicatorPath extends EditionPath {
  @Field(indicatorCode) code: IndicatorCode;
}

export class IndicatorGroupFields {
  @Field(line(100)) code: string;
  @Part(() => BilingualFields) name: BilingualFields;
  @Field(count, { nullable: true }) declaredCount: number | null = null;
}

export class PublishEditionRequest {
  @Field(line(100)) edition: string;
  @Part(() => BilingualFields) title: BilingualFields;
  @Part(() => DocumentFields) document: DocumentFields;
  @ListField(line(300), { countMax: 50 }) aliases: string[];
  @PartList(() => IndicatorGroupFields, { countMax: 100 }) groups: IndicatorGroupFields[];
}

const suppliers = ['lead', 'contributors', 'both'] as const;

export class ComponentFields {
  @Field(idPart) key: string;
  @Part(() => BilingualFields) label: BilingualFields;
  @Field(oneOf(componentTypes)) type: ComponentType;
  @Field(line(100), { nullable: true }) unit: string | null = null;
  @Field(count, { nullable: true, description: 'Most digits after the point' })
  scaleMax: number | null = null;
  @Field(truth) required: boolean;
  @Field(oneOf(suppliers)) suppliedBy: (typeof suppliers)[number];
  @Field(line(100), { nullable: true }) itemKey: string | null = null;
}

export class AggregationFields {
  @Field(oneOf(aggregationRules)) rule: AggregationRule;
  @Field(decimalText, { nullable: true }) factor: Decimal | null = null;
  @Field(quotation(8000)) meaning: string;
}

export class TargetFields {
  @Field(line(50)) operator: string;
  @Field(line(300)) value: string;
  @Field(quotation(8000)) raw: string;
}

const definitionStatuses = ['proposed', 'official'] as const;

export class DefinitionFields {
  @Field(indicatorCode) code: IndicatorCode;
  @Field(line(100)) group: string;
  @Field(oneOf(indicatorKinds)) kind: IndicatorKind;
  @Part(() => BilingualFields) name: BilingualFields;
  @Field(oneOf(definitionStatuses)) status: (typeof definitionStatuses)[number];
  @Field(line(200), { nullable: true }) unit: string | null = null;
  @Field(line(200)) valueType: string;
  @Part(() => AggregationFields) aggregation: AggregationFields;
  @PartList(() => ComponentFields, { countMin: 1, countMax: 50 }) components: ComponentFields[];
  @ListField(line(500), { countMax: 50 }) evidenceKinds: string[];
  @Part(() => TargetFields, { nullable: true }) target: TargetFields | null = null;
  @Field(text(8000), { nullable: true }) deliverable: string | null = null;
  @Field(quotation(8000)) reasoning: string;
  @Field(quotation(8000)) basis: string;
  @PartList(() => SourceFields, { countMax: 50 }) sources: SourceFields[];
}

export class DefineIndicatorRequest {
  @Part(() => DefinitionFields) definition: DefinitionFields;
}

export class RedefineIndicatorRequest extends DefineIndicatorRequest {
  @Field(text(4000)) reason: string;
  @Part(() => DocumentFields, { nullable: true }) document: DocumentFields | null = null;
}

export class CrossCheckTermFields {
  @Field(indicatorCode) indicator: IndicatorCode;
  @Field(idPart) component: string;
  @Field(truth, { description: 'Over this round and all former ones' }) cumulative: boolean;
}

export class CrossCheckFields {
  @Field(idPart) key: string;
  @Field(oneOf(crossCheckSeverities)) severity: CrossCheckSeverity;
  @Field(oneOf(definitionStatuses)) status: (typeof definitionStatuses)[number];
  @Field(oneOf(crossCheckRelations)) relation: CrossCheckRelation;
  @PartList(() => CrossCheckTermFields, { countMax: 20 }) left: CrossCheckTermFields[];
  @PartList(() => CrossCheckTermFields, { countMax: 20 }) right: CrossCheckTermFields[];
  @Field(text(4000)) text: string;
  @Part(() => BilingualFields) why: BilingualFields;
  @Field(text(4000)) reading: string;
}

export class StateCrossChecksRequest {
  @PartList(() => CrossCheckFields, { countMax: 100 }) checks: CrossCheckFields[];
  @Field(text(4000)) reason: string;
}
