import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { document } from '../small-round.ts';
import { recorded } from '../ledger-under-test.ts';
import { lead, openBenchLedger, processorSeconds } from './bench-ledger.ts';
import { RawMinio } from './raw-minio.ts';
import { PlainUploads } from './plain-uploads.ts';
import { seconds, spreadOf } from './statistics.ts';
import type { Measured } from './statistics.ts';

const mebibyte = 1024 ** 2;
const roundCount = 3;

/** A file that looks like a PDF and is another one in each round. */
export type MadeUpFile = { readonly turn: number; readonly sizeBytes: number };

export function* contentOf({ turn, sizeBytes }: MadeUpFile): Generator<Buffer> {
  const head = Buffer.alloc(mebibyte, ' ');
  head.write(`%PDF-1.7\n%${turn}\n`);
  yield head;
  const rest = Buffer.alloc(mebibyte, 'minh chứng ');
  for (let sent = mebibyte; sent < sizeBytes - mebibyte; sent += mebibyte) yield rest;
  const tail = Buffer.alloc(mebibyte, '\n');
  tail.write('%%EOF\n', mebibyte - 6);
  yield tail;
}

/** Evidence into a folder, and into MinIO where one is named; a bucket of a day stays behind there. */
export async function measureEvidence(minioUrl: string | undefined): Promise<Measured[]> {
  const inFolder = await measureFolder();
  return minioUrl === undefined ? inFolder : [...inFolder, ...(await measureMinio(minioUrl))];
}

/**
 * Uploads of two gibibytes, turn by turn with what a bare node:http server takes that hashes and
 * writes the same stream, and with what the disk takes from one process without any network.
 */
async function measureFolder(): Promise<Measured[]> {
  const sizeBytes = 2 * 1024 * mebibyte;
  const { ledger, tokens } = await openBenchLedger();
  const plainUploads = await PlainUploads.start(ledger.folder);
  const upload: number[] = [];
  const bare: number[] = [];
  const plain: number[] = [];
  const costs: number[] = [];
  const bareCosts: number[] = [];
  const grown: number[] = [];
  const peaks: number[] = [];
  for (let turn = 0; turn < roundCount; turn += 1) {
    const file = { turn, sizeBytes };
    const disk = await hashAndWrite(file, join(ledger.folder, 'plain'));
    plain.push(disk.rate);
    const bareCost = await processorCost(plainUploads.processId, sizeBytes);
    bare.push(await put(plainUploads.url, file, 200));
    bareCosts.push(await bareCost());

    const before = await peakMemory(ledger.processId);
    const url = `${ledger.url}/api/v1/evidence/${disk.hex}/content`;
    const cost = await processorCost(ledger.processId, sizeBytes);
    upload.push(await put(url, file, 201, tokens.officer));
    costs.push(await cost());
    const peak = await peakMemory(ledger.processId, 'keep');
    peaks.push(peak);
    grown.push(peak - before);
  }
  return [
    { what: 'evidence upload of 2 GiB', unit: 'MiB/s', spread: spreadOf(upload) },
    { what: 'the same to a bare node:http server', unit: 'MiB/s', spread: spreadOf(bare) },
    { what: 'hashing and writing the same to a file', unit: 'MiB/s', spread: spreadOf(plain) },
    { what: 'processor time of the server for a GiB', unit: 's', spread: spreadOf(costs) },
    { what: 'and of the bare one', unit: 's', spread: spreadOf(bareCosts) },
    { what: 'memory of the server at its peak meanwhile', unit: 'MiB', spread: spreadOf(peaks) },
    { what: 'of which more than before the upload', unit: 'MiB', spread: spreadOf(grown) },
  ];
}

/**
 * Half a gibibyte handed in and deposited with MinIO behind the server, turn by turn with MinIO's
 * own client putting the same. An upload waits on the server's disk; the deposit is what puts it.
 */
async function measureMinio(minioUrl: string): Promise<Measured[]> {
  const sizeBytes = 512 * mebibyte;
  const minio = await RawMinio.connect(minioUrl);
  const { ledger, cast, tokens } = await openBenchLedger({ settings: minio.settings });
  const deposits: number[] = [];
  const both: number[] = [];
  const raw: number[] = [];
  const rate = (started: number) => sizeBytes / mebibyte / (seconds() - started);
  for (let turn = 0; turn < roundCount; turn += 1) {
    const file = { turn, sizeBytes };
    const { hex } = await hashAndWrite(file, '/dev/null');
    const rawStarted = seconds();
    await minio.put(`plain-${turn}`, Readable.from(contentOf(file)), sizeBytes);
    raw.push(rate(rawStarted));
    const started = seconds();
    await put(`${ledger.url}/api/v1/evidence/${hex}/content`, file, 201, tokens.officer);
    const depositStarted = seconds();
    const body = { document: document('report', `Báo cáo ${turn}`), depositedFor: lead };
    recorded(await cast.member('officer').post(`/evidence/${hex}/deposits`, body));
    deposits.push(rate(depositStarted));
    both.push(rate(started));
  }
  return [
    { what: 'deposit of 512 MiB into MinIO', unit: 'MiB/s', spread: spreadOf(deposits) },
    { what: 'with the upload before it', unit: 'MiB/s', spread: spreadOf(both) },
    { what: "the same by MinIO's own client", unit: 'MiB/s', spread: spreadOf(raw) },
  ];
}

/** What one process does without a network: the digest, and the rate until it is on the disk. */
async function hashAndWrite(
  content: MadeUpFile,
  path: string,
): Promise<{ readonly hex: string; readonly rate: number }> {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  const started = seconds();
  for (const piece of contentOf(content)) {
    hash.update(piece);
    await file.write(piece);
  }
  // A device has nothing to sync, and says so.
  if (path !== '/dev/null') await file.sync();
  const rate = content.sizeBytes / mebibyte / (seconds() - started);
  await file.close();
  return { hex: hash.digest('hex'), rate };
}

/** Sends the file and answers the rate, from the first byte to the answer that it is kept. */
async function put(
  url: string,
  file: MadeUpFile,
  expectedStatus: number,
  token = 'none',
): Promise<number> {
  const started = seconds();
  await new Promise<void>((resolve, reject) => {
    const sent = request(url, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/pdf',
        'content-length': file.sizeBytes,
      },
    });
    sent.on('response', (answer) => {
      answer.resume();
      if (answer.statusCode === expectedStatus) answer.once('end', resolve);
      else reject(new Error(`the upload was answered with ${answer.statusCode}`));
    });
    pipeline(Readable.from(contentOf(file)), sent).catch(reject);
  });
  return file.sizeBytes / mebibyte / (seconds() - started);
}

/** From now on: what the process takes for each GiB of so many bytes, other users aside. */
async function processorCost(processId: number, sizeBytes: number): Promise<() => Promise<number>> {
  const before = await processorSeconds(processId);
  return async () => ((await processorSeconds(processId)) - before) / (sizeBytes / 1024 ** 3);
}

/** Most memory the process ever held, in MiB; begins anew unless it is to be kept (proc(5)). */
async function peakMemory(processId: number, then: 'forget' | 'keep' = 'forget'): Promise<number> {
  if (then === 'forget') await writeFile(`/proc/${processId}/clear_refs`, '5');
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  return Number(/VmHWM:\s+([0-9]+) kB/.exec(status)?.[1]) / 1024;
}
