import { frameworkDecider } from '#catalogue';
import type { Framework, IndicatorGroup } from '#catalogue';
import type { Bilingual, DocumentRef } from '#kernel';
import { advance } from './aggregate-model.ts';
import type { Aggregate } from './aggregate-model.ts';
import { idIn } from './log-event.ts';
import type { ReadModel } from './log-event.ts';

/** A set of indicators as lists show it; definitions are folded from its stream on demand. */
export type FrameworkRow = {
  readonly framework: string;
  readonly revision: number;
  readonly editions: readonly {
    readonly edition: string;
    readonly title: Bilingual;
    readonly document: DocumentRef;
    readonly aliases: readonly string[];
    readonly groups: readonly IndicatorGroup[];
    readonly indicatorCount: number;
  }[];
};

const prefix = 'framework-';

export const frameworkModel: ReadModel<FrameworkRow, Aggregate<Framework>> = {
  name: 'framework',
  version: 1,
  facets: [],
  facetsOf: () => ({}),
  keysOf: ({ stream }) => {
    const id = idIn(stream, prefix);
    return id === undefined ? [] : [id];
  },
  fold: (event, states) => {
    const id = idIn(event.stream, prefix);
    if (id !== undefined) states.put(id, advance(frameworkDecider, id, states.get(id), event));
  },
  rowOf: ({ id, revision, state }) => ({
    framework: id,
    revision,
    editions: [...state.editions.values()].map(({ indicators, crossChecks: _, ...edition }) => {
      return { ...edition, indicatorCount: indicators.size };
    }),
  }),
  streamOf: (key) => `${prefix}${key}`,
};
