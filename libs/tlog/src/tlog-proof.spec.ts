import { describe, expect, test } from '@jest/globals';
import { formatCheckpoint } from './checkpoint.ts';
import { specKey, withOneBitFlipped } from './keys.contract.ts';
import { leafHash } from './merkle-tree.ts';
import { isQuorum, parsePolicy } from './policy.ts';
import type { Policy } from './policy.ts';
import { proveInclusion, treeRoot } from './proofs.ts';
import { textOf, utf8 } from './reading.ts';
import { formatSignedNote, formatVerifierKey } from './signed-note.ts';
import { TreeEdge, hashesFromTiles, tilePath } from './tiles.ts';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from './tlog-proof.ts';
import type { TlogProof } from './tlog-proof.ts';

const origin = 'ledger.invalid/tinh';
const log = specKey(origin, 1, 'ed25519');
const witnesses = [2, 3, 4].map((seed) => specKey(`witness.invalid/${seed}`, seed, 'cosignature'));
const keyTexts = witnesses.map(({ verifier }) => formatVerifierKey(verifier));
const policyText = `# two of three
log ${formatVerifierKey(log.verifier)} https://ledger.invalid/log

witness one ${keyTexts[0]} https://one.invalid
witness two ${keyTexts[1]}
witness three ${keyTexts[2]}
group province 2 one two three
quorum province
`;

function policyOf(text: string): Policy {
  const policy = parsePolicy(utf8(text));
  if (!policy.ok) throw new Error(policy.fault);
  return policy.value;
}

const entries = Array.from({ length: 300 }, (_, index) => utf8(`{"id":"${index}"}`));

async function proofOf(index: number, cosigners: readonly number[]): Promise<TlogProof> {
  const edge = new TreeEdge();
  const tiles = new Map<string, Uint8Array>();
  for (const entry of entries) {
    for (const { name, bytes } of edge.append(leafHash(entry))) tiles.set(tilePath(name), bytes);
  }
  for (const { name, bytes } of edge.partialTiles()) tiles.set(tilePath(name), bytes);
  const source = hashesFromTiles(300, async (name) => tiles.get(tilePath(name)) as Uint8Array);
  const root = await treeRoot(300, source);
  const text = formatCheckpoint({ origin, size: 300, root, extensions: [] });
  const signatures = [log.sign(text), ...cosigners.map((at) => witnesses[at]?.sign(text))];
  const checkpoint = formatSignedNote({ text, signatures: signatures as never });
  const hashes = await proveInclusion(index, 300, source);
  return { extra: undefined, index, hashes, checkpoint };
}

function faultsOf(proof: TlogProof, entry: Uint8Array, policy: Policy): string[] {
  return verifyTlogProof(proof, entry, policy).faults.map(({ fault }) => fault);
}

