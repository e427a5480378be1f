import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { bareHex, digestOf } from '#kernel';
import type { StoredEvent } from '#event-store';
import { allItems, dataOf, recorded, runCommand, told, Visitor } from '../ledger-under-test.ts';
import type { Answer, LedgerUnderTest, Receipt } from '../ledger-under-test.ts';
import { faultsIn, readLog, unfounded } from '../recorded-log.ts';
import {
  correction,
  document,
  madeUpPdf,
  newSecret,
  openSmallRound,
  round,
  statement,
} from '../small-round.ts';
import type { SmallRound } from '../small-round.ts';

const leads = ['son_la.so_tc', 'son_la.so_nv', 'son_la.so_ct', 'son_la.so_yt'];

/** One act that a writer wants recorded, with the key it will keep until it is. */
type Intent = {
  readonly by: Visitor;
  readonly path: string;
  readonly body: unknown;
  readonly key: string;
  readonly ifMatch?: number;
  /** Handed in before the act, as often as the act is tried. */
  readonly file?: Uint8Array<ArrayBuffer>;
};

/** What somebody does, act after act, each on what the one before was answered. */
type Script = Generator<Intent, never, Receipt>;

type Writer = {
  readonly script: Script;
  intent: Intent;
  readonly receipts: Receipt[];
  /** How many of the receipts were looked up at the server after an earlier kill. */
  lookedUp: number;
  /** How many were found in the log after an earlier kill. */
  foundCount: number;
};

/**
 * Writers at one ledger who lose nothing of what they were told. Each has one act on the way, sent
 * with its key until it is recorded; whatever becomes of the server in between, every act must be
 * there once, as it was acknowledged (QUALITY R1).
 */
export class Writing {
  private readonly ledger: LedgerUnderTest;
  private readonly cast: SmallRound;
  private readonly figures: ReadonlyMap<string, Writer>;
  private readonly depositors: readonly Writer[];
  private readonly enrollers: readonly Writer[];
  private readonly writers: readonly Writer[];
  /** Codes that were issued anew, and the streams of the accounts that were activated. */
  private readonly issued: Receipt[] = [];
  private readonly activated: string[] = [];
  /** As it was found after the last kill. */
  private log: readonly StoredEvent[] = [];

  private constructor(ledger: LedgerUnderTest, cast: SmallRound, indicators: readonly Indicator[]) {
    this.ledger = ledger;
    this.cast = cast;
    this.figures = new Map(
      indicators.map(({ code, lead }) => [code, writer(this.figureLife(code, lead))]),
    );
    this.depositors = [0, 1].map((index) => writer(this.deposits(leads[index] ?? '')));
    this.enrollers = [2, 3].map((index) => writer(this.enrolments(leads[index] ?? '')));
    this.writers = [...this.figures.values(), ...this.depositors, ...this.enrollers];
  }

  /** Opens a round on an empty ledger: four of the writers keep files and people, the rest figures. */
  static async begin(ledger: LedgerUnderTest, writerCount = 16): Promise<Writing> {
    const indicators = Array.from({ length: writerCount - 4 }, (_, index) => ({
      code: `I.${index + 1}`,
      lead: leads[index % leads.length] ?? '',
    }));
    const cast = await openSmallRound(ledger, {
      indicators,
      offices: [
        ...leads.flatMap((agency) => [
          { login: `${agency}.officer`, agency, roles: ['officer'] as const },
          { login: `${agency}.head`, agency, roles: ['head'] as const },
        ]),
        { login: 'auditor', agency: 'son_la.thanh_tra_tinh', roles: ['auditor'] },
      ],
    });
    return new Writing(ledger, cast, indicators);
  }

  get writerCount(): number {
    return this.writers.length;
  }

  /** Somebody who may hand in files. */
  get officer(): Visitor {
    return this.cast.member(`${leads[0]}.officer`);
  }

  get receipts(): readonly Receipt[] {
    return this.writers.flatMap(({ receipts }) => receipts);
  }

  /**
   * All at once, act after act, each until its connection breaks; nobody may be refused anything.
   * `isEnding` tells from when on a broken connection is what was to be expected.
   */
  async untilGone(isEnding: () => boolean, onReceipt: () => void = () => undefined): Promise<void> {
    const write = async (one: Writer): Promise<void> => {
      for (;;) {
        const answer = await attempt(one.intent).catch((error: unknown) => {
          if (isEnding()) return undefined;
          throw error;
        });
        if (answer === undefined) return;
        goOn(one, recorded(answer));
        onReceipt();
      }
    };
    await Promise.all(this.writers.map(write));
  }

