import { Injectable } from '@nestjs/common';
import { actsIn, capacityAs, confirmingRoles } from '#directory';
import { depositFor, opensTo, oversees } from '#evidence';
import type { Deposit, Evidence } from '#evidence';
import { EvidenceReader } from '#evidence/nest';
import { digestFromHex, provinceOfRound } from '#kernel';
import type { AgencyId, Digest, PersonId, Role, RoundId } from '#kernel';
import type { EvidenceLinkRow, EvidenceRow, EvidenceView, FigureView } from '#read-models';
import { ReadModels } from '#read-models/node';
import type { HistoryItem } from '#read-models/node';
import { Visibility } from './visibility.ts';
import type { Reader } from './visibility.ts';

/** One deposited file, as the rules and the register know it. */
export type FileShown = {
  readonly evidence: Pick<Evidence, 'evidence' | 'deposits'>;
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
  async shown(
    reader: Reader,
    { evidence, links }: FileShown,
    figuresOf: FiguresOf = this.figuresByRound(),
  ): Promise<Shown | null> {
    const { deposits } = evidence;
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
    if (digest === undefined) return false;
    return (await this.find(await this.visibility.reader(person), digest)) !== null;
  }

  /**
   * The file with this digest, where this reader may read it as it is known now; null where they
   * may not, and where there is none. Both take the same looks: neither the answer nor the time it
   * takes must tell that a file is there.
   */
  async find(reader: Reader, digest: Digest): Promise<Evidence | null> {
    // Who deposited it is asked of the stream: whoever has just done so need not wait for a row.
    const found = await this.evidence.lookUp(digest);
    const { data } = await this.models.evidence(digest);
    const evidence = found?.state ?? { evidence: digest, deposits: [] };
    const figuresOf = this.figuresByRound();
    const file = { evidence, links: data?.links ?? [] };
    if ((await this.shown(reader, file, figuresOf)) !== null) return found?.state ?? null;
    // Each round, whether or not something in it rests on the file: it costs what it costs anyway.
    for (const { round } of (await this.models.rounds()).data) await figuresOf(round);
    return null;
  }

  /**
   * A page of the register: the files that this reader may read, each with the links and deposits
   * that they may know of. By what stands now, also where the page is of an earlier moment
   * (`isPresent` false): a file that was closed since is closed.
   */
  async register(
    reader: Reader,
    views: readonly EvidenceView[],
    isPresent: boolean,
  ): Promise<readonly FileView[]> {
    const figuresOf = this.figuresByRound();
    const shown: FileView[] = [];
    for (const view of views) {
      const links = await this.ownLinks(reader, view.links, figuresOf);
      if (view.kind === 'referenced') {
        shown.push({ ...view, links });
        continue;
      }
      const { state } = view.evidence;
      const known = isPresent
        ? await this.shown(reader, { evidence: state, links: view.links }, figuresOf)
        : await this.present(reader, state.evidence, figuresOf);
      if (known === null) continue;
      shown.push({ ...view, links, evidence: this.rowFor(reader, view.evidence, links) });
    }
    return shown;
  }

  /**
   * The acts of a history without those on files that the reader may not read, nor on deposits of
   * others of which they may not know: what such an act says is a title, an issuer, a reason.
   */
  async acts(reader: Reader, items: readonly HistoryItem[]): Promise<readonly HistoryItem[]> {
    const figuresOf = this.figuresByRound();
    const files = new Map<string, Shown | null>();
    const shown: HistoryItem[] = [];
    for (const item of items) {
      const digest = digestFromHex(/^evidence-([0-9a-f]{64})$/.exec(item.stream)?.[1] ?? '');
      if (digest !== undefined && !files.has(digest)) {
        files.set(digest, await this.present(reader, digest, figuresOf));
      }
      const file = digest === undefined ? undefined : files.get(digest);
      if (file === undefined || (file !== null && isOnShown(item, file))) shown.push(item);
    }
    return shown;
  }

  /** What the reader may know of the file as it stands now; null where it is not for them. */
  private async present(
    reader: Reader,
    digest: Digest,
    figuresOf: FiguresOf,
  ): Promise<Shown | null> {
    const { data } = await this.models.evidence(digest);
    if (data?.kind !== 'deposited') return null;
    const { evidence, links } = data;
    return this.shown(reader, { evidence: evidence.state, links }, figuresOf);
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
    for (const link of links) {
      if (looksBehind(reader, link)) return true;
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
  private async isPublicRecord(
    reader: Reader,
    { evidence, deposits }: FileShown['evidence'],
  ): Promise<boolean> {
    const isNamed = await this.isNamedInPublic(reader, evidence);
    return isNamed && deposits.some(({ restrictedTo }) => restrictedTo === null);
  }

  private async isNamedInPublic(reader: Reader, evidence: Digest): Promise<boolean> {
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

/**
 * By an office that looks behind figures of that round: a checker of another province, who sees the
 * link by another hat, has no more of it here than that hat gives.
 */
function looksBehind({ acting }: Reader, { round }: EvidenceLinkRow): boolean {
  return (
    capacityAs(acting, lookingBehind, ({ role, agency }) => {
      const isEverywhere = role === 'auditor' || role === 'inspector';
      return isEverywhere || (round !== null && actsIn(agency, provinceOfRound(round)));
    }) !== undefined
  );
}

/** Acts of the ledger itself, and those from before a deposit was an agency's own, name none. */
function isOnShown({ what: { depositedFor } }: HistoryItem, { deposits }: Shown): boolean {
  return depositedFor === undefined || deposits.some((one) => one.depositedFor === depositedFor);
}

function mentions(value: unknown, digest: Digest): boolean {
  if (value === digest) return true;
  if (value instanceof Map) return mentions([...value.values()], digest);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((member) => mentions(member, digest));
}
