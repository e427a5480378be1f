import type { Day, Digest, DocumentRef } from '#kernel';
import { Field, Part } from '../http/fields.ts';
import {
  asOfText,
  count,
  cursorText,
  dayText,
  digest,
  documentKind,
  limitText,
  line,
  oneOf,
  quotation,
  text,
} from '../http/shapes.ts';

/** Parts that requests of several resources have in common: documents, names, periods, pages. */

export class DocumentFields {
  @Field(documentKind) kind: DocumentRef['kind'];
  @Field(line(200), { nullable: true, description: 'Number and symbol as printed' })
  number: string | null = null;
  @Field(dayText, { nullable: true }) date: Day | null = null;
  @Field(line(300), { nullable: true }) issuer: string | null = null;
  @Field(text(1000)) title: string;
  @Field(digest, { nullable: true, description: 'The file, where it was handed in as evidence' })
  digest: Digest | null = null;
}

export class BilingualFields {
  @Field(text(1000)) vi: string;
  @Field(text(1000), { nullable: true }) en: string | null = null;
}

export class SourceFields {
  @Field(line(300)) file: string;
  @Field(count, { nullable: true }) line: number | null = null;
  @Field(quotation(8000)) raw: string;
}

export class PeriodFields {
  @Field(dayText) from: Day;
  @Field(dayText) to: Day;
}

/** An act that came on paper and was typed in. */
export class PaperFields {
  @Field(line(100)) arrivalNumber: string;
  @Field(dayText) arrivedOn: Day;
  @Field(digest, { description: 'The stamped paper' }) evidence: Digest;
  @Field(text(4000), {
    nullable: true,
    description: 'Why it is typed in now; needed more than 7 days after it arrived',
  })
  reason: string | null = null;
}

/** For an act with nothing to say but that it is done. */
export class EmptyRequest {}

export class AsOfQuery {
  @Field(asOfText, {
    optional: true,
    description: 'What was known then: an RFC 3339 time or a leaf index',
  })
  asOf?: string;
}

export class PageQuery extends AsOfQuery {
  @Field(limitText, { optional: true }) limit?: string;
  @Field(cursorText, { optional: true }) cursor?: string;
}

const orders = ['oldest', 'newest'] as const;

export class HistoryQuery extends PageQuery {
  @Field(oneOf(orders), {
    optional: true,
    description: 'Which comes first; the oldest unless told',
  })
  order?: (typeof orders)[number];
}

/** A document obligatory in the act that carries it. */
export class DocumentedRequest {
  @Part(() => DocumentFields) document: DocumentFields;
}
