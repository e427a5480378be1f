/**
 * The register over PostgreSQL, in the process (PGlite) or beside it: names, positions and contact
 * data of people, their logins and sessions. `migrateRegister` first, then `new Register(db)`.
 */
export {
  Accounts,
  activationLifeMs,
  checkLogin,
  checkSecret,
  newActivationCode,
  sessionIdleMs,
  sessionLifeMs,
} from './accounts.ts';
export type { FoundActivation, OpenedSession, Session } from './accounts.ts';
export { attemptsMax, attemptsWindowMs, strangersAttemptsMax } from './attempts.ts';
export { Register } from './register.ts';
export type { Contact, Enrolment, Opened } from './register.ts';
export { migrateRegister, registerSchema } from './register-tables.ts';
export type { RegisterTables } from './register-tables.ts';
export { isSameSecret, secretFault, secretLengthMax, secretLengthMin } from './secrets.ts';
export type { SecretFault } from './secrets.ts';
