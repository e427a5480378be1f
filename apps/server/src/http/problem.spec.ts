import { describe, expect, test } from '@jest/globals';
import { Refusal, refuseCommand } from '#kernel';
import type { RefusalKind } from '#kernel';
import { problemAnswer, statusOf } from './problem.ts';
import { refuseRequest } from './refusals.ts';

const traceId = '3f0c1d2e-5a6b-4c7d-8e9f-0a1b2c3d4e5f';

describe('a problem', () => {
  test.each<readonly [RefusalKind, number]>([
    ['invalid', 422],
    ['forbidden', 403],
    ['missing', 404],
    ['rule', 409],
    ['reused', 422],
    ['in-flight', 409],
    ['stale', 412],
    ['unconditional', 428],
    ['unauthenticated', 401],
    ['too-large', 413],
    ['unsupported-media', 415],
    ['too-many', 429],
    ['unavailable', 503],
    ['storage-full', 507],
  ])('of kind %s has status %i', (kind, status) => {
    expect(statusOf('any/code', { kind })).toBe(status);
  });

  test('that was never read is 400, whatever else is wrong with it', () => {
    expect(statusOf('request/invalid', { kind: 'invalid' })).toBe(400);
  });

  test('has a title in either language and leads to its description', () => {
    const refusal = refuseCommand('command/key-reused', { stream: 'x', revision: 3 });
    const vi = problemAnswer(refusal, 'vi', traceId);
    expect(vi.problem).toStrictEqual({
      type: '/problems/command/key-reused',
      title: 'Idempotency-Key này đã dùng cho một yêu cầu khác.',
      status: 422,
      detail: 'Phiên bản hiện tại 3.',
      code: 'command/key-reused',
      traceId,
      facts: { stream: 'x', revision: 3 },
    });
    expect(vi.headers).toStrictEqual({
      'content-language': 'vi',
      vary: 'accept-language',
      'cache-control': 'no-store',
    });
    expect(problemAnswer(refusal, 'en', traceId).problem.title).toBe(
      'This Idempotency-Key was used for a different request.',
    );
  });

  test('calls a fact by what it is: a day, or the statuses that an act is possible from', () => {
    const text = { kind: 'rule', en: 'No.', vi: 'Không.' } as const;
    const said = (facts: Record<string, unknown>) =>
      problemAnswer(new Refusal('a/b', text, facts), 'vi', traceId).problem.detail;
    expect(said({ from: '2026-09-30' })).toBe('Từ ngày 2026-09-30.');
    expect(said({ from: ['submitted', 'endorsed'] })).toBe('Cần một trong đã nộp, đã phê duyệt.');
    expect(said({ roles: ['checker', 'head'] })).toBe('Các vai trò người kiểm tra, thủ trưởng.');
    expect(said({ role: 'constructor' })).toBe('Vai trò constructor.');
    expect(said({ expected: 3 })).toBe('Phiên bản đã nêu 3.');
    // Prose of one language stands in the facts only.
    expect(said({ expected: '0 to 12' })).toBeUndefined();
  });

  test('cannot pass a fact off as one of its own members', () => {
    const text = { kind: 'rule', en: 'No.', vi: 'Không.' } as const;
    const refusal = new Refusal('a/b', text, {
      status: 200,
      title: 'x',
      traceId: 'x',
      reason: 'y',
    });
    expect(problemAnswer(refusal, 'en', traceId).problem).toStrictEqual({
      type: '/problems/a/b',
      title: 'No.',
      status: 409,
      code: 'a/b',
      traceId,
      // Nothing is said twice, and what the status is of the thing is not lost.
      facts: { status: 200, title: 'x', traceId: 'x', reason: 'y' },
      detail: 'Status 200.',
    });
  });

  test('with a pointer says where', () => {
    const refusal = refuseRequest('request/duplicate-key', { pointer: '/a~1b' });
    const { errors, detail } = problemAnswer(refusal, 'en', traceId).problem;
    expect(errors).toStrictEqual([{ pointer: '/a~1b', code: 'request/duplicate-key' }]);
    expect(detail).toBe('At /a~1b.');
  });

  test('says in words what the rule saw, and nothing in JSON', () => {
    const text = { kind: 'rule', en: 'No.', vi: 'Không.' } as const;
    const facts = { lastDay: '2026-09-30', missing: ['a', 'b'], nested: { x: 1 }, same: true };
    const { problem } = problemAnswer(new Refusal('a/b', text, facts), 'vi', traceId);
    expect(problem).toMatchObject({
      detail: 'Hạn cuối 2026-09-30; còn thiếu a, b.',
      facts,
      same: true,
    });
  });

  test('tells what is missing from what is wrong', () => {
    const faults = [{ pointer: '/to', code: 'as-of', isMissing: true }];
    const { problem } = problemAnswer(refuseRequest('request/invalid', { faults }), 'en', traceId);
    expect(problem.errors?.[0]?.expected).toMatch(/^missing; wanted: .*2026-09-30T16:59:59.999Z/);
  });

  test('of a lost race carries the present and its ETag', () => {
    const present = { type: 'figure.corrected.v1' };
    const answer = problemAnswer(
      refuseCommand('command/stale', { expected: 1, revision: 2, present }),
      'en',
      traceId,
    );
    expect(answer.problem.present).toStrictEqual({ revision: 2, type: 'figure.corrected.v1' });
    expect(answer.headers['etag']).toBe('"2"');
    const gone = problemAnswer(
      refuseCommand('command/stale', { expected: 1, revision: null }),
      'en',
      traceId,
    );
    expect([gone.problem.present, gone.headers['etag']]).toStrictEqual([
      { revision: null },
      undefined,
    ]);
  });

  test.each([
    [refuseCommand('store/unavailable'), '1'],
    [refuseCommand('command/in-flight'), '1'],
    [refuseRequest('request/too-many', { retryAfterSeconds: 7 }), '7'],
  ])('that passes says when to come back', (refusal, seconds) => {
    expect(problemAnswer(refusal, 'vi', traceId).headers['retry-after']).toBe(seconds);
  });

  test.each([
    new Error('select * from secret at /srv/app.ts:1'),
    'a string',
    undefined,
    new TypeError('x'),
  ])('of our own tells nothing of what happened inside', (fault) => {
    expect(problemAnswer(fault, 'en', traceId).problem).toStrictEqual({
      type: '/problems/request/fault',
      title: 'The ledger made a mistake; it was written to the log under the correlation id.',
      status: 500,
      code: 'request/fault',
      traceId,
    });
  });
});
