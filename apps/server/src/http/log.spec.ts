import { describe, expect, test } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createLog, logRequest, nestLog } from './log.ts';
import { notesOf } from './request-notes.ts';

function captured() {
  const lines: string[] = [];
  const log = createLog('trace', { write: (line) => void lines.push(line) });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

describe('the log', () => {
  test('never holds a planted secret, wherever somebody puts it', () => {
    const { log, lines } = captured();
    const planted = 'planted-secret-7f3a';
    log.info({ secret: planted, token: planted, authorization: planted, activationCode: planted });
    log.info({ session: { token: planted }, person: { activationCode: planted } });
    log.info({ request: { body: { secret: planted }, headers: { authorization: planted } } });
    log.info({ body: { code: planted }, cookie: planted, request: { cookie: planted } });
    expect(lines).toHaveLength(4);
    expect(lines.filter((line) => line.includes(planted))).toStrictEqual([]);
  });

  test('has one line for a request: who, what, how it ended; no query', () => {
    const { log, last } = captured();
    const request = {
      id: 'c-1',
      method: 'POST',
      url: '/api/v1/figures/x?token=abc',
      ip: '127.0.0.1',
      raw: {},
    } as unknown as FastifyRequest;
    Object.assign(notesOf(request), {
      signedIn: { person: 'p-1', session: 's-1' },
      agency: 'son_la.so_tc',
      outcome: 'figure/exists',
    });
    logRequest(log, request, { statusCode: 409, elapsedTime: 12.4 } as FastifyReply);
    const { time, ...line } = last();
    expect(typeof time).toBe('string');
    expect(line).toStrictEqual({
      level: 'info',
      correlationId: 'c-1',
      method: 'POST',
      path: '/api/v1/figures/x',
      status: 409,
      outcome: 'figure/exists',
      person: 'p-1',
      agency: 'son_la.so_tc',
      address: '127.0.0.1',
      tookMs: 12,
      msg: 'request',
    });
  });

  test('takes what the framework says, errors as errors', () => {
    const { log, last } = captured();
    nestLog(log).error(new Error('broken'), 'Router');
    expect(last()).toMatchObject({ level: 'error', context: 'Router', err: { message: 'broken' } });
  });

  test('leaves a port that is taken to the one sentence of the program', () => {
    const { log, lines } = captured();
    nestLog(log).error('Error: listen EADDRINUSE: address already in use', 'NestApplication');
    expect(lines).toStrictEqual([]);
  });

  test('cannot be made to lie by a line feed', () => {
    const { log, lines } = captured();
    log.info({ path: '/a\n{"level":"info"}' }, 'request');
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(1);
  });
});
