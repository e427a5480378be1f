import { createInterface } from 'node:readline';
import { text as readAll } from 'node:stream/consumers';
import { Writable } from 'node:stream';

/** What could not be asked for. */
export class SecretNotGiven extends Error {
  readonly code = 'secret/not-given';
}

/** Asks for secrets: on a terminal without showing them, else one line of stdin each, in order. */
export async function askSecrets(labels: readonly string[]): Promise<string[]> {
  if (process.stdin.isTTY) {
    const secrets: string[] = [];
    for (const label of labels) secrets.push(await askHidden(label));
    return secrets;
  }
  const lines = (await readAll(process.stdin)).split('\n').map((line) => line.replace(/\r$/, ''));
  return labels.map((label, index) => {
    const line = lines[index];
    if (line === undefined || line === '') throw new SecretNotGiven(`stdin has no line for: ${label}`);
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
