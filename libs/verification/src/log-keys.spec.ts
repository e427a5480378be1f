import { describe, expect, test } from '@jest/globals';
import { fsck } from './fsck.ts';
import { logKey, logOrigin, madeLog, MadeStory, MemoryLog, placesOf } from './made-log.contract.ts';
import { policyFor, readPolicy, secondKey, signerKey, strangeKey } from './made-log.contract.ts';
import { witnessKeys } from './made-log.contract.ts';
import type { SignerKey } from './made-log.contract.ts';

type Options = { readonly log?: SignerKey; readonly signers?: readonly SignerKey[] };

/** Judged by the policy of `log`, or by keys of its own. */
async function found(story: MadeStory, { log, signers = [logKey] }: Options = {}) {
  const { files } = madeLog(story.entries, signers);
  const policy = log === undefined ? {} : { policy: readPolicy(`log ${log.text}\nquorum none`) };
  const report = await fsck({ source: new MemoryLog(files), ...policy });
  return { verdict: report.verdict, keys: report.keys, places: placesOf(report.findings) };
}

const opened = () => new MadeStory().open().tell('a');
const added = (key = secondKey) => opened().keyEvent('log.key-added.v1', { key: key.text });
const retired = (key = logKey) =>
  added().keyEvent('log.key-retired.v1', { key: key.text, reason: 'worn' });

describe('a log that changes its key', () => {
  const second = { code: 'log/signature-unknown', found: logOrigin };

  test('signs with both while it does, which nobody needs to ask for', async () => {
    const signers = [logKey, secondKey];
    const sound = { verdict: 'sound', keys: [logKey.text, secondKey.text], places: [] };
    expect(await found(added(), { log: logKey, signers })).toEqual(sound);
    expect(await found(added(), { log: secondKey, signers })).toEqual(sound);
    expect(await found(added(), { log: logKey, signers: [logKey] })).toEqual(sound);
    const own = await found(added(), { signers: [secondKey] });
    expect(own).toEqual({ ...sound, verdict: 'sound-unanchored' });
  });

  test('signs with the new one from then on', async () => {
    const sound = { keys: [secondKey.text], places: [] };
    const signers = [secondKey];
    expect(await found(retired(), { log: secondKey, signers })).toEqual({
      verdict: 'sound',
      ...sound,
    });
    expect(await found(retired(), { signers })).toEqual({ verdict: 'sound-unanchored', ...sound });
  });

  test('does not sign with the old one again', async () => {
    const places = [{ code: 'log/signature-retired', found: logKey.text }];
    expect((await found(retired(), { log: logKey })).places).toEqual(places);
    const both = [logKey, secondKey];
    expect((await found(retired(), { log: secondKey, signers: both })).places).toEqual(places);
    expect((await found(retired(), { signers: both })).places).toEqual(places);
    expect((await found(retired())).places).toEqual([...places, { code: 'log/signature-missing' }]);
  });

  test('was never to be judged by a key that it did not record', async () => {
    const signers = [logKey, strangeKey];
    expect((await found(opened(), { log: strangeKey, signers })).places).toEqual([
      { code: 'log/key-unrecorded', found: strangeKey.text },
    ]);
    expect((await found(opened(), { log: logKey, signers })).places).toEqual([second]);
  });

  test('has a wrong line of a key that is active', async () => {
    const wrong = { ...secondKey, sign: () => secondKey.sign('another text\n') };
    const signers = [logKey, wrong];
    const places = [{ code: 'log/signature-invalid', found: secondKey.text }];
    expect((await found(added(), { log: logKey, signers })).places).toEqual(places);
    expect((await found(added(), { signers })).places).toEqual(places);
    // That of the policy's own key is told once, in the words of the policy.
    expect((await found(added(), { log: secondKey, signers })).places).toEqual([
      { code: 'log/signature-invalid', detail: logOrigin },
    ]);
  });

  test('has the line of a key of its own under another name', async () => {
    const sign = (text: string) => ({ ...secondKey.sign(text), name: 'x' });
    const signers = [logKey, { ...secondKey, sign }];
    expect((await found(added(), { log: logKey, signers })).places).toEqual([
      { code: 'log/signature-unknown', found: 'x' },
    ]);
  });

  test('has a witness whose line looks like nobody’s', async () => {
    const { files } = madeLog(opened().entries, [logKey, ...witnessKeys]);
    const report = await fsck({ source: new MemoryLog(files) });
    expect(placesOf(report.findings)).toEqual(
      witnessKeys.map(({ verifier: { name } }) => ({ code: 'log/signature-unknown', found: name })),
    );
    expect((await fsck({ source: new MemoryLog(files), policy: policyFor() })).findings).toEqual(
      [],
    );
    // Neither the name alone nor the key ID alone makes a line known.
    const named = signerKey('witness.invalid/4', 8, 1n);
    const [first] = witnessKeys;
    const renamed = { sign: (text: string) => ({ ...first!.sign(text), name: 'x' }) };
    const odd = madeLog(opened().entries, [logKey, named, renamed as SignerKey]).files;
    const { findings } = await fsck({ source: new MemoryLog(odd), policy: policyFor() });
    expect(placesOf(findings)).toEqual([
      { code: 'log/signature-unknown', found: 'witness.invalid/4' },
      { code: 'log/signature-unknown', found: 'x' },
    ]);
  });
});

