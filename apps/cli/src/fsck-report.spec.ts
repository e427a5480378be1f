import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { finding } from '#verification';
import type { FindingCode, FsckReport } from '#verification';
import { comparedParts, showReport } from './fsck-report.ts';
import type { ReportOptions } from './fsck-report.ts';
import { Terminal } from './terminal.ts';

const sound: FsckReport = {
  verdict: 'sound',
  anchored: true,
  origin: 'ledger.invalid/report',
  size: 12,
  root: 'cm9vdA==',
  keys: ['ledger.invalid/report+1a2b3c4d+AQ=='],
  witnesses: [],
  since: undefined,
  entries: 12,
  streams: 5,
  firstBadEntry: undefined,
  findings: [],
  counts: {},
};
const all = { eventStore: true, readModels: true, register: true, evidence: true };
const looked: ReportOptions = {
  report: sound,
  compared: all,
  leftOut: [],
  where: 'folder',
  isWhole: true,
  isHashesOnly: false,
};

function linesOf(options: Partial<ReportOptions>, language: 'vi' | 'en' = 'en'): string[] {
  let text = '';
  const terminal = new Terminal(language, (part) => (text += part));
  showReport(terminal, { ...looked, ...options });
  return text.split('\n').slice(0, -1);
}

function unsound(...codes: readonly FindingCode[]): FsckReport {
  const findings = codes.map((code) => finding(code, { index: 3 }));
  const counts = Object.fromEntries(codes.map((code) => [code, 1]));
  return { ...sound, verdict: 'unsound', findings, counts, firstBadEntry: findings[0] };
}

describe('the report of fsck', () => {
  test('says what is sound, and what was looked at', () => {
    expect(linesOf({})).toEqual([
      'SOUND: the log is whole',
      '  ledger.invalid/report: 12 entries, 5 streams, root cm9vdA==',
      '  The event store was held against the log.',
      '  The read models were held against the events.',
      '  The register of persons was held against the commitments in the log.',
      '  The files of evidence were hashed anew and held against the log.',
    ]);
  });

  test('says that the log continues what the auditor kept, if it does', () => {
    const since = { size: 7, root: 'cm9vdA==', continued: true };
    const kept = '  It continues the checkpoint of 7 entries that you kept (--since).';
    expect(linesOf({ report: { ...sound, since } })).toContain(kept);
    const broken = { ...since, continued: false };
    expect(linesOf({ report: { ...unsound('log/forked'), since: broken } })).not.toContain(kept);
  });

  test.each([
    [['log/entry-differs'], 'the log was altered'],
    [['evidence/missing'], 'files of evidence are not as they were handed in'],
    [['register/differs'], 'the register of persons is not what the log commits to'],
    [['store/event-altered'], 'the ledger says something else than its log'],
    [['log/signature-missing'], 'the checkpoint is not signed as was asked for'],
    [['evidence/missing', 'log/forked'], 'the history was exchanged; files of evidence are not as'],
  ] as const)('accuses by %j nobody but who it is about', (codes, headline) => {
    const [first] = linesOf({ report: unsound(...codes) });
    expect(first?.startsWith(`UNSOUND: ${headline}`)).toBe(true);
    expect(linesOf({ report: unsound(...codes) }, 'vi')[0]).toMatch(/^SAI: \p{Ll}/u);
  });

  test('names every code under some headline', () => {
    const codes = ['entry/not-json', 'log/root-differs', 'log/quorum-missing'] as const;
    for (const code of codes) expect(linesOf({ report: unsound(code) })[0]).toMatch(/: t/);
  });

  test('calls an entry bad only where the log is', () => {
    const labelOf = (code: FindingCode) => linesOf({ report: unsound(code) })[1];
    expect(labelOf('entry/shape')).toBe('  The first bad entry:');
    expect(labelOf('store/event-missing')).toBe('  The first entry concerned:');
  });

  test('says what was not looked at, and why', () => {
    const compared = { ...all, evidence: false };
    const leftOut = [{ part: 'evidence', option: '--no-evidence' }] as const;
    expect(linesOf({ compared, leftOut }).at(-1)).toBe(
      '  The files of evidence were NOT looked at to the end (--no-evidence).',
    );
    expect(linesOf({ compared: { ...all, register: false } })).toContain(
      '  The register of persons was NOT looked at to the end (for the reasons above).',
    );
    expect(linesOf({ compared, isWhole: false })).toHaveLength(2);
    const everything = comparedParts.map((part) => ({ part, option: '--hashes' }));
    const none = { eventStore: false, readModels: false, register: false, evidence: false };
    const lines = linesOf({ compared: none, leftOut: everything, isHashesOnly: true });
    expect(lines[1]).toContain('what they say was not read (--hashes)');
    expect(lines.filter((line) => line.includes('NOT looked at'))).toHaveLength(4);
  });

  test('says what to do next, where there is something to do', async () => {
    const unknown = (code: FindingCode): FsckReport => {
      const findings = [finding(code)];
      return { ...sound, verdict: 'unknown', size: undefined, findings, counts: { [code]: 1 } };
    };
    const next =
      '  What each code means: docs/formats/findings.md; what to do: docs/guides/checking.md.';
    const report = unknown('log/nothing-there');
    const url = 'https://ledger.example';
    expect(linesOf({ report, where: url })).toContain(`  Did you mean ${url}/log?`);
    expect(linesOf({ report, where: `${url}/log` }).at(-1)).toBe(next);
    expect(linesOf({ report: unknown('log/entries-closed') }).at(-2)).toMatch(/--token-file\.$/);
    const folder = await mkdtemp(join(tmpdir(), 'ledger-spec-report-'));
    await mkdir(join(folder, 'log'));
    await writeFile(join(folder, 'log/checkpoint'), '');
    expect(linesOf({ report, where: folder }).at(-2)).toContain(`check ${folder}/log.`);
    await rm(folder, { recursive: true });
  });
});
