import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestClient } from './test-support/test-client.js';
import { processLauncher, startServer } from './test-support/test-server.js';

test('a client connects and makes a pipeline in a worker process', async () => {
  const server = await startServer({ workers: 2 }, processLauncher);
  const client = await TestClient.open(server.url);
  const pipeline = await client.create('MediaPipeline');
  assert.match(pipeline, /^[0-9a-f-]{36}_kurento\.MediaPipeline$/);
  assert.equal(await client.invoke(pipeline, 'getName'), pipeline);
  await client.close();
  await server.stop();
});
