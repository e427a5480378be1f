import { Injectable } from '@nestjs/common';
import { capacityAs, confirmingRoles } from '#directory';
import { depositFor, opensTo, oversees } from '#evidence';
import type { Deposit, Evidence } from '#evidence';
import { EvidenceReader } from '#evidence/nest';
import { digestFromHex } from '#kernel';
import type { AgencyId, Digest, PersonId, Role, RoundId } from '#kernel';
import type { EvidenceLinkRow, EvidenceRow, EvidenceView, FigureView } from '#read-models';
import { ReadModels } from '#read-models/node';
import { Visibility } from './visibility.ts';
import type { Reader } from './visibility.ts';

/** One deposited file, as the rules and the register know it. */
export type FileShown = {
  readonly evidence: Evidence;
  readonly links: readonly EvidenceLinkRow[];
};

type FiguresOf = (round: RoundId) => Promise<readonly FigureView[]>;

/** What a reader may know of a file; null stands for what is not there. */
export type Shown = {
  readonly links: readonly EvidenceLinkRow[];
  /** The deposit in whose words it is shown, and all that the reader may know of. */
  readonly deposit: Deposit;
  readonly deposits: readonly Deposit[];
};

/** A document of the register as one reader sees it: in the words of one deposit. */
export type FileView =
  | Extract<EvidenceView, { kind: 'referenced' }>
  | {
      readonly kind: 'deposited';
      readonly evidence: Omit<EvidenceRow, 'state'> & { readonly state: Evidence & Deposit };
      readonly links: readonly EvidenceLinkRow[];
    };

/** Who looks behind every figure of what they oversee: no restriction closes a file to them. */
const lookingBehind: readonly Role[] = ['checker', 'certifier', 'auditor', 'inspector'];

/**
 * Who may read a file, and learn of what rests on it (decision 0014). It is shown to each agency
 * that handed it in, to those it was opened to, and to who oversees one of them. A file is also part
 * of what cites it, so who may see a figure, part or finding that cites it sees it, unless the
 * deposit it was cited under is restricted: then only the citer, the leads of that figure and who
 * looks behind it do. Where a public act (a plan, a decision, a session's minutes) rests on it, it
 * is for all who are known to the ledger. Of links and deposits each reader sees their own (OWASP
 * API1).
 */
@Injectable()
export class EvidenceVisibility {
  private readonly models: ReadModels;
  private readonly visibility: Visibility;
  private readonly evidence: EvidenceReader;

  constructor(models: ReadModels, visibility: Visibility, evidence: EvidenceReader) {
    this.models = models;
    this.evidence = evidence;
    this.visibility = visibility;
  }

  /** What this reader may know of the file, or null where the file itself is not for them. */
  async shown(reader: Reader, { evidence, links }: FileShown): Promise<Shown | null> {
    const { deposits } = evidence;
    const figuresOf = this.figuresByRound();
    const own = await this.ownLinks(reader, links, figuresOf);
    const isShown =
      (await this.isNear(reader, deposits, figuresOf)) ||
      (await this.isOpened(reader, deposits, own, figuresOf)) ||
      (await this.isPublicRecord(reader, evidence));
    if (!isShown) return null;
    return { links: own, ...this.ownWords(reader, deposits, own) };
  }

  /** Whether this person may read the file with this digest, as it is known now. */
  async sees(person: PersonId, hex: string): Promise<boolean> {
    const digest = digestFromHex(hex);
    const found = digest === undefined ? null : await this.evidence.lookUp(digest);
    if (found === null) return false;
    // Who deposited it is asked of the stream: whoever has just done so need not wait for a row.
    const { data } = await this.models.evidence(found.state.evidence);
    const file = { evidence: found.state, links: data?.links ?? [] };
    return (await this.shown(await this.visibility.reader(person), file)) !== null;
  }

  /** A page of the register with only the links and deposits that this reader may know of. */
  async withOwnLinks(reader: Reader, views: readonly EvidenceView[]): Promise<readonly FileView[]> {
    const figures = this.figuresByRound();
    const shown: FileView[] = [];
    for (const view of views) {
      const links = await this.ownLinks(reader, view.links, figures);
      shown.push(
        view.kind === 'referenced'
          ? { ...view, links }
          : { ...view, links, evidence: this.rowFor(reader, view.evidence, links) },
      );
    }
    return shown;
  }

  /** True for auditors and inspectors, and for who checks or certifies in the agency's province. */
  oversees({ acting }: Reader, agency: AgencyId): boolean {
    return capacityAs(acting, ['recipient']) !== undefined || oversees(acting, agency);
  }

  /** The row of a file in the words of one deposit, beside all that the reader may know of. */
  private rowFor(reader: Reader, row: EvidenceRow, links: readonly EvidenceLinkRow[]) {
    const { deposit, deposits } = this.ownWords(reader, row.state.deposits, links);
    return { ...row, state: { ...row.state, ...deposit, deposits } };
  }

