import type { Actor, Recorded } from '#kernel';
import type { ContributionFact, OutsideSource } from './contribution.events.ts';
import type { ContributionFacts } from './contexts.ts';
import type { ContributionCommand } from './figures.commands.ts';
import { refuse } from './refusals.ts';
import type { Statement } from './statement.ts';
import {
  approved,
  endorsed,
  endorsementWithdrawn,
  handsIn,
  presentVersion,
  returned,
  versionFrom,
  withdrawn,
} from './versions.ts';
import type { Version, Versioned } from './versions.ts';

/** A figure's table with accept in place of verify, and the lead's request before it. */
export const contributionStatuses = [
  'awaiting',
  'requested',
  'submitted',
  'endorsed',
  'accepted',
  'returned',
  'withdrawn',
] as const;
export type ContributionStatus = (typeof contributionStatuses)[number];

export type ContributionStatement = Statement & { readonly outsideSource: OutsideSource | null };
export type ContributionVersion = Version<ContributionStatement>;

export type PartRequest = {
  readonly by: Actor;
  readonly components: readonly string[];
  readonly documentsOnly: boolean;
  readonly revision: number;
};

/** One part as its stream tells it. */
export type Contribution = Versioned<ContributionStatement> & {
  readonly status: ContributionStatus;
  readonly request: PartRequest | null;
};

export const awaitedContribution: Contribution = {
  status: 'awaiting',
  versions: [],
  inForce: null,
  request: null,
};

/** From which status each command starts. A part is owed by the plan, asked for or not. */
export const contributionTransitions: Readonly<
  Record<ContributionCommand['type'], readonly ContributionStatus[]>
> = {
  request: ['awaiting'],
  submit: ['awaiting', 'requested', 'withdrawn'],
  correct: ['submitted', 'endorsed', 'accepted', 'returned'],
  'declare-no-data': ['awaiting', 'requested', 'returned', 'withdrawn'],
  endorse: ['submitted'],
  'withdraw-endorsement': ['endorsed'],
  accept: ['endorsed'],
  return: ['submitted', 'endorsed'],
  withdraw: ['submitted', 'endorsed', 'returned'],
};

/** An outsider has no head: its part is accepted from where a head would have endorsed it. */
const acceptedFromOutside: readonly ContributionStatus[] = ['submitted'];

/** Refuses a command that the present status does not allow. */
export function refuseWrongStatus(part: Contribution, command: ContributionCommand['type']): void {
  const { status } = part;
  const isOutside = command === 'accept' && isFromOutside(part);
  const from = isOutside ? acceptedFromOutside : contributionTransitions[command];
  if (!from.includes(status)) throw refuse('contribution/wrong-status', { command, status, from });
}

/** Whether the present version was deposited on somebody's behalf by the lead. */
export function isFromOutside(part: Contribution): boolean {
  return (presentVersion(part) ?? part.versions.at(-1))?.statement.outsideSource != null;
}

export function evolveContribution(
  part: Contribution,
  event: Recorded<ContributionFact>,
): Contribution {
  const { versions } = part;
  switch (event.type) {
    case 'contribution.requested.v1': {
      const { components, documentsOnly } = event.data;
      const by = event.metadata.actor;
      const request = { by, components, documentsOnly, revision: event.revision };
      return { ...part, status: 'requested', request };
    }
    case 'contribution.submitted.v1':
    case 'contribution.corrected.v1':
      return {
        ...part,
        status: 'submitted',
        versions: [...versions, versionFrom(event, event.data)],
      };
    case 'contribution.declared-no-data.v1': {
      const statement = { ...event.data, outsideSource: null };
      return {
        ...part,
        status: 'submitted',
        versions: [...versions, versionFrom(event, statement)],
      };
    }
    case 'contribution.endorsed.v1':
      return { ...part, status: 'endorsed', versions: endorsed(versions, event) };
    case 'contribution.endorsement-withdrawn.v1':
      return { ...part, status: 'submitted', versions: endorsementWithdrawn(versions, event) };
    case 'contribution.accepted.v1':
      return {
        ...part,
        status: 'accepted',
        inForce: event.data.version,
        versions: approved(versions, event),
      };
    case 'contribution.returned.v1':
      return { ...part, status: 'returned', versions: returned(versions, event) };
    case 'contribution.withdrawn.v1':
      return {
        ...part,
        status: part.inForce === null ? 'withdrawn' : 'accepted',
        versions: withdrawn(versions, event),
      };
  }
}

/** A part as its figure sees it: what was accepted, what came since, whose hands were in it. */
export function factsOfContribution(
  part: Contribution,
  named: Pick<ContributionFacts, 'contribution' | 'agency'>,
): ContributionFacts {
  return {
    contribution: named.contribution,
    agency: named.agency,
    accepted: part.inForce,
    latest: presentVersion(part)?.statement.version ?? null,
    versions: part.versions.map((version) => ({
      version: version.statement.version,
      digest: version.digest,
      revision: version.revision,
      hands: handsIn(version),
      evidence: version.statement.evidence.flatMap(({ evidence }) => evidence ?? []),
    })),
  };
}
