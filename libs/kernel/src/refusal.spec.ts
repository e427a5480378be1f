import { describe, expect, test } from '@jest/globals';
import { day, kernelRefusals, Refusal, refuseCommand, refuser, replay } from './index.ts';

describe('refusals', () => {
  test('carry their code, kind and facts', () => {
    const refusal = refuseCommand('command/stale', { expected: 1, revision: 2 });
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({
      name: 'Refusal',
      code: 'command/stale',
      kind: 'stale',
      facts: { expected: 1, revision: 2 },
    });
    expect(refusal.text).toBe(kernelRefusals['command/stale']);
    expect(refuseCommand('command/in-flight').facts).toStrictEqual({});
  });

  test('a context refuses only with codes of its own catalogue', () => {
    const refuse = refuser({ 'toy/no': { kind: 'rule', en: 'No.', vi: 'Không.' } });
    expect(refuse('toy/no').kind).toBe('rule');
    expect(() => refuse('toy/maybe' as 'toy/no')).toThrow(TypeError);
  });

  test('every one of the kernel speaks both languages, in NFC, under a well-formed code', () => {
    for (const [code, { en, vi }] of Object.entries(kernelRefusals)) {
      expect(code).toMatch(/^[a-z]+(?:-[a-z]+)*\/[a-z]+(?:-[a-z]+)*$/);
      expect(en).toMatch(/^[A-Z].*\.$/);
      expect(vi).toMatch(/\.$/);
      expect(vi.normalize('NFC')).toBe(vi);
      expect(vi).not.toBe(en);
    }
  });
});

test('replay folds a history, oldest event first', () => {
  const folding = {
    initial: [] as string[],
    evolve: (seen: string[], { type }: { type: string }) => [...seen, type],
  };
  const events = ['a.v1', 'b.v1'].map((type) => ({ type, data: day('2026-01-01') })) as never[];
  expect(replay(folding, events)).toStrictEqual(['a.v1', 'b.v1']);
  expect(replay(folding, [])).toBe(folding.initial);
});
