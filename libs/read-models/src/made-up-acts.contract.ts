import type { RoundFact } from '#catalogue';
import { presentVersion } from '#figures';
import type { EvidenceLink, Statement, VersionKind } from '#figures';
import { bareHex, day, derivedUuid } from '#kernel';
import type { AgencyId, IndicatorCode } from '#kernel';
import {
  assigned,
  figureId,
  khcn,
  paper,
  partId,
  roundStream,
  someone,
  source,
  statementOf,
} from './made-up-ledger.contract.ts';
import type { MadeUpLedger } from './made-up-ledger.contract.ts';

/** Takes numbers apart, so that one of them says everything about an act. */
class Choices {
  private rest: number;

  constructor(seed: number) {
    this.rest = seed;
  }

  below(count: number): number {
    const choice = this.rest % count;
    this.rest = Math.floor(this.rest / count);
    return choice;
  }

  of<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new TypeError('nothing to choose from');
    return item;
  }
}

/** One more act in the ledger, wholly determined by the number. */
export function actOn(ledger: MadeUpLedger, seed: number): void {
  const choices = new Choices(seed);
  const minutes = choices.of([1, 600, -90, 3_000]);
  const kind = choices.of(['figure', 'figure', 'figure', 'part', 'part', 'file', 'round', 'other']);
  if (kind === 'figure') return actOnFigure(ledger, choices, minutes);
  if (kind === 'part') return actOnPart(ledger, choices, minutes);
  if (kind === 'file') return actOnFile(ledger, choices, minutes);
  if (kind === 'round') return actOnRound(ledger, choices, minutes);
  // A stream no model knows is a leaf all the same; the head of the log is none.
  const stream = choices.of(['log-heads', 'log-head', 'snapshot-son_la-qd1969-2026-1']);
  const fact = { type: 'log.heads-recorded.v1', data: { treeSize: ledger.events.length } };
  ledger.record(stream, someone(khcn, 'operator'), fact, minutes);
}

function links(ledger: MadeUpLedger, choices: Choices): EvidenceLink[] {
  const count = Math.min(choices.below(3), ledger.files.length);
  return Array.from({ length: count }, () => {
    return { evidence: choices.of(ledger.files), reference: null, component: 'value', page: null };
  });
}

function change(ledger: MadeUpLedger, choices: Choices): Partial<Statement> {
  const evidence = links(ledger, choices);
  const [scan] = ledger.files;
  const isTranscribed = choices.below(4) === 0 && scan !== undefined;
  return {
    evidence,
    status: choices.of(['A', 'P', 'M']),
    paper: isTranscribed
      ? { arrivalNumber: '7', arrivedOn: day('2026-01-05'), evidence: scan }
      : null,
  };
}

function actOnFigure(ledger: MadeUpLedger, choices: Choices, minutes: number): void {
  const { code, mode, leads } = choices.of(assigned);
  const lead = choices.of(leads);
  const id = figureId(code, mode === 'each' ? lead : undefined);
  const figure = ledger.figures.get(id);
  const officer = someone(lead, 'officer');
  const present = figure && presentVersion(figure);
  const number = (figure?.versions.length ?? 0) + 1;
  if (figure === undefined || present === undefined) {
    const data = statementOf(ledger, code, lead, number, 'first', change(ledger, choices));
    return ledger.figure(id, officer, { type: 'figure.submitted.v1', data }, minutes);
  }
  const { version } = present.statement;
  const { digest } = present;
  const act = choices.of([...nextActs[figure.status], 'ask', 'dispute', 'order'] as const);
  switch (act) {
    case 'endorse': {
      const done = new Set(present.endorsements.map(({ by }) => by.agency)).add(lead);
      const awaited = mode === 'joint' ? leads.filter((one) => !done.has(one)) : [];
      return ledger.figure(
        id,
        someone(lead, 'head'),
        {
          type: 'figure.endorsed.v1',
          data: {
            version,
            digest,
            agency: lead,
            responsibility: { text: 'chính xác', source },
            signature: { form: choices.of(['head', 'KT']), delegation: null },
            awaited,
          },
        },
        minutes,
      );
    }
    case 'verify':
      return ledger.figure(
        id,
        someone(khcn, 'checker'),
        {
          type: 'figure.verified.v1',
          data: {
            version,
            digest,
            basis: { text: 'kiểm tra', source },
            reviewBody: null,
            acceptance: null,
            marks: leads.includes(khcn) ? ['self-led'] : [],
            note: null,
          },
        },
        minutes,
      );
    case 'return':
      return ledger.figure(
        id,
        someone(khcn, 'checker'),
        {
          type: 'figure.returned.v1',
          data: {
            version,
            digest,
            from: 'endorsed',
            lastDay: day('2026-01-08'),
            remarks: [{ component: 'value', evidence: null, text: 'thiếu minh chứng' }],
          },
        },
        minutes,
      );
    case 'withdraw':
      return ledger.figure(
        id,
        someone(lead, 'head'),
        {
          type: 'figure.withdrawn.v1',
          data: { version, digest, reason: 'nhầm' },
        },
        minutes,
      );
    case 'correct': {
      const kinds: readonly VersionKind[] =
        figure.status === 'returned' ? ['resubmission'] : ['correction', 'update'];
      const statement = statementOf(
        ledger,
        code,
        lead,
        number,
        choices.of(kinds),
        change(ledger, choices),
      );
      const data = { ...statement, reason: 'số liệu sai', replaces: version };
      return ledger.figure(id, officer, { type: 'figure.corrected.v1', data }, minutes);
    }
    default:
      return questionFigure(ledger, id, act, { version, digest }, lead, minutes);
  }
}

