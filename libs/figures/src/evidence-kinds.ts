import type { EvidenceFacts, ReferenceFacts } from './contexts.ts';
import type { EvidenceLink } from './statement.ts';

/**
 * Evidence against the kinds of document that a definition requires (DOMAIN, Marks): complete,
 * incomplete, or only referenced.
 */

/** Required kinds that none of the linked documents is of, in the order of the definition. */
export function missingEvidenceKinds(
  links: readonly EvidenceLink[],
  requiredKinds: readonly string[],
  files: readonly EvidenceFacts[],
  references: readonly ReferenceFacts[],
): readonly string[] {
  const kinds = new Set(
    links.map((link) =>
      link.evidence === null
        ? references.find(({ reference }) => reference === link.reference)?.documentKind
        : files.find(({ evidence }) => evidence === link.evidence)?.documentKind,
    ),
  );
  return requiredKinds.filter((kind) => !kinds.has(kind));
}

/** Whether each required kind of document is among what is linked. */
export function isEvidenceComplete(
  links: readonly EvidenceLink[],
  requiredKinds: readonly string[],
  files: readonly EvidenceFacts[],
  references: readonly ReferenceFacts[],
): boolean {
  return missingEvidenceKinds(links, requiredKinds, files, references).length === 0;
}

/** Evidence there is, but none of it was handed in as a file. */
export function isReferencedOnly(links: readonly EvidenceLink[]): boolean {
  return links.length > 0 && links.every(({ evidence }) => evidence === null);
}
