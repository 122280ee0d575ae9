import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { DataPeer, joinWithData } from '../test-support/data-peer.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { waitFor } from '../test-support/wait-for.js';

const MODULE = new URL('../test-support/data-module/index.js', import.meta.url).href;

describe('a module between the data channels of two peers', {
  skip: isGraphEngineBuilt() ? false : 'needs GStreamer',
}, () => {
  const harness = sharedWorker({}, [MODULE]);
  let pipeline: string;

  beforeEach(async () => {
    pipeline = await harness.create('MediaPipeline', null);
  });
  async function dataJoin(): Promise<{ endpoint: string; data: DataPeer }> {
    const { endpoint, peer } = await joinWithData(harness, pipeline);
    const data = new DataPeer(peer);
    harness.peers.push(data);
    return { endpoint, data };
  }

  /** Alice's messages go through the module to Bob. */
  async function post() {
    const postman = await harness.create('Postman', pipeline);
    const [alice, bob] = [await dataJoin(), await dataJoin()];
    await harness.invoke(alice.endpoint, 'connect', { sink: postman });
    await harness.invoke(postman, 'connect', { sink: bob.endpoint });
    const id = await alice.data.open('chat');
    await bob.data.open('chat');
    const texts = (): string[] =>
      bob.data.messages.filter(({ binary }) => !binary).map(({ data }) => Buffer.from(data).toString());
    return { postman, alice: alice.data, bob: bob.data, id, texts };
  }

  test('text and bytes come, small, empty and of 256 KiB; events and methods are there', async () => {
    const { postman, alice, bob, id, texts } = await post();
    const large = randomBytes(262_144);
    for (const message of ['hello', '', Uint8Array.from([1, 2, 3]), large]) alice.send(id, message);
    await waitFor('four messages', () => bob.messages.length === 4);
    assert.deepEqual(texts(), ['HELLO', '']);
    assert.deepEqual(
      bob.messages.filter(({ binary }) => binary).map(({ data }) => Buffer.from(data)),
      [Buffer.from([3, 2, 1]), Buffer.from(large.toReversed())],
    );
    assert.equal(await harness.invoke(postman, 'count'), 4);
    assert.deepEqual(harness.eventsOf(postman, 'Delivered'), [{ text: 'hello' }, { text: '' }]);
    assert.deepEqual(alice.messages, []);
  });

  test('one throw is told, and the next message comes', async () => {
    const { postman, alice, id, texts } = await post();
    alice.send(id, 'throw');
    alice.send(id, 'after');
    await waitFor('the next message', () => texts().length === 1);
    assert.deepEqual(texts(), ['AFTER']);
    assert.match(String(harness.eventsOf(postman, 'Error')[0]!.description), /onData failed: a parcel/);
  });

  for (const [message, times, reason] of [
    ['hang', 1, /hangs/],
    ['exit', 1, /ended its thread/],
    ['throw', 10, /thrown too often/],
  ] as const) {
    test(`after '${message}' no messages come from it, and other elements notice nothing`, async () => {
      const { postman, alice, id, texts } = await post();
      const other = await post();
      for (let i = 0; i < times; i++) alice.send(id, message);
      await waitFor('the end of the thread', () =>
        harness.eventsOf(postman, 'Error').some(({ description }) => reason.test(String(description))),
      );
      alice.send(id, 'lost');
      other.alice.send(other.id, 'heard');
      await waitFor('the message of the other one', () => other.texts().length === 1);
      assert.deepEqual([texts(), other.texts()], [[], ['HEARD']]);
      assert.deepEqual(harness.eventsOf(other.postman, 'Error'), []);
      await assert.rejects(harness.invoke(postman, 'count'), reason);
    });
  }

  test('what it sends is bounded', async () => {
    const { postman, alice, id } = await post();
    alice.send(id, 'flood');
    await waitFor('the event', () => harness.eventsOf(postman, 'Delivered').length === 1);
    // More than 1000 only if it took more than a second.
    const sent = Number(/\d+/.exec(String(harness.eventsOf(postman, 'Delivered')[0]!.text))![0]);
    assert.ok(sent >= 1000 && sent < 10_000, `${sent}`);
  });
});
