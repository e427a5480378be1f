import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { tap } from 'rxjs';
import type { Observable } from 'rxjs';
import { SecurityWatch } from './security-watch.ts';

/**
 * Puts the security log around every handler: nothing that is to be told of begins before it can be
 * told, and no answer leaves before it was (NIST SP 800-53 AU-5). Comes before all interceptors of
 * single routes, so it sees the answer as it will leave.
 */
@Injectable()
export class SecurityInterceptor implements NestInterceptor {
  private readonly watch: SecurityWatch;

  constructor(watch: SecurityWatch) {
    this.watch = watch;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    this.watch.before(request);
    return next.handle().pipe(tap((answer) => this.watch.succeeded(request, answer)));
  }
}
