import { base64, emptyRoot, formatVerifierKey } from '#tlog';
import { headsRoot, headsStream } from '#transparency';
import { keys } from './ledger.ts';
import type { VectorKey, VectorLedger } from './ledger.ts';
import { Story } from './story.ts';

/** A small log whose own writer broke a rule, and who signed its checkpoint; the second key, unless told. */
export type Broken = {
  readonly name: string;
  readonly entries: readonly Uint8Array[];
  readonly signers?: readonly VectorKey[];
  readonly policy?: string;
  readonly faults: readonly string[];
};

const keysStream = 'log-keys';
const [first, second] = [keys.first, keys.second].map(({ verifier }) =>
  formatVerifierKey(verifier),
);
const opening = { type: 'log.opened.v1', data: { origin: keys.first.verifier.name, key: first } };
const adding = { type: 'log.key-added.v1', data: { key: second } };
const retiring = { type: 'log.key-retired.v1', data: { key: first, reason: 'Thẻ hỏng' } };

type Fact = { readonly type: string; readonly data: Readonly<Record<string, unknown>> };
type Said = readonly (readonly [stream: string, fact: Fact])[];

/** The first entries of the vectors, under the first key, and what the machine says after them. */
function begun({ story: told }: VectorLedger, said: Said): Story {
  const story = new Story();
  for (const { entry } of told.told.slice(0, 3)) story.again(entry);
  for (const [stream, fact] of said) story.machine(stream, fact as never);
  return story;
}

/** Logs about whose keys something is said that cannot stand there, or whose checkpoint shows it. */
export function brokenKeys(ledger: VectorLedger): readonly Broken[] {
  const after = (name: string, said: Said, faults: readonly string[], more = {}): Broken => {
    const entries = begun(ledger, said).told.map(({ bytes }) => bytes);
    return { name, entries, faults, ...more };
  };
  const added = [keysStream, adding] as const;
  const event = ['log/keys-event'];
  const ofWitness = formatVerifierKey(keys.inspectorate.verifier);
  const lying: VectorKey = { ...keys.first, sign: () => keys.first.sign('another text\n') };
  const underFirst = { signers: [keys.first], policy: 'altered/policies/of-retired-key' };
  const both = { signers: [keys.first, keys.second] };
  return [
    after('both-keys-sign', [added], [], both),
    after('other-key-lies', [added], ['log/signature-invalid'], { signers: [lying, keys.second] }),
    after('retired-key-signs', [added, [keysStream, retiring]], ['log/signature-retired'], both),
    after('retired-key-lies', [added, [keysStream, retiring]], ['log/signature-retired'], {
      signers: [lying, keys.second],
    }),
    after('opened-twice', [added, [keysStream, opening]], event),
    after('key-added-again', [added, added], event),
    after(
      'key-added-after-retired',
      [added, [keysStream, retiring], [keysStream, { ...adding, data: { key: first } }]],
      event,
    ),
    after(
      'key-of-a-witness',
      [added, [keysStream, { ...adding, data: { key: ofWitness } }]],
      event,
    ),
    after('last-key-retired', [[keysStream, retiring]], event, underFirst),
    after(
      'unknown-key-retired',
      [[keysStream, { ...retiring, data: { key: second } }]],
      event,
      underFirst,
    ),
    after(
      'keys-other-type',
      [added, [keysStream, { type: 'log.key-lost.v1', data: { key: first } }]],
      event,
    ),
    after('key-added-elsewhere', [['log-notes', adding]], ['log/key-unrecorded', ...event]),
  ];
}

/** Records of heads that are none. */
export async function brokenHeads(ledger: VectorLedger): Promise<readonly Broken[]> {
  const added = [keysStream, adding] as const;
  const type = 'log.heads-recorded.v1';
  const story = begun(ledger, [added]);
  const size = story.told.length;
  const root = base64(await headsRoot(story.heads()));
  const broken = (name: string, stream: string, fact: Fact, faults = ['log/heads-event']) => {
    const entries = begun(ledger, [added, [stream, fact]]).told.map(({ bytes }) => bytes);
    return { name, entries, faults };
  };
  const nothing = { treeSize: 0, root: base64(emptyRoot) };
  return [
    broken('heads-right', headsStream, { type, data: { treeSize: size, root } }, []),
    broken('heads-elsewhere', 'log-notes', { type, data: { treeSize: size, root } }),
    broken('heads-of-nothing', headsStream, { type, data: nothing }),
    broken('heads-of-more', headsStream, { type, data: { treeSize: size + 1, root } }),
    broken('heads-size-in-text', headsStream, { type, data: { treeSize: String(size), root } }),
    broken('heads-without-root', headsStream, { type, data: { treeSize: size } }),
    broken('heads-other-type', headsStream, { type: 'log.heads-lost.v1', data: {} }),
  ];
}
