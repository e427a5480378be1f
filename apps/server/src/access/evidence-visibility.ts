import { Injectable } from '@nestjs/common';
import { capacityAs, confirmingRoles, provinceOfAgency } from '#directory';
import { mayReadEvidence } from '#evidence';
import type { Evidence } from '#evidence';
import { digestFromHex } from '#kernel';
import type { AgencyId, Digest, PersonId, RoundId } from '#kernel';
import type { EvidenceLinkRow, EvidenceView, FigureView } from '#read-models';
import { ReadModels } from '#read-models/node';
import { Visibility } from './visibility.ts';
import type { Reader } from './visibility.ts';

/** One deposited file, as the rules and the register know it. */
export type FileShown = {
  readonly evidence: Evidence;
  readonly links: readonly EvidenceLinkRow[];
};

/**
 * Who may read a file, and learn of what rests on it. A file is part of what cites it, so it must
 * not tell more than that does: it is shown to the agency that handed it in, to those it named, to
 * who may see at least one figure, part or finding that cites it, to who oversees the depositing
 * agency, and, where a public act (a plan, a decision, a session's minutes) rests on it, to all who
 * are known to the ledger. Of its links each reader sees their own (OWASP API1).
 */
@Injectable()
export class EvidenceVisibility {
  private readonly models: ReadModels;
  private readonly visibility: Visibility;

  constructor(models: ReadModels, visibility: Visibility) {
    this.models = models;
    this.visibility = visibility;
  }

  /** The links of the file that this reader may know of, or null where the file itself is not. */
  async shown(
    reader: Reader,
    { evidence, links }: FileShown,
  ): Promise<readonly EvidenceLinkRow[] | null> {
    // A restriction is narrower than any reason below.
    if (!mayReadEvidence(evidence, reader.acting)) return null;
    const own = await this.ownLinks(reader, links);
    const isShown =
      own.length > 0 ||
      this.isNear(reader, evidence) ||
      (await this.isPublicRecord(reader, evidence.evidence));
    return isShown ? own : null;
  }

  /** Whether this person may read the file with this digest, as it is known now. */
  async sees(person: PersonId, hex: string): Promise<boolean> {
    const evidence = digestFromHex(hex);
    const { data } = evidence === undefined ? { data: null } : await this.models.evidence(evidence);
    if (data?.kind !== 'deposited') return false;
    const file = { evidence: data.evidence.state, links: data.links };
    return (await this.shown(await this.visibility.reader(person), file)) !== null;
  }

  /** A page of the register with only the links that this reader may know of. */
  async withOwnLinks(
    reader: Reader,
    views: readonly EvidenceView[],
  ): Promise<readonly EvidenceView[]> {
    const figures = this.figuresByRound();
    const shown: EvidenceView[] = [];
    for (const view of views) {
      shown.push({ ...view, links: await this.ownLinks(reader, view.links, figures) });
    }
    return shown;
  }

  /** The depositing agency, who deposited it, those named, and who oversees that agency. */
  private isNear(reader: Reader, { depositedFor, depositedBy, restrictedTo }: Evidence): boolean {
    const named = [depositedFor, depositedBy.agency, ...(restrictedTo ?? [])];
    if (depositedBy.person === reader.person) return true;
    if (named.some((agency) => reader.agencies.includes(agency))) return true;
    return this.oversees(reader, depositedFor);
  }

  /** True for auditors and inspectors, and for who checks or certifies in the agency's province. */
  oversees({ acting }: Reader, agency: AgencyId): boolean {
    if (capacityAs(acting, ['auditor', 'inspector', 'recipient']) !== undefined) return true;
    const province = provinceOfAgency(agency);
    const isHere = (one: { readonly agency: AgencyId }) =>
      provinceOfAgency(one.agency) === province;
    return capacityAs(acting, ['checker', 'certifier'], isHere) !== undefined;
  }

  private async ownLinks(
    reader: Reader,
    links: readonly EvidenceLinkRow[],
    figuresOf = this.figuresByRound(),
  ): Promise<EvidenceLinkRow[]> {
    const own: EvidenceLinkRow[] = [];
    for (const link of links) {
      if (await this.seesHolder(reader, link, figuresOf)) own.push(link);
    }
    return own;
  }

  private async seesHolder(
    reader: Reader,
    { holder, round }: EvidenceLinkRow,
    figuresOf: (round: RoundId) => Promise<readonly FigureView[]>,
  ): Promise<boolean> {
    if (holder.kind === 'finding') {
      const { data } = await this.models.finding(holder.id);
      return data !== null && this.visibility.seesFinding(reader, data.state);
    }
    if (round === null) return false;
    if (this.visibility.seesRound(reader, round)) return true;
    const figures = await figuresOf(round);
    if (holder.kind === 'figure') {
      const figure = figures.find((one) => one.figure === holder.id);
      return figure !== undefined && this.visibility.seesFigure(reader, figure);
    }
    return figures.some((figure) => this.visibility.seesPart(reader, figure, holder.id));
  }

  /** Reads each round at most once for a request. */
  private figuresByRound(): (round: RoundId) => Promise<readonly FigureView[]> {
    const read = new Map<RoundId, Promise<readonly FigureView[]>>();
    return (round) => {
      const known = read.get(round);
      if (known !== undefined) return known;
      const figures = this.models.roundFigures(round).then(({ data }) => data ?? []);
      read.set(round, figures);
      return figures;
    };
  }

  /**
   * Plans, agencies and review bodies are read by everybody, and so are the papers they name. The
   * appointment behind a grant is for those who may confirm it, and for the appointed.
   */
  private async isPublicRecord(reader: Reader, evidence: Digest): Promise<boolean> {
    const people = (await this.models.people()).data;
    const confirms = capacityAs(reader.acting, confirmingRoles) !== undefined;
    const grants = people.filter(({ id }) => confirms || id === reader.person);
    if (mentions(grants, evidence)) return true;
    for (const { data } of [
      await this.models.agencies(),
      await this.models.reviewBodies(),
      await this.models.frameworks(),
      await this.models.rounds(),
    ]) {
      if (mentions(data, evidence)) return true;
    }
    for (const { round } of (await this.models.rounds()).data) {
      if (mentions((await this.models.round(round)).data, evidence)) return true;
    }
    return false;
  }
}

function mentions(value: unknown, digest: Digest): boolean {
  if (value === digest) return true;
  if (value instanceof Map) return mentions([...value.values()], digest);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((member) => mentions(member, digest));
}
