import { Injectable } from '@nestjs/common';
import { capacityAs, provinceOfAgency } from '#directory';
import type { ActingPerson } from '#directory';
import { Directory } from '#directory/nest';
import type { Finding } from '#figures';
import { provinceOfRound, readFigureName } from '#kernel';
import type { AgencyId, ContributionId, Entry, FigureId, PersonId, Role, RoundId } from '#kernel';
import type { FigureView, HistoryItem } from '#read-models';
import { ReadModels } from '#read-models/node';
import { refuseRequest } from '../http/refusals.ts';
import { LedgerClock } from '../ledger-clock.ts';

/** Who reads on behalf of the whole: from outside the province, too. */
const everywhere: readonly Role[] = ['auditor', 'inspector', 'recipient'];
/** Who works on a whole round of their own province. */
const inProvince: readonly Role[] = ['checker', 'certifier', 'registrar'];

/** One reader of one request, with everything that decides what they may know of. */
export type Reader = {
  readonly person: PersonId;
  readonly acting: ActingPerson;
  readonly agencies: readonly AgencyId[];
  /** Provinces of the review bodies they sit in. */
  readonly reviewsIn: readonly string[];
  /** Provinces whose People's Committee they belong to, in whatever role. */
  readonly committeesIn: readonly string[];
};

/** Which acts of a history are for a reader. */
export type ActsAround = {
  readonly reader: Reader;
  readonly part: (contribution: ContributionId) => boolean;
  readonly finding: (finding: Finding) => boolean;
  readonly item: (item: HistoryItem) => boolean;
};

/**
 * Who may see what. Officers and heads see the figures their agency leads or feeds, and no other
 * agency's; checkers, certifiers and registrars a round of their province; whoever belongs to the
 * People's Committee the rounds that report to it, because it accepts, settles and overrules there;
 * auditors, inspectors and recipients all; members of a review body what their body may be asked
 * about. What somebody may not see is answered like what does not exist (OWASP API1).
 */
@Injectable()
export class Visibility {
  private readonly directory: Directory;
  private readonly models: ReadModels;
  private readonly clock: LedgerClock;

  constructor(directory: Directory, models: ReadModels, clock: LedgerClock) {
    this.directory = directory;
    this.models = models;
    this.clock = clock;
  }

  /** The reader as of today: what they were once opens nothing. */
  async reader(person: PersonId): Promise<Reader> {
    const today = this.clock.today();
    const { acting } = await this.directory.actingPerson(person, today);
    const agencies = [...new Set(acting.capacities.map(({ agency }) => agency))];
    const bodies = await this.models.reviewBodies();
    const reviewsIn = bodies.data
      .filter(({ state: { dissolved } }) => dissolved === null)
      .filter(({ state: { members } }) => members.some((member) => member.person === person))
      .map(({ state: { province } }) => province);
    const committeesIn = await this.committeesAmong(agencies);
    return { person, acting, agencies, reviewsIn, committeesIn };
  }

  /** Provinces of those agencies that are their People's Committee. */
  private async committeesAmong(agencies: readonly AgencyId[]): Promise<readonly string[]> {
    const found = await Promise.all(agencies.map((agency) => this.directory.agency(agency)));
    return found.flatMap(({ state }) => (state?.kind === 'committee' ? [state.province] : []));
  }

  /** True for those who see every figure of the round. */
  seesRound({ acting, reviewsIn, committeesIn }: Reader, round: RoundId): boolean {
    if (capacityAs(acting, everywhere) !== undefined) return true;
    const province = provinceOfRound(round);
    const isHere = (agency: AgencyId) => provinceOfAgency(agency) === province;
    return (
      reviewsIn.includes(province) ||
      committeesIn.includes(province) ||
      capacityAs(acting, inProvince, ({ agency }) => isHere(agency)) !== undefined
    );
  }

  /** A registrar of the province that the agency is in. */
  private registersHere({ acting }: Reader, agency: AgencyId): boolean {
    const province = provinceOfAgency(agency);
    const isHere = (held: AgencyId) => provinceOfAgency(held) === province;
    return capacityAs(acting, ['registrar'], (held) => isHere(held.agency)) !== undefined;
  }

  seesFigure(reader: Reader, figure: FigureView): boolean {
    if (this.seesRound(reader, figure.round)) return true;
    const known = [
      ...figure.leads.flatMap(({ agency, succeeds }) => [agency, ...succeeds]),
      ...figure.parts.flatMap(({ agency, duty }) => [agency, ...(duty?.succeeds ?? [])]),
    ];
    return known.some((agency) => reader.agencies.includes(agency));
  }

  /** Lead, and who sees the round, see every part; a participant its own and the figure's totals. */
  seesParts(reader: Reader, { round, leads }: FigureView): boolean {
    if (this.seesRound(reader, round)) return true;
    const known = leads.flatMap(({ agency, succeeds }) => [agency, ...succeeds]);
    return known.some((agency) => reader.agencies.includes(agency));
  }

  /** The figure without the parts of others, for who gives only a part of it. */
  figureFor(reader: Reader, figure: FigureView): FigureView {
    if (this.seesParts(reader, figure)) return figure;
    const own = figure.parts.filter(({ contribution }) => {
      return this.seesPart(reader, figure, contribution);
    });
    return { ...figure, parts: own };
  }

