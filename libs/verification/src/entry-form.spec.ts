import { describe, expect, test } from '@jest/globals';
import { canonicalBytes, entryBytes, entryBytesMax, entryLevelsMax } from '#kernel';
import { roles, streamNameBytesMax } from '#kernel';
import { utf8 } from '#tlog';
import { membersOf, readEntry } from './entry-form.ts';
import { MadeStory, placesOf } from './made-log.contract.ts';

const sound = new MadeStory().next('figure-1');
const text = new TextDecoder().decode(canonicalBytes(sound));

function found(bytes: Uint8Array | string): unknown[] {
  return placesOf(readEntry(typeof bytes === 'string' ? utf8(bytes) : bytes).findings);
}

/** The entry with one member changed at any depth, in canonical form. */
function changed(change: Readonly<Record<string, unknown>>): Uint8Array {
  return canonicalBytes({ ...sound, ...change });
}
const withMetadata = (change: Readonly<Record<string, unknown>>) =>
  changed({ metadata: { ...sound.metadata, ...change } });
const withActor = (change: Readonly<Record<string, unknown>>) =>
  withMetadata({ actor: { ...sound.metadata.actor, ...change } });
/** Of a text that stands in the data alone. */
const longestText = entryBytesMax - changed({ data: { text: '' } }).length;
const place = { stream: 'figure-1', revision: 0 };

describe('an entry of right form', () => {
  test('is read whole', () => {
    expect(readEntry(utf8(text))).toEqual({ entry: sound, findings: [] });
  });

  test.each([
    [
      'a basis',
      withMetadata({
        basis: [
          { revision: 0, stream: 'a' },
          { revision: 7, stream: 'b' },
        ],
      }),
    ],
    ['a cause', withMetadata({ causationId: 'x' })],
    ['a head in whose place', withActor({ actingFor: sound.id })],
    ['an agency without units', withActor({ unit: 'son_la.so_tc' })],
    ['the largest revision', changed({ revision: 2 ** 53 - 1 })],
    ['whole numbers', changed({ data: { n: [-(2 ** 53 - 1), 0, 2 ** 53 - 1], text: '1.5 2e3' } })],
    ['a version of two digits', changed({ type: 'log.key-added.v10' })],
    ['a type of three words', changed({ type: 'figure.part.told.v1' })],
    ['as much as fits', changed({ data: { text: 'x'.repeat(longestText) } })],
    ['text in NFC', changed({ data: { text: 'Tỉnh Sơn La', mục: ['ệ'] } })],
    ['a mark after an escaped character', changed({ data: { text: '\n\u0303', '\b\u0302': 1 } })],
  ])('may have %s', (_, bytes) => {
    expect(found(bytes)).toEqual([]);
  });

  test.each([...roles])('may be of the role %s', (role) => {
    expect(found(withActor({ role }))).toEqual([]);
  });
});

