import { textOf } from '#tlog';
import { exitCodeOf, verifyReceipt } from '#verification';
import type { ReceiptReport, Verdict } from '#verification';
import { FileUnreadable, readFilled, readFurtherKeys, readPolicy } from './judge-files.ts';
import { showFindings, showVerdict } from './judge-report.ts';
import type { Say, Terminal } from './terminal.ts';

export type VerifyOptions = {
  readonly entry: string;
  readonly policy: string;
  /** Verifier keys of the same log, or files that hold one. */
  readonly furtherKey: readonly string[];
  readonly json: boolean;
};

/**
 * `ledger verify`: a receipt, offline. What is said of the act is read from the entry's own bytes, and
 * only once they were proven. Answers the exit code of CONTRACTS 6. Throws FileUnreadable,
 * PolicyUnusable.
 */
export async function runVerify(
  terminal: Terminal,
  proofFile: string,
  options: VerifyOptions,
): Promise<0 | 1 | 2> {
  const policy = await readPolicy(options.policy);
  const furtherKeys = await readFurtherKeys(options.furtherKey, policy);
  const [proof, entry] = await Promise.all([readFilled(proofFile), readFilled(options.entry)]);
  if (isReceipt(entry) && !isReceipt(proof)) {
    throw new FileUnreadable(
      `${options.entry} is a receipt and ${proofFile} is none: name the receipt first, ` +
        'and the entry (entry.json) behind --entry',
    );
  }
  const report = verifyReceipt({ proof, entry, policy, furtherKeys });
  if (options.json) terminal.json(report);
  else show(terminal, report);
  return exitCodeOf[report.verdict];
}

/** By its first words; whether it is a sound one is for the judge to say. */
function isReceipt(bytes: Uint8Array): boolean {
  return textOf(bytes.subarray(0, 20)) === 'c2sp.org/tlog-proof@';
}

const provenSay: Say = {
  vi: 'ĐÚNG: biên nhận chứng minh được bản ghi',
  en: 'SOUND: the receipt proves the entry',
};

const verdictSays: Readonly<Record<Verdict, Say>> = {
  sound: provenSay,
  'sound-unanchored': provenSay,
  unsound: {
    vi: 'SAI: biên nhận không chứng minh được bản ghi',
    en: 'UNSOUND: the receipt does not prove the entry',
  },
  unknown: { vi: 'CHƯA KẾT LUẬN ĐƯỢC', en: 'COULD NOT TELL' },
};

function show(terminal: Terminal, { verdict, findings, facts }: ReceiptReport): void {
  showVerdict(terminal, verdict, verdictSays);
  showFindings(terminal, findings);
  if (verdict !== 'sound' || facts === undefined) return;
  const { actor } = facts;
  const rows: readonly (readonly [Say, string])[] = [
    [{ vi: 'hành vi', en: 'act' }, facts.type],
    [{ vi: 'luồng', en: 'stream' }, `${facts.stream}, ${facts.revision}`],
    [{ vi: 'ghi lúc', en: 'recorded at' }, facts.recordedAt],
    [{ vi: 'cơ quan', en: 'agency' }, `${actor.agency} (${actor.unit})`],
    [{ vi: 'người', en: 'person' }, `${actor.person}, ${actor.role}`],
    ...(actor.actingFor === null
      ? []
      : [[{ vi: 'thay cho', en: 'acting for' }, actor.actingFor] as const]),
    [{ vi: 'mã băm', en: 'digest' }, facts.digest],
    [{ vi: 'vị trí', en: 'position' }, `${facts.index} / ${facts.size}`],
    [{ vi: 'nhật ký', en: 'log' }, facts.origin],
    ...facts.witnesses.map(
      ({ name, time }) => [{ vi: 'chứng kiến', en: 'witness' }, `${name}, ${time}`] as const,
    ),
  ];
  for (const [label, value] of rows) {
    terminal.line(`  ${terminal.text(label).padEnd(12)} ${value}`);
  }
}
