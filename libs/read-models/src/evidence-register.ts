import { bareHex } from '#kernel';
import type { AgencyId, Digest, RoundId } from '#kernel';
import type { AnsweredAsOf, Page } from './as-of.ts';
import type { Sql } from './database.ts';
import {
  evidenceDepositModel,
  evidenceLinkModel,
  evidenceModel,
  evidenceReferenceModel,
  linkFacet,
} from './evidence-model.ts';
import type { EvidenceLinkRow, EvidenceRow, EvidenceView } from './evidence-model.ts';
import type { Versioned } from './log-event.ts';
import { rowAt, rowsAt, rowsOfKeys } from './versioned-table.ts';

export type RegisterQuery = {
  readonly agency?: AgencyId;
  /** Only what figures and parts of this round rest on. */
  readonly round?: RoundId;
  readonly cursor?: string;
  readonly limit?: number;
};

export const registerLimitMax = 200;

/** A file with everything that rests on it; null when none of that digest was deposited yet. */
export async function readEvidence(
  db: Sql,
  schema: string,
  digest: Digest,
  leafIndex: number,
): Promise<EvidenceView | null> {
  const row = await rowAt(db, schema, evidenceModel, bareHex(digest), leafIndex);
  if (row === undefined) return null;
  const links = await linksOf(db, schema, [linkFacet(digest)], leafIndex);
  return { kind: 'deposited', evidence: row, links };
}

/**
 * The register in order: files by digest, then references by id. The cursor is the kind and the key
 * of the last item; keys are never removed, so pages do not shift.
 */
export async function readRegister(
  db: Sql,
  schema: string,
  query: RegisterQuery,
  asOf: AnsweredAsOf,
): Promise<Page<EvidenceView>> {
  const leafIndex = asOf.leafIndex ?? -1;
  const limit = Math.min(query.limit ?? 50, registerLimitMax);
  const [kind, afterKey] = cursorParts(query.cursor);
  const used =
    query.round === undefined ? undefined : await usedIn(db, schema, query.round, leafIndex);
  const files =
    kind === 'referenced'
      ? []
      : await listedFiles(db, schema, query.agency, used?.files, afterKey, limit, leafIndex);
  const afterReference = kind === 'referenced' ? afterKey : '';
  const papers =
    files.length > limit
      ? []
      : await listed(
          db,
          schema,
          evidenceReferenceModel,
          query.agency,
          used?.references,
          afterReference,
          limit - files.length,
          leafIndex,
        );
  const names = [...files.map(({ key }) => key), ...papers.map(({ row }) => linkFacet(row.state))];
  const links = await linksOf(db, schema, names, leafIndex);
  const found = [
    ...files.map(({ key, row }) => {
      const own = links.filter(({ evidence }) => evidence === row.state.evidence);
      const view = { kind: 'deposited' as const, evidence: row, links: own };
      return { cursor: `deposited ${key}`, view };
    }),
    ...papers.map(({ key, row }) => {
      const own = links.filter(({ reference }) => reference === key);
      const view = { kind: 'referenced' as const, reference: row, links: own };
      return { cursor: `referenced ${key}`, view };
    }),
  ];
  const shown = found.slice(0, limit);
  return {
    items: shown.map(({ view }) => view),
    nextCursor: found.length > shown.length ? (shown.at(-1)?.cursor ?? null) : null,
    asOf,
  };
}

/**
 * Files, one more than `limit`, to know whether there is a next page. An agency has those that it
 * deposited itself, whoever else did so before or after.
 */
async function listedFiles(
  db: Sql,
  schema: string,
  agency: AgencyId | undefined,
  used: readonly string[] | undefined,
  afterKey: string,
  limit: number,
  leafIndex: number,
): Promise<readonly Versioned<EvidenceRow>[]> {
  if (agency === undefined) {
    return listed(db, schema, evidenceModel, undefined, used, afterKey, limit, leafIndex);
  }
  const among = used === undefined ? undefined : new Set(used);
  const deposits = await rowsAt(db, schema, evidenceDepositModel, leafIndex, {
    where: { agency },
    ...(afterKey !== '' && { afterKey: `${afterKey} ${agency}` }),
    ...(among === undefined && { limit: limit + 1 }),
  });
  const own = deposits.map(({ row }) => bareHex(row.evidence));
  const keys = own.filter((key) => among?.has(key) !== false).slice(0, limit + 1);
  return rowsOfKeys(db, schema, evidenceModel, keys, leafIndex);
}

/** One more than `limit`, to know whether there is a next page. */
async function listed<Row>(
  db: Sql,
  schema: string,
  model: Parameters<typeof rowsAt<Row>>[2],
  agency: AgencyId | undefined,
  keys: readonly string[] | undefined,
  afterKey: string,
  limit: number,
  leafIndex: number,
): Promise<readonly Versioned<Row>[]> {
  const where: Record<string, string> = agency === undefined ? {} : { agency };
  if (keys === undefined) {
    return rowsAt(db, schema, model, leafIndex, { where, afterKey, limit: limit + 1 });
  }
  const rows = await rowsOfKeys(
    db,
    schema,
    model,
    keys.filter((key) => key > afterKey),
    leafIndex,
  );
  const own = rows.filter(({ row }) => {
    return agency === undefined || model.facetsOf(row)['agency'] === agency;
  });
  return own.slice(0, limit + 1);
}

async function usedIn(db: Sql, schema: string, round: RoundId, leafIndex: number) {
  const links = await rowsAt(db, schema, evidenceLinkModel, leafIndex, { where: { round } });
  const rows = links.map(({ row }) => row);
  return {
    files: rows.flatMap(({ evidence }) => (evidence === null ? [] : [bareHex(evidence)])),
    references: rows.flatMap(({ reference }) => (reference === null ? [] : [reference])),
  };
}

async function linksOf(
  db: Sql,
  schema: string,
  names: readonly string[],
  leafIndex: number,
): Promise<readonly EvidenceLinkRow[]> {
  if (names.length === 0) return [];
  const where = { evidence: names };
  const links = await rowsAt(db, schema, evidenceLinkModel, leafIndex, { where });
  return links.map(({ row }) => row);
}

function cursorParts(cursor: string | undefined): readonly [string, string] {
  const [kind = 'deposited', key = ''] = cursor?.split(' ') ?? [];
  return [kind, key];
}
