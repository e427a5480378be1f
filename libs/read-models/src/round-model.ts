import { roundDecider } from '#catalogue';
import type { Round } from '#catalogue';
import type { AgencyId, Bilingual, Day, DocumentRef, Period, RoundId } from '#kernel';
import { advance } from './aggregate-model.ts';
import type { Aggregate } from './aggregate-model.ts';
import { idIn } from './log-event.ts';
import type { ReadModel } from './log-event.ts';

/**
 * A round as lists show it. Its assignments and dates are not in the row: they are folded from its
 * stream when they are asked for (`StreamReplays`), by the rules of the catalogue and no others.
 */
export type RoundRow = {
  readonly round: RoundId;
  readonly revision: number;
  readonly province: string;
  readonly framework: string;
  readonly edition: string;
  readonly period: Period & { readonly label: string };
  readonly title: Bilingual;
  readonly legalBasis: DocumentRef;
  readonly numbering: 'draft' | 'numbered';
  readonly checkingAgency: AgencyId;
  readonly chain: readonly AgencyId[];
  readonly status: 'open' | 'closed';
  readonly closedOn: Day | null;
  readonly assignmentCount: number;
};

const prefix = 'round-';

export const roundModel: ReadModel<RoundRow, Aggregate<Round>> = {
  name: 'round',
  version: 1,
  facets: ['province'],
  facetsOf: ({ province }) => ({ province }),
  keysOf: ({ stream }) => {
    const id = idIn(stream, prefix);
    return id === undefined ? [] : [id];
  },
  fold: (event, states) => {
    const id = idIn(event.stream, prefix);
    if (id !== undefined) states.put(id, advance(roundDecider, id, states.get(id), event));
  },
  rowOf: ({ id, revision, state }) => {
    const { province, framework, edition, period, title, legalBasis, checkingAgency, chain } =
      state.opening;
    return {
      round: id,
      revision,
      province,
      framework,
      edition,
      period,
      title,
      legalBasis,
      numbering: state.opening.status,
      checkingAgency,
      chain,
      status: state.status,
      closedOn: state.closedOn,
      assignmentCount: state.assignments.size,
    };
  },
  streamOf: (key) => `${prefix}${key}`,
};