  /** Own deposits, those opened to the reader, and those that visible links were made under. */
  private ownWords(
    reader: Reader,
    deposits: readonly Deposit[],
    links: readonly EvidenceLinkRow[],
  ): Pick<Shown, 'deposit' | 'deposits'> {
    const { agencies, acting } = reader;
    const cited = links.flatMap((link) => citedUnder(link, deposits)[0] ?? []);
    const known = deposits.filter(
      (one) =>
        opensTo(one, agencies, null) || oversees(acting, one.depositedFor) || cited.includes(one),
    );
    const deposit = depositFor(known, agencies) ?? known[0] ?? deposits[0];
    if (deposit === undefined) throw new TypeError('a file without a deposit');
    return { deposit, deposits: known.length === 0 ? [deposit] : known };
  }

  /** The agencies that deposited it and their people, those it was opened to, and overseers. */
  private async isNear(
    reader: Reader,
    deposits: readonly Deposit[],
    figuresOf: FiguresOf,
  ): Promise<boolean> {
    const { acting, agencies } = reader;
    for (const deposit of deposits) {
      const { depositedFor, depositedBy, publishedTo, restrictedTo } = deposit;
      if (opensTo(deposit, agencies, null) || oversees(acting, depositedFor)) return true;
      const isOpen = restrictedTo === null;
      if (isOpen && agencies.includes(depositedBy.agency)) return true;
      if (isOpen && this.oversees(reader, depositedFor)) return true;
      for (const round of publishedTo)
        if (await this.isParty(reader, round, figuresOf)) return true;
    }
    return false;
  }

  /** Whether a visible link shows the file, too: by what right it was cited decides. */
  private async isOpened(
    reader: Reader,
    deposits: readonly Deposit[],
    links: readonly EvidenceLinkRow[],
    figuresOf: FiguresOf,
  ): Promise<boolean> {
    if (links.length > 0 && capacityAs(reader.acting, lookingBehind) !== undefined) return true;
    for (const link of links) {
      if (reader.agencies.includes(link.by.agency)) return true;
      const under = citedUnder(link, deposits);
      if (under.some(({ restrictedTo }) => restrictedTo === null)) return true;
      if (await this.isLeadOf(reader, link, figuresOf)) return true;
    }
    return false;
  }

  /** A figure's leads endorse what it rests on, and a part's giver answers for the part. */
  private async isLeadOf(
    { agencies }: Reader,
    { holder, round }: EvidenceLinkRow,
    figuresOf: FiguresOf,
  ): Promise<boolean> {
    if (round === null || holder.kind === 'finding') return false;
    const figures = await figuresOf(round);
    const answering = figures.flatMap(({ figure, leads, parts }) => {
      if (holder.kind === 'figure') return figure === holder.id ? leads : [];
      return parts.flatMap(({ contribution, duty }) =>
        contribution === holder.id && duty !== null ? [duty] : [],
      );
    });
    return answering.some(({ agency }) => agencies.includes(agency));
  }

  private async isParty(reader: Reader, round: RoundId, figuresOf: FiguresOf): Promise<boolean> {
    if (this.visibility.seesRound(reader, round)) return true;
    const figures = await figuresOf(round);
    return figures.some((figure) => this.visibility.seesFigure(reader, figure));
  }

  private async ownLinks(
    reader: Reader,
    links: readonly EvidenceLinkRow[],
    figuresOf: FiguresOf,
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
    figuresOf: FiguresOf,
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
  private figuresByRound(): FiguresOf {
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
   * Plans, agencies and review bodies are read by everybody, and so are the papers they name, while
   * somebody who deposited them left them open. The appointment behind a grant is for those who may
   * confirm it, and for the appointed.
   */
  private async isPublicRecord(reader: Reader, { evidence, deposits }: Evidence): Promise<boolean> {
    if (deposits.every(({ restrictedTo }) => restrictedTo !== null)) return false;
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

/**
 * The deposits under which a link was made: the citer's own, else those opened to the citer. Who
 * cites by office (an auditor, a checker) opens what they show to those they show it to.
 */
function citedUnder({ by, round }: EvidenceLinkRow, deposits: readonly Deposit[]) {
  const own = deposits.filter(({ depositedFor }) => depositedFor === by.agency);
  if (own.length > 0) return own;
  const opened = deposits.filter((deposit) => opensTo(deposit, [by.agency], round));
  return opened.length === 0 && lookingBehind.includes(by.role) ? deposits : opened;
}

function mentions(value: unknown, digest: Digest): boolean {
  if (value === digest) return true;
  if (value instanceof Map) return mentions([...value.values()], digest);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((member) => mentions(member, digest));
}
