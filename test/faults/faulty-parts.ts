import * as realFileSystem from 'node:fs/promises';
import type { KyselyPlugin, OperationNode } from 'kysely';
import { AppendFailed, EventStore } from '#event-store';
import type { AllFilter, Appended, ExpectedRevision, NewEvent, Position } from '#event-store';
import { BlobStore } from '#evidence';
import { FolderBlobStore, FolderUploadArea } from '#evidence/node';
import type { BlobFileSystem } from '#evidence/node';
import { openDatabase, readModelsSchema } from '#read-models/node';
import { connectEventStore } from '#event-store/node';
import { headStream } from '#transparency';
import { FolderTileStore } from '#transparency/node';
import type { Openers } from '../../apps/server/src/parts.ts';

/** Where a server may die, in the order in which an act passes them (QUALITY R1). */
export const pointsOfDeath = [
  'after the upload, before its answer',
  'after the blob, before its answer',
  'before the append',
  'after the append, before the answer',
  'amid the tiles of the log',
  'between tiles and head',
  'after the head, before its partial tiles go',
  'amid the rows of a projection',
  'between rows and position',
  'between position and commit',
] as const;
export type PointOfDeath = (typeof pointsOfDeath)[number];

/** What a spec tells the server over the channel of its process. */
export type Order =
  | { readonly kind: 'die'; readonly at: PointOfDeath; readonly time: number }
  | { readonly kind: 'disk'; readonly fault: 'ENOSPC' | 'EIO' | null }
  | { readonly kind: 'database'; readonly fault: 'all' | 'position' | null }
  | { readonly kind: 'answers'; readonly fault: 'lost' | null };

/**
 * The adapters of a server on one folder, made to fail as ordered. Each order replaces the one of
 * its kind before it; without orders everything works.
 */
export class FaultyParts {
  private death: { readonly at: PointOfDeath; left: number } | undefined;
  private disk: 'ENOSPC' | 'EIO' | null = null;
  private database: 'all' | 'position' | null = null;
  private answers: 'lost' | null = null;

  readonly openers: Openers = {
    eventStore: (url) =>
      new MortalEventStore(connectEventStore(url), (at) => {
        this.pass(at);
        const isAppended = at === 'after the append, before the answer';
        if (isAppended && this.answers === 'lost') throw new AppendFailed('unknown', 'planned');
      }),
    database: async (options) => {
      const opened = await openDatabase(options);
      return { ...opened, db: opened.db.withPlugin(this.statements()) };
    },
    blobFolder: async (folder) =>
      new MortalBlobStore(await FolderBlobStore.open(folder, this.fileSystem()), (at) =>
        this.pass(at),
      ),
    tileFolder: async (folder) => {
      const tiles = await FolderTileStore.open(folder);
      const [write, remove] = [tiles.write.bind(tiles), tiles.remove.bind(tiles)];
      tiles.write = async (objects) => {
        // A few are there, the others are not: no tile is of any use before the head is.
        await write(objects.slice(0, Math.ceil(objects.length / 2)));
        this.pass('amid the tiles of the log');
        await write(objects);
      };
      tiles.remove = async (paths) => {
        this.pass('after the head, before its partial tiles go');
        await remove(paths);
      };
      return tiles;
    },
    uploadFolder: async (folder) => {
      const area = await FolderUploadArea.open(folder, this.fileSystem());
      const put = area.put.bind(area);
      area.put = async (...given) => {
        const taken = await put(...given);
        this.pass('after the upload, before its answer');
        return taken;
      };
      return area;
    },
  };

  obey(order: Order): void {
    if (order.kind === 'die') this.death = { at: order.at, left: order.time };
    else if (order.kind === 'disk') this.disk = order.fault;
    else if (order.kind === 'database') this.database = order.fault;
    else this.answers = order.fault;
  }

  /** SIGKILL is not handled, not delayed, and reaches the threads of the process as well. */
  private pass(point: PointOfDeath): void {
    if (this.death?.at !== point) return;
    this.death.left -= 1;
    if (this.death.left === 0) process.kill(process.pid, 'SIGKILL');
  }

