import { applyDecorators, Injectable, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '#kernel';
import { epochMs } from '#kernel';
import { refuseRequest } from '../http/refusals.ts';
import { senderOf } from './addresses.ts';

export type RateLimitOptions = {
  readonly clock: Clock;
  /** Attempts that may come at once. */
  readonly burst: number;
  /** Time until one more attempt is allowed. */
  readonly refillMs: number;
  /** Most keys kept; beyond that the one used longest ago is forgotten. */
  readonly keysMax: number;
};

type Bucket = { tokens: number; at: number };

/**
 * A token bucket for each key, in memory: guessing is slowed down, nobody is locked out for good.
 * The register throttles each login on its own; this one counts addresses, so that one sender
 * cannot try every login there is.
 */
export class RateLimit {
  private readonly options: RateLimitOptions;
  private readonly buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions) {
    this.options = options;
  }

  /** Takes one attempt, or throws the refusal that says when the next one is allowed. */
  take(key: string): void {
    const { burst, refillMs } = this.options;
    const now = epochMs(this.options.clock.now());
    const bucket = this.buckets.get(key) ?? { tokens: burst, at: now };
    // A clock that jumps back must not take anything away, nor give anything.
    const gained = Math.max(0, Math.floor((now - bucket.at) / refillMs));
    const tokens = Math.min(burst, bucket.tokens + gained);
    const at = tokens === burst ? now : bucket.at + gained * refillMs;
    this.buckets.delete(key);
    this.buckets.set(key, { tokens: Math.max(0, tokens - 1), at });
    this.trim();
    if (tokens < 1) {
      const waitMs = Math.max(1, at + refillMs - now);
      throw refuseRequest('request/too-many', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
    }
  }

  private trim(): void {
    if (this.buckets.size <= this.options.keysMax) return;
    const oldest = this.buckets.keys().next().value;
    if (oldest !== undefined) this.buckets.delete(oldest);
  }
}

/** Takes one attempt of the sender before anybody looks at what was sent. */
@Injectable()
export class AttemptGuard implements CanActivate {
  private readonly attempts: RateLimit;

  constructor(attempts: RateLimit) {
    this.attempts = attempts;
  }

  canActivate(context: ExecutionContext): boolean {
    this.attempts.take(senderOf(context.switchToHttp().getRequest<FastifyRequest>().ip));
    return true;
  }
}

/** Names, secrets and one document: nothing that a stranger may send is longer. */
const strangersBytesMax = 16 * 1024;

/**
 * A write that is open to strangers: counted for each sender, and of few bytes. Of every other write
 * the session is looked at before its body is read (http/fastify-app.ts).
 */
export const Attempted = () =>
  applyDecorators(
    UseGuards(AttemptGuard),
    RouteConfig({ isForStrangers: true, bodyBytesMax: strangersBytesMax }),
  );
