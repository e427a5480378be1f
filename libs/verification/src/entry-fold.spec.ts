import { describe, expect, test } from '@jest/globals';
import { canonicalBytes } from '#kernel';
import { base64, leafHash, nodeHash } from '#tlog';
import { EntryFold } from './entry-fold.ts';
import { FindingList } from './findings.ts';
import { MadeStory, placesOf } from './made-log.contract.ts';
import { RecentStreams, rootOfHeads } from './stream-heads.ts';

/** Folds a story; a number says after how many entries nothing could be read. */
async function found(story: MadeStory, gapAfter?: number, reach?: number): Promise<unknown[]> {
  const findings = new FindingList();
  const fold = new EntryFold(findings, reach);
  for (const [index, entry] of story.entries.entries()) {
    if (index === gapAfter) fold.skip();
    await fold.fold(entry, index);
  }
  return placesOf(findings.findings);
}

const at = (recordedAt: string) => ({ metadata: { recordedAt: recordedAt as never } });

describe('revisions', () => {
  test('begin at 0 in each stream and follow each other', async () => {
    const story = new MadeStory().tell('a').tell('b').tell('a').tell('a').tell('b');
    expect(await found(story)).toEqual([]);
  });

  test('a first one that is not', async () => {
    expect(await found(new MadeStory().tell('a', { revision: 1 }).tell('a'))).toEqual([
      { code: 'entry/revision-not-dense', index: 0, stream: 'a', revision: 1, expected: '0' },
    ]);
  });

  test('one left out, one again', async () => {
    const story = new MadeStory().tell('a').tell('a', { revision: 2 }).tell('a');
    const outOf = (index: number, revision: number, expected: string) => ({
      code: 'entry/revision-not-dense',
      index,
      stream: 'a',
      revision,
      expected,
      found: String(revision),
    });
    expect(await found(story)).toEqual([outOf(1, 2, '1')]);
    const again = new MadeStory().tell('a').tell('a').tell('a', { revision: 0 });
    expect(await found(again.tell('a', { revision: 2 }))).toEqual([outOf(2, 0, '2')]);
  });

  test('across a gap, any number may be missing but none may come again', async () => {
    const story = new MadeStory().tell('a').tell('a', { revision: 9 }).tell('b', { revision: 4 });
    expect(await found(story, 1)).toEqual([]);
    expect(await found(story.tell('b', { revision: 6 }), 1)).toEqual([
      {
        code: 'entry/revision-not-dense',
        index: 3,
        stream: 'b',
        revision: 6,
        expected: '5',
        found: '6',
      },
    ]);
    const again = new MadeStory().tell('a').tell('a').tell('a', { revision: 1 });
    expect(await found(again, 2)).toMatchObject([{ index: 2, expected: '2', found: '1' }]);
    const next = new MadeStory().tell('a').tell('a').tell('a', { revision: 2 });
    expect(await found(next, 2)).toEqual([]);
  });

  test('an entry that cannot be read is such a gap', async () => {
    const story = new MadeStory().tell('a').put('x').tell('a', { revision: 3 });
    expect(await found(story)).toEqual([
      { code: 'entry/not-json', index: 1, detail: expect.any(String) },
    ]);
  });

  test('streams are counted', async () => {
    const fold = new EntryFold(new FindingList());
    expect(fold.streamCount).toBe(0);
    for (const [index, entry] of MadeStory.of(30).entries.entries()) await fold.fold(entry, index);
    expect(fold.streamCount).toBe(6);
  });
});

describe('times', () => {
  test('stand still or go on within a stream, between streams they may go back', async () => {
    const [one, two] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z'];
    const story = new MadeStory().tell('a', at(two)).tell('b', at(one)).tell('a', at(two));
    expect(await found(story)).toEqual([]);
    expect(await found(story.tell('a', at(one)).tell('a', at(one)))).toEqual([
      {
        code: 'entry/time-backwards',
        index: 3,
        stream: 'a',
        revision: 2,
        expected: two,
        found: one,
      },
    ]);
  });

  test('one of another form says nothing about before and after', async () => {
    const shape = { code: 'entry/shape', detail: 'metadata.recordedAt', stream: 'a' };
    const late = '2026-01-02T00:00:00.000Z';
    const story = new MadeStory().tell('a', at('later')).tell('a', at(late)).tell('a', at('1999'));
    story.tell('a', at(late));
    expect(await found(story)).toEqual([
      { ...shape, index: 0, revision: 0 },
      { ...shape, index: 2, revision: 2 },
    ]);
    expect(await found(story.tell('a', at('2026-01-01T00:00:00.000Z')))).toMatchObject([
      { index: 0 },
      { index: 2 },
      { code: 'entry/time-backwards', index: 4, expected: late },
    ]);
  });
});

