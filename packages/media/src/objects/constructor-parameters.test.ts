import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { parseSessionDescription } from '@rivero/sdp';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

describe("objects as their constructors' parameters want them", () => {
  let harness: WorkerHarness;
  let pipeline: string;

  before(async () => {
    harness = await WorkerHarness.start();
    pipeline = await harness.create('MediaPipeline', null);
  });
  after(() => harness.close());

  for (const direction of ['recvonly', 'sendonly'] as const) {
    test(`a WebRtcEndpoint made ${direction} offers and answers so`, async () => {
      const offerer = await harness.create('WebRtcEndpoint', pipeline, { [direction]: true });
      const offer = await harness.invoke<string>(offerer, 'generateOffer');
      const directions = parseSessionDescription(offer).media.map((media) => media.direction);
      assert.deepEqual(directions, [direction, direction]);
      const answerer = await harness.create('WebRtcEndpoint', pipeline);
      const answer = await harness.invoke<string>(answerer, 'processOffer', { offer });
      const other = direction === 'recvonly' ? 'sendonly' : 'recvonly';
      assert.deepEqual(
        parseSessionDescription(answer).media.map((media) => media.direction),
        [other, other],
      );
    });
  }

  test('a GStreamerFilter of no element or of several is refused, and nothing is left of it', {
    skip: !isGraphEngineBuilt() && 'no GStreamer',
  }, async () => {
    const create = (command: string) => harness.create('GStreamerFilter', pipeline, { command });
    await assert.rejects(create(' '), { code: 40001, message: /^GStreamer element cannot be created: / });
    await assert.rejects(create('videoflip ! videobalance'), { code: 40001, message: /only one element/ });
    await assert.rejects(create('videotestsrc'), { code: 40001, message: /pad templates don't match/ });
    await assert.rejects(create('no-such-element'), { code: 40001, message: /no element "no-such-element"/ });
    const filter = await create('videoflip method="horizontal-flip"');
    assert.equal(await harness.invoke(filter, 'getCommand'), 'videoflip method="horizontal-flip"');
    const set = (propertyName: string, propertyValue: string) =>
      harness.invoke(filter, 'setElementProperty', { propertyName, propertyValue });
    assert.equal(await set('method', 'rotate-180'), null);
    await assert.rejects(set('nonsense', '1'), { code: 40001, message: /^No property named 'nonsense'/ });
    const { objects } = await harness.status();
    await harness.release(filter);
    assert.equal((await harness.status()).objects, objects - 1);
  });

  test('a WebRtcEndpoint has a certificate of the kind that was asked for', async () => {
    const fingerprint = async (certificateKeyType: string) => {
      const id = await harness.create('WebRtcEndpoint', pipeline, { certificateKeyType });
      const offer = await harness.invoke<string>(id, 'generateOffer');
      return /^a=fingerprint:(.*)\r$/m.exec(offer)?.[1];
    };
    assert.notEqual(await fingerprint('ECDSA'), await fingerprint('RSA'));
    assert.equal(await fingerprint('RSA'), await fingerprint('RSA'));
  });

  test('a player that has loaded nothing has no position to go to', async () => {
    const player = await harness.create('PlayerEndpoint', pipeline, { uri: 'file:///a.webm' });
    await assert.rejects(harness.invoke(player, 'setPosition', { position: 7 }), {
      code: 40700,
      message: 'Seek fails',
    });
    assert.equal(await harness.invoke(player, 'getPosition'), 0);
    assert.equal(await harness.invoke(player, 'getUri'), 'file:///a.webm');
  });

  test('what is made when its pipeline is released fails, for there is no such pipeline any more', {
    skip: !isGraphEngineBuilt() && 'no GStreamer',
  }, async () => {
    const short = await harness.create('MediaPipeline', null);
    const params = { command: 'videobalance' };
    const creating = assert.rejects(harness.create('GStreamerFilter', short, params), { code: 40101 });
    await harness.release(short);
    await creating;
  });

  test('what is connected to a player ends there', {
    skip: !isGraphEngineBuilt() && 'no GStreamer',
  }, async () => {
    const filter = await harness.create('GStreamerFilter', pipeline, { command: 'videobalance' });
    const player = await harness.create('PlayerEndpoint', pipeline, { uri: 'file:///none/none.webm' });
    assert.equal(await harness.invoke(filter, 'connect', { sink: player }), null);
    await harness.invoke(player, 'play');
    await waitFor('the error', () => harness.eventsOf(player, 'Error').length > 0);
    assert.deepEqual(
      harness.eventsOf(player, 'Error').map(({ type }) => type),
      ['INVALID_URI'],
    );
  });
});
