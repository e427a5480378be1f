import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedNode } from '#embedded-event-store/node';
import type { EmbeddedNode } from '#embedded-event-store/node';
import { contentCases, expectedRevisionCases, retryCases } from './append-cases.ts';
import { allReadCases, deletionCases, metadataCases, streamReadCases } from './read-cases.ts';
import { server } from './server-under-test.ts';
import {
  allSubscriptionCases,
  checkpointCases,
  streamSubscriptionCases,
} from './subscription-cases.ts';

/**
 * What the ledger rests on, asked of any server through the official client: of the embedded node
 * always, of the server named by EVENTSTORE_URL when there is one.
 */
function allCases(): void {
  expectedRevisionCases();
  retryCases();
  contentCases();
  streamReadCases();
  allReadCases();
  streamSubscriptionCases();
  allSubscriptionCases();
  checkpointCases();
  metadataCases();
  deletionCases();
}

describe('the embedded node', () => {
  let folder: string;
  let node: EmbeddedNode;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'embedded-node-'));
    node = await startEmbeddedNode({ file: join(folder, 'events.db') });
    server.use(EventStoreDBClient.connectionString(node.connectionString));
  });
  afterAll(async () => {
    await server.client.dispose();
    await node.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  allCases();
});

const serverUrl = process.env['EVENTSTORE_URL'];
if (serverUrl) {
  describe('the server named by EVENTSTORE_URL', () => {
    beforeAll(() => {
      server.use(EventStoreDBClient.connectionString(serverUrl));
    });
    afterAll(() => server.client.dispose());
    allCases();
  });
} else {
  describe.skip('another server: skipped, EVENTSTORE_URL is not set', allCases);
}
