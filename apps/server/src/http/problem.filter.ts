import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { StoreUnavailable } from '#event-store';
import { jsonText, Refusal, refuseCommand } from '#kernel';
import { unroutable } from './fastify-app.ts';
import type { MethodsOf } from './fastify-app.ts';
import { languageOf } from './language.ts';
import { problemAnswer } from './problem.ts';
import { refuseRequest } from './refusals.ts';
import { notesOf } from './request-notes.ts';

/** Turns everything that is thrown on the way of a request into one problem+json answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log: Logger;
  private readonly methodsOf: MethodsOf;

  constructor(log: Logger, methodsOf: MethodsOf) {
    this.log = log;
    this.methodsOf = methodsOf;
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    const context = host.switchToHttp();
    const request = context.getRequest<FastifyRequest>();
    const reply = context.getResponse<FastifyReply>();
    const error = this.understood(thrown, request);
    const { status, headers, problem } = problemAnswer(
      error,
      languageOf(request.headers['accept-language']),
      request.id,
    );
    notesOf(request).outcome = problem.code;
    if (status === 500) {
      this.log.error({ err: thrown, correlationId: request.id }, 'a fault of ours');
    }
    if (reply.sent || reply.raw.headersSent) {
      // Part of an answer is on its way: cutting the line is the only honest end of it.
      reply.raw.destroy();
      return;
    }
    void reply
      .status(status)
      .headers(headers)
      .type('application/problem+json')
      .send(jsonText(problem));
  }

  /** What the framework throws on its own, in our words. */
  private understood(thrown: unknown, request: FastifyRequest): unknown {
    if (thrown instanceof Refusal) return thrown;
    if (thrown instanceof StoreUnavailable) return refuseCommand('store/unavailable');
    if (isDatabaseAway(thrown)) return refuseRequest('request/database-away');
    const status = thrown instanceof HttpException ? thrown.getStatus() : fastifyStatusOf(thrown);
    switch (status) {
      case 400:
        return refuseRequest('request/bad-url');
      case 404:
        return unroutable(request, this.methodsOf);
      case 413:
        return refuseRequest('request/too-large');
      case 414:
        return refuseRequest('request/bad-url');
      case 415:
        return refuseRequest('request/unsupported-media');
      case 503:
        return refuseRequest('request/stopping');
      default:
        return thrown;
    }
  }
}

function fastifyStatusOf(thrown: unknown): number | undefined {
  const { code, statusCode } = (thrown ?? {}) as { code?: unknown; statusCode?: unknown };
  const isFastify = typeof code === 'string' && code.startsWith('FST_');
  return isFastify && typeof statusCode === 'number' ? statusCode : undefined;
}

/** A server that went away: what the network says, and PostgreSQL's classes 08, 53 and 57. */
function isDatabaseAway(thrown: unknown): boolean {
  const { code } = (thrown ?? {}) as { code?: unknown };
  if (typeof code !== 'string') return false;
  const isNetwork = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code);
  return isNetwork || /^(?:08|53|57P)[0-9A-Z]{2,3}$/.test(code);
}
