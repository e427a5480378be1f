import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { HistoryItem } from '#read-models/node';
import { parsePolicy } from '#tlog';
import { verifyReceipt } from '#verification';
import type { Stage } from './demo-lives.ts';
import type { LedgerClient } from './ledger-client.ts';
import type { Terminal } from './terminal.ts';

/** What `GET /receipts/{eventId}` answers, as far as a file is made of it. */
type ReceiptRead = {
  readonly event: { readonly stream: string; readonly revision: number; readonly type: string };
  readonly digest: string;
  readonly leafIndex: number;
  readonly entry: string;
  readonly proof: string | null;
  readonly key: string;
  readonly policy: string;
};

/** A checkpoint is published within two seconds of an act; much later something is wrong. */
const patienceMs = 30_000;
const askAgainMs = 100;

/**
 * The endorsement of I.4, handed to the agency that endorsed it by its own head: everything that is
 * needed to prove it to somebody who does not trust the ledger, and nothing else.
 */
export async function handReceipt(stage: Stage, folder: string): Promise<void> {
  const { client } = stage.cast.player('financeHead');
  const path = `/figures/${stage.round}.I.4/history?order=newest&limit=50`;
  const { items } = await client.get<{ items: readonly HistoryItem[] }>(path);
  const endorsed = items.find(({ type }) => type === 'figure.endorsed.v1');
  if (endorsed === undefined) throw new Error('I.4 was never endorsed');
  const receipt = await provenReceipt(client, endorsed.eventId);
  const place = join(folder, 'receipts');
  await mkdir(place, { mode: 0o700 });
  const files = {
    'receipt.tlog-proof': receipt.proof,
    'entry.json': receipt.entry,
    policy: receipt.policy,
    'log.vkey': `${receipt.key}\n`,
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(place, name), content, { flag: 'wx', mode: 0o600 });
  }
  const { stream, revision } = receipt.event;
  stage.terminal.heading({ vi: 'Biên nhận của cơ quan', en: "An agency's receipt" });
  stage.terminal.done({
    vi: `${stream} số ${revision}, mục #${receipt.leafIndex} của nhật ký: ${receipt.digest}`,
    en: `${stream} revision ${revision}, entry #${receipt.leafIndex} of the log: ${receipt.digest}`,
  });
}

async function provenReceipt(client: LedgerClient, eventId: string) {
  const until = performance.now() + patienceMs;
  for (;;) {
    const { data } = await client.get<{ data: ReceiptRead }>(`/receipts/${eventId}`);
    const { proof } = data;
    if (proof !== null) return { ...data, proof };
    if (performance.now() > until) throw new Error('no checkpoint covers the act');
    await pause(askAgainMs);
  }
}

/**
 * Holds the files against each other with nothing but what lies in the folder: the server has
 * stopped. Whoever does this in earnest has the policy from elsewhere and from before.
 */
export async function checkReceipt(terminal: Terminal, folder: string): Promise<void> {
  const place = join(folder, 'receipts');
  const [proofFile, entry, policyFile] = await Promise.all(
    ['receipt.tlog-proof', 'entry.json', 'policy'].map((name) => readFile(join(place, name))),
  );
  if (proofFile === undefined || entry === undefined || policyFile === undefined) {
    throw new TypeError('three files were read');
  }
  const policy = parsePolicy(policyFile);
  if (!policy.ok) throw new Error(`the policy cannot be read: ${policy.fault}`);
  const report = verifyReceipt({ proof: proofFile, entry, policy: policy.value });
  if (report.verdict !== 'sound' || report.facts === undefined) {
    const codes = report.findings.map(({ code }) => code).join(', ');
    throw new Error(`the receipt does not hold: ${codes}`);
  }
  const { index, size } = report.facts;
  terminal.done({
    vi: `Kiểm tra ngoại tuyến, máy chủ đã dừng: mục ${index} nằm trong ${size} mục đã ký`,
    en: `checked offline, the server stopped: entry ${index} is among the ${size} signed ones`,
  });
  terminal.line(terminal.text({ vi: '  Tự kiểm tra:', en: '  To check it yourself:' }));
  const at = (name: string) => join(place, name);
  terminal.line(`  npm run --silent ledger -- verify ${at('receipt.tlog-proof')} \\`);
  terminal.line(`    --entry ${at('entry.json')} --policy ${at('policy')}`);
  terminal.line(terminal.text({ vi: '  Và cả nhật ký:', en: '  And the whole log:' }));
  terminal.line(`  npm run --silent ledger -- fsck ${folder} --key ${at('log.vkey')}`);
}