  /** Watches the statements of the projector, which come and go by this one way. */
  private statements(): KyselyPlugin {
    const advances = new WeakSet<object>();
    return {
      transformQuery: ({ node, queryId }) => {
        const table = tableWrittenBy(node);
        if (this.database === 'all') throw databaseFault();
        if (table === 'progress') {
          this.pass('between rows and position');
          if (this.database === 'position') throw databaseFault();
          advances.add(queryId);
        } else if (table !== undefined && table !== 'leaf') {
          this.pass('amid the rows of a projection');
        }
        return node;
      },
      transformResult: async ({ result, queryId }) => {
        if (advances.has(queryId)) this.pass('between position and commit');
        return result;
      },
    };
  }

  /** A disk that takes nothing more, or whose syncs fail; what lies there can be read. */
  private fileSystem(): BlobFileSystem {
    return {
      ...realFileSystem,
      open: async (path, flags, mode) => {
        const handle = await realFileSystem.open(path, flags, mode);
        if (flags !== 'wx') return handle;
        const failing = (call: 'write' | 'sync' | 'datasync', code: 'ENOSPC' | 'EIO') => {
          const real = handle[call].bind(handle) as (...given: unknown[]) => Promise<unknown>;
          return async (...given: unknown[]) => {
            if (this.disk === code) throw diskFault(code, call);
            return real(...given);
          };
        };
        return Object.assign(handle, {
          write: failing('write', 'ENOSPC'),
          sync: failing('sync', 'EIO'),
          datasync: failing('datasync', 'EIO'),
        });
      },
    };
  }
}

/** The table of the read models that a statement writes to; undefined for any other statement. */
function tableWrittenBy(node: OperationNode): string | undefined {
  if (node.kind !== 'RawNode') return undefined;
  const { sqlFragments, parameters } = node as unknown as RawStatement;
  if (!/^\s*(?:copy|insert into|update)\s+$/.test(sqlFragments[0] ?? '')) return undefined;
  const names = parameters[0]?.parameters?.map(({ name }) => name);
  return names?.[0] === readModelsSchema ? names[1] : undefined;
}

/** What kysely makes of sql`insert into ${sql.id(schema, table)} …`. */
type RawStatement = {
  readonly sqlFragments: readonly string[];
  readonly parameters: readonly {
    readonly parameters?: readonly { readonly name?: string }[];
  }[];
};

/** As PostgreSQL reports that its own disk is full: class 53, insufficient resources. */
function databaseFault(): Error {
  return Object.assign(new Error('planned: no space left'), { code: '53100' });
}

function diskFault(code: string, syscall: string): Error {
  return Object.assign(new Error(`planned: ${code}`), { code, syscall });
}

type Pass = (point: PointOfDeath) => void;

class MortalEventStore extends EventStore {
  private readonly inner: EventStore;
  private readonly pass: Pass;

  constructor(inner: EventStore, pass: Pass) {
    super();
    this.inner = inner;
    this.pass = pass;
  }

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    if (stream === headStream) {
      this.pass('between tiles and head');
      return this.inner.append(stream, expected, events);
    }
    this.pass('before the append');
    const appended = await this.inner.append(stream, expected, events);
    this.pass('after the append, before the answer');
    return appended;
  }

  override readStream(stream: string, options?: { fromRevision?: number; maxCount?: number }) {
    return this.inner.readStream(stream, options);
  }

  override readAll(options?: { readonly after?: Position; readonly maxCount?: number }) {
    return this.inner.readAll(options);
  }

  override subscribeToAll(options: {
    readonly after?: Position;
    readonly filter?: AllFilter;
    readonly signal: AbortSignal;
  }) {
    return this.inner.subscribeToAll(options);
  }

  override ping() {
    return this.inner.ping();
  }

  override close() {
    return this.inner.close();
  }
}

class MortalBlobStore extends BlobStore {
  override readonly kind: string;
  private readonly inner: BlobStore;
  private readonly pass: Pass;

  constructor(inner: BlobStore, pass: Pass) {
    super();
    this.kind = inner.kind;
    this.inner = inner;
    this.pass = pass;
  }

  override async put(...given: Parameters<BlobStore['put']>) {
    const put = await this.inner.put(...given);
    this.pass('after the blob, before its answer');
    return put;
  }

  override async putFile(...given: Parameters<BlobStore['putFile']>) {
    const put = await this.inner.putFile(...given);
    this.pass('after the blob, before its answer');
    return put;
  }

  override open(...given: Parameters<BlobStore['open']>) {
    return this.inner.open(...given);
  }

  override stat(...given: Parameters<BlobStore['stat']>) {
    return this.inner.stat(...given);
  }

  override ping() {
    return this.inner.ping();
  }
}