describe('ids', () => {
  test('occur once', async () => {
    const story = new MadeStory().tell('a').tell('b');
    const { id } = JSON.parse(new TextDecoder().decode(story.entries[0])) as { id: string };
    expect(await found(story.tell('c', { id }))).toEqual([
      { code: 'entry/id-twice', index: 2, stream: 'c', revision: 0, found: id },
    ]);
  });

  test('one of another form is nobody’s twin', async () => {
    const story = new MadeStory().tell('a', { id: 'x' }).tell('a', { id: 'y' });
    expect(await found(story)).toMatchObject([{ code: 'entry/shape' }, { code: 'entry/shape' }]);
  });
});

describe('the basis of an entry', () => {
  const on = (stream: string, revision: number) => ({
    metadata: { basis: [{ stream, revision }] },
  });
  const unknown = (index: number, detail: string) => [
    { code: 'entry/basis-unknown', index, stream: 'b', revision: 0, detail },
  ];

  test('was recorded before it', async () => {
    const story = () => new MadeStory().tell('a').tell('a');
    expect(await found(story().tell('b', on('a', 0)))).toEqual([]);
    expect(await found(story().tell('b', on('a', 1)))).toEqual([]);
    expect(await found(story().tell('b', on('a', 2)))).toEqual(unknown(2, 'a revision 2'));
    expect(await found(story().tell('b', on('c', 0)))).toEqual(unknown(2, 'c revision 0'));
    expect(await found(story().tell('b', on('c', 0)).tell('c'))).toEqual(
      unknown(2, 'c revision 0'),
    );
  });

  test('is of another stream', async () => {
    const story = new MadeStory().tell('b').tell('b', on('b', 0));
    expect(await found(story)).toMatchObject([
      { code: 'entry/basis-unknown', index: 1, detail: 'b revision 0' },
    ]);
  });

  test('each that is unknown is named', async () => {
    const basis = ['a', 'c', 'd'].map((stream) => ({ stream, revision: 0 }));
    const story = new MadeStory().tell('a').tell('b', { metadata: { basis } });
    expect(await found(story)).toEqual([
      ...unknown(1, 'c revision 0'),
      ...unknown(1, 'd revision 0'),
    ]);
  });

  test('may have been in a gap, unless the stream was seen since', async () => {
    const story = () => new MadeStory().tell('a').tell('a');
    expect(await found(story().tell('b', on('a', 1)), 2)).toEqual([]);
    expect(await found(story().tell('b', on('a', 9)), 2)).toEqual([]);
    expect(await found(story().tell('b', on('c', 9)), 2)).toEqual([]);
    expect(await found(story().tell('b', on('a', 1)), 1)).toEqual([]);
    expect(await found(story().tell('b', on('a', 9)), 1)).toEqual(unknown(2, 'a revision 9'));
  });
});

