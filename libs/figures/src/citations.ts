import type { Digest } from '#kernel';
import type { ContributionCommand, FigureCommand } from './figures.commands.ts';
import type { EvidenceLink } from './statement.ts';
import type { Version } from './versions.ts';

/** Files and references whose standing a decision depends on, each once. */
export type Cited = { readonly files: readonly Digest[]; readonly references: readonly string[] };

/**
 * What a command cites, and for approvals what the version cites that it approves: a file that is
 * no longer whole must not be approved in passing.
 */
export function citedBy(
  command: FigureCommand | ContributionCommand,
  present: Version | undefined,
): Cited {
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

function isApproval({ type }: FigureCommand | ContributionCommand): boolean {
  return type === 'endorse' || type === 'verify' || type === 'accept';
}

/** Files that a command rests on beside its evidence: stamped paper, letters, conclusions. */
function documentsOf(command: FigureCommand | ContributionCommand): Digest[] {
  switch (command.type) {
    case 'submit':
    case 'correct':
      return command.paper === null ? [] : [command.paper.evidence];
    case 'verify':
      return command.acceptance?.digest ? [command.acceptance.digest] : [];
    case 'settle':
      return command.document?.digest ? [command.document.digest] : [];
    case 'order-correction':
      return command.conclusion.digest === null ? [] : [command.conclusion.digest];
    default:
      return [];
  }
}