  /**
   * The same with a server that is asked to stop: a writer ends with a connection that is not taken
   * any more, or with the refusal that says so. A connection cut off amid an answer is neither.
   */
  async untilStopped(isEnding: () => boolean, onReceipt: () => void): Promise<void> {
    const write = async (one: Writer): Promise<void> => {
      for (;;) {
        const answer = await attempt(one.intent).catch((error: unknown) => {
          if (isEnding() && isNotTaken(error)) return undefined;
          throw error;
        });
        if (answer === undefined || (isEnding() && answer.code === 'request/stopping')) return;
        goOn(one, recorded(answer));
        onReceipt();
      }
    };
    await Promise.all(this.writers.map(write));
  }

  /**
   * Of a server that was killed: the log by itself, then the restart, then what everybody sees. What
   * earlier kills left is not read again each time but in one piece at the end; what the server
   * answers is compared whole, though.
   */
  async checkAfterKill(): Promise<void> {
    const log = [...this.log, ...(await readLog(this.ledger.folder, this.log.at(-1)?.position))];
    expect(faultsIn(log)).toStrictEqual([]);
    for (const one of this.writers) {
      expect(unfounded(one.receipts.slice(one.foundCount), log)).toStrictEqual([]);
      one.foundCount = one.receipts.length;
    }
    this.log = log;

    await this.ledger.start();
    const present = new Set(log.map(({ id }) => id));
    const repetitions = await Promise.all(this.writers.map(({ intent }) => attempt(intent)));
    for (const [index, answer] of repetitions.entries()) {
      const receipt = recorded(answer);
      // Recorded before the kill, it is the first receipt; otherwise it is recorded now.
      expect(receipt.repeated).toBe(present.has(receipt.eventId));
      const one = this.writers[index];
      if (one !== undefined) goOn(one, receipt);
    }
    await this.checkAnswers();
  }

  /** Of a server that was stopped: nothing that nobody was told of, and equal read models. */
  async checkAtTheEnd(): Promise<void> {
    const log = await readLog(this.ledger.folder);
    expect(faultsIn(log)).toStrictEqual([]);
    const { receipts } = this;
    expect(unfounded(receipts, log)).toStrictEqual([]);
    // Every try ended in exactly one receipt.
    const known = new Set([...receipts, ...this.issued].map(({ eventId }) => eventId));
    expect(known.size).toBe(receipts.length + this.issued.length);
    const streams = new Set(receipts.map(({ stream }) => stream));
    const theirs = log.filter(({ stream }) => streams.has(stream));
    // An activation is answered without a receipt: one in each account that was activated.
    const others = theirs.filter(({ id }) => !known.has(id));
    expect(others.map(({ stream, type }) => [stream, type])).toStrictEqual(
      this.activated.map((stream) => [stream, 'activation.used.v1']),
    );

    const rebuilt = await runCommand(['rebuild', '--data', this.ledger.folder]);
    expect([rebuilt.exitCode, rebuilt.stderr]).toStrictEqual([0, '']);

    // The log, and the event store and read models beside it, before the judge.
    const judged = await runCommand(['fsck', this.ledger.folder, '--json']);
    const report = JSON.parse(judged.stdout) as {
      verdict: string;
      entries: number;
      findings: { code: string }[];
    };
    expect([judged.exitCode, report.verdict]).toStrictEqual([0, 'sound-unanchored']);
    // A crash may leave tiles beyond the head, and what was recorded last waits for the next start.
    const behind = report.findings.filter(({ code }) => code === 'store/behind-head').length;
    expect(report.entries + behind).toBe(log.length);
  }

  /** What the restarted server answers is what was acknowledged before. */
  private async checkAnswers(): Promise<void> {
    const auditor = this.cast.member('auditor');
    const checkFigure = async ([code, { receipts }]: [string, Writer]) => {
      const path = `/figures/${round}.${code}`;
      const items = await allItems<Pick<Receipt, 'stream' | 'revision' | 'digest'>>(
        auditor,
        `${path}/history`,
      );
      const own = items.filter(({ stream }) => stream === `figure-${round}.${code}`);
      const pick = (one: Pick<Receipt, 'revision' | 'digest'>) => [one.revision, one.digest];
      expect(own.map(pick)).toStrictEqual(receipts.map(pick));
      const { revision } = dataOf<{ revision: number }>(await auditor.get(path));
      expect(revision).toBe(receipts.at(-1)?.revision);
    };
    await Promise.all([...this.figures].map(checkFigure));
    for (const { receipts } of this.depositors) {
      const hex = receipts.at(-1)?.stream.replace('evidence-', '') ?? '';
      const { status, text } = await auditor.get(`/evidence/${hex}/content`);
      expect([status, bareHex(digestOf(text))]).toStrictEqual([200, hex]);
    }
    for (const enroller of this.enrollers) await this.checkAccounts(enroller);
  }

