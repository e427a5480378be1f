import type { Digest, DocumentRef } from '#kernel';
import type { ContributionCommand, FigureCommand } from './figures.commands.ts';
import type { FindingCommand } from './finding.commands.ts';
import type { EvidenceLink } from './statement.ts';
import type { Version } from './versions.ts';

type AnyCommand = FigureCommand | ContributionCommand | FindingCommand;

/** Files and references whose standing a decision depends on, each once. */
export type Cited = { readonly files: readonly Digest[]; readonly references: readonly string[] };

/**
 * What a command cites, and for approvals what the version cites that it approves: a file that is
 * no longer whole must not be approved in passing.
 */
export function citedBy(command: AnyCommand, present: Version | undefined): Cited {
  const links: readonly EvidenceLink[] = 'evidence' in command ? command.evidence : [];
  const approved = isApproval(command) ? (present?.statement.evidence ?? []) : [];
  const all = [...links, ...approved];
  const files = all.flatMap(({ evidence }) => evidence ?? []);
  const references = all.flatMap(({ reference }) => reference ?? []);
  return {
    files: [...new Set([...files, ...documentsOf(command)])],
    references: [...new Set(references)],
  };
}

function isApproval({ type }: AnyCommand): boolean {
  return type === 'endorse' || type === 'verify' || type === 'accept';
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
