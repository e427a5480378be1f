import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import type { Position } from '#event-store';
import { Projector } from '#read-models/node';
import { isRead, readLedgerPosition } from '../http/headers.ts';
import { refuseRequest } from '../http/refusals.ts';
import { notesOf } from '../http/request-notes.ts';

/** CONTRACTS 5: a read waits this long for what its reader has written. */
const patienceMs = 2_000;

/**
 * Reading one's own writes: a read that sends Ledger-Position back is answered once the read models
 * have come so far, so no client needs to sleep.
 */
@Injectable()
export class WaitsInterceptor implements NestInterceptor {
  private readonly projector: Projector;

  constructor(projector: Projector) {
    this.projector = projector;
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const awaited = isRead(request.method)
      ? readLedgerPosition(request.headers['ledger-position'])
      : null;
    // Only who is signed in may make a request wait: strangers are not held, nor hold the projector.
    if (awaited !== null && notesOf(request).signedIn !== null) {
      const target =
        awaited.kind === 'index'
          ? { leafIndex: awaited.leafIndex }
          : { position: awaited.position as Position };
      if (!(await this.projector.waitFor(target, patienceMs)))
        throw refuseRequest('request/in-time');
    }
    return next.handle();
  }
}
