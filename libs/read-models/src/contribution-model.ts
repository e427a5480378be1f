import { awaitedContribution, evolveContribution, isFromOutside, presentVersion } from '#figures';
import type { Contribution, ContributionStatus, ContributionVersion, PartRequest } from '#figures';
import { provinceOfRound, readFigureName } from '#kernel';
import type { AgencyId, ContributionId, IndicatorCode, RoundId } from '#kernel';
import { advance } from './aggregate-model.ts';
import type { Aggregate } from './aggregate-model.ts';
import { idIn } from './log-event.ts';
import type { ReadModel } from './log-event.ts';
import { handInsOf, keptVersions, statementMarks } from './statement-view.ts';
import type { HandIns, Kept, KeptVersions, StatementMark } from './statement-view.ts';

/** One part as far as its own stream tells. A part that is owed and without event has no row. */
export type ContributionRow<V = Kept<ContributionVersion>> = KeptVersions<V> & {
  readonly contribution: ContributionId;
  readonly round: RoundId;
  readonly indicator: IndicatorCode;
  readonly agency: AgencyId;
  readonly revision: number;
  readonly status: ContributionStatus;
  readonly request: PartRequest | null;
  /** Deposited by the lead on behalf of somebody without an account. */
  readonly fromOutside: boolean;
  readonly handIns: HandIns;
  readonly marks: readonly StatementMark[];
};

const prefix = 'contribution-';

export const contributionModel: ReadModel<ContributionRow, Aggregate<Contribution>> = {
  name: 'contribution',
  version: 3,
  facets: ['round', 'indicator'],
  // An indicator's code is unique within a framework only, so the round stands before it.
  facetsOf: ({ round, indicator }) => ({ round, indicator: `${round}.${indicator}` }),
  keysOf: ({ stream }) => {
    const id = idIn(stream, prefix);
    return id === undefined ? [] : [id];
  },
  fold: (event, states) => {
    const id = idIn(event.stream, prefix);
    if (id === undefined) return;
    const folding = { initial: awaitedContribution, evolve: evolveContribution };
    states.put(id, advance(folding, id, states.get(id), event));
  },
  rowOf: rowOfContribution,
  streamOf: (key) => `${prefix}${key}`,
};

function rowOfContribution({ id, revision, state }: Aggregate<Contribution>): ContributionRow {
  const name = readFigureName(id);
  if (name?.agencyPart == null) throw new Error(`"${id}" is not the name of a contribution`);
  const present = presentVersion(state);
  return {
    contribution: id,
    round: name.round,
    indicator: name.indicator,
    agency: `${provinceOfRound(name.round)}.${name.agencyPart}`,
    revision,
    status: state.status,
    request: state.request,
    ...keptVersions(state.versions, present, state.inForce),
    fromOutside: isFromOutside(state),
    handIns: handInsOf(state.versions),
    marks: present === undefined ? [] : statementMarks(present),
  };
}
