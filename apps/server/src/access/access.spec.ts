import { Controller, Get, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, test } from '@jest/globals';
import { manualClock, Refusal } from '#kernel';
import type { Instant } from '#kernel';
import { Register } from '#directory/node';
import type { Session } from '#directory/node';
import { LedgerClock } from '../ledger-clock.ts';
import { senderOf } from './addresses.ts';
import { PolicyCheck } from './policy-check.ts';
import { Public, SignedIn } from './policy.ts';
import { RateLimit } from './rate-limit.ts';
import { Sessions } from './sessions.ts';

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

describe('one sender', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:7:1::1', '2001:db8:7:1::/64'],
    ['2001:DB8:7:1:ffff:ffff:ffff:ffff', '2001:db8:7:1::/64'],
    ['2001:0db8:0007:0001:0:0:0:2', '2001:db8:7:1::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::7:1:2:3:4', '2001:db8:0:7::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['nobody', 'nobody'],
  ])('%s counts as %s', (address, sender) => {
    expect(senderOf(address)).toBe(sender);
  });
});

describe('sessions', () => {
  const start = '2026-01-05T02:00:00.000Z' as Instant;
  const expiresAt = '2026-01-05T10:00:00.000Z' as Instant;
  const person = '33333333-3333-4333-8333-333333333333';
  const over = new Refusal('session/over', { kind: 'unauthenticated', en: '', vi: '' });

  /** A register whose answers wait until they are let go. */
  function slowRegister() {
    let isOpen = true;
    let asked = 0;
    const waiting: (() => void)[] = [];
    const accounts = {
      session: async (): Promise<Session> => {
        asked += 1;
        const found = isOpen;
        if (waiting.length > 0) await new Promise<void>((resolve) => waiting.push(resolve));
        if (!found) throw over;
        return { person, openedAt: start, expiresAt };
      },
      closeSession: async () => {
        isOpen = false;
      },
    };
    const register = { accounts } as unknown as Register;
    return {
      register,
      hold: () => waiting.push(() => undefined),
      letGo: () => waiting.splice(0).forEach((resume) => resume()),
      asked: () => asked,
    };
  }
  const codeOf = (act: Promise<unknown>) =>
    act.then(
      () => 'signed in',
      (error: unknown) => (error instanceof Refusal ? error.code : 'fault'),
    );

  test('are believed for five seconds and no longer, and not by a clock that was set back', async () => {
    const clock = manualClock(start);
    const { register, asked } = slowRegister();
    const sessions = new Sessions(register, new LedgerClock(clock));
    await sessions.signedIn('token');
    clock.advance(4_999);
    await sessions.signedIn('token');
    expect(asked()).toBe(1);
    clock.advance(1);
    await sessions.signedIn('token');
    expect(asked()).toBe(2);
    clock.set('2026-01-05T01:00:00.000Z' as Instant);
    await sessions.signedIn('token');
    expect(asked()).toBe(3);
  });

  test.each(['signing out', 'a code that was used'])('are not revived after %s', async (how) => {
    const slow = slowRegister();
    const sessions = new Sessions(slow.register, new LedgerClock(manualClock(start)));
    slow.hold();
    // Asked before the end, answered after it.
    const asking = sessions.signedIn('token');
    if (how === 'signing out') await sessions.close('token');
    else {
      await slow.register.accounts.closeSession('token', start);
      sessions.forgetPerson(person);
    }
    slow.letGo();
    expect(await codeOf(asking)).toBe('signed in');
    expect(await codeOf(sessions.signedIn('token'))).toBe('session/over');
  });
});
