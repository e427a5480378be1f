import { isIP } from 'node:net';
import { parseCount } from '#kernel';

/** Where the metrics are served: an address of their own beside the API's. */
export type MetricsAddress = { readonly host: string; readonly port: number };

/** `127.0.0.1:9464` or `[::1]:9464`; undefined for anything else. Port 0 takes a free one. */
export function readMetricsAddress(text: string): MetricsAddress | undefined {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text);
  if (found === null) return undefined;
  const [, six, four, digits = ''] = found;
  const host = six ?? four ?? '';
  const port = parseCount(digits);
  const isAddress = six === undefined ? isIP(host) === 4 : isIP(host) === 6;
  return isAddress && port !== undefined && port <= 65_535 ? { host, port } : undefined;
}

/** True where only programs on the same machine can come. */
export function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
