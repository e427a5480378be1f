import { EventEmitter, once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A wire that can be cut, between a client and a server on this machine. */
export type TcpProxy = {
  readonly port: number;
  /** Connections open at this moment. */
  connectionCount(): number;
  /** Requests still reach the server; from now on its answers are lost. */
  loseAnswers(): void;
  /** Nothing passes in either direction, and nobody is told: a server that has gone silent. */
  freeze(): void;
  /** Resolves when clients have sent so many bytes into the frozen wire. */
  swallowed(bytes: number): Promise<void>;
  /** Resolves at the next bytes that the server sends while its answers are lost. */
  lostAnswer(): Promise<void>;
  /** Resets every connection; new ones are let through undisturbed. */
  cut(): void;
  stop(): Promise<void>;
};

/** Starts a proxy on a free port of 127.0.0.1 that leads to `targetPort` there. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  let mode: 'open' | 'lose-answers' | 'frozen' = 'open';
  const pairs = new Set<readonly [Socket, Socket]>();
  const awaitingLoss = new Set<() => void>();
  const swallowing = new EventEmitter();
  let swallowedBytes = 0;

  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    const pair = [client, target] as const;
    pairs.add(pair);
    client.on('data', (bytes) => {
      if (mode !== 'frozen') return void target.write(bytes);
      swallowedBytes += bytes.length;
      swallowing.emit('more');
    });
    target.on('data', (bytes) => {
      if (mode === 'open') client.write(bytes);
      if (mode !== 'lose-answers') return;
      for (const resolve of awaitingLoss) resolve();
      awaitingLoss.clear();
    });
    for (const socket of pair) {
      // A reset is what this part of a spec is about; the other side learns of it by the close.
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const cut = () => {
    mode = 'open';
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    connectionCount: () => pairs.size,
    loseAnswers: () => {
      mode = 'lose-answers';
    },
    freeze: () => {
      mode = 'frozen';
    },
    swallowed: async (bytes) => {
      while (swallowedBytes < bytes) await once(swallowing, 'more');
    },
    lostAnswer: () => new Promise((resolve) => awaitingLoss.add(resolve)),
    cut,
    stop: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
