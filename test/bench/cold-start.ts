import { parseCount } from '#kernel';
import { growTo, openBenchLedger } from './bench-ledger.ts';
import { numberText, seconds, spreadOf } from './statistics.ts';
import type { Measured } from './statistics.ts';

/** 251 events each: a hundred thousand in all unless told otherwise; 4,000 make a million. */
const copies = parseCount(process.env['LEDGER_TEST_BENCH_COPIES'] ?? '') ?? 400;
const roundCount = 3;

/** From the start of the program to the first answer that it is ready, with everything in place. */
export async function measureColdStart(): Promise<Measured[]> {
  const bench = await openBenchLedger({ lives: true });
  const { eventCount, caughtUpSeconds } = await growTo(bench, 0, copies);
  const starts: number[] = [];
  for (let turn = 0; turn < roundCount; turn += 1) {
    await bench.ledger.stop();
    const started = seconds();
    await bench.ledger.start();
    await bench.ledger.untilReady();
    starts.push(seconds() - started);
  }
  const events = numberText(eventCount);
  return [
    { what: `start with ${events} events, until ready`, unit: 's', spread: spreadOf(starts) },
    {
      what: 'catching up with events the read models had not seen',
      unit: 'events/s',
      spread: spreadOf([eventCount / caughtUpSeconds]),
    },
  ];
}