describe('what can be no entry at all', () => {
  test('is longer than a bundle holds', () => {
    const longest = changed({ data: { text: 'x'.repeat(longestText) } });
    expect(longest.length).toBe(entryBytesMax);
    const longer = changed({ data: { text: 'x'.repeat(longestText + 1) } });
    expect(readEntry(longer)).toMatchObject({ entry: undefined });
    expect(found(longer)).toEqual([{ code: 'entry/too-long', detail: '65536 bytes' }]);
  });

  /** Lists in the data, which is the second level. */
  const nested = (levels: number): unknown => {
    return levels === 2 ? {} : { list: levels === 3 ? [] : [nested(levels - 2)] };
  };
  test('is nested deeper than any reader need follow', () => {
    const deepest = { ...sound, data: nested(entryLevelsMax) };
    expect(found(entryBytes(deepest))).toEqual([]);
    const deeper = { ...sound, data: nested(entryLevelsMax + 1) };
    expect(() => entryBytes(deeper)).toThrow(TypeError);
    expect(readEntry(canonicalBytes(deeper)).entry).toBeUndefined();
    expect(found(canonicalBytes(deeper))).toEqual([{ code: 'entry/too-deep' }]);
  });

  test.each([
    ['cut', '['.repeat(65_000)],
    ['no JSON', `${'[{'.repeat(17)}?`],
    ['far too deep', '['.repeat(32_000) + ']'.repeat(32_000)],
    ['after a string that ends in a backslash', `"\\\\"${'['.repeat(33)}`],
  ])('is not even parsed where it is nested deeper: %s', (_, bytes) => {
    expect(found(bytes)).toEqual([{ code: 'entry/too-deep' }]);
  });

  test('has brackets that nest nothing', () => {
    const data = { 'name"[': '[{'.repeat(50), list: new Array(50).fill([]), end: '\\' };
    expect(found(changed({ data }))).toEqual([]);
  });

  test('is no text', () => {
    expect(readEntry(Uint8Array.of(0xff)).entry).toBeUndefined();
    expect(found(Uint8Array.of(0xff))).toEqual([{ code: 'entry/not-utf8' }]);
  });

  test.each([
    ['', 'nothing'],
    ['{', 'cut'],
    [`\ufeff${text}`, 'a byte order mark'],
    ['"\\ud800"', 'a lone surrogate'],
    ['1e999', 'a number without bounds'],
  ])('is no JSON with a canonical form: %#', (bytes) => {
    expect(readEntry(utf8(bytes)).entry).toBeUndefined();
    expect(found(bytes)).toEqual([{ code: 'entry/not-json', detail: expect.any(String) }]);
  });
});

describe('another spelling', () => {
  test.each([
    ['white space', text.replace(',', ', '), 'not-canonical', text.indexOf(',') + 1],
    ['a line at the end', `${text}\n`, 'not-canonical', text.length],
    ['members turned', '{"b":1,"a":2}', 'not-canonical', 2],
    ['an escape without need', '{"a":"\\u0041"}', 'not-canonical', 6],
    ['a member twice', '{"a":1,"a":1}', 'key-twice', 7],
    ['a member twice, once escaped', '{"a":1,"\\u0061":1}', 'key-twice', 7],
    ['a member twice, deep', '{"a":[{"b":{},"b":[]}]}', 'key-twice', 14],
    ['a member twice after a list', '{"a":[1],"a":2}', 'key-twice', 9],
    ['a member twice after an inner object', '{"a":{"x":1},"a":1}', 'key-twice', 13],
    [
      'no member twice, but the same name in two objects',
      '{"a":{"a":1}, "b":1}',
      'not-canonical',
      13,
    ],
    ['the same texts in a list', '["a","a", {"a":"a"}]', 'not-canonical', 9],
    ['a value that reads as a name', '{"a":"b","b":"a", "c":1}', 'not-canonical', 17],
    ['a number with a point', '{"a":1.0}', 'number-respelt', 5],
    ['a number with an exponent', '[1e2]', 'number-respelt', 1],
    ['a negative zero', '[0,-0]', 'number-respelt', 3],
    ['a number in the text is none', '["1.0", "-0"]', 'not-canonical', 7],
    ['words of JSON', '[true,false,null, true]', 'not-canonical', 17],
    ['escaped quotation marks', '{"a\\"":1,"a\\"":2}', 'key-twice', 9],
    ['an escaped backslash', '{"a\\\\":1, "b":2}', 'not-canonical', 9],
  ])('%s', (_, bytes, kind, at) => {
    const detail = `at character ${at}`;
    expect(found(bytes)[0]).toMatchObject({ code: `entry/${kind}`, detail });
  });
});

describe('texts and numbers', () => {
  const decomposed = 'e\u0302';
  test.each([
    ['a value', { data: { text: decomposed } }],
    ['a name', { data: { [decomposed]: 1 } }],
    ['the second of two names', { data: { a: 1, [decomposed]: 1 } }],
    ['a value deep inside', { data: { list: [[{ a: 1, b: ['x', decomposed] }]] } }],
    ['a value after one with a mark of its own', { data: { list: ['\n\u0303', decomposed] } }],
  ])('not in NFC: %s', (_, change) => {
    expect(found(changed(change))).toEqual([{ code: 'entry/not-nfc', ...place }]);
  });

  test.each([
    ['1.5', 1.5],
    ['-0.25', -0.25],
    ['9007199254740992', 2 ** 53],
    ['-9007199254740992', -(2 ** 53)],
    ['1e+21', 1e21],
    ['1e-7', 1e-7],
  ])('not whole: %s', (detail, number) => {
    const expected = [{ code: 'entry/number-not-whole', detail, ...place }];
    expect(found(changed({ data: { number } }))).toEqual(expected);
    expect(found(changed({ data: { list: [1, { deep: [null, number] }] } }))).toEqual(expected);
  });
});

