import type { AgencyId, Digest, DocumentRef } from '#kernel';
import type { ContributionCommand, FigureCommand } from './figures.commands.ts';
import type { FindingCommand } from './finding.commands.ts';
import type { EvidenceLink } from './statement.ts';
import type { Version } from './versions.ts';

type AnyCommand = FigureCommand | ContributionCommand | FindingCommand;

/** Files and references whose standing a decision depends on, each once. */
export type Cited = {
  readonly files: readonly Digest[];
  readonly references: readonly string[];
  /** What versions before rest on: cited rightly then, and nobody's restriction takes it away. */
  readonly held: {
    readonly files: readonly Digest[];
    readonly references: readonly string[];
    /** Agencies that answer for those versions: a file stands for them in their own words. */
    readonly by: readonly AgencyId[];
  };
};

/**
 * What a command cites, and for approvals what the version cites that it approves: a file that is
 * no longer whole must not be approved in passing. Whoever cites what no version rests on yet needs
 * the right to read it (decision 0014).
 */
export function citedBy(
  command: AnyCommand,
  present: Version | undefined,
  versions: readonly Version[] = [],
): Cited {
  const links: readonly EvidenceLink[] = 'evidence' in command ? command.evidence : [];
  const approved = isApproval(command) ? (present?.statement.evidence ?? []) : [];
  const all = [...links, ...approved];
  const before = versions.flatMap(({ statement }) => statement.evidence);
  const papers = versions.flatMap(({ statement }) => statement.paper?.evidence ?? []);
  const authors = versions.flatMap(({ statement, by }) => [statement.agency, by.agency]);
  return {
    files: [...new Set([...filesIn(all), ...documentsOf(command)])],
    references: [...new Set(referencesIn(all))],
    held: {
      files: [...new Set([...filesIn(before), ...papers])],
      references: [...new Set(referencesIn(before))],
      by: [...new Set(authors)],
    },
  };
}

function filesIn(links: readonly EvidenceLink[]): Digest[] {
  return links.flatMap(({ evidence }) => evidence ?? []);
}

function referencesIn(links: readonly EvidenceLink[]): string[] {
  return links.flatMap(({ reference }) => reference ?? []);
}

function isApproval({ type }: AnyCommand): boolean {
  return ['endorse', 're-endorse', 'verify', 'accept'].includes(type);
}

/** Files that a command rests on beside its evidence: stamped paper, letters, conclusions. */
function documentsOf(command: AnyCommand): Digest[] {
  const paper = 'paper' in command ? command.paper?.evidence : undefined;
  return [paper, documentOf(command)?.digest].filter((digest) => digest != null);
}

function documentOf(command: AnyCommand): DocumentRef | null {
  switch (command.type) {
    case 'verify':
      return command.acceptance;
    case 'return':
      return ('document' in command ? command.document : null) ?? null;
    case 'settle':
    case 'raise':
    case 'overrule':
      return command.document;
    case 'order-correction':
      return command.conclusion;
    default:
      return null;
  }
}
