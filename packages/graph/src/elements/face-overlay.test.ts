import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasElement, isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from '../test-support/graph-process.js';

const VP8 = { name: 'VP8', clockRate: 90000, channels: 1, parameters: {} };

test('a filter that finds faces writes nothing to the error output about what it does not use', {
  skip: (!isGraphEngineBuilt() || !hasElement('facedetect')) && 'no gstreamer1.0-opencv',
}, async () => {
  const graph = await GraphProcess.start();
  const input = { input: 'in', kind: 'video', codec: VP8, payloadType: 96 } as const;
  await graph.request('createInput', input);
  await graph.request('createElement', { element: 'faces', type: 'FaceOverlay', params: {} });
  await graph.request('connect', { stream: 'in', element: 'faces', input: 'video' });
  assert.equal(await graph.close(), 0);
  assert.equal(graph.errorOutput, '');
});
