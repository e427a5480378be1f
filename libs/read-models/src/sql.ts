import type { Kysely } from 'kysely';

/** Tables are named in SQL with their schema, so that one type fits every schema and dialect. */
export type Sql = Kysely<unknown>;

/** A database of the read models and of the register, whichever engine it is. */
export type Database = {
  readonly db: Sql;
  /** In this process, or a server that others may use, too. */
  readonly kind: 'embedded' | 'server';
  /**
   * Runs while no other process runs under the same name on this database; waits before, until
   * `signal` aborts. What is run gets a signal that also tells when that is no longer certain.
   * Rejects when it ended without having been so to the end. `onWait` is told if another was there.
   */
  readonly alone: <T>(
    name: string,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
    onWait?: () => void,
  ) => Promise<T>;
  /** Rejects when the engine has died and nothing will bring it back; never resolves. */
  readonly failed: Promise<never>;
  readonly close: () => Promise<void>;
};
