import type { PostgresDialectConfig } from 'kysely';
import { Query, types } from 'pg';
import type { Connection, Pool, PoolClient } from 'pg';

/**
 * The one driver for both engines, and what we add to it: `copy … from stdin`, and integers that
 * come out as numbers.
 */

/**
 * Eight-byte integers as numbers as far as they are exact. The driver would give texts. The digits
 * come from PostgreSQL itself.
 */
function readInteger(text: string): number | bigint {
  const value = +text;
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

export const parserFor: typeof types.getTypeParser = (type, format) => {
  const isInteger = type === types.builtins.INT8 && format !== 'binary';
  const parser: unknown = isInteger ? readInteger : types.getTypeParser(type, format);
  return parser as (value: string) => unknown;
};

/** What kysely takes as a pool. */
type KyselyPool = Exclude<PostgresDialectConfig['pool'], (...given: never[]) => unknown>;
type KyselyClient = Awaited<ReturnType<KyselyPool['connect']>>;

/**
 * The pool as kysely uses it, and taught to copy. SQL has no parameters in a COPY; here the one
 * parameter of `copy … from stdin (format binary) $1` is the bytes that go in (`CopyRows.end`).
 */
export function copyingPool(pool: Pool): KyselyPool {
  // A connection that breaks is taken out of the pool, and whoever has asked by it hears of it. The
  // event besides would end the process if nobody listened.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const connect = async (): Promise<KyselyClient> => {
    const client = await pool.connect();
    const query = (text: string, values: readonly unknown[]) => {
      const [rows] = values;
      if (!copyPattern.test(text) || !Buffer.isBuffer(rows)) return client.query(text, [...values]);
      return copyIn(client, text.replace(copyPattern, '$1'), rows);
    };
    return {
      query: query as KyselyClient['query'],
      release: (isBroken) => client.release(isBroken),
    };
  };
  return { connect, end: () => pool.end(), options: pool.options };
}

const copyPattern = /^(copy .* from stdin \(format binary\)) \$1$/s;

function copyIn(client: PoolClient, text: string, rows: Buffer): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client.query(
      new CopyIn(text, rows, (error, result) => (error ? reject(error) : resolve(result))),
    );
  });
}

type Answer = (error: Error | undefined, result: unknown) => void;

/**
 * Statement, rows and their end in one go, without waiting for the server to ask for the rows: it
 * passes over rows that it did not want (PostgreSQL documentation, 55.2.6), and PGlite must find
 * everything that a statement needs in one message.
 */
class CopyIn extends Query {
  private readonly copy: { readonly text: string; readonly rows: Buffer };

  constructor(text: string, rows: Buffer, answer: Answer) {
    super(text, answer);
    this.copy = { text, rows };
    this.submit = ({ stream }: Connection) => {
      stream.cork();
      stream.write(messageOf('Q', Buffer.from(`${this.copy.text}\0`)));
      stream.write(messageHead('d', this.copy.rows.length));
      stream.write(this.copy.rows);
      stream.write(messageOf('c', Buffer.alloc(0)));
      stream.uncork();
    };
  }

  /** The server asks for what is on its way. */
  handleCopyInResponse(): void {}
}

/** A message of the protocol: its kind, its length (which counts itself), its content. */
function messageOf(kind: string, content: Buffer): Buffer {
  return Buffer.concat([messageHead(kind, content.length), content]);
}

function messageHead(kind: string, byteCount: number): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind, 'latin1');
  head.writeInt32BE(4 + byteCount, 1);
  return head;
}
