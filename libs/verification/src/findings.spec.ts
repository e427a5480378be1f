import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { exitCodeOf, finding, FindingList } from './findings.ts';
import { findingTexts } from './finding-texts.ts';
import type { FindingCode } from './finding-texts.ts';

const codes = Object.keys(findingTexts) as FindingCode[];
/** Those of the event store and the read models are found by `ledger fsck` itself. */
const judged = codes.filter((code) => !code.startsWith('store/'));

describe('the catalogue', () => {
  test('says each thing in a sentence of either language', () => {
    for (const code of codes) {
      const { severity, en, vi } = findingTexts[code];
      expect(code).toMatch(/^(log|entry|receipt|store|evidence|register)\/[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(['fault', 'unknown', 'note']).toContain(severity);
      expect([code, en]).toEqual([code, expect.stringMatching(/^[A-Z].{12,}\.$/s)]);
      expect([code, vi]).toEqual([code, expect.stringMatching(/^\p{Lu}.{12,}\.$/su)]);
      expect(vi.normalize('NFC')).toBe(vi);
      expect(finding(code)).toEqual({ code, severity, say: { en, vi } });
    }
  });

  test('what is no fault is on this list', () => {
    const of = (severity: string) =>
      judged.filter((code) => findingTexts[code].severity === severity);
    expect(of('unknown')).toEqual([
      'log/checkpoint-missing',
      'log/earlier-unusable',
      'log/entries-unread',
      'log/nothing-there',
      'log/unreachable',
      'log/entries-closed',
      'log/keys-unread',
      'log/heads-too-old',
      'evidence/store-unusable',
      'register/unusable',
    ]);
    expect(of('note')).toEqual([
      'log/signature-unknown',
      'log/extension-line',
      'log/file-unknown',
      'log/beyond-head',
      'log/head-tiles-only',
      'receipt/extension-line',
      'evidence/laid-over',
      'evidence/unnamed',
      'register/shown-outdated',
      'register/unsettled',
      'register/behind-log',
      'register/contact-erased',
      'register/contact-kept',
    ]);
  });

  test('each code of the judge is found by a spec', () => {
    const specs = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.spec.ts'));
    const texts = specs
      .filter((name) => name !== 'findings.spec.ts')
      .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
      .join('\n');
    const unseen = judged.filter((code) => {
      const [context = '', word = ''] = code.split('/');
      // The reader's kinds of fault stand without their context in a table.
      return !texts.includes(code) && !(context === 'entry' && texts.includes(`'${word}'`));
    });
    expect(unseen).toEqual([]);
  });
});

describe('a list of findings', () => {
  test('keeps what was found, in order, with its place', () => {
    const list = new FindingList();
    list.add('log/file-unknown', { path: 'tile/x' });
    list.add('log/quorum-missing');
    list.take(finding('entry/shape', { index: 3 }));
    expect(list.findings).toEqual([
      finding('log/file-unknown', { path: 'tile/x' }),
      finding('log/quorum-missing'),
      finding('entry/shape', { index: 3 }),
    ]);
    expect(['fault', 'unknown', 'note'].map((one) => list.count(one as 'note'))).toEqual([2, 0, 1]);
  });

  test('counts all and keeps some of each severity', () => {
    const list = new FindingList(2);
    for (const index of [5, 4, 9]) list.add('entry/shape', { index });
    list.add('log/beyond-head');
    list.add('entry/id-twice', { index: 1 });
    list.add('log/unreachable');
    for (let more = 0; more < 3; more += 1) list.add('log/file-unknown');
    expect(list.findings.map(({ code, index }) => [code, index])).toEqual([
      ['entry/shape', 5],
      ['entry/shape', 4],
      ['log/beyond-head', undefined],
      ['log/unreachable', undefined],
      ['log/file-unknown', undefined],
    ]);
    expect(Object.entries(list.counts())).toEqual([
      ['entry/id-twice', 1],
      ['entry/shape', 3],
      ['log/beyond-head', 1],
      ['log/file-unknown', 3],
      ['log/unreachable', 1],
    ]);
    expect(list.firstBadEntry).toEqual(finding('entry/id-twice', { index: 1 }));
    expect([list.count('fault'), list.count('unknown'), list.count('note')]).toEqual([4, 1, 4]);
  });

  test('keeps a thousand of each', () => {
    const list = new FindingList();
    for (let index = 0; index < 1_002; index += 1) list.add('entry/shape', { index });
    expect([list.findings.length, list.count('fault')]).toEqual([1_000, 1_002]);
  });

  test('knows the first bad entry: of several findings on it the first, and only faults', () => {
    const list = new FindingList();
    expect(list.firstBadEntry).toBeUndefined();
    list.add('log/quorum-missing');
    list.add('log/heads-too-old', { index: 0 });
    list.add('log/file-unknown', { index: 0 });
    expect(list.firstBadEntry).toBeUndefined();
    list.add('entry/shape', { index: 7 });
    list.add('entry/id-twice', { index: 7 });
    list.add('entry/id-twice', { index: 8 });
    expect(list.firstBadEntry).toEqual(finding('entry/shape', { index: 7 }));
    list.add('entry/not-nfc', { index: 0 });
    expect(list.firstBadEntry?.code).toBe('entry/not-nfc');
  });

  test.each([
    [[], true, 'sound', 0],
    [[], false, 'sound-unanchored', 0],
    [['log/beyond-head'], true, 'sound', 0],
    [['log/beyond-head', 'log/unreachable'], true, 'unknown', 2],
    [['log/unreachable'], false, 'unknown', 2],
    [['log/unreachable', 'entry/shape'], true, 'unsound', 1],
    [['entry/shape', 'log/beyond-head'], false, 'unsound', 1],
  ] as const)('%j, anchored %s: %s, exit code %d', (found, isAnchored, verdict, exitCode) => {
    const list = new FindingList(0);
    for (const code of found) list.add(code);
    expect(list.verdict(isAnchored)).toBe(verdict);
    expect(exitCodeOf[verdict]).toBe(exitCode);
  });
});
