import { pino } from 'pino';
import type { Logger } from 'pino';
import { refuseRequest } from '../http/refusals.ts';
import { redacted } from '../http/log.ts';
import type { SecurityDestination } from './security-file.ts';

/** Everything that the security log tells of. docs/operating/metrics-and-logs.md explains each. */
export const securityEvents = [
  'access.denied',
  'account.change',
  'activation.cancel',
  'activation.confirm',
  'activation.issue',
  'activation.use',
  'export',
  'ledger.bootstrap',
  'limit.hit',
  'oversight.read',
  'person.enroll',
  'person.erase',
  'role.confirm',
  'role.delegate',
  'role.delegation-confirm',
  'role.delegation-end',
  'role.grant',
  'role.revoke',
  'security-log.resume',
  'server.start',
  'server.stop',
  'session.close',
  'session.open',
] as const;
export type SecurityEvent = (typeof securityEvents)[number];

/** Who, what, where from, how it ended (NIST SP 800-53 AU-3). When is stamped by the log, in UTC. */
export type SecurityLine = {
  readonly event: SecurityEvent;
  /** `asked` before an act, `allowed` before a read; then `ok` or the code of the refusal. */
  readonly outcome: string;
  readonly person?: string | undefined;
  readonly agency?: string | undefined;
  /** Digest of the session's token: ties lines together, opens nothing. */
  readonly session?: string | undefined;
  readonly address?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly method?: string | undefined;
  /** The template of the address; what stood in its places is in `subject`. */
  readonly route?: string | undefined;
  readonly subject?: Readonly<Record<string, string>> | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
};

export type SecurityLogOptions = {
  readonly to: SecurityDestination;
  readonly onLine?: (event: SecurityEvent, outcome: string) => void;
  readonly onLost?: () => void;
};

/**
 * The security log: JSON lines of their own, whatever LOG_LEVEL says. An act that is to be told of
 * and cannot be is not carried out (NIST SP 800-53 AU-5); as soon as lines are taken again, the
 * first of them says how many are missing.
 */
export class SecurityLog {
  private readonly log: Logger;
  private readonly options: SecurityLogOptions;
  private lostCount = 0;

  constructor(options: SecurityLogOptions) {
    this.options = options;
    this.log = pino(
      {
        base: undefined,
        timestamp: pino.stdTimeFunctions.isoTime,
        // No line is more or less urgent than another: in place of a level stands whose line it is.
        formatters: { level: () => ({ log: 'security' }) },
        redact: { paths: redacted, censor: '[redacted]' },
      },
      options.to,
    );
  }

  /** False from a line that could not be written until one can. */
  get isWritable(): boolean {
    return this.options.to.failure === null;
  }

  /** Writes the line, or refuses `security/log-unwritable`: then the act must not happen. */
  record(line: SecurityLine): void {
    this.check();
    if (!this.write(line)) throw refuseRequest('security/log-unwritable');
  }

  /** Writes the line if it can, for what cannot be refused any more: it has happened. */
  tell(line: SecurityLine): void {
    if (!this.isWritable) this.resume();
    this.write(line);
  }

  /** Counts what is left out of the log, because there was too much of the same. */
  count(event: SecurityEvent, outcome: string): void {
    this.options.onLine?.(event, outcome);
  }

  /** Refuses `security/log-unwritable` while no line is taken; tries before it says so. */
  check(): void {
    if (!this.isWritable && !this.resume()) throw refuseRequest('security/log-unwritable');
  }

  /** True where the log takes lines, again or still. For readiness. */
  tryToWrite(): boolean {
    return this.isWritable || this.resume();
  }

  reopen(): void {
    this.options.to.reopen();
  }

  private resume(): boolean {
    const line = { event: 'security-log.resume', outcome: 'ok' } as const;
    this.log.info({ ...line, details: { lostLines: this.lostCount } });
    if (!this.isWritable) return false;
    this.lostCount = 0;
    this.options.onLine?.(line.event, line.outcome);
    return true;
  }

  private write(line: SecurityLine): boolean {
    this.options.onLine?.(line.event, line.outcome);
    if (this.isWritable) this.log.info(line);
    if (this.isWritable) return true;
    this.lostCount += 1;
    this.options.onLost?.();
    return false;
  }
}