  /** The register is another store than the events: whoever is enrolled has a name and may sign in. */
  private async checkAccounts(enroller: Writer): Promise<void> {
    const { receipts, lookedUp } = enroller;
    // Those from before were looked up after the kill that might have taken them.
    enroller.lookedUp = receipts.length;
    for (const receipt of receipts.slice(lookedUp)) {
      const answer = await this.cast.registrar.get(`/people/${String(receipt['person'])}`);
      expect(told(answer)).toStrictEqual([200, null]);
    }
    // The newest one: each kill is followed by at least one enrolment of every enroller.
    const last = receipts.at(-1);
    const reissued = async () => {
      const path = `/people/${String(last?.['person'])}`;
      const { revision } = dataOf<{ revision: number }>(await this.cast.registrar.get(path));
      const body = { reason: 'Thư có mã kích hoạt bị thất lạc.' };
      const options = { ifMatch: revision };
      const answer = await this.cast.registrar.post(`${path}/activation-codes`, body, options);
      const issued = recorded(answer);
      this.issued.push(issued);
      return issued['activationCode'];
    };
    // A repeated answer holds no code: the first one had it, and died with the connection.
    const code = last?.['activationCode'] ?? (await reissued());
    const secret = newSecret();
    const activated = await new Visitor(this.ledger).post('/activations', { code, secret });
    expect(told(activated)).toStrictEqual([204, null]);
    if (last !== undefined) this.activated.push(last.stream);
  }

  /** Handed in, corrected twice, endorsed, withdrawn, and from the beginning. */
  private *figureLife(code: string, lead: string): Script {
    const path = `/figures/${round}.${code}`;
    const officer = this.cast.member(`${lead}.officer`);
    const head = this.cast.member(`${lead}.head`);
    let revision: number | undefined;
    for (let version = 3; ; version += 3) {
      ({ revision } = yield act(
        officer,
        `${path}/submissions`,
        statement(`${version}.0`),
        revision,
      ));
      for (const digit of ['1', '2']) {
        const body = correction(`${version}.${digit}`);
        ({ revision } = yield act(officer, `${path}/corrections`, body, revision));
      }
      ({ revision } = yield act(head, `${path}/endorsements`, { version }, revision));
      const withdrawal = { version, reason: 'Rút để nộp lại.' };
      ({ revision } = yield act(head, `${path}/withdrawals`, withdrawal, revision));
    }
  }

  /** One file after the other: bytes in the blob store, their deposit among the events. */
  private *deposits(agency: string): Script {
    const officer = this.cast.member(`${agency}.officer`);
    for (let count = 1; ; count += 1) {
      const file = madeUpPdf(`${agency} ${count}`);
      const path = `/evidence/${bareHex(digestOf(file))}/deposits`;
      const body = { document: document('report', `Báo cáo ${count}`), depositedFor: agency };
      yield { ...act(officer, path, body), file };
    }
  }

  /** One person after the other: a name in the register, the commitment to it among the events. */
  private *enrolments(agency: string): Script {
    for (let count = 1; ; count += 1) {
      const login = `${agency}.${count}`;
      yield act(this.cast.registrar, '/people', {
        login,
        agency,
        name: login,
        position: 'Chuyên viên',
      });
    }
  }
}

type Indicator = { readonly code: string; readonly lead: string };

/** Refused by the machine, an idle connection closed before the request was on it, or gone. */
function isNotTaken(error: unknown): boolean {
  // By its name: the runner's own TypeError is another class than the one that fetch throws.
  const { name, cause } = error as Error & { readonly cause?: { readonly code?: string } };
  const codes = ['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE'];
  return name === 'TypeError' && (cause === undefined || codes.includes(cause.code ?? ''));
}

async function attempt({ by, path, body, key, ifMatch, file }: Intent): Promise<Answer> {
  if (file !== undefined) {
    const put = await by.put(`${path.replace(/deposits$/, 'content')}`, file, 'application/pdf');
    if (put.code === 'request/stopping') return put;
    expect([200, 201]).toContain(put.status);
  }
  return by.post(path, body, { key, ...(ifMatch !== undefined && { ifMatch }) });
}

function writer(script: Script): Writer {
  return { script, intent: script.next().value, receipts: [], lookedUp: 0, foundCount: 0 };
}

function goOn(one: Writer, receipt: Receipt): void {
  one.receipts.push(receipt);
  one.intent = one.script.next(receipt).value;
}

function act(by: Visitor, path: string, body: unknown, ifMatch?: number): Intent {
  return { by, path, body, key: randomUUID(), ...(ifMatch !== undefined && { ifMatch }) };
}