describe('the opening', () => {
  test('is missing', async () => {
    const story = new MadeStory().tell('a').tell('b');
    const places = [{ code: 'log/opening-missing' }];
    expect((await found(story, { log: logKey })).places).toEqual(places);
    expect((await found(story)).places).toEqual([
      ...places,
      { code: 'log/signature-unknown', found: logOrigin },
    ]);
  });

  test('was under another name, or by a key of another name', async () => {
    const other = signerKey('ledger.invalid/other', 1);
    const differs = {
      code: 'log/opening-differs',
      expected: 'ledger.invalid/other',
      found: logOrigin,
    };
    const renamed = new MadeStory().open('ledger.invalid/other', logKey).tell('a');
    expect((await found(renamed, { log: logKey })).places).toEqual([differs]);
    const foreign = new MadeStory().open(logOrigin, other).tell('a');
    expect((await found(foreign, { log: logKey })).places).toEqual([
      differs,
      { code: 'log/key-unrecorded', found: logKey.text },
    ]);
  });

  test('may come later than other acts', async () => {
    const story = new MadeStory().tell('a').open().tell('a');
    expect((await found(story, { log: logKey })).verdict).toBe('sound');
  });
});

describe('an entry about keys that cannot stand where it does', () => {
  const other = signerKey('ledger.invalid/other', 7);
  const cosigner = signerKey(logOrigin, 7, 1n);
  const key = { key: secondKey.text };

  test.each([
    ['no key', opened(), 'log.key-added.v1', {}, 'no verifier key'],
    ['no text', opened(), 'log.key-added.v1', { key: 1 }, 'no verifier key'],
    ['no data', opened(), 'log.key-added.v1', null, 'no verifier key'],
    ['some text', opened(), 'log.key-added.v1', { key: 'x' }, 'no verifier key'],
    [
      "a witness's key",
      opened(),
      'log.key-added.v1',
      { key: cosigner.text },
      'a log signs with a key of type 0x01',
    ],
    [
      'a second opening',
      opened(),
      'log.opened.v1',
      { ...key, origin: logOrigin },
      'the log was open already',
    ],
    ['an opening without a name', new MadeStory(), 'log.opened.v1', key, 'no origin'],
    [
      'a key before the opening',
      new MadeStory(),
      'log.key-added.v1',
      key,
      'the log was not open yet',
    ],
    [
      'a key of another name',
      opened(),
      'log.key-added.v1',
      { key: other.text },
      'the key has another name',
    ],
    [
      'a key that signs already',
      opened(),
      'log.key-added.v1',
      { key: logKey.text },
      'known already',
    ],
    [
      'a key that was retired',
      retired(),
      'log.key-added.v1',
      { key: logKey.text },
      'known already',
    ],
    ['another event', added(), 'log.key-lent.v1', key, 'log.key-lent.v1 is no event of log-keys'],
    ['the end of a strange key', opened(), 'log.key-retired.v1', key, 'the key did not sign'],
    [
      'the end of a key, twice',
      retired(),
      'log.key-retired.v1',
      { key: logKey.text },
      'the key did not sign',
    ],
    [
      'the end of the last key',
      opened(),
      'log.key-retired.v1',
      { key: logKey.text },
      'the last key was retired',
    ],
  ])('%s', async (_, before, type, data, detail) => {
    const index = before.entries.length;
    const events = before.entries.filter((one) => /"log-keys"/.test(new TextDecoder().decode(one)));
    const { places } = await found(before.keyEvent(type, data), { signers: [logKey, secondKey] });
    expect(places).toContainEqual({
      code: 'log/keys-event',
      index,
      stream: 'log-keys',
      revision: events.length,
      detail,
    });
    const codes = places.map((one) => (one as { code: string }).code);
    expect(codes.filter((code) => code === 'log/keys-event')).toHaveLength(1);
  });

  test.each(['log.opened.v1', 'log.key-added.v1', 'log.key-retired.v1'])(
    '%s in another stream',
    async (type) => {
      const data = { ...key, origin: logOrigin };
      const { places, keys } = await found(opened().tell('b', { type, data }), { log: logKey });
      const detail = `${type} outside log-keys`;
      expect(places).toEqual([
        { code: 'log/keys-event', index: 2, stream: 'b', revision: 0, detail },
      ]);
      expect(keys).toEqual([logKey.text]);
    },
  );

  test.each(['log.opened.v10', 'prelog.opened.v1', 'log.key-lent.v1', 'log.heads.v1'])(
    '%s in another stream is none of its business',
    async (type) => {
      const { places } = await found(opened().tell('b', { type, data: key }), { log: logKey });
      expect(places).toEqual([]);
    },
  );
});
