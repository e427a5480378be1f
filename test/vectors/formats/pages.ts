import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hex, idForms, roles } from '#kernel';
import { cosignedMessage, formatSignatureLine, formatVerifierKey, leafHash, textOf } from '#tlog';
import { readEventShapes, written } from '../../event-shapes.ts';
import { checkpointText, keys, policyText, proofOf, vectorLedger } from './ledger.ts';
import { cast, commitmentTo } from './story.ts';

export const pagesFolder = join(import.meta.dirname, '../../../docs/formats');
export const pageNames = [
  'README.md',
  'entry.md',
  'events.md',
  'findings.md',
  'log.md',
  'not-proven.md',
  'receipt.md',
  'shapes.md',
  'witness.md',
];

const block = /^```(\w+) id=([a-z0-9-]+)\n([^]*?)^```$/gm;

/** The blocks of a page that name themselves, by that name. */
export function blocksOf(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(pagesFolder, page), 'utf8');
  return new Map([...text.matchAll(block)].map(([, , id = '', body = '']) => [id, body]));
}

/** What every such block must hold, made by the library from the vectors and the code's own types. */
export async function examples(): Promise<ReadonlyMap<string, string>> {
  const ledger = await vectorLedger();
  const { story, tree, checkpoint, heads } = ledger;
  const told = story.told[1];
  if (told === undefined) throw new TypeError('the vectors tell nothing');
  const witness = keys.inspectorate;
  const text = checkpointText(tree);
  const note = textOf(checkpoint) as string;
  const [first, second] = heads.leaves.map((leaf) => textOf(leaf));
  const { treeSize, root } = story.told[heads.index]?.entry.data as Record<string, unknown>;
  const { salt, particulars } = cast.head;
  const lines: readonly (readonly [string, string])[] = [
    ['entry-1', textOf(told.bytes) as string],
    ['actor', `agency  ${idForms.agency}\nunit    ${idForms.unit}\nrole    ${roles.join('|')}`],
    ['digest-1', told.digest],
    ['leaf-hash-1', hex(leafHash(told.bytes))],
    ['receipt-0', (textOf(await proofOf(tree, 0, checkpoint)) as string).slice(0, -1)],
    ['witness-key', formatVerifierKey(witness.verifier)],
    ['cosigned-message', (textOf(cosignedMessage(1_783_000_000n, text)) as string).slice(0, -1)],
    ['cosignature-line', formatSignatureLine(witness.sign(text)).slice(0, -1)],
    ['policy', policyText(keys.second, 'hai_co_quan').slice(0, -1)],
    ['checkpoint', note.slice(0, -1)],
    ['log-key', formatVerifierKey(keys.second.verifier)],
    [
      'heads-leaves',
      `leaf 0      ${first}\nleaf 1      ${second}\nleaves      ${heads.leaves.length}\n` +
        `treeSize    ${String(treeSize)}\nroot        ${String(root)}`,
    ],
    [
      'commitment',
      `salt        ${salt}\nagency      ${particulars.agency}\nname        ${particulars.name}\n` +
        `position    ${particulars.position}\ncommitment  ${commitmentTo(cast.head)}`,
    ],
  ];
  const all = new Map(lines.map(([id, body]) => [id, `${body}\n`]));
  const { events, shapes } = readEventShapes();
  for (const [library, list] of events) {
    const body = list.map(({ type, data }) => `${written(type, data)}\n`).join('');
    all.set(`events-${library}`, body);
  }
  const body = [...shapes].map(([name, form]) => `${written(name, form)}\n`).join('');
  all.set('shapes', body);
  return all;
}

/** Puts what the library makes in place of what the pages say. */
export async function writePages(): Promise<void> {
  const made = await examples();
  for (const page of pageNames) {
    const file = join(pagesFolder, page);
    const text = readFileSync(file, 'utf8');
    const anew = text.replaceAll(block, (whole, language: string, id: string) => {
      const body = made.get(id);
      return body === undefined ? whole : `\`\`\`${language} id=${id}\n${body}\`\`\``;
    });
    writeFileSync(file, anew);
  }
}
