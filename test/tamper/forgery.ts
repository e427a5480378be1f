import { canonicalJson, entryBytes } from '#kernel';
import type { Entry } from '#kernel';
import { formatCheckpoint, formatSignedNote, parseSignatureLine, parseSignedNote } from '#tlog';
import { utf8 } from '#tlog';
import type { NoteSignature, SignedNote } from '#tlog';
import type { LogSigner } from '#transparency';
import { origin } from '../../libs/transparency/src/made-up-log.contract.ts';
import type { SpecWitness } from '../../libs/transparency/src/made-up-witness.contract.ts';
import { treeOf } from '../vectors/formats/ledger.ts';
import type { Tree } from '../vectors/formats/ledger.ts';
import type { WholeLedger } from './small-ledger.ts';

/** What somebody does who can write to every disk, and knows all the formats. */

export const bytesOf = (entries: readonly Entry[]) => entries.map(entryBytes);

export function textOfTree({ size, root }: Tree): string {
  return formatCheckpoint({ origin, size, root, extensions: [] });
}

/** A checkpoint over a tree under whatever signatures there are. */
export function noteOver(tree: Tree, signatures: readonly NoteSignature[]): Uint8Array {
  return formatSignedNote({ text: textOfTree(tree), signatures });
}

export async function signed(
  tree: Tree,
  signers: readonly LogSigner[],
  witnesses: readonly SpecWitness[] = [],
): Promise<Uint8Array> {
  const text = textOfTree(tree);
  const own = signers.map(async (signer) => {
    const { name, keyId } = signer.key;
    return { name, keyId, signature: await signer.sign(utf8(text)) };
  });
  const cosigned = witnesses.map((witness) => {
    const line = parseSignatureLine(witness.lineOver(text));
    if (!line.ok) throw new TypeError(line.fault);
    return line.value;
  });
  return noteOver(tree, [...(await Promise.all(own)), ...cosigned]);
}

export function noteOf(checkpoint: Uint8Array): SignedNote {
  const note = parseSignedNote(checkpoint);
  if (!note.ok) throw new TypeError(note.fault);
  return note.value;
}

/** Bundles and tiles made anew, as whoever has no key can make them, under a checkpoint. */
export function withTree(
  ledger: WholeLedger,
  { objects }: Tree,
  checkpoint: Uint8Array,
): WholeLedger {
  return { ...ledger, objects: new Map([...objects, ['checkpoint', checkpoint]]) };
}

export function rebuilt(entries: readonly Uint8Array[]): Tree {
  return treeOf(entries);
}

/** The log holds what the key's holder and all witnesses signed; only its entries can be wrong. */
export async function asSigned(
  ledger: WholeLedger,
  entries: readonly Uint8Array[],
  signer: LogSigner,
): Promise<WholeLedger> {
  const tree = treeOf(entries);
  return withTree(ledger, tree, await signed(tree, [signer], ledger.witnesses));
}

/** The leaf index of the first entry of a type, with its stream and revision. */
export function placeOf({ entries }: WholeLedger, type: string, from = 0) {
  const index = entries.findIndex((entry, at) => entry.type === type && at >= from);
  if (index < 0) throw new TypeError(`no entry of type ${type}`);
  const { stream, revision } = entries[index] as Entry;
  return { index, stream, revision };
}

/** An entry with something changed in it, in canonical form. */
export function changed(entry: Entry, data: Readonly<Record<string, unknown>>): Entry {
  const copy = JSON.parse(canonicalJson(entry)) as Entry;
  return { ...copy, data: { ...(copy.data as object), ...data } };
}
