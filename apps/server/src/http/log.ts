import type { LoggerService } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { destination, pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import type { LogLevel } from '../configuration/configuration.ts';
import { notesOf } from './request-notes.ts';

/**
 * Names that must never reach a log, wherever they turn up. Headers and bodies are not logged at
 * all; this is the second line, for objects that somebody logs by mistake.
 */
export const redacted: string[] = [
  'authorization',
  'cookie',
  'secret',
  'token',
  'activationCode',
  '*.authorization',
  '*.cookie',
  '*.secret',
  '*.token',
  '*.activationCode',
  'headers["set-cookie"]',
  '*.headers.authorization',
  '*.headers.cookie',
  'body',
  '*.body',
];

/** The server's log: JSON lines on stderr, because stdout is for whoever started the server. */
export function createLog(level: LogLevel, to?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redacted, censor: '[redacted]' },
    },
    // Synchronous: what was said just before a crash is what one wants to read.
    to ?? destination({ dest: 2, sync: true }),
  );
}

/** Nest's own words, through the same log. */
export function nestLog(log: Logger): LoggerService {
  const at =
    (level: 'info' | 'error' | 'warn' | 'debug' | 'trace') =>
    (message: unknown, ...more: unknown[]) => {
      const context = more.at(-1);
      // A port that cannot be listened on is thrown as well, and told in a sentence of our own.
      if (context === 'NestApplication' && /^Error: listen /.test(String(message))) return;
      const told = message instanceof Error ? { err: message } : {};
      log[level](
        { ...told, context },
        message instanceof Error ? message.message : String(message),
      );
    };
  return {
    // Nest tells each route and module it finds; nobody needs that but its own developers.
    log: at('debug'),
    error: at('error'),
    warn: at('warn'),
    debug: at('debug'),
    verbose: at('trace'),
    fatal: at('error'),
  };
}

/** One line for each request: who did what, to which path, and how it ended. Never a query. */
export function logRequest(log: Logger, request: FastifyRequest, reply: FastifyReply): void {
  const { signedIn, agency, outcome } = notesOf(request);
  const line = {
    correlationId: request.id,
    method: request.method,
    path: request.url.split('?')[0],
    status: reply.statusCode,
    outcome: outcome ?? (reply.statusCode < 400 ? 'ok' : 'refused'),
    person: signedIn?.person,
    agency: agency ?? undefined,
    address: request.ip,
    tookMs: Math.round(reply.elapsedTime),
  };
  if (reply.statusCode >= 500) log.error(line, 'request');
  else log.info(line, 'request');
}
