import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { handleServerStreamingCall, handleUnaryCall } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { appendCall, batchAppendCall, deletionCall } from './append-calls.ts';
import type { BatchAppends } from './append-calls.ts';
import { EventLog } from './event-log.ts';
import { RequestFault, asFault } from './faults.ts';
import { featuresFrame, gossipFrame } from './frames.ts';
import { GroupCommit } from './group-commit.ts';
import { EmbeddedNodeError } from './node-error.ts';
import { Outlet } from './outlet.ts';
import { featureCalls, gossipCalls, readRequest, streamCalls } from './protocol.ts';
import type { ReadReq } from './protocol.ts';
import { answerRead } from './read.ts';
import { serveSubscription } from './subscription.ts';
import type { DatabaseSync } from 'node:sqlite';

export type ServerOptions = {
  database: DatabaseSync;
  /** 0 takes a free one. */
  port: number;
  maxAppendBytes: number;
  nowMs: () => number;
};

export type RunningServer = { port: number; stop(): Promise<void> };

/** What the node calls itself; deliberately not the version of any other server. */
const version = 'embedded-node-1';

/** A message may carry one piece of a batch (3 MiB) and one event that is far too large. */
const messageBytesMax = 32 * 1024 * 1024;

/** How long a stopping node waits for its last answers to leave, in milliseconds. */
const stopPatienceMs = 2_000;

/**
 * Answers the protocol on 127.0.0.1 until stopped. Owns the database from here on and closes it.
 *
 * @throws EmbeddedNodeError node/port-taken
 */
export async function serve(options: ServerOptions): Promise<RunningServer> {
  const { database, maxAppendBytes, nowMs } = options;
  const log = new EventLog(database);
  const commits = new GroupCommit(log, nowMs);
  const outlets = new Set<Outlet>();
  const batches = new Set<BatchAppends>();
  const instanceId = randomUUID();
  let port = options.port;

  const server = new Server({
    'grpc.max_receive_message_length': messageBytesMax,
    'grpc.max_send_message_length': -1,
  });
  server.addService(streamCalls, {
    append: appendCall(commits, maxAppendBytes),
    batchAppend: batchAppendCall(commits, maxAppendBytes, nowMs, (opened) => {
      keepOpenOnes(batches);
      batches.add(opened);
    }),
    delete: deletionCall(commits, 'delete'),
    tombstone: deletionCall(commits, 'tombstone'),
    read: readCall(log, commits, nowMs, outlets),
  });
  server.addService(featureCalls, {
    getSupportedMethods: constantly(() => featuresFrame(version, servedPaths)),
  });
  server.addService(gossipCalls, {
    read: constantly(() => gossipFrame(instanceId, nowMs(), port)),
  });
  port = await listen(server, port);

  return {
    port,
    async stop() {
      commits.flush();
      const fault = RequestFault.unavailable('The node is stopping.');
      for (const outlet of outlets) outlet.fail(fault);
      for (const batch of batches) batch.stop(fault);
      await shutDown(server);
      commits.flush();
      log.close();
    },
  };
}

/** The published table: every call that is answered, and no other. */
const servedPaths: string[] = [
  ...Object.values(streamCalls),
  ...Object.values(featureCalls),
  ...Object.values(gossipCalls),
].map((call) => call.path);

function keepOpenOnes(entries: Set<{ closed: boolean }>): void {
  for (const entry of entries) if (entry.closed) entries.delete(entry);
}

function constantly(answer: () => Buffer): handleUnaryCall<unknown, Buffer> {
  return (_call, reply) => {
    reply(null, answer());
  };
}

function readCall(
  log: EventLog,
  commits: GroupCommit,
  nowMs: () => number,
  outlets: Set<Outlet>,
): handleServerStreamingCall<ReadReq, Buffer> {
  return (call) => {
    const outlet = new Outlet(call);
    outlets.add(outlet);
    const answer = async (): Promise<void> => {
      const request = readRequest(call.request);
      if (request.count === undefined) {
        await serveSubscription(log, commits, request, outlet, nowMs);
      } else {
        await answerRead(log, request, outlet, nowMs);
      }
    };
    answer()
      .catch((error: unknown) => {
        outlet.fail(asFault(error));
      })
      .finally(() => {
        outlets.delete(outlet);
      });
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else {
        const message = `Port ${port} of 127.0.0.1 cannot be listened on: ${error.message}`;
        reject(new EmbeddedNodeError('node/port-taken', message, { cause: error }));
      }
    });
  });
}

/** Lets answers on their way leave, then closes what is still open. */
function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, stopPatienceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
