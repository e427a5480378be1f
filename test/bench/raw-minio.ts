import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Client } from 'minio';
import { atEnd } from './endings.ts';

/**
 * A MinIO server by its own client, as one would use it without a ledger: no lock, no digest, parts
 * as large as the client makes them. The bucket is removed at the end.
 */
export class RawMinio {
  /** For a ledger with its evidence on the same server, in a bucket that it makes itself. */
  readonly settings: Readonly<Record<string, string>>;
  private readonly client: Client;
  private readonly bucket: string;
  private readonly names: string[] = [];

  private constructor(url: URL) {
    const name = `bench-${randomBytes(6).toString('hex')}`;
    const { origin, hostname, port, protocol, username, password } = url;
    this.bucket = `${name}-plain`;
    this.settings = {
      LEDGER_BLOBS_URL: `${origin}/${name}`,
      LEDGER_BLOBS_ACCESS_KEY: username,
      LEDGER_BLOBS_SECRET_KEY: password,
      LEDGER_BLOB_RETENTION_DAYS: '1',
    };
    this.client = new Client({
      endPoint: hostname,
      ...(port !== '' && { port: Number(port) }),
      useSSL: protocol === 'https:',
      accessKey: username,
      secretKey: password,
    });
  }

  static async connect(url: string): Promise<RawMinio> {
    const minio = new RawMinio(new URL(url));
    await minio.client.makeBucket(minio.bucket);
    atEnd(() => minio.remove());
    return minio;
  }

  async put(name: string, content: Readable, sizeBytes: number): Promise<void> {
    this.names.push(name);
    await this.client.putObject(this.bucket, name, content, sizeBytes);
  }

  private async remove(): Promise<void> {
    await this.client.removeObjects(this.bucket, this.names);
    await this.client.removeBucket(this.bucket);
  }
}
