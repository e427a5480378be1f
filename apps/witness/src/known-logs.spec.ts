import { describe, expect, test } from '@jest/globals';
import { formatVerifierKey } from '#tlog';
import { parseKnownLogs } from './known-logs.ts';
import { readWitnessSettings, WitnessSettingsMistake } from './settings.ts';
import { specSigner } from './spec-log.contract.ts';

const vkey = (name: string, seed: number) => formatVerifierKey(specSigner(name, seed).key);
const parse = (text: string) => parseKnownLogs(new TextEncoder().encode(text));

describe('the file of logs', () => {
  test('names keys by origin, with comments, addresses and keys in succession', () => {
    const logs = parse(
      [
        '# the province',
        `log ${vkey('a.invalid/log', 1)} https://a.invalid/log/`,
        '',
        `  log\t${vkey('b.invalid/log', 2)}`,
        `log ${vkey('a.invalid/log', 3)}`,
      ].join('\n'),
    );
    if (!logs.ok) throw new TypeError(logs.fault);
    const keys = [...logs.value].map(([origin, all]) => [origin, all.map(formatVerifierKey)]);
    expect(keys).toEqual([
      ['a.invalid/log', [vkey('a.invalid/log', 1), vkey('a.invalid/log', 3)]],
      ['b.invalid/log', [vkey('b.invalid/log', 2)]],
    ]);
  });

  test('may be empty: a witness can be set up before its first log is', () => {
    expect(parse('')).toStrictEqual({ ok: true, value: new Map() });
  });

  test.each([
    ['no key', 'log'],
    ['another word', `witness ${vkey('a.invalid', 1)}`],
    ['a word too many', `log ${vkey('a.invalid', 1)} https://a.invalid more`],
    ['half a key', `log ${vkey('a.invalid', 1).slice(0, 40)}`],
    ['a key of a witness', `log ${formatVerifierKey(specSigner('w', 1, 'cosignature').key)}`],
    ['line ends of another kind', `log ${vkey('a.invalid', 1)}\r\n`],
    ['a control character', `# \u0001\nlog ${vkey('a.invalid', 1)}\n`],
    ['a key twice', `log ${vkey('a.invalid', 1)}\nlog ${vkey('a.invalid', 1)}`],
  ])('is refused with %s, and the line is named', (_, text) => {
    const logs = parse(text);
    expect(logs.ok ? '' : logs.fault).toMatch(/^line [12]: /);
  });

  test('is text of reasonable length', () => {
    expect(parseKnownLogs(Uint8Array.of(0xff)).ok).toBe(false);
    expect(parse('#'.repeat(1_048_577)).ok).toBe(false);
  });
});

describe('the settings of a witness', () => {
  const least = { LEDGER_WITNESS_NAME: 'witness.invalid', LEDGER_WITNESS_LOGS: 'logs' };

  test('are few, with defaults for what may have one', () => {
    expect(readWitnessSettings({ ...least, LEDGER_WITNESS_PORT: '' }, '/srv')).toStrictEqual({
      dataFolder: '/srv/.witness',
      name: 'witness.invalid',
      port: 2026,
      host: '127.0.0.1',
      logsFile: '/srv/logs',
    });
    const said = { LEDGER_WITNESS_PORT: '0', LEDGER_WITNESS_HOST: '::1', LEDGER_WITNESS_DATA: 'w' };
    expect(readWitnessSettings({ ...least, ...said }, '/srv')).toMatchObject({
      dataFolder: '/srv/w',
      port: 0,
      host: '::1',
    });
  });

  test.each([
    ['LEDGER_WITNESS_NAME', ''],
    ['LEDGER_WITNESS_NAME', 'a name'],
    ['LEDGER_WITNESS_NAME', 'a+b'],
    ['LEDGER_WITNESS_LOGS', ''],
    ['LEDGER_WITNESS_PORT', '65536'],
    ['LEDGER_WITNESS_PORT', ' 1'],
    ['LEDGER_WITNESS_HOST', 'localhost'],
    ['LEDGER_WITNESS_NAMES', 'x'],
  ])('are refused with %s=%j', (variable, value) => {
    const settings = () => readWitnessSettings({ ...least, [variable]: value }, '/');
    expect(settings).toThrow(WitnessSettingsMistake);
    expect(settings).toThrow(variable);
  });
});
