import { beforeEach, describe, expect, test } from '@jest/globals';
import type { PublisherStatus, WitnessState } from '#transparency';
import { linesPerMinuteMax, witnessTeller } from './witness-teller.ts';

type Line = readonly [level: 'info' | 'warn', fields: object, message: string];

let lines: Line[];
let nowMs: number;
let tell: (status: PublisherStatus) => void;

beforeEach(() => {
  lines = [];
  nowMs = 0;
  const writer = (level: 'info' | 'warn') => (fields: object, message: string) => {
    lines.push([level, fields, message]);
  };
  const log = { info: writer('info'), warn: writer('warn') };
  tell = witnessTeller(log as Parameters<typeof witnessTeller>[0], () => nowMs);
});

const cosigned: WitnessState = { name: 'mot', state: 'cosigned', treeSize: 12, reason: null };
const unasked: WitnessState = { name: 'mot', state: 'unasked', treeSize: null, reason: null };
const refused = (reason: string): WitnessState => ({
  name: 'mot',
  state: 'refused',
  treeSize: null,
  reason,
});
const status = (quorum: 'met' | 'missing', ...witnesses: WitnessState[]): PublisherStatus => ({
  published: undefined,
  pending: quorum === 'met' ? null : 12,
  quorum,
  witnesses,
  lastError: null,
});

describe('the lines about witnesses', () => {
  test('are one for each change of a witness and of the quorum', () => {
    const unknown = 'it does not know this log (404)';
    const distrusted = 'it does not trust the key of this log (403)';
    tell(status('missing', unasked));
    for (let asked = 0; asked < 7; asked += 1) tell(status('missing', refused(unknown)));
    tell(status('missing', refused(distrusted)));
    tell(status('met', cosigned));
    tell(status('met', { ...cosigned, treeSize: 900 }));
    const line = { witness: 'mot', state: 'refused', treeSize: null };
    expect(lines).toStrictEqual([
      ['warn', { ...line, reason: unknown }, 'a witness does not cosign'],
      [
        'warn',
        { quorum: 'missing', pending: 12 },
        'checkpoints wait for the cosignatures of witnesses',
      ],
      ['warn', { ...line, reason: distrusted }, 'a witness does not cosign'],
      ['info', { witness: 'mot', state: 'cosigned', treeSize: 12 }, 'a witness cosigns'],
      ['info', { quorum: 'met' }, 'enough witnesses cosign'],
    ]);
  });

  test('do not call a quorum missing while somebody is asked for the first time', () => {
    tell(status('missing', { ...cosigned, name: 'hai' }, unasked));
    tell(status('met', { ...cosigned, name: 'hai' }, cosigned));
    expect(lines.map(([, fields]) => fields)).not.toContainEqual(
      expect.objectContaining({ quorum: 'missing' }),
    );
    expect(lines).toHaveLength(3);
  });

  test('of one that comes and goes are few, and the last of them is how it stands', () => {
    for (let turn = 0; turn < 100; turn += 1) {
      nowMs += 100;
      tell(status('met', turn % 2 === 0 ? cosigned : refused('it answered 500')));
    }
    const ofWitness = () => lines.filter(([, fields]) => 'witness' in fields);
    expect(ofWitness()).toHaveLength(linesPerMinuteMax);
    expect(ofWitness().at(-1)?.[1]).toMatchObject({ state: 'refused' });
    nowMs += 60_000;
    tell(status('met', cosigned));
    tell(status('met', cosigned));
    expect(ofWitness()).toHaveLength(linesPerMinuteMax + 1);
    expect(ofWitness().at(-1)?.[1]).toMatchObject({ state: 'cosigned' });
  });

  test('say of a quorum that nobody can be asked for that it is missing', () => {
    tell(status('missing'));
    expect(lines.map(([level, fields]) => [level, fields])).toStrictEqual([
      ['warn', { quorum: 'missing', pending: 12 }],
    ]);
  });
});