  /**
   * What of the acts around a figure or a part a reader is told. Figure, round and dates are for
   * all who see it; parts and findings for those they concern; of a file, what the agencies did
   * that answer for what the reader sees.
   */
  async actsAround(person: PersonId, figures: readonly FigureView[]): Promise<ActsAround> {
    const reader = await this.reader(person);
    const shown = figures.map((figure) => this.figureFor(reader, figure));
    const answering = shown.flatMap(({ leads, parts }) => [...leads, ...parts]);
    const agencies = new Set([...reader.agencies, ...answering.map(({ agency }) => agency)]);
    return {
      reader,
      part: (id) =>
        figures.some(
          (figure) => this.seesParts(reader, figure) || this.seesPart(reader, figure, id),
        ),
      finding: (finding) => this.seesFinding(reader, finding),
      item: ({ stream, who, what }) => {
        if (!/^evidence-[0-9a-f]{64}$/.test(stream)) return true;
        if (figures.some(({ round }) => this.seesRound(reader, round))) return true;
        const { depositedFor } = what;
        return agencies.has(typeof depositedFor === 'string' ? depositedFor : who.agency);
      },
    };
  }

  /** What the parts of a figure add up to shows each part: for its lead and who sees the round. */
  async checkParts(person: PersonId, id: FigureId): Promise<Reader> {
    const { data } = await this.models.figure(id);
    const reader = await this.reader(person);
    const isLead = data?.leads.some(({ agency }) => reader.agencies.includes(agency)) === true;
    if (data === null || !(isLead || this.seesRound(reader, data.round))) {
      throw refuseRequest('request/not-found');
    }
    return reader;
  }

  /** A finding is seen by who sees the round, by the agencies asked and by the raiser's. */
  seesFinding(reader: Reader, { subject, asked, by }: Finding): boolean {
    const round = readFigureName(subject.figure)?.round ?? '';
    return (
      this.seesRound(reader, round) ||
      [...asked, by.agency].some((agency) => reader.agencies.includes(agency))
    );
  }

  async seesFindingOf(person: PersonId, id: string): Promise<boolean> {
    const { data } = await this.models.finding(id);
    return data !== null && this.seesFinding(await this.reader(person), data.state);
  }

  /**
   * Refuses with 404 what this person may not see of a figure's stream, history or differences;
   * answers the figure as it is now.
   */
  async checkFigure(person: PersonId, id: FigureId): Promise<FigureView> {
    const { data } = await this.models.figure(id);
    if (data === null || !this.seesFigure(await this.reader(person), data)) {
      throw refuseRequest('request/not-found');
    }
    return data;
  }

  /** A part is seen by its giver, by the figure's lead, and by who sees the round. */
  async checkContribution(person: PersonId, id: ContributionId): Promise<void> {
    if (!(await this.seesContribution(await this.reader(person), id))) {
      throw refuseRequest('request/not-found');
    }
  }

  private async seesContribution(reader: Reader, id: ContributionId): Promise<boolean> {
    const round = readFigureName(id)?.round ?? '';
    if (this.seesRound(reader, round)) return true;
    const { data } = await this.models.roundFigures(round);
    return (data ?? []).some((figure) => this.seesPart(reader, figure, id));
  }

  /** True for the part's giver and the figure's lead; who sees the round is asked apart. */
  seesPart(reader: Reader, { leads, parts }: FigureView, id: ContributionId): boolean {
    const part = parts.find(({ contribution }) => contribution === id);
    if (part === undefined) return false;
    const known = [
      part.agency,
      ...(part.duty?.succeeds ?? []),
      ...leads.map(({ agency }) => agency),
    ];
    return known.some((agency) => reader.agencies.includes(agency));
  }

  /** Whether this person may see one recorded act whole. */
  async seesAct(
    person: PersonId,
    { stream, metadata }: Pick<Entry, 'stream' | 'metadata'>,
  ): Promise<boolean> {
    if (metadata.actor.person === person) return true;
    const reader = await this.reader(person);
    if (capacityAs(reader.acting, everywhere) !== undefined) return true;
    const isOnFile = stream.startsWith('evidence-');
    if (!isOnFile && this.registersHere(reader, metadata.actor.agency)) return true;
    if (reader.agencies.includes(metadata.actor.agency)) return true;
    // Who opened the log, and what it was told of itself, concerns everybody whose acts are in it.
    if (/^(?:agency|framework|round|review-body|log)-/.test(stream)) return true;
    const finding = /^finding-(.+)$/.exec(stream)?.[1];
    if (finding !== undefined) {
      const { data } = await this.models.finding(finding);
      return data !== null && this.seesFinding(reader, data.state);
    }
    const part = /^contribution-(.+)$/.exec(stream)?.[1];
    if (part !== undefined) return this.seesContribution(reader, part);
    const figure = /^figure-(.+)$/.exec(stream)?.[1];
    if (figure === undefined) return false;
    const { data } = await this.models.figure(figure);
    return data !== null && this.seesFigure(reader, data);
  }
}
