import { isRead } from '../http/headers.ts';
import type { SecurityEvent } from './security-log.ts';

/**
 * Which requests the security log tells of, in one table, so that no controller can forget it.
 *
 * - `ahead`: one line before the act and one after it, so that not even a disk that fills up in
 *   between lets anything happen unseen. For those who are signed in.
 * - `answer`: one line before the answer leaves. For those who are not signed in yet: whoever
 *   guesses a thousand times a second must not fill the disk. No session is handed out unseen.
 * - `report`: one line afterwards, whether or not it can be written. Signing out is never refused.
 */
export type Audit = {
  readonly event: SecurityEvent;
  readonly order: 'ahead' | 'answer' | 'report';
};

const table: Readonly<Record<string, Audit>> = {
  'POST /api/v1/sessions': { event: 'session.open', order: 'answer' },
  'DELETE /api/v1/sessions/current': { event: 'session.close', order: 'report' },
  'POST /api/v1/activations': { event: 'activation.use', order: 'answer' },
  'POST /api/v1/bootstrap': { event: 'ledger.bootstrap', order: 'answer' },
  'POST /api/v1/people': { event: 'person.enroll', order: 'ahead' },
  'POST /api/v1/people/:person/activation-codes': { event: 'activation.issue', order: 'ahead' },
  'POST /api/v1/people/:person/activation-codes/:issue/confirmations': {
    event: 'activation.confirm',
    order: 'ahead',
  },
  'POST /api/v1/people/:person/activation-codes/:issue/cancellations': {
    event: 'activation.cancel',
    order: 'ahead',
  },
  'POST /api/v1/people/:person/delegations/:delegation/confirmations': {
    event: 'role.delegation-confirm',
    order: 'ahead',
  },
  'POST /api/v1/people/:person/delegations/:delegation/endings': {
    event: 'role.delegation-end',
    order: 'ahead',
  },
  'POST /api/v1/people/:person/grants': { event: 'role.grant', order: 'ahead' },
  'POST /api/v1/people/:person/grants/:grant/confirmations': {
    event: 'role.confirm',
    order: 'ahead',
  },
  'POST /api/v1/people/:person/grants/:grant/revocations': { event: 'role.revoke', order: 'ahead' },
  'POST /api/v1/people/:person/delegations': { event: 'role.delegate', order: 'ahead' },
  'POST /api/v1/people/:person/erasures': { event: 'person.erase', order: 'ahead' },
};

/** Routes that touch accounts, roles or keys and are not named above are not forgotten either. */
const accountRoute =
  /^\/api\/v1\/(?:people|sessions|activations|bootstrap|me|accounts|keys)(?:\/|$)/;
/** Whatever takes much out at once. */
const exportRoute = /\/(?:exports?|dumps?|bundles?)(?:\/|\.|$)/;

export const namedRoutes: readonly string[] = Object.keys(table);

/** What the log tells of a request to this route; undefined for nothing of its own. */
export function auditOf(method: string, route: string): Audit | undefined {
  const path = route.replace(/\/$/, '');
  const named = table[`${method} ${path}`];
  if (named !== undefined) return named;
  if (exportRoute.test(path)) return { event: 'export', order: 'ahead' };
  if (!isRead(method) && accountRoute.test(path))
    return { event: 'account.change', order: 'ahead' };
  return undefined;
}
