import { evidenceDecider, evidenceReferenceDecider } from '#evidence';
import type { Evidence, EvidenceReference } from '#evidence';
import type { EvidenceLink } from '#figures';
import { bareHex, readFigureName } from '#kernel';
import type { AgencyId, Digest, PaperArrival, Recorded, Role } from '#kernel';
import { aggregateModel } from './aggregate-model.ts';
import type { Aggregate } from './aggregate-model.ts';
import { idIn } from './log-event.ts';
import type { LogEvent, ReadModel } from './log-event.ts';

/** A deposited file; its key is the bare hex of the digest. */
export type EvidenceRow = Aggregate<Evidence>;

/** A document that is held elsewhere and only named here. */
export type EvidenceReferenceRow = Aggregate<EvidenceReference>;

const referencePrefix = 'evidence-ref-';

export const evidenceModel = aggregateModel(
  {
    name: 'evidence',
    version: 2,
    prefix: 'evidence-',
    // The two kinds share the beginning of their names; a digest never begins with `ref-`.
    isOther: (stream) => stream.startsWith(referencePrefix),
    facets: [],
    facetsOf: () => ({}),
  },
  evidenceDecider,
);

/** That an agency handed a file in: what its register lists. Never changes once made. */
export type EvidenceDepositRow = { readonly evidence: Digest; readonly agency: AgencyId };

/** Keys are the bare hex of the digest and the agency, so that they are in the order of digests. */
export const evidenceDepositModel: ReadModel<EvidenceDepositRow, EvidenceDepositRow> = {
  name: 'evidence_deposit',
  version: 1,
  facets: ['agency'],
  facetsOf: ({ agency }) => ({ agency }),
  keysOf: (event) => depositsIn(event).map(depositKey),
  fold: (event, states) => {
    for (const deposit of depositsIn(event)) states.put(depositKey(deposit), deposit);
  },
  rowOf: (row) => row,
  streamOf: null,
};

export const evidenceReferenceModel = aggregateModel(
  {
    name: 'evidence_reference',
    version: 1,
    prefix: referencePrefix,
    facets: ['agency'],
    facetsOf: ({ state }) => ({ agency: state.depositedFor }),
  },
  evidenceReferenceDecider,
);

/** One use of a file or a referenced document by a figure or a part. Never changes once made. */
export type EvidenceLinkRow = {
  readonly evidence: Digest | null;
  readonly reference: string | null;
  readonly component: string | null;
  readonly page: string | null;
  /** Why it is linked: it supports a value, or it is the stamped paper that was typed in. */
  readonly as: 'support' | 'paper';
  readonly holder: { readonly kind: 'figure' | 'contribution' | 'finding'; readonly id: string };
  readonly round: string | null;
  /** The act that linked it. `version` is null for an explanation or a dispute. */
  readonly by: {
    readonly stream: string;
    readonly revision: number;
    readonly type: string;
    readonly version: number | null;
    /** In which capacity: by what right it was cited (decision 0014). */
    readonly agency: AgencyId;
    readonly role: Role;
  };
};

/** A document of the register: a file that is here, or one held elsewhere and only named. */
export type EvidenceView =
  | {
      readonly kind: 'deposited';
      readonly evidence: EvidenceRow;
      readonly links: readonly EvidenceLinkRow[];
    }
  | {
      readonly kind: 'referenced';
      readonly reference: EvidenceReferenceRow;
      readonly links: readonly EvidenceLinkRow[];
    };

/** The reverse of what statements link: from a file to every figure and part that rests on it. */
export const evidenceLinkModel: ReadModel<EvidenceLinkRow, EvidenceLinkRow> = {
  name: 'evidence_link',
  version: 3,
  facets: ['evidence', 'holder', 'round'],
  facetsOf: ({ evidence, reference, by, round }) => ({
    evidence: evidence === null ? `${referencePrefix}${reference}` : bareHex(evidence),
    holder: by.stream,
    round,
  }),
  keysOf: (event) => linksIn(event).map((_, index) => linkKey(event, index)),
  fold: (event, states) => {
    for (const [index, link] of linksIn(event).entries()) states.put(linkKey(event, index), link);
  },
  rowOf: (row) => row,
  streamOf: null,
};

/** The facet under which a file's or a referenced document's links are listed. */
export function linkFacet(of: Digest | { readonly reference: string }): string {
  return typeof of === 'string' ? bareHex(of) : `${referencePrefix}${of.reference}`;
}

function depositsIn({ type, data }: Recorded | LogEvent): readonly EvidenceDepositRow[] {
  if (type !== 'evidence.deposited.v1') return [];
  const { evidence, depositedFor } = data as { evidence: Digest; depositedFor: AgencyId };
  return [{ evidence, agency: depositedFor }];
}

function depositKey({ evidence, agency }: EvidenceDepositRow): string {
  return `${bareHex(evidence)} ${agency}`;
}

type Linking = {
  readonly version?: number;
  readonly evidence?: readonly EvidenceLink[];
  readonly paper?: PaperArrival | null;
};

function linkKey({ stream, revision }: Recorded, index: number): string {
  return `${stream} ${revision} ${index}`;
}

function linksIn(event: Recorded | LogEvent): readonly EvidenceLinkRow[] {
  const holder = holderIn(event.stream);
  if (holder === undefined) return [];
  const { version, evidence = [], paper } = event.data as Linking;
  const { stream, revision, type } = event;
  const { agency, role } = event.metadata.actor;
  const common = {
    holder,
    round: readFigureName(holder.id)?.round ?? null,
    by: { stream, revision, type, version: version ?? null, agency, role },
  };
  const links = evidence.map((link) => ({ ...link, as: 'support' as const, ...common }));
  if (!paper) return links;
  const stamped = { evidence: paper.evidence, reference: null, component: null, page: null };
  return [...links, { ...stamped, as: 'paper' as const, ...common }];
}

function holderIn(stream: string): EvidenceLinkRow['holder'] | undefined {
  const figure = idIn(stream, 'figure-');
  if (figure !== undefined) return { kind: 'figure', id: figure };
  const contribution = idIn(stream, 'contribution-');
  if (contribution !== undefined) return { kind: 'contribution', id: contribution };
  const finding = idIn(stream, 'finding-');
  return finding === undefined ? undefined : { kind: 'finding', id: finding };
}
