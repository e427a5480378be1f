import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import type { Role } from '#kernel';

/**
 * Who may come to a route at all. It is the coarse half of access: what a person may do to one
 * figure is decided by the rules, which see the stream; what they may see, by `visibility.ts`.
 */
export type Policy =
  | { readonly kind: 'public' }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'roles'; readonly roles: readonly Role[] }
  /** Anybody where the ledger was opened with public entries, else whoever holds such a role. */
  | { readonly kind: 'entries'; readonly roles: readonly Role[] };

/** Key of the metadata; a route without it is refused at the start. */
export const policyKey = 'ledger:policy';

/** Anybody. Says so in one word, so that a search finds every open door. */
export const Public = () =>
  applyDecorators(SetMetadata(policyKey, { kind: 'public' }), ApiSecurity({}));

/** Anybody with a session. */
export const SignedIn = () =>
  applyDecorators(SetMetadata(policyKey, { kind: 'signed-in' }), ApiBearerAuth());

/** Whoever holds one of these roles today, by the directory's events. */
export const Roles = (...roles: readonly Role[]) =>
  applyDecorators(SetMetadata(policyKey, { kind: 'roles', roles }), ApiBearerAuth());

/** The log's entries, as `ledger.json` says (CONTRACTS 3): chosen once, at the first start. */
export const EntryReaders = () =>
  applyDecorators(
    SetMetadata(policyKey, { kind: 'entries', roles: ['auditor', 'inspector', 'recipient'] }),
    ApiBearerAuth(),
  );
