import { Controller, Get, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, test } from '@jest/globals';
import { manualClock, Refusal } from '#kernel';
import type { Instant } from '#kernel';
import { PolicyCheck } from './policy-check.ts';
import { Public, SignedIn } from './policy.ts';
import { RateLimit } from './rate-limit.ts';

@SignedIn()
@Controller('guarded')
class Guarded {
  @Get()
  one() {
    return {};
  }

  @Get('open')
  @Public()
  two() {
    return {};
  }
}

@Controller('forgotten')
class Forgotten {
  @Get('door')
  one() {
    return {};
  }
}

@Module({ imports: [DiscoveryModule], controllers: [Guarded], providers: [PolicyCheck] })
class Sound {}

@Module({ imports: [DiscoveryModule], controllers: [Guarded, Forgotten], providers: [PolicyCheck] })
class Unsound {}

describe('policies', () => {
  test('of a class hold for its routes unless a route has its own', async () => {
    const { app } = { app: await Test.createTestingModule({ imports: [Sound] }).compile() };
    await app.init();
    const routes = app
      .get(PolicyCheck)
      .routes()
      .map(({ path, policy }) => [path, policy?.kind]);
    expect(routes).toStrictEqual([
      ['guarded/', 'signed-in'],
      ['guarded/open', 'public'],
    ]);
    await app.close();
  });

  test('are said for every route, or the application does not start', async () => {
    const app = await Test.createTestingModule({ imports: [Unsound] }).compile();
    await expect(app.init()).rejects.toThrow('routes without a policy: Forgotten.one');
  });
});

describe('a rate limit', () => {
  const start = '2026-01-05T02:00:00.000Z' as Instant;
  const limited = (clock = manualClock(start)) => ({
    clock,
    limit: new RateLimit({ clock, burst: 2, refillMs: 1_000, keysMax: 2 }),
  });
  const refusalOf = (act: () => void) => {
    try {
      act();
    } catch (error) {
      if (error instanceof Refusal) return [error.code, error.facts['retryAfterSeconds']];
      throw error;
    }
    return undefined;
  };

  test('lets a burst pass, then one at a time, for each key apart', () => {
    const { clock, limit } = limited();
    limit.take('a');
    limit.take('a');
    expect(refusalOf(() => limit.take('a'))).toStrictEqual(['request/too-many', 1]);
    expect(refusalOf(() => limit.take('b'))).toBeUndefined();
    clock.advance(1_000);
    expect(refusalOf(() => limit.take('a'))).toBeUndefined();
    expect(refusalOf(() => limit.take('a'))).toStrictEqual(['request/too-many', 1]);
  });

  test('never saves up more than a burst, and takes nothing for a clock that jumps back', () => {
    const { clock, limit } = limited();
    limit.take('a');
    clock.advance(60_000);
    limit.take('a');
    limit.take('a');
    expect(refusalOf(() => limit.take('a'))).toStrictEqual(['request/too-many', 1]);
    clock.set('2026-01-05T01:00:00.000Z' as Instant);
    expect(refusalOf(() => limit.take('b'))).toBeUndefined();
  });

  test('remembers so many keys and no more', () => {
    const { limit } = limited();
    for (const key of ['a', 'a', 'b', 'c']) limit.take(key);
    expect(refusalOf(() => limit.take('a'))).toBeUndefined();
  });
});
