import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openBenchLedger } from './bench-ledger.ts';
import { seconds, spreadOf } from './statistics.ts';
import type { Measured } from './statistics.ts';

const mebibyte = 1024 ** 2;
const fileBytes = 2 * 1024 * mebibyte;
const roundCount = 3;

/** A file of two gibibytes that looks like a PDF and is another one in each round. */
function* contentOf(turn: number): Generator<Buffer> {
  const head = Buffer.alloc(mebibyte, ' ');
  head.write(`%PDF-1.7\n%${turn}\n`);
  yield head;
  const rest = Buffer.alloc(mebibyte, 'minh chứng ');
  for (let sent = mebibyte; sent < fileBytes - mebibyte; sent += mebibyte) yield rest;
  const tail = Buffer.alloc(mebibyte, '\n');
  tail.write('%%EOF\n', mebibyte - 6);
  yield tail;
}

/** Upload of two gibibytes, and what the disk takes when the same bytes are hashed and written. */
export async function measureEvidence(): Promise<Measured[]> {
  const { ledger, tokens } = await openBenchLedger();
  const upload: number[] = [];
  const plain: number[] = [];
  const grown: number[] = [];
  const peaks: number[] = [];
  for (let turn = 0; turn < roundCount; turn += 1) {
    const hash = createHash('sha256');
    const file = await open(join(ledger.folder, 'plain'), 'w');
    const plainStarted = seconds();
    for (const piece of contentOf(turn)) {
      hash.update(piece);
      await file.write(piece);
    }
    await file.sync();
    plain.push(fileBytes / mebibyte / (seconds() - plainStarted));
    await file.close();

    const before = await peakMemory(ledger.processId);
    const started = seconds();
    await put(`${ledger.url}/api/v1/evidence/${hash.digest('hex')}/content`, tokens.officer, turn);
    upload.push(fileBytes / mebibyte / (seconds() - started));
    const peak = await peakMemory(ledger.processId, 'keep');
    peaks.push(peak);
    grown.push(peak - before);
  }
  return [
    { what: 'evidence upload of 2 GiB', unit: 'MiB/s', spread: spreadOf(upload) },
    { what: 'hashing and writing the same to a file', unit: 'MiB/s', spread: spreadOf(plain) },
    { what: 'memory of the server at its peak meanwhile', unit: 'MiB', spread: spreadOf(peaks) },
    { what: 'of which more than before the upload', unit: 'MiB', spread: spreadOf(grown) },
  ];
}

async function put(url: string, token: string, turn: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const sent = request(url, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/pdf',
        'content-length': fileBytes,
      },
    });
    sent.on('response', (answer) => {
      answer.resume();
      if (answer.statusCode === 201) resolve();
      else reject(new Error(`the upload was answered with ${answer.statusCode}`));
    });
    pipeline(Readable.from(contentOf(turn)), sent).catch(reject);
  });
}

/** Most memory the process ever held, in MiB; begins anew unless it is to be kept (proc(5)). */
async function peakMemory(processId: number, then: 'forget' | 'keep' = 'forget'): Promise<number> {
  if (then === 'forget') await writeFile(`/proc/${processId}/clear_refs`, '5');
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  return Number(/VmHWM:\s+([0-9]+) kB/.exec(status)?.[1]) / 1024;
}