describe('log.heads-recorded', () => {
  const type = 'log.heads-recorded.v1';
  const heads = (treeSize: unknown, root: unknown) => ({ type, data: { treeSize, root } });
  const rootOf = async (...all: (readonly [string, number])[]) => base64(await rootOfHeads(all));

  /** a 0, b 0, a 1, c 0. */
  const story = () => new MadeStory().tell('a').tell('b').tell('a').tell('c');

  test('states how far each stream had come', async () => {
    const stated = [
      [1, await rootOf(['a', 0])],
      [2, await rootOf(['a', 0], ['b', 0])],
      [3, await rootOf(['a', 1], ['b', 0])],
      [4, await rootOf(['a', 1], ['b', 0], ['c', 0])],
      [5, await rootOf(['a', 1], ['b', 0], ['c', 0], ['log-heads', 0])],
    ] as const;
    const told = story();
    for (const [treeSize, root] of [...stated.slice(0, 4), ...stated.slice(4)]) {
      told.tell('log-heads', heads(treeSize, root));
    }
    expect(await found(told)).toEqual([]);
  });

  test('states something else', async () => {
    const right = await rootOf(['a', 1], ['b', 0]);
    const wrong = await rootOf(['a', 0], ['b', 0]);
    expect(await found(story().tell('log-heads', heads(3, wrong)))).toEqual([
      {
        code: 'log/heads-differ',
        index: 4,
        stream: 'log-heads',
        revision: 0,
        expected: right,
        found: wrong,
      },
    ]);
  });

  test.each([
    ['a size that is not reached', heads(5, '')],
    ['no size', heads(undefined, '')],
    ['a size of nothing', heads(0, '')],
    ['a size in words', heads('4', '')],
    ['no root', heads(4, undefined)],
    ['no data', { type, data: null }],
    ['another type', { type: 'log.opened.v1' }],
  ])('is out of order with %s', async (_, told) => {
    expect(await found(story().tell('log-heads', told))).toContainEqual({
      code: 'log/heads-event',
      index: 4,
      stream: 'log-heads',
      revision: 0,
      detail: told.type,
    });
  });

  test('is out of order in another stream', async () => {
    const root = await rootOf(['a', 0]);
    expect(await found(story().tell('d', heads(1, root)))).toMatchObject([
      { code: 'log/heads-event', index: 4, stream: 'd', detail: type },
    ]);
  });

  test('is not judged behind a gap', async () => {
    expect(await found(story().tell('log-heads', heads(3, 'x')), 2)).toEqual([]);
  });

  test('is too old where the streams of its time are forgotten', async () => {
    const [one, two] = [await rootOf(['a', 0]), await rootOf(['a', 0], ['b', 0])];
    const told = story().tell('log-heads', heads(1, one)).tell('log-heads', heads(2, two));
    const tooOld = { code: 'log/heads-too-old', stream: 'log-heads' };
    // The record is itself one of those that came since.
    expect(await found(told, undefined, 5)).toEqual([]);
    expect(await found(told, undefined, 4)).toEqual([]);
    expect(await found(told, undefined, 3)).toEqual([
      { ...tooOld, index: 4, revision: 0, detail: 'size 1' },
      { ...tooOld, index: 5, revision: 1, detail: 'size 2' },
    ]);
  });
});

describe('the root over heads', () => {
  const leaf = (stream: string, revision: number) => leafHash(canonicalBytes([stream, revision]));

  test('is that of the leaves in the order of their bytes', async () => {
    const all = [
      ['b', 0],
      ['a', 10],
      ['ab', 2],
      ['a', 9],
    ] as const;
    // The quotation mark comes before letters, so a name before its continuations; 1 before 9.
    const expected = nodeHash(
      nodeHash(leaf('a', 10), leaf('a', 9)),
      nodeHash(leaf('ab', 2), leaf('b', 0)),
    );
    expect(await rootOfHeads(all)).toEqual(expected);
    expect(await rootOfHeads(all.toReversed())).toEqual(expected);
    expect(await rootOfHeads(all.slice(0, 1))).toEqual(leaf('b', 0));
    // In UTF-8 the letter beyond 16 bits comes last, in the units of the language it comes first.
    const far = ['\u{1f600}', '\uff5e'] as const;
    expect(await rootOfHeads([...far].map((name) => [name, 0] as const))).toEqual(
      nodeHash(leaf(far[1], 0), leaf(far[0], 0)),
    );
  });

  test('how many came after a size', () => {
    const recent = new RecentStreams(4);
    for (const stream of [1, 2, 1, 3]) recent.note(stream);
    expect(recent.since(0)).toEqual(
      new Map([
        [1, 2],
        [2, 1],
        [3, 1],
      ]),
    );
    recent.note(2);
    expect(recent.since(0)).toBeUndefined();
    expect(recent.since(1)).toEqual(
      new Map([
        [2, 2],
        [1, 1],
        [3, 1],
      ]),
    );
    expect(recent.since(4)).toEqual(new Map([[2, 1]]));
    expect(recent.since(5)).toEqual(new Map());
  });
});