describe('a policy', () => {
  test('is read', () => {
    const policy = policyOf(policyText);
    expect(policy.log).toEqual(log.verifier);
    expect(policy.logUrl).toBe('https://ledger.invalid/log');
    expect(policy.witnesses.map(({ name, url }) => [name, url])).toEqual([
      ['one', 'https://one.invalid'],
      ['two', undefined],
      ['three', undefined],
    ]);
  });

  test('counts a quorum through groups', () => {
    const nested = policyText.replace(
      /group.*\nquorum.*\n/s,
      'group pair all one two\ngroup either any pair three\nquorum either\n',
    );
    const { quorum } = policyOf(nested);
    const cases = [[], ['one'], ['two'], ['one', 'two'], ['three'], ['one', 'three']];
    expect(cases.map((names) => isQuorum(quorum, new Set(names)))).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
    const none = policyOf(policyText.replace('quorum province', 'quorum none'));
    expect(isQuorum(none.quorum, new Set())).toBe(true);
    const single = policyOf(policyText.replace('quorum province', 'quorum two'));
    expect(isQuorum(single.quorum, new Set(['one']))).toBe(false);
  });

  test('counts a quorum through as many groups as a policy has room for', () => {
    let text = `log ${formatVerifierKey(log.verifier)}\nwitness a ${keyTexts[0]}\n`;
    let [name, count] = ['a', 0];
    for (; text.length < 65_500; count += 1) {
      text += `group ${count.toString(36)}g 1 ${name}\n`;
      name = `${count.toString(36)}g`;
    }
    const { quorum } = policyOf(`${text}quorum ${name}\n`);
    expect(count).toBeGreaterThan(3_500);
    expect(isQuorum(quorum, new Set(['a']))).toBe(true);
    expect(isQuorum(quorum, new Set(['b']))).toBe(false);
  });

  const [first] = keyTexts;
  test.each([
    ['no log', policyText.replace(/^log.*$/m, ''), 'no log'],
    [
      'two logs',
      policyText.replace(/^log.*$/m, (line) => `${line}\n${line}`),
      'line 3: a second log',
    ],
    [
      'a witness’s key for the log',
      policyText.replace(/^log \S+/m, `log ${first}`),
      'line 2: a log signs with a key of type 0x01',
    ],
    [
      'a log’s key for a witness',
      policyText.replace(first as string, formatVerifierKey(log.verifier)),
      'line 4: a witness signs with a key of type 0x04',
    ],
    [
      'a key under two names',
      policyText.replace(keyTexts[1] as string, first as string),
      'line 5: a key named twice',
    ],
    [
      'a name given twice',
      policyText.replace('witness two', 'witness one'),
      'line 5: the name "one" cannot be given',
    ],
    [
      'the name none',
      policyText.replaceAll('three', 'none'),
      'line 6: the name "none" cannot be given',
    ],
    [
      'a member not named above',
      policyText.replace('one two three\n', 'one two four\n'),
      'line 7: "four" is not named above',
    ],
    [
      'a member twice',
      policyText.replace('one two three\n', 'one two two\n'),
      'line 7: "two" is a member already',
    ],
    [
      'a member of two groups',
      policyText.replace('quorum', 'group more any one\nquorum'),
      'line 8: "one" is a member already',
    ],
    ['more than all', policyText.replace('province 2', 'province 4'), 'line 7: "4" of 3 members'],
    ['none of them', policyText.replace('province 2', 'province 0'), 'line 7: "0" of 3 members'],
    // Words that every object of the language answers to are no numbers.
    ...['constructor', 'toString', '__proto__', 'valueOf'].map(
      (word) =>
        [
          `${word} of them`,
          policyText.replace('province 2', `province ${word}`),
          `line 7: "${word}" of 3 members`,
        ] as const,
    ),
    [
      'a count with a leading zero',
      policyText.replace('province 2', 'province 02'),
      'line 7: "02" of 3 members',
    ],
    ['no quorum', policyText.replace(/^quorum.*$/m, ''), 'no quorum'],
    ['two quorums', `${policyText}quorum none\n`, 'line 9: a second quorum'],
    [
      'a word too many',
      policyText.replace('quorum province', 'quorum province two'),
      'line 8: quorum <name>|none',
    ],
    [
      'a log with too many words',
      policyText.replace('ledger.invalid/log', 'a b'),
      'line 2: log <key> [url]',
    ],
    [
      'a witness with too many words',
      policyText.replace('one.invalid', 'a b'),
      'line 4: witness <name> <key> [url]',
    ],
    [
      'a witness whose key is none',
      policyText.replace(keyTexts[2] as string, 'x'),
      'line 6: not <name>+<key ID>+<key>',
    ],
    [
      'a witness without a name',
      policyText.replace(/^witness one.*$/m, 'witness'),
      'line 4: the name "" cannot be given',
    ],
    [
      'a log whose key is none',
      policyText.replace(/^log \S+/m, 'log x'),
      'line 2: not <name>+<key ID>+<key>',
    ],
    [
      'a group of nobody',
      policyText.replace(' one two three', ''),
      'line 7: group <name> all|any|<k> <member>...',
    ],
    [
      'a group named as a witness',
      policyText.replace('group province', 'group one'),
      'line 7: the name "one" cannot be given',
    ],
    [
      'a quorum that is not named',
      policyText.replace('quorum province', 'quorum them'),
      'line 8: "them" is not named above',
    ],
    [
      'a quorum without a name',
      policyText.replace('quorum province', 'quorum'),
      'line 8: "" is not named above',
    ],
    ['an unknown word', `${policyText}also\n`, 'line 9: "also" is not known'],
  ])('with %s is malformed', (_, text, fault) => {
    expect(parsePolicy(utf8(text))).toEqual({ ok: false, fault });
  });

  test('that is too long, or not UTF-8, is malformed', () => {
    const long = utf8(`${policyText}#${'x'.repeat(65_536)}`);
    expect(parsePolicy(long)).toEqual({ ok: false, fault: 'longer than 65536 bytes' });
    const exact = utf8(`${policyText}#`.padEnd(65_536, 'x'));
    expect(parsePolicy(exact).ok).toBe(true);
    const broken = Uint8Array.of(0xff);
    expect(parsePolicy(broken)).toEqual({ ok: false, fault: 'not valid UTF-8' });
  });
});

