import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { capacitiesOf } from '#directory';
import type { Person } from '#directory';
import { Directory } from '#directory/nest';
import type { Role } from '#kernel';
import { LedgerFolder } from '../configuration/ledger-folder.ts';
import { isRead, readBearerToken } from '../http/headers.ts';
import { refuseRequest } from '../http/refusals.ts';
import { notesOf } from '../http/request-notes.ts';
import { LedgerClock } from '../ledger-clock.ts';
import { policyKey } from './policy.ts';
import type { Policy } from './policy.ts';
import { Sessions } from './sessions.ts';

/**
 * Turns a bearer token into a person and holds the route's policy against them. A token says who
 * somebody is and nothing else; what they are is asked of the directory's events each time, so a
 * revoked role is gone at once, also for sessions that are open (OWASP ASVS 5.0, 8.3.2).
 */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly reflector: Reflector;
  private readonly sessions: Sessions;
  private readonly directory: Directory;
  private readonly clock: LedgerClock;
  private readonly folder: LedgerFolder;

  constructor(
    reflector: Reflector,
    sessions: Sessions,
    directory: Directory,
    clock: LedgerClock,
    folder: LedgerFolder,
  ) {
    this.folder = folder;
    this.reflector = reflector;
    this.sessions = sessions;
    this.directory = directory;
    this.clock = clock;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const policy = this.reflector.getAllAndOverride<Policy | undefined>(policyKey, [
      context.getHandler(),
      context.getClass(),
    ]);
    // PolicyCheck makes this impossible; if it happens all the same, the door stays shut.
    if (policy === undefined) throw refuseRequest('access/role-needed');
    const isForAll = policy.kind === 'entries' && this.folder.identity.entriesPublic;
    if (policy.kind === 'public' || isForAll) return true;

    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = readBearerToken(request.headers.authorization);
    if (token === null) throw refuseRequest('session/none');
    const notes = notesOf(request);
    notes.signedIn = await this.sessions.signedIn(token);

    const { person } = notes.signedIn;
    const { state } = await this.directory.person(person);
    notes.agency = state?.agency ?? null;
    notes.oversees = isRead(request.method) && state !== null && this.oversees(state);
    if (policy.kind !== 'signed-in') {
      const { acting } = await this.directory.actingPerson(person, this.clock.today());
      const isAllowed = acting.capacities.some(({ role }) => policy.roles.includes(role));
      if (!isAllowed) throw refuseRequest('access/role-needed', { roles: policy.roles });
    }
    return true;
  }

  /** Whether this one reads on behalf of the whole, which the security log tells of. */
  private oversees(person: Person): boolean {
    const isOverseer = ({ role }: { readonly role: Role }) =>
      role === 'auditor' || role === 'inspector';
    // Hardly anybody ever was one: the day is asked for only where it decides.
    return (
      person.grants.some(isOverseer) && capacitiesOf(person, this.clock.today()).some(isOverseer)
    );
  }
}
