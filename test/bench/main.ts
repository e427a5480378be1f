import { endAll } from './endings.ts';
import { measureAsOf } from './as-of.ts';
import { measureColdStart } from './cold-start.ts';
import { measureEventStore } from './event-store.ts';
import { measureEvidence } from './evidence.ts';
import { measureLog } from './log.ts';
import { loadText, printMachine } from './machine.ts';
import { measurePublishing } from './publishing.ts';
import { measureRebuild } from './rebuilding.ts';
import { measureSubmissions } from './submissions.ts';
import { printMeasured, seconds } from './statistics.ts';
import type { Measured } from './statistics.ts';

/**
 * `npm run bench [-- part …]`: how fast the ledger is on this machine, and beside it what would be
 * picked instead. Each figure is the median of several rounds, with the least and the greatest.
 */
const postgresUrl = process.env['LEDGER_TEST_POSTGRES_URL'];
const parts: Readonly<Record<string, () => Promise<Measured[]>>> = {
  submissions: () => measureSubmissions(postgresUrl),
  'event-store': measureEventStore,
  rebuild: () => measureRebuild(postgresUrl),
  evidence: () => measureEvidence(process.env['LEDGER_TEST_MINIO_URL']),
  'as-of': measureAsOf,
  log: () => measureLog(process.env['LEDGER_TEST_GO_JUDGES']),
  publishing: measurePublishing,
  'cold-start': measureColdStart,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  const known = Object.keys(parts).join(', ');
  process.stderr.write(`There is no part "${unknown.join('", "')}"; there are ${known}.\n`);
  process.exit(1);
}
await printMachine(postgresUrl);
for (const [name, measure] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = seconds();
  const rows = await measure().finally(endAll);
  process.stdout.write(`\n${name} (${Math.round(seconds() - started)} s; ${loadText()})\n`);
  printMeasured(rows);
}
