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
  | { readonly kind: 'roles'; readonly roles: readonly Role[] };

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