describe('the members', () => {
  test.each(['data', 'id', 'metadata', 'revision', 'stream', 'type'])('%s is needed', (name) => {
    const { [name]: _, ...rest } = sound as unknown as Record<string, unknown>;
    expect(found(canonicalBytes(rest))[0]).toMatchObject({ code: 'entry/shape', detail: name });
  });

  test.each([null, true, 1, 'x', []])('%j is no entry', (value) => {
    expect(readEntry(canonicalBytes(value))).toMatchObject({ entry: undefined });
    expect(found(canonicalBytes(value))).toEqual([
      { code: 'entry/shape', detail: 'not an object' },
    ]);
  });

  test('there are no others', () => {
    const expected = [{ code: 'entry/shape', detail: 'more', ...place }];
    expect(found(changed({ more: 1 }))).toEqual(expected);
    expect(found(withMetadata({ more: 1 }))).toEqual([
      { code: 'entry/shape', detail: 'metadata.more', ...place },
    ]);
    expect(found(withActor({ more: 1 }))).toEqual([
      { code: 'entry/shape', detail: 'metadata.actor', ...place },
    ]);
    // A name that every object answers to is not a member that is there.
    const named = text.replace('{"data"', '{"__proto__":1,"data"');
    expect(found(named)).toEqual([{ code: 'entry/shape', detail: '__proto__', ...place }]);
  });

  test.each([
    ['id', { id: 'x' }],
    ['id', { id: sound.id.toUpperCase() }],
    ['id', { id: 7 }],
    ['revision', { revision: -1 }],
    ['revision', { revision: '0' }],
    ['stream', { stream: '' }],
    ['stream', { stream: 1 }],
    ['type', { type: 1 }],
    ['type', { type: ['figure.submitted.v1'] }],
    ['type', { type: 'figure' }],
    ['type', { type: 'figure.submitted' }],
    ['type', { type: 'figure.submitted.v0' }],
    ['type', { type: 'figure.v1' }],
    ['type', { type: 'Figure.submitted.v1' }],
    ['type', { type: 'figure.submitted.v1 ' }],
    ['type', { type: ' figure.submitted.v1' }],
    ['type', { type: '.submitted.v1' }],
    ['type', { type: 'figure..v1' }],
    ['type', { type: 'figure.submitted.vx' }],
    ['data', { data: null }],
    ['data', { data: [] }],
    ['data', { data: 'x' }],
    ['metadata', { metadata: [] }],
  ])('%s: %j', (detail, change) => {
    expect(found(changed(change))[0]).toMatchObject({ code: 'entry/shape', detail });
  });

  test.each([
    ['basis', null],
    ['basis', {}],
    ['basis', [null]],
    ['basis', [{ revision: 1 }]],
    ['basis', [{ revision: -1, stream: 'a' }]],
    ['basis', [{ revision: 1, stream: '' }]],
    ['basis', [{ revision: 1, stream: 'a', more: 1 }]],
    [
      'basis',
      [
        { revision: 1, stream: 'a' },
        { revision: 2, stream: 'a' },
      ],
    ],
    ['causationId', ''],
    ['causationId', 1],
    ['commandId', 'x'],
    ['commandId', null],
    ['correlationId', ''],
    ['correlationId', null],
    ['recordedAt', '2026-11-18T11:06:44Z'],
    ['recordedAt', '2026-02-30T11:06:44.000Z'],
    ['recordedAt', 1],
    ['requestDigest', 'sha256:0'],
    ['requestDigest', null],
    ['software', ''],
    ['software', null],
    ['actor', null],
    ['actor', []],
  ])('metadata.%s: %j', (name, value) => {
    const [first] = found(withMetadata({ [name]: value }));
    expect(first).toMatchObject({ code: 'entry/shape', detail: `metadata.${name}` });
  });

  test.each([
    ['person', 'x'],
    ['person', null],
    ['agency', 'so_tc'],
    ['agency', 1],
    ['unit', ''],
    ['unit', 1],
    ['role', 'king'],
    ['role', null],
    ['actingFor', 'x'],
    ['actingFor', 1],
  ])('metadata.actor.%s: %j', (name, value) => {
    expect(found(withActor({ [name]: value }))).toEqual([
      { code: 'entry/shape', detail: 'metadata.actor', ...place },
    ]);
  });

  test.each(['person', 'agency', 'unit', 'role', 'actingFor'])('an actor without %s', (name) => {
    const { [name]: _, ...actor } = sound.metadata.actor as unknown as Record<string, unknown>;
    expect(found(withMetadata({ actor }))).toEqual([
      { code: 'entry/shape', detail: 'metadata.actor', ...place },
    ]);
  });

  test.each([
    ['$all', true],
    ['$', true],
    ['log-head', true],
    ['log-heads', false],
    ['a$', false],
  ])('the stream %s is none of the log: %s', (stream, isRefused) => {
    const expected = [{ code: 'entry/stream-not-logged', stream, revision: 0 }];
    expect(found(changed({ stream }))).toEqual(isRefused ? expected : []);
  });
});

