import type { IndicatorDefinition, RoundFact } from '#catalogue';
import type { EvidenceFact } from '#evidence';
import type { EventStore, NewEvent } from '#event-store';
import { awaitedContribution, awaitedFigure, evolveContribution, evolveFigure } from '#figures';
import type {
  Contribution,
  ContributionFact,
  Figure,
  FigureFact,
  FigureStatement,
  Statement,
  VersionKind,
} from '#figures';
import {
  agencyPartOf,
  bareHex,
  day,
  dayInVietnam,
  decimal,
  derivedUuid,
  digestOf,
  epochMs,
  instantFromMs,
} from '#kernel';
import type {
  Actor,
  AgencyId,
  Day,
  Digest,
  DocumentRef,
  Fact,
  IndicatorCode,
  Instant,
  Recorded,
  SourceRef,
} from '#kernel';
import { historyStart, recordedEvent } from '#testing';

/**
 * Whole ledgers for specs: a round with every mode of assignment, and acts on it that follow from
 * numbers alone. Acts respect the life of a figure, not every rule of the deciders: read models
 * must cope with everything that could ever be in a store.
 */

export const round = 'son_la-qd1969-2026';
export const khcn = 'son_la.so_khcn';
export const tc = 'son_la.so_tc';
export const nnmt = 'son_la.so_nnmt';
export const roundStream = `round-${round}`;

export const source: SourceRef = { file: '000.txt', line: 99, raw: 'trước ngày 30/9/2026' };
export const paper: DocumentRef = {
  kind: 'plan',
  number: '12/KH-UBND',
  date: day('2026-01-10'),
  issuer: 'UBND tỉnh Sơn La',
  title: 'Kế hoạch',
  digest: null,
};

export function someone(agency: AgencyId, role: Actor['role'], unit: string = agency): Actor {
  return { person: derivedUuid(['person', agency, role]), agency, unit, role, actingFor: null };
}

const components: IndicatorDefinition['components'] = [
  {
    key: 'value',
    label: { vi: 'Giá trị', en: null },
    type: 'decimal',
    unit: 'bài',
    scaleMax: 2,
    required: true,
    suppliedBy: 'both',
    itemKey: null,
  },
];

function definition(code: IndicatorCode, group: string): IndicatorDefinition {
  return {
    code,
    revision: 1,
    group,
    kind: 'indicator',
    name: { vi: `Chỉ số ${code}`, en: null },
    status: 'proposed',
    unit: 'bài',
    valueType: 'decimal',
    aggregation: { rule: 'sum', factor: null, meaning: 'tổng' },
    components,
    evidenceKinds: ['report'],
    target: null,
    deliverable: null,
    reasoning: 'đề xuất',
    basis: 'đề xuất',
    sources: [source],
  };
}

export const assigned: readonly {
  readonly code: IndicatorCode;
  readonly mode: 'single' | 'joint' | 'each';
  readonly leads: readonly AgencyId[];
  readonly participants: readonly AgencyId[];
}[] = [
  { code: 'I.1', mode: 'single', leads: [khcn], participants: [] },
  { code: 'I.2', mode: 'single', leads: [tc], participants: [khcn, nnmt] },
  { code: 'II.1', mode: 'joint', leads: [nnmt, tc], participants: [khcn] },
  { code: 'II.2', mode: 'each', leads: [nnmt, tc], participants: [khcn] },
];

/** Facts in the order of the log, with the state that the next act starts from. */
export class MadeUpLedger {
  readonly events: Recorded[] = [];
  readonly figures = new Map<string, Figure>();
  readonly parts = new Map<string, Contribution>();
  readonly files: Digest[] = [];
  private readonly revisions = new Map<string, number>();
  private now: Instant = historyStart;

  /** Minutes may be negative: two machines stamp two streams, and clocks differ. */
  record<F extends Fact>(stream: string, actor: Actor, fact: F, minutes = 1): Recorded<F> {
    this.now = instantFromMs(epochMs(this.now) + minutes * 60_000);
    const revision = (this.revisions.get(stream) ?? -1) + 1;
    this.revisions.set(stream, revision);
    const metadata = { actor, recordedAt: this.now };
    const event = recordedEvent<F>({ ...fact, metadata }, { stream, revision });
    this.events.push(event);
    return event;
  }

  get today(): Day {
    return dayInVietnam(this.now);
  }

  figure(id: string, actor: Actor, fact: FigureFact, minutes = 1): void {
    const event = this.record<FigureFact>(`figure-${id}`, actor, fact, minutes);
    this.figures.set(id, evolveFigure(this.figures.get(id) ?? awaitedFigure, event));
  }

  part(id: string, actor: Actor, fact: ContributionFact, minutes = 1): void {
    const event = this.record<ContributionFact>(`contribution-${id}`, actor, fact, minutes);
    this.parts.set(id, evolveContribution(this.parts.get(id) ?? awaitedContribution, event));
  }

