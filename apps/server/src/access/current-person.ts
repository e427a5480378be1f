import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { PersonId } from '#kernel';
import { refuseRequest } from '../http/refusals.ts';
import { notesOf } from '../http/request-notes.ts';

/** The person behind the session: `@CurrentPerson() person: PersonId`. */
export const CurrentPerson = createParamDecorator(
  (_: unknown, context: ExecutionContext): PersonId => {
    const { signedIn } = notesOf(context.switchToHttp().getRequest<FastifyRequest>());
    if (signedIn === null) throw refuseRequest('session/none');
    return signedIn.person;
  },
);
