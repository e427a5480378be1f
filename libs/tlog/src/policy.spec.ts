import { describe, expect, test } from '@jest/globals';
import { specKey } from './keys.contract.ts';
import { parsePolicy, policyLines } from './policy.ts';
import { utf8 } from './reading.ts';
import { formatVerifierKey } from './signed-note.ts';

const key = formatVerifierKey(specKey('ledger.invalid/log', 1, 'ed25519').verifier);

describe('the lines of a policy', () => {
  test('have words between spaces and tabs, and are counted with those that say nothing', () => {
    expect(policyLines('# a\n\n \t\n\tlog  a\t \tb \nquorum none')).toEqual({
      ok: true,
      value: [
        { number: 4, words: ['log', 'a', 'b'] },
        { number: 5, words: ['quorum', 'none'] },
      ],
    });
  });

  test.each([
    ['line 1: ends in CR LF, and must end in LF', `log ${key}\r\nquorum none\r\n`],
    ['line 2: ends in CR LF, and must end in LF', `log ${key}\nquorum none\r`],
    ['line 1: the control character U+000D', `log\r${key}\nquorum none\n`],
    ['line 1: the control character U+0001', `# \u0001\nlog ${key}\nquorum none\n`],
    ['line 2: the control character U+0002', `log ${key}\nquorum \u0002none\n`],
    ['line 1: the control character U+000C', `log\f${key}\nquorum none\n`],
    ['line 3: the control character U+0000', `log ${key}\nquorum none\n\u0000`],
    ['line 1: the control character U+007F', `#\u007f\nlog ${key}\nquorum none\n`],
    ['line 1: the control character U+0085', `#\u0085\nlog ${key}\nquorum none\n`],
  ])('%s', (fault, text) => {
    expect(parsePolicy(utf8(text))).toEqual({ ok: false, fault });
  });

  test('keep other white space in their words', () => {
    expect(policyLines('log\u00a0a\u2028b')).toEqual({
      ok: true,
      value: [{ number: 1, words: ['log\u00a0a\u2028b'] }],
    });
  });
});
