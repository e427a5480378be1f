import { describe, expect, test } from '@jest/globals';
import type { SecurityDestination } from './security-file.ts';
import { SecurityLog } from './security-log.ts';

/** A destination that takes lines until the disk is full, and again when there is room. */
function captured() {
  const lines: string[] = [];
  const counts: string[] = [];
  const disk = { isFull: false };
  const to: SecurityDestination & { failure: Error | null } = {
    failure: null,
    write(line) {
      this.failure = disk.isFull ? new Error('ENOSPC') : null;
      if (!disk.isFull) lines.push(line);
    },
    reopen: () => undefined,
  };
  const log = new SecurityLog({
    to,
    onLine: (event, outcome) => void counts.push(`${event} ${outcome}`),
    onLost: () => void counts.push('lost'),
  });
  const told = () =>
    lines.map((line) => {
      const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      return rest;
    });
  return { log, disk, lines, counts, told };
}

const grant = { event: 'role.grant', outcome: 'asked', person: 'p-1' } as const;
const unwritable = { code: 'security/log-unwritable' };

describe('the security log', () => {
  test('tells who, what, when, from where and how it ended, on one marked line', () => {
    const { log, told } = captured();
    log.record({ ...grant, address: '10.0.0.1', correlationId: 'c-1', subject: { grant: 'g-1' } });
    expect(told()).toStrictEqual([
      {
        log: 'security',
        event: 'role.grant',
        outcome: 'asked',
        person: 'p-1',
        address: '10.0.0.1',
        correlationId: 'c-1',
        subject: { grant: 'g-1' },
      },
    ]);
  });

  test('cannot be made to lie by what is in a field', () => {
    const { log, lines } = captured();
    const forged = 'x\n{"log":"security","event":"server.stop","outcome":"ok"}';
    log.tell({ ...grant, address: forged, details: { role: forged, ['__proto__']: forged } });
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ address: forged });
  });

  test('redacts secrets that somebody hands it by mistake', () => {
    const { log, lines } = captured();
    log.tell({ ...grant, details: { secret: 'planted-7f3a', token: 'planted-7f3a' } });
    expect(lines.join('')).not.toContain('planted-7f3a');
  });

  test('refuses an act that it cannot tell of, and says afterwards how many it missed', () => {
    const { log, disk, told, counts } = captured();
    disk.isFull = true;
    expect(() => log.record(grant)).toThrow(expect.objectContaining(unwritable));
    expect(log.isWritable).toBe(false);
    expect(() => log.check()).toThrow(expect.objectContaining(unwritable));
    log.tell({ event: 'access.denied', outcome: 'access/role-needed' });
    expect(log.tryToWrite()).toBe(false);
    expect(told()).toStrictEqual([]);

    disk.isFull = false;
    expect(log.tryToWrite()).toBe(true);
    log.record(grant);
    expect(told()).toStrictEqual([
      {
        log: 'security',
        event: 'security-log.resume',
        outcome: 'ok',
        details: { lostLines: 2 },
      },
      { log: 'security', ...grant },
    ]);
    expect(counts).toStrictEqual([
      'role.grant asked',
      'lost',
      'access.denied access/role-needed',
      'lost',
      'security-log.resume ok',
      'role.grant asked',
    ]);
  });
});