describe('the name of a stream', () => {
  const longest = 'figure-'.padEnd(streamNameBytesMax, 'a');
  const accented = `${'ạ'.repeat((streamNameBytesMax - 2) / 3)}aa`;

  test.each([longest, accented])('has as many bytes as it may, %#', (stream) => {
    expect(found(changed({ stream }))).toEqual([]);
    expect(found(withMetadata({ basis: [{ stream, revision: 0 }] }))).toEqual([]);
  });

  test.each([`${longest}a`, `${accented}a`])('has one more, and is not kept, %#', (stream) => {
    const { entry, findings } = readEntry(canonicalBytes({ ...sound, stream }));
    expect([entry, placesOf(findings)]).toEqual([
      undefined,
      [{ code: 'entry/shape', detail: 'stream' }],
    ]);
    const resting = found(withMetadata({ basis: [{ stream, revision: 0 }] }));
    expect(resting).toMatchObject([{ code: 'entry/shape', detail: 'metadata.basis' }]);
    expect(() => entryBytes({ ...sound, stream })).toThrow(TypeError);
  });
});

describe('what an entry of wrong shape is still followed by', () => {
  const followed = (bytes: Uint8Array) => readEntry(bytes).entry !== undefined;

  test('stream, revision and time, whatever else is wrong', () => {
    const odd = { data: null, id: '', type: '', revision: -1, stream: '' };
    expect(followed(changed(odd))).toBe(true);
    const metadata = { actor: {}, basis: [], recordedAt: '' };
    expect(followed(changed({ metadata }))).toBe(true);
    expect(readEntry(changed(odd)).findings).toMatchObject([{ stream: '', revision: -1 }]);
  });

  test.each([
    { stream: 1 },
    { revision: 1.5 },
    { type: null },
    { id: null },
    { metadata: null },
    { metadata: { actor: null, basis: [], recordedAt: '' } },
    { metadata: { actor: {}, basis: null, recordedAt: '' } },
    { metadata: { actor: {}, basis: [{}], recordedAt: '' } },
    { metadata: { actor: {}, basis: [], recordedAt: null } },
  ])('not %j', (change) => {
    expect(followed(changed(change))).toBe(false);
    expect(readEntry(changed(change)).findings[0]?.stream).toBeUndefined();
  });

  test('data that is no object has no members', () => {
    expect([null, 'text', [1], 5, undefined].map(membersOf)).toEqual([{}, {}, {}, {}, {}]);
    expect(membersOf({ a: 1 })).toEqual({ a: 1 });
  });
});
