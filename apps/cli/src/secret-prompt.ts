import { createInterface } from 'node:readline';
import { text as readAll } from 'node:stream/consumers';
import { Writable } from 'node:stream';

/** What could not be asked for. */
export class SecretNotGiven extends Error {
  readonly code = 'secret/not-given';
}

/**
 * Asks for new secrets, each for what its label says: on a terminal twice and without showing them,
 * because a slip of the finger would lock somebody out; else one line of stdin each, in order.
 */
export async function askNewSecrets(labels: readonly string[]): Promise<string[]> {
  if (!process.stdin.isTTY) return askSecrets(labels);
  const secrets: string[] = [];
  for (const label of labels) {
    const secret = await askHidden(`${label} (15 to 128 characters)`);
    if ((await askHidden(`${label}, once more`)) !== secret) {
      throw new SecretNotGiven(`the two answers for "${label}" differ; nothing was done`);
    }
    secrets.push(secret);
  }
  return secrets;
}

/** Asks for secrets that exist: hidden on a terminal, else one line of stdin each, in order. */
export async function askSecrets(labels: readonly string[]): Promise<string[]> {
  if (process.stdin.isTTY) {
    const secrets: string[] = [];
    for (const label of labels) secrets.push(await askHidden(label));
    return secrets;
  }
  const lines = (await readAll(process.stdin)).split('\n').map((line) => line.replace(/\r$/, ''));
  return labels.map((label, index) => {
    const line = lines[index];
    if (line === undefined || line === '')
      throw new SecretNotGiven(`stdin has no line for: ${label}`);
    return line;
  });
}

async function askHidden(label: string): Promise<string> {
  process.stderr.write(`${label}: `);
  // The interface echoes what it reads into its output; a mute one keeps the secret off the screen.
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: mute, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('SIGINT', () => reject(new SecretNotGiven('interrupted')));
      lines.once('close', () => reject(new SecretNotGiven(`no answer for: ${label}`)));
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