  file(actor: Actor, name: string): Digest {
    const evidence = digestOf(name);
    this.files.push(evidence);
    this.record<EvidenceFact>(`evidence-${bareHex(evidence)}`, actor, {
      type: 'evidence.deposited.v1',
      data: {
        evidence,
        sizeBytes: 1_000 + this.files.length,
        mediaType: 'application/pdf',
        document: { ...paper, kind: 'report', digest: evidence },
        periodCovered: null,
        depositedFor: actor.agency,
        blob: { store: 'folder', versionId: null, retainUntil: null },
      },
    });
    return evidence;
  }

  /** Appends what is not there yet; every append is one event, as the Recorder's mostly are. */
  async appendTo(store: EventStore, from = 0, to = this.events.length): Promise<void> {
    for (const { stream, revision, ...event } of this.events.slice(from, to)) {
      const expected = revision === 0 ? 'no-stream' : revision - 1;
      const { id, type, data, metadata } = event;
      await store.append(stream, expected, [{ id, type, data, metadata } satisfies NewEvent]);
    }
  }
}

/** A ledger in which everything is assigned and frozen and nothing was handed in yet. */
export function openedRound(): MadeUpLedger {
  const ledger = new MadeUpLedger();
  const registrar = someone('son_la.ubnd_tinh', 'registrar');
  for (const agency of [khcn, tc, nnmt]) {
    ledger.record(`agency-${agency}`, registrar, {
      type: 'agency.registered.v1',
      data: {
        agency,
        kind: 'department',
        province: 'son_la',
        name: { vi: agency, en: null },
        aliases: [],
        classes: ['g_so_nganh'],
        document: null,
      },
    });
  }
  ledger.record('framework-qd1969', registrar, {
    type: 'framework.edition-published.v1',
    data: {
      framework: 'qd1969',
      edition: 'e1',
      title: { vi: 'Bộ chỉ số', en: null },
      document: paper,
      aliases: [],
      groups: [{ code: 'I', name: { vi: 'Nhóm I', en: null }, declaredCount: 7 }],
    },
  });
  for (const { code } of assigned) {
    const [group = ''] = code.split('.');
    ledger.record('framework-qd1969', registrar, {
      type: 'indicator.defined.v1',
      data: { edition: 'e1', definition: definition(code, group) },
    });
  }
  for (const fact of roundFacts()) ledger.record(roundStream, registrar, fact);
  return ledger;
}

function roundFacts(): RoundFact[] {
  const opened: RoundFact = {
    type: 'round.opened.v1',
    data: {
      round,
      province: 'son_la',
      framework: 'qd1969',
      edition: 'e1',
      period: { from: day('2026-01-01'), to: day('2026-12-31'), label: '2026' },
      title: { vi: 'Đợt 2026', en: null },
      legalBasis: paper,
      status: 'numbered',
      checkingAgency: khcn,
      chain: [khcn, 'son_la.ubnd_tinh'],
      responsibility: [],
      verificationBasis: source,
      datesUnspecified: [],
    },
  };
  const each = assigned.flatMap(({ code, mode, leads, participants }): RoundFact[] => [
    {
      type: 'assignment.made.v1',
      data: {
        indicator: code,
        definition: { edition: 'e1', revision: 1 },
        mode,
        leads,
        coordinating: [],
        source,
        raw: { lead: '', coordinating: '', due: '' },
        dates: [
          { id: 'annex', scopes: ['figure'], lastDay: day('2026-12-31'), source },
          { id: 'text', scopes: ['contribution'], lastDay: day('2026-01-06'), source },
        ],
      },
    },
    {
      type: 'participants.frozen.v1',
      data: { indicator: code, participants, expansions: [] },
    },
  ]);
  const decide = (scope: 'figure' | 'contribution', dateId: string): RoundFact => ({
    type: 'due.decided.v1',
    data: { scope, indicator: null, dateId, lastDay: null, why: 'kế hoạch', document: null },
  });
  return [opened, ...each, decide('figure', 'annex'), decide('contribution', 'text')];
}

/** What a version states; `late` as told, because no rule of lateness is under test here. */
export function statementOf(
  ledger: MadeUpLedger,
  code: IndicatorCode,
  agency: AgencyId,
  version: number,
  kind: VersionKind,
  change: Partial<Statement> = {},
): FigureStatement {
  return {
    version,
    kind,
    round,
    indicator: code,
    agency,
    definition: { framework: 'qd1969', edition: 'e1', revision: 1 },
    status: 'A',
    values: [{ component: 'value', type: 'decimal', value: decimal(`${version}.50`), unit: 'bài' }],
    asOf: day('2026-06-30'),
    method: null,
    evidence: [],
    paper: null,
    note: null,
    due: {
      lastDay: day('2026-01-06'),
      decidedBy: { stream: roundStream, revision: 9 },
      kind: 'named-date',
      source,
      handedInOn: ledger.today,
      late: ledger.today > '2026-01-06',
    },
    builtFrom: [],
    outstanding: [],
    ...change,
  };
}

export function figureId(code: IndicatorCode, lead?: AgencyId): string {
  return lead === undefined ? `${round}.${code}` : `${round}.${code}.${agencyPartOf(lead)}`;
}

export function partId(code: IndicatorCode, agency: AgencyId): string {
  return `${round}.${code}.${agencyPartOf(agency)}`;
}
