import { jsonText } from '#kernel';
import { parsePolicy } from '#tlog';
import type { Policy } from '#tlog';
import { exitCodeOf, verifyReceipt } from '#verification';
import type { ReceiptReport, Verdict } from '#verification';
import { readNamed, showFindings, showVerdict } from './judge-report.ts';
import type { Say, Terminal } from './terminal.ts';

export type VerifyOptions = {
  readonly entry: string;
  readonly policy: string;
  readonly json: boolean;
};

/** A policy that says nothing usable: whatever was to be judged cannot be. */
export class PolicyUnusable extends Error {
  readonly code = 'policy/unusable';
}

/** Throws FileUnreadable, PolicyUnusable. */
export async function readPolicy(file: string): Promise<Policy> {
  const policy = parsePolicy(await readNamed(file));
  if (!policy.ok) throw new PolicyUnusable(`${file} is not a policy: ${policy.fault}`);
  return policy.value;
}

/**
 * `ledger verify`: a receipt, offline. What is said of the act is read from the entry's own bytes, and
 * only once they were proven. Answers the exit code of CONTRACTS 6.
 */
export async function runVerify(
  terminal: Terminal,
  proofFile: string,
  options: VerifyOptions,
): Promise<0 | 1 | 2> {
  const policy = await readPolicy(options.policy);
  const [proof, entry] = await Promise.all([readNamed(proofFile), readNamed(options.entry)]);
  const report = verifyReceipt({ proof, entry, policy });
  if (options.json) terminal.line(jsonText(report, 2));
  else show(terminal, report);
  return exitCodeOf[report.verdict];
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
