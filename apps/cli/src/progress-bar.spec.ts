import { describe, expect, test } from '@jest/globals';
import { ProgressBar } from './progress-bar.ts';

function written(isTTY: boolean, steps: (bar: ProgressBar) => void): string[] {
  const texts: string[] = [];
  steps(new ProgressBar({ isTTY, write: (text) => texts.push(text) }));
  return texts;
}

describe('the progress bar', () => {
  test('moves by whole percents and leaves an empty line', () => {
    const texts = written(true, (bar) => {
      for (const done of [0, 1, 2, 50, 200]) bar.show(done, 200);
      bar.clear();
    });
    expect(texts).toStrictEqual([
      `\r  ${'░'.repeat(25)} 0 % (0 / 200)`,
      `\r  ${'░'.repeat(25)} 1 % (2 / 200)`,
      `\r  ${'█'.repeat(6)}${'░'.repeat(19)} 25 % (50 / 200)`,
      `\r  ${'█'.repeat(25)} 100 % (200 / 200)`,
      '\r\u001b[2K',
    ]);
  });

  test('names what is counted, where it is not entries', () => {
    expect(written(true, (bar) => bar.show(1, 4, ' MiB'))).toStrictEqual([
      `\r  ${'█'.repeat(6)}${'░'.repeat(19)} 25 % (1 / 4 MiB)`,
    ]);
  });

  test('is full for a log of nothing', () => {
    expect(written(true, (bar) => bar.show(0, 0))).toStrictEqual([
      `\r  ${'█'.repeat(25)} 100 % (0 / 0)`,
    ]);
  });

  test('writes nothing where nobody watches', () => {
    expect(
      written(false, (bar) => {
        bar.show(1, 2);
        bar.clear();
      }),
    ).toStrictEqual([]);
  });
});
