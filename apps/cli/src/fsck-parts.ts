import { lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInUse, startEmbeddedNode } from '#embedded-event-store/node';
import type { EventStore } from '#event-store';
import { connectEventStore } from '#event-store/node';
import { openDatabase } from '#read-models/node';
import type { Database } from '#read-models/node';
import { CopyRefused, copyPlain } from './fsck-copies.ts';
import { SettingMistake } from './part-settings.ts';
import type { PartSettings } from './part-settings.ts';
import { NoLedger } from './rebuild.ts';

/** A part of a ledger, or in words why it cannot be opened. */
export type Opened<Part> = { readonly part: Part } | { readonly fault: string };

export type Stores = {
  readonly store: Opened<EventStore>;
  /** Of the read models and of the register. */
  readonly database: Opened<Database>;
  close(): Promise<void>;
};

/** A server runs on this folder: what is to be compared must stand still. */
export class ServerRuns extends Error {
  readonly code = 'fsck/server-runs';
}

/**
 * Event store and database of a ledger: those that the settings name, else copies of those in the
 * folder. Nothing is written into what is judged. A part that is damaged or not there is no reason to
 * leave the log unread, so it comes back as a fault, which is told when the log was judged.
 *
 * Throws ServerRuns, NoLedger where no event store was named at all, SettingMistake.
 */
export async function openStores(
  folder: string | undefined,
  settings: PartSettings,
): Promise<Stores> {
  const opening = new Opening(folder);
  try {
    // The database first: whatever is in the folder is copied before anything takes its time.
    const database = await opening.database(settings);
    const store = await opening.eventStore(settings);
    return { store, database, close: () => opening.undo() };
  } catch (error) {
    await opening.undo();
    throw error;
  }
}

class Opening {
  private readonly folder: string | undefined;
  private readonly closers: (() => Promise<void>)[] = [];
  private scratch: string | undefined;

  constructor(folder: string | undefined) {
    this.folder = folder;
  }

  async undo(): Promise<void> {
    for (const closer of this.closers.splice(0).reverse()) await closer();
  }

  async database({ databaseUrl, eventStoreUrl }: PartSettings): Promise<Opened<Database>> {
    const dataDir = this.folder === undefined ? undefined : join(this.folder, 'pglite');
    if (eventStoreUrl === undefined) await this.refuseServer();
    if (databaseUrl === undefined && (dataDir === undefined || !(await isThere(dataDir)))) {
      return { fault: 'there is none in the folder; LEDGER_DATABASE_URL names one in PostgreSQL' };
    }
    return this.opened(async () => {
      const database =
        databaseUrl === undefined
          ? await openDatabase({ dataDir: await this.copied('pglite') })
          : await openDatabase({ connectionString: databaseUrl, isReadOnly: true });
      this.closers.push(() => database.close());
      return database;
    });
  }

  async eventStore({ eventStoreUrl }: PartSettings): Promise<Opened<EventStore>> {
    if (eventStoreUrl !== undefined) return { part: this.connected(eventStoreUrl) };
    const started = await this.opened(() => this.startNode());
    // A server that was started meanwhile had changed some of it before it was copied.
    await this.refuseServer();
    return 'fault' in started ? started : { part: this.connected(started.part) };
  }

  private connected(url: string): EventStore {
    try {
      const store = connectEventStore(url);
      this.closers.push(() => store.close());
      return store;
    } catch (error) {
      throw new SettingMistake('LEDGER_EVENTSTORE_URL is no connection string', { cause: error });
    }
  }

  /** The connection string of a node on a copy of the file and of what was not yet moved into it. */
  private async startNode(): Promise<string> {
    const file = await this.copied('events.db');
    if ((await lstat(file)).size === 0) throw new CopyRefused('events.db is empty');
    if (await isThere(join(this.folder as string, 'events.db-wal'))) {
      await this.copied('events.db-wal');
    }
    const node = await startEmbeddedNode({ file });
    this.closers.push(() => node.stop());
    return node.connectionString;
  }

  private async refuseServer(): Promise<void> {
    const { folder } = this;
    if (folder === undefined) {
      throw new NoLedger(
        'no event store: name the folder of a ledger, or set LEDGER_EVENTSTORE_URL',
      );
    }
    const file = join(folder, 'events.db');
    const found = await lstat(file).catch(() => undefined);
    if (found?.isFile() !== true || !isInUse(file)) return;
    throw new ServerRuns(
      `a server runs on ${folder}: stop it, or check the log alone with --log-only`,
    );
  }

  /** Whatever a damaged part makes its database say: nothing of it is a bug of the judge. */
  private async opened<Part>(open: () => Promise<Part>): Promise<Opened<Part>> {
    try {
      return { part: await open() };
    } catch (error) {
      const { folder = '', scratch } = this;
      const fault = error instanceof Error ? error.message : String(error);
      // Of the copy nothing will be left to look at.
      return { fault: scratch === undefined ? fault : fault.replaceAll(scratch, folder) };
    }
  }

  /** Where the copy of what has this name in the folder lies. */
  private async copied(name: string): Promise<string> {
    if (this.scratch === undefined) {
      const scratch = await mkdtemp(join(tmpdir(), 'ledger-fsck-'));
      this.closers.unshift(() => rm(scratch, { recursive: true, force: true }));
      this.scratch = scratch;
    }
    const copy = join(this.scratch, name);
    await copyPlain(join(this.folder as string, name), copy);
    return copy;
  }
}

/** Also what a link that leads nowhere is. */
async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
