import { describe, expect, test } from '@jest/globals';
import { Turns } from './turns.ts';

/** Longer than any test: a turn that is not given at once has to come by being given back. */
const patientMs = 60_000;

describe('turns', () => {
  test('so many at once, the others in the order they came', async () => {
    const turns = new Turns(2);
    const got: string[] = [];
    const take = async (name: string) => {
      if (await turns.take(patientMs)) got.push(name);
    };
    const taking = ['a', 'b', 'c', 'd'].map(take);
    await Promise.all(taking.slice(0, 2));
    expect(got).toStrictEqual(['a', 'b']);
    turns.giveBack();
    await taking[2];
    expect(got).toStrictEqual(['a', 'b', 'c']);
    turns.giveBack();
    await taking[3];
    expect(got).toStrictEqual(['a', 'b', 'c', 'd']);
  });

  test('who runs out of patience gets none and takes none from the others', async () => {
    const turns = new Turns(1);
    expect(await turns.take(patientMs)).toBe(true);
    const [impatient, patient] = [turns.take(1), turns.take(patientMs)];
    expect(await impatient).toBe(false);
    turns.giveBack();
    expect(await patient).toBe(true);
    turns.giveBack();
    expect(await turns.take(patientMs)).toBe(true);
    expect(await turns.take(1)).toBe(false);
  });

  test('what is given back and wanted by nobody is there for the next', async () => {
    const turns = new Turns(1);
    for (let round = 0; round < 3; round += 1) {
      expect(await turns.take(patientMs)).toBe(true);
      turns.giveBack();
    }
  });
});