describe('a .tlog-proof', () => {
  test('holds under its policy, for its entry and place', async () => {
    const policy = policyOf(policyText);
    const proof = await proofOf(217, [0, 2]);
    const verdict = verifyTlogProof(proof, entries[217] as Uint8Array, policy);
    expect(verdict.faults).toEqual([]);
    expect([...verdict.witnessed]).toEqual(['one', 'three']);
    expect(verdict.checkpoint?.size).toBe(300);
  });

  test('says all that is wrong', async () => {
    const policy = policyOf(policyText);
    const proof = await proofOf(217, [1]);
    const entry = entries[217] as Uint8Array;
    const bent = textOf(proof.checkpoint)?.replace('300', '301') ?? '';
    expect(faultsOf(proof, entry, policy)).toEqual(['quorum-missing']);
    expect(faultsOf({ ...proof, index: 216 }, entry, policy)).toEqual([
      'quorum-missing',
      'entry-not-included',
    ]);
    expect(faultsOf({ ...proof, checkpoint: utf8(bent) }, entry, policy)).toEqual([
      'log-signature-invalid',
      'witness-signature-invalid',
      'quorum-missing',
    ]);
    const other = policyOf(
      policyText.replace(
        /^log \S+/m,
        `log ${formatVerifierKey(specKey('x', 9, 'ed25519').verifier)}`,
      ),
    );
    expect(faultsOf(await proofOf(217, [0, 1]), entry, other)).toEqual([
      'origin-differs',
      'log-signature-missing',
    ]);
    expect(faultsOf({ ...proof, checkpoint: utf8('') }, entry, policy)).toEqual(['note-malformed']);
    const note = formatSignedNote({ text: 'x\n', signatures: [log.sign('x\n')] });
    expect(faultsOf({ ...proof, checkpoint: note }, entry, policy)).toEqual([
      'checkpoint-malformed',
    ]);
  });

  test('is read and written alike', async () => {
    const proof = await proofOf(5, [0]);
    for (const extra of [undefined, new Uint8Array(0), utf8('extra')]) {
      const parsed = parseTlogProof(formatTlogProof({ ...proof, extra }));
      expect(parsed.ok && formatTlogProof(parsed.value)).toEqual(
        formatTlogProof({ ...proof, extra }),
      );
      expect(parsed.ok && parsed.value.index).toBe(5);
    }
  });

  test('with any bit flipped no longer holds, or is the same proof', async () => {
    const policy = policyOf(policyText);
    const proof = formatTlogProof(await proofOf(217, [0, 1]));
    const entry = entries[217] as Uint8Array;
    for (const bytes of withOneBitFlipped(proof)) {
      const parsed = parseTlogProof(bytes);
      expect(parsed.ok && faultsOf(parsed.value, entry, policy).length === 0).toBe(false);
    }
    for (const bytes of withOneBitFlipped(entry)) {
      const parsed = parseTlogProof(proof);
      expect(parsed.ok && faultsOf(parsed.value, bytes, policy).length === 0).toBe(false);
    }
  });

  test.each([
    [
      'another header',
      (text: string) => text.replace('@v1', '@v2'),
      'the first line is not c2sp.org/tlog-proof@v1',
    ],
    ['no index', (text: string) => text.replace(/index \d+\n/, ''), 'no index'],
    [
      'an index with a leading zero',
      (text: string) => text.replace('index ', 'index 0'),
      'no index',
    ],
    [
      'an extra line after the index',
      (text: string) => text.replace(/(index \d+\n)/, '$1extra AA==\n'),
      'hash 0 is not one',
    ],
    [
      'two extra lines',
      (text: string) => text.replace('index', 'extra AA==\nextra AA==\nindex'),
      'no index',
    ],
    [
      'carriage returns',
      (text: string) => text.replaceAll('\n', '\r\n'),
      'no blank line before the checkpoint',
    ],
    [
      'too many hashes',
      (text: string) => text.replace('\n\n', `\n${`${'A'.repeat(43)}=\n`.repeat(60)}\n`),
      'more than 63 hashes',
    ],
    [
      'no blank line',
      (text: string) => text.split('\n\n')[0] as string,
      'no blank line before the checkpoint',
    ],
  ])('with %s is malformed', async (_, alter, fault) => {
    const text = textOf(formatTlogProof(await proofOf(5, [0]))) as string;
    expect(parseTlogProof(utf8(alter(text)))).toEqual({ ok: false, fault });
  });

  test('that is too long, or not UTF-8, is malformed', () => {
    const long = new Uint8Array(73_729);
    expect(parseTlogProof(long)).toEqual({ ok: false, fault: 'longer than 73728 bytes' });
    const broken = Uint8Array.of(0xff);
    expect(parseTlogProof(broken)).toEqual({ ok: false, fault: 'not valid UTF-8' });
  });
});

