import { ApiProperty } from '@nestjs/swagger';
import { ReceiptBody } from '../http/receipt.interceptor.ts';

/** What acts on people and accounts answer, as OpenAPI shows it. */

const instant = { format: 'date-time', example: '2026-09-30T08:00:00.000Z' };

export class FirstPeopleBody {
  @ApiProperty({ format: 'uuid' }) registrar: string;
  @ApiProperty({ format: 'uuid' }) confirmer: string;
}

export class SessionBody {
  @ApiProperty({ description: 'The bearer token, opaque; shown once' }) token: string;
  @ApiProperty({ ...instant, description: 'Eight hours later, used or not' }) expiresAt: string;
  @ApiProperty({ format: 'uuid' }) person: string;
}

/** A repetition answers the same issue, and no code: the first answer had it. */
export class IssuedBody extends ReceiptBody {
  @ApiProperty({ format: 'uuid' }) person: string;
  @ApiProperty({ format: 'uuid', description: 'Names it in confirmations and cancellations' })
  issue: string;
  @ApiProperty({ description: 'The person has a secret: the code works once it is confirmed' })
  needsConfirmation: boolean;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The one-time code with which the person sets their own secret; shown once',
  })
  activationCode: string | null;
  @ApiProperty({ type: String, nullable: true, ...instant })
  activationExpiresAt: string | null;
}

/** A repetition answers the same person, and no code: the first answer had it. */
export class EnrolledBody extends ReceiptBody {
  @ApiProperty({ format: 'uuid' }) person: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null in a repeated answer' })
  activationCode: string | null;
  @ApiProperty({ type: String, nullable: true, ...instant })
  activationExpiresAt: string | null;
}

export class GrantedBody extends ReceiptBody {
  @ApiProperty({ format: 'uuid', description: 'Names it in confirmations and revocations' })
  grant: string;
  @ApiProperty({ description: 'Counts once a person of another agency has confirmed it' })
  needsConfirmation: boolean;
}

export class DelegatedBody extends ReceiptBody {
  @ApiProperty({ format: 'uuid', description: 'Names it in confirmations and endings' })
  delegation: string;
  @ApiProperty({ description: 'Counts once that head or a person of another agency confirmed it' })
  needsConfirmation: boolean;
}
