import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { map } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Receipt } from '#event-store';
import { ledgerPosition } from './headers.ts';

/** What an agency keeps: the ledger cannot later deny it. */
export class ReceiptBody {
  @ApiProperty({ example: 'figure-son_la-qd1969-2026.I.4' }) stream: string;
  @ApiProperty({ type: 'integer', example: 0 }) revision: number;
  @ApiProperty({ format: 'uuid' }) eventId: string;
  @ApiProperty({ example: 'figure.submitted.v1' }) type: string;
  @ApiProperty({
    description: 'SHA-256 of the canonical entry',
    example: `sha256:${'0'.repeat(64)}`,
  })
  digest: string;
  @ApiProperty({ format: 'date-time' }) recordedAt: string;
  @ApiProperty({ format: 'uuid' }) commandId: string;
  @ApiProperty({
    description: 'True when it had been recorded before; this is the first answer again',
  })
  repeated: boolean;
}

/** A receipt with something else that the act produced, such as the id of a new person. */
export type WithReceipt = { readonly receipt: Receipt } & Readonly<Record<string, unknown>>;

/** Turns what a command answered into the HTTP answer of CONTRACTS 5. */
@Injectable()
export class ReceiptInterceptor implements NestInterceptor<Receipt | WithReceipt, object> {
  intercept(
    context: ExecutionContext,
    next: CallHandler<Receipt | WithReceipt>,
  ): Observable<object> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((answer) => {
        const { receipt, ...more } = 'receipt' in answer ? answer : { receipt: answer };
        const { position, ...body } = receipt;
        void reply.header('etag', `"${receipt.revision}"`);
        // Where its proof will be, as soon as a published checkpoint covers it.
        const proof = `/api/v1/receipts/${receipt.eventId}/proof`;
        void reply.header('link', `<${proof}>; rel="describedby"; type="text/plain"`);
        if (position !== null) void reply.header('ledger-position', ledgerPosition(position));
        return { ...body, ...more };
      }),
    );
  }
}
