import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api } from '@rivero/api';
import { Kurento6Names } from './kurento6-names.js';

test('old operations and events mean the new ones, for objects that had them', () => {
  const names = new Kurento6Names(api, true);
  assert.deepEqual(names.operation('WebRtcEndpoint', 'setOutputBitrate', { bitrate: 5 }), [
    'setEncoderBitrate',
    { encoderBitrate: 5 },
  ]);
  assert.deepEqual(names.operation('PassThrough', 'setMaxOuputBitrate', { maxOuputBitrate: 7 }), [
    'setMaxEncoderBitrate',
    { maxEncoderBitrate: 7 },
  ]);
  assert.deepEqual(names.operation('MediaPipeline', 'getChilds', undefined), ['getChildren', undefined]);
  assert.deepEqual(names.operation('MediaPipeline', 'setOutputBitrate', {}), ['setOutputBitrate', {}]);
  assert.deepEqual(names.operation('PassThrough', 'getExternalAddress', {}), ['getExternalAddress', {}]);
  // A parameter that is missing is reported as missing.
  assert.deepEqual(names.operation('PassThrough', 'setOutputBitrate', {}), ['setEncoderBitrate', {}]);
  assert.equal(names.event('OnIceCandidate'), 'IceCandidateFound');
  assert.deepEqual(names.namesOf('IceGatheringDone'), ['OnIceGatheringDone']);
});

test('every name stands for something that exists', () => {
  const names = new Kurento6Names(api, true);
  for (const name of ['getChilds', 'getMinOutputBitrate', 'setMinOuputBitrate', 'setExternalAddress']) {
    assert.ok(api.resolveOperation('WebRtcEndpoint', names.operation('WebRtcEndpoint', name, {})[0]));
  }
  for (const name of ['OnDataChannelOpened', 'MediaFlowInStateChange', 'IceComponentStateChange']) {
    assert.ok(api.supportsEvent('WebRtcEndpoint', names.event(name)));
  }
});

test('off, nothing is changed', () => {
  const names = new Kurento6Names(api, false);
  assert.deepEqual(names.operation('PassThrough', 'setOutputBitrate', { bitrate: 1 }), [
    'setOutputBitrate',
    { bitrate: 1 },
  ]);
  assert.equal(names.event('OnIceCandidate'), 'OnIceCandidate');
  assert.deepEqual(names.namesOf('IceCandidateFound'), []);
});