describe('the text of a .tlog-proof', () => {
  const note = formatSignedNote({ text: 'x\n', signatures: [log.sign('x\n')] });
  const hash = leafHash(utf8('a'));
  const hashLine = 'Aippeebat6pa5MPl5F9+l3ESp+Y1k4INvsHsc4ok+Tw=\n';
  const proof = { extra: undefined, index: 40, hashes: [hash, hash], checkpoint: note };
  const text = `c2sp.org/tlog-proof@v1\nindex 40\n${hashLine}${hashLine}\n${textOf(note) ?? ''}`;
  const faultOf = (altered: string) => {
    const parsed = parseTlogProof(utf8(altered));
    return parsed.ok ? undefined : parsed.fault;
  };

  test('is as the specification writes it', () => {
    expect(textOf(formatTlogProof(proof))).toBe(text);
    expect(parseTlogProof(utf8(text))).toEqual({ ok: true, value: proof });
    const extra = Uint8Array.of(0xff, 0);
    const withExtra = text.replace('index', 'extra /wA=\nindex');
    expect(textOf(formatTlogProof({ ...proof, extra }))).toBe(withExtra);
    expect(parseTlogProof(utf8(withExtra))).toEqual({ ok: true, value: { ...proof, extra } });
  });

  test('holds a checkpoint that is text', () => {
    const checkpoint = Uint8Array.of(0xff);
    expect(() => formatTlogProof({ ...proof, checkpoint })).toThrow('a checkpoint is valid UTF-8');
  });

  test('is at most so long', () => {
    const room = 73_728 - utf8(text).length;
    expect(faultOf(text + 'x'.repeat(room))).toBeUndefined();
    expect(faultOf(text + 'x'.repeat(room + 1))).toBe('longer than 73728 bytes');
  });

  test.each([
    [
      'nothing before the blank line',
      `\n\n${text}`,
      'the first line is not c2sp.org/tlog-proof@v1',
    ],
    ['nothing after the header', 'c2sp.org/tlog-proof@v1\n\nx\n', 'no index'],
    ['something before the index', text.replace('index', 'an index'), 'no index'],
    ['a return after the index', text.replace('40\n', '40\r\n'), 'no index'],
    ['a space after the index', text.replace('40\n', '40 \n'), 'no index'],
    [
      'an extra line of another spelling',
      text.replace('index', 'extra /wB=\nindex'),
      'the extra line is not canonical base64',
    ],
    ['a hash of 31 bytes', text.replace(hashLine, `${'A'.repeat(42)}==\n`), 'hash 0 is not one'],
    ['a second hash of none', text.replace(`${hashLine}\n`, 'x\n\n'), 'hash 1 is not one'],
  ])('has %s', (_, altered, fault) => {
    expect(faultOf(altered)).toBe(fault);
  });

  test('has at most 63 hashes', () => {
    const many = (count: number) => text.replace(hashLine, hashLine.repeat(count - 1));
    expect(faultOf(many(63))).toBeUndefined();
    expect(faultOf(many(64))).toBe('more than 63 hashes');
  });

  test('what is wrong is said with its particulars', () => {
    const policy = policyOf(policyText);
    const root = leafHash(utf8('a'));
    const checkpointText = formatCheckpoint({ origin: 'x', size: 1, root, extensions: [] });
    const signatures = [witnesses[0]?.sign(checkpointText) as never];
    const checkpoint = formatSignedNote({ text: checkpointText, signatures });
    const found = verifyTlogProof({ ...proof, checkpoint }, utf8('a'), policy);
    expect(found.faults).toEqual([
      { fault: 'origin-differs', detail: `x, not ${origin}` },
      { fault: 'log-signature-missing', detail: origin },
      { fault: 'quorum-missing', detail: '1 valid cosignatures' },
      { fault: 'entry-not-included', detail: 'not entry 40 of 1' },
    ]);
    const unread = verifyTlogProof({ ...proof, checkpoint: utf8('x') }, utf8('a'), policy);
    expect(unread).toEqual({
      faults: [{ fault: 'note-malformed', detail: 'no blank line before the signatures' }],
      checkpoint: undefined,
      note: undefined,
      witnessed: new Set(),
    });
  });
});
