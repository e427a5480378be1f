import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { senderOf } from '../access/addresses.ts';

/** How many lines may be open at one time; one more is closed at once, before a byte is read. */
export type ConnectionLimits = {
  readonly max: number;
  /**
   * From one address, IPv6 by /64. A proxy that is named as trusted is no sender: what comes through
   * it counts in all only, and the proxy is who tells its senders apart.
   */
  readonly perAddressMax: number;
};

/** A flood fills no log: lines that were closed are told of once in so long. */
const tellMs = 60_000;

/** Holds a server to its limits of connections. */
export function limitConnections(
  server: Server,
  { max, perAddressMax }: ConnectionLimits,
  trustedProxies: readonly string[],
  log: Pick<Logger, 'warn'>,
): void {
  server.maxConnections = max;
  const trusted = new Set(trustedProxies.map(senderOf));
  const open = new Map<string, number>();
  let closed = 0;
  let toldAtMs = -Infinity;
  const tell = () => {
    closed += 1;
    if (performance.now() - toldAtMs < tellMs) return;
    log.warn({ closed }, 'connections over the limits were closed at once');
    toldAtMs = performance.now();
    closed = 0;
  };
  server.on('drop', tell);
  server.on('connection', (socket) => {
    const sender = senderOf(socket.remoteAddress ?? '');
    if (trusted.has(sender)) return;
    const count = (open.get(sender) ?? 0) + 1;
    if (count > perAddressMax) {
      tell();
      socket.destroy();
      return;
    }
    open.set(sender, count);
    socket.once('close', () => {
      const left = (open.get(sender) ?? 1) - 1;
      if (left === 0) open.delete(sender);
      else open.set(sender, left);
    });
  });
}