const nextActs = {
  awaiting: [],
  withdrawn: [],
  submitted: ['endorse', 'endorse', 'correct', 'return', 'withdraw'],
  endorsed: ['verify', 'verify', 'return', 'withdraw', 'correct'],
  verified: ['correct'],
  returned: ['correct', 'correct', 'withdraw'],
} as const;

function questionFigure(
  ledger: MadeUpLedger,
  id: string,
  act: 'ask' | 'dispute' | 'order',
  about: { readonly version: number; readonly digest: Parameters<typeof bareHex>[0] },
  lead: AgencyId,
  minutes: number,
): void {
  const figure = ledger.figures.get(id);
  const name = derivedUuid(['question', ledger.events.length]);
  const lastDay = day('2026-02-01');
  const asked = figure?.explanations.find(({ explainedBy }) => explainedBy === null);
  if (act === 'ask' && asked !== undefined) {
    return ledger.figure(
      id,
      someone(lead, 'officer'),
      {
        type: 'figure.explained.v1',
        data: { request: asked.request, text: 'do làm tròn', evidence: [] },
      },
      minutes,
    );
  }
  if (act === 'ask') {
    const remarks = [{ component: null, evidence: null, text: 'vì sao' }];
    return ledger.figure(
      id,
      someone(khcn, 'checker'),
      {
        type: 'figure.explanation-requested.v1',
        data: { request: name, ...about, remarks, lastDay },
      },
      minutes,
    );
  }
  if (act === 'dispute') {
    return ledger.figure(
      id,
      someone(lead, 'head'),
      {
        type: 'figure.disputed.v1',
        data: { dispute: name, ...about, reason: 'không đồng ý', evidence: [] },
      },
      minutes,
    );
  }
  return ledger.figure(
    id,
    someone('son_la.thanh_tra_tinh', 'inspector'),
    {
      type: 'correction.ordered.v1',
      data: { order: name, ...about, conclusion: paper, text: 'sửa', lastDay, finding: null },
    },
    minutes,
  );
}

function actOnPart(ledger: MadeUpLedger, choices: Choices, minutes: number): void {
  const { code, leads, participants } = choices.of(assigned.slice(1));
  const agency = choices.of(participants);
  const id = partId(code, agency);
  const part = ledger.parts.get(id);
  const present = part && presentVersion(part);
  const number = (part?.versions.length ?? 0) + 1;
  const officer = someone(agency, 'officer');
  if (present === undefined) {
    return handInPart(ledger, code, agency, number, change(ledger, choices), minutes);
  }
  const about = { version: present.statement.version, digest: present.digest };
  if (part?.status === 'submitted') {
    return ledger.part(
      id,
      someone(agency, 'head'),
      {
        type: 'contribution.endorsed.v1',
        data: {
          ...about,
          agency,
          responsibility: { text: 'đầy đủ', source },
          signature: { form: 'head', delegation: null },
        },
      },
      minutes,
    );
  }
  if (part?.status === 'endorsed') {
    const [lead = agency] = leads;
    return ledger.part(
      id,
      someone(lead, 'officer'),
      {
        type: 'contribution.accepted.v1',
        data: { ...about, note: null },
      },
      minutes,
    );
  }
  const statement = statementOf(ledger, code, agency, number, 'correction');
  const data = {
    ...statement,
    reason: 'sửa',
    replaces: about.version,
    outsideSource: null,
  };
  return ledger.part(id, officer, { type: 'contribution.corrected.v1', data }, minutes);
}

function handInPart(
  ledger: MadeUpLedger,
  code: IndicatorCode,
  agency: AgencyId,
  number: number,
  changed: Partial<Statement>,
  minutes: number,
): void {
  const statement = statementOf(ledger, code, agency, number, 'first', changed);
  const data = { ...statement, outsideSource: null };
  const officer = someone(agency, 'officer');
  ledger.part(partId(code, agency), officer, { type: 'contribution.submitted.v1', data }, minutes);
}

function actOnFile(ledger: MadeUpLedger, choices: Choices, minutes: number): void {
  const agency = choices.of([khcn, 'son_la.so_tc']);
  if (ledger.files.length < 2 || choices.below(2) === 0) {
    ledger.file(someone(agency, 'officer'), `file ${ledger.events.length}`);
    return;
  }
  const stream = `evidence-${bareHex(choices.of(ledger.files))}`;
  const actor = someone(khcn, 'operator');
  const fact =
    choices.below(3) === 0
      ? { type: 'evidence.integrity-failed.v1', data: { found: null, fault: 'missing' } }
      : { type: 'evidence.integrity-confirmed.v1', data: { sizeBytes: 1_001 } };
  ledger.record(stream, actor, fact, minutes);
}

function actOnRound(ledger: MadeUpLedger, choices: Choices, minutes: number): void {
  const { code, leads } = choices.of(assigned);
  const fact: RoundFact =
    choices.below(2) === 0
      ? {
          type: 'deadline.extended.v1',
          data: {
            scope: choices.of(['figure', 'contribution']),
            indicator: code,
            agency: choices.of([null, ...leads]),
            lastDay: day(`2027-01-${10 + choices.below(9)}`),
            reason: 'bão lũ',
            document: paper,
          },
        }
      : {
          type: 'due.decided.v1',
          data: {
            scope: 'figure',
            indicator: code,
            dateId: 'annex',
            lastDay: null,
            why: 'phụ lục',
            document: paper,
          },
        };
  ledger.record(roundStream, someone('son_la.ubnd_tinh', 'registrar'), fact, minutes);
}
