import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { jsonText } from '#kernel';
import { formatVerifierKey, utf8 } from '#tlog';
import { keys, origin, policyText, vectorLedger } from './ledger.ts';
import { logVectors } from './logs.ts';
import { headProofs, headsVectors, receiptVectors } from './receipts.ts';
import { cast, commitmentTo } from './story.ts';

/**
 * Every file of these vectors but this program's own: made from fixed keys and times, so the same on
 * each machine. `node --conditions=ledger-source test/vectors/formats/make.ts` writes them anew;
 * test/formats.spec.ts finds any byte that differs.
 */
export async function allFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const ledger = await vectorLedger();
  const receipts = await receiptVectors(ledger);
  const logs = await logVectors(ledger);
  const heads = await headsVectors(ledger);
  const index = {
    made: 'by this project (test/vectors/formats/make.ts), from docs/formats',
    origin,
    keys: Object.fromEntries(
      Object.entries(keys).map(([name, { verifier }]) => [name, formatVerifierKey(verifier)]),
    ),
    receipts: receipts.cases,
    logs: logs.cases,
    heads: heads.cases,
    headProofs: await headProofs(ledger),
    commitments: commitments(),
  };
  const files = new Map([...receipts.files, ...logs.files, ...heads.files]);
  files.set('policy', utf8(policyText(keys.second, 'hai_co_quan')));
  files.set('log.vkey', utf8(`${formatVerifierKey(keys.second.verifier)}\n`));
  files.set('index.json', utf8(`${jsonText(index, 2)}\n`));
  return files;
}

/** Names under salted commitments: the true one, and what somebody might put in its place. */
function commitments() {
  const { head, deputy } = cast;
  const commitment = commitmentTo(head);
  const { salt, particulars } = head;
  const nfd = { ...particulars, name: particulars.name.normalize('NFD') };
  return [
    { commitment, salt, particulars, holds: true },
    { commitment, salt, particulars: deputy.particulars, holds: false },
    { commitment, salt: deputy.salt, particulars, holds: false },
    { commitment, salt, particulars: nfd, holds: false },
  ];
}

if (import.meta.main) {
  const here = import.meta.dirname;
  for (const folder of ['ledger', 'receipts', 'heads', 'altered']) {
    rmSync(join(here, folder), { recursive: true, force: true });
  }
  for (const [path, bytes] of await allFiles()) {
    mkdirSync(dirname(join(here, path)), { recursive: true });
    writeFileSync(join(here, path), bytes);
  }
}
