import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { DataPeer, joinWithData } from '../test-support/data-peer.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { waitFor } from '../test-support/wait-for.js';

describe('data channels', () => {
  const harness = sharedWorker();
  let pipeline: string;

  const join = (useDataChannels = true) => joinWithData(harness, pipeline, useDataChannels);

  async function dataJoin(): Promise<{ endpoint: string; data: DataPeer }> {
    const { endpoint, peer } = await join();
    const data = new DataPeer(peer);
    harness.peers.push(data);
    return { endpoint, data };
  }

  test('a loop echoes strings and bytes, small, empty and of 256 KiB', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const { endpoint, data } = await dataJoin();
    await harness.invoke(endpoint, 'connect', { sink: endpoint });
    const id = await data.open('chat');
    await waitFor('the event', () => harness.eventsOf(endpoint, 'DataChannelOpened').length === 1);
    assert.deepEqual(harness.eventsOf(endpoint, 'DataChannelOpened'), [{ channelId: id }]);
    const large = randomBytes(262_144);
    for (const message of ['hello', '', Uint8Array.from([1, 2, 3]), large]) data.send(id, message);
    await waitFor('four echoes', () => data.messages.length === 4);
    const [text, empty, bytes, big] = data.messages;
    assert.deepEqual([Buffer.from(text!.data).toString(), text!.binary], ['hello', false]);
    assert.equal(empty!.data.length, 0);
    assert.deepEqual([[...bytes!.data], bytes!.binary], [[1, 2, 3], true]);
    assert.equal(Buffer.compare(big!.data, large), 0);
    const stats = Object.values(
      await harness.invoke<Record<string, Record<string, unknown>>>(endpoint, 'getStats'),
    );
    const channel = stats.find(({ type }) => type === 'datachannel')!;
    assert.deepEqual([channel.messagesSent, channel.messagesReceived, channel.label], [4, 4, 'chat']);
    assert.equal(stats.find(({ type }) => type === 'session')!.dataChannelsOpened, 1);
  });

  test('messages go along DATA connections, through PassThrough, to the channel of the same label', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const from = await dataJoin();
    const to = await dataJoin();
    const between = await harness.create('PassThrough', pipeline);
    await harness.invoke(from.endpoint, 'connect', { sink: between });
    await harness.invoke(between, 'connect', { sink: to.endpoint, mediaType: 'DATA' });
    // A ring must neither hang nor flood.
    await harness.invoke(between, 'connect', { sink: between, sinkMediaDescription: 'ring' });
    const [chat] = [await from.data.open('chat'), await from.data.open('log')];
    const [log, chatThere] = [await to.data.open('log'), await to.data.open('chat')];
    from.data.send(chat, 'for the chat');
    await waitFor('the message', () => to.data.messages.length > 0);
    assert.ok(to.data.messages.every(({ id }) => id === chatThere && id !== log));
    assert.equal(from.data.messages.length, 0);
    await harness.invoke(from.endpoint, 'disconnect', { sink: between, mediaType: 'DATA' });
    const count = to.data.messages.length;
    from.data.send(chat, 'into the void');
    to.data.send(chatThere, 'also');
    await harness.invoke(from.endpoint, 'getName');
    assert.equal(to.data.messages.length, count);
  });

  test('the server opens and closes channels', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const { endpoint, data } = await dataJoin();
    await harness.invoke(endpoint, 'createDataChannel', {
      label: 'server',
      ordered: false,
      maxPacketLifeTime: -1,
      maxRetransmits: 0,
      protocol: 'x',
    });
    await waitFor('the channel at the peer', () => data.opened.length === 1);
    assert.deepEqual(data.opened[0], { id: 0, label: 'server', ordered: false });
    await waitFor('the event', () => harness.eventsOf(endpoint, 'DataChannelOpened').length === 1);
    assert.equal(await harness.invoke(endpoint, 'closeDataChannel', { channelId: 77 }), null);
    await harness.invoke(endpoint, 'closeDataChannel', { channelId: 0 });
    await waitFor('it to close', () => data.closed.includes(0));
    await waitFor('the event', () => harness.eventsOf(endpoint, 'DataChannelClosed').length === 1);
  });

  test('without useDataChannels the m-line is rejected and the operations say so', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const { endpoint, peer, answer } = await join(false);
    assert.match(answer, /m=application 0 /);
    await assert.rejects(harness.invoke(endpoint, 'createDataChannel', { label: 'x' }), { code: 40111 });
    await assert.rejects(harness.invoke(endpoint, 'closeDataChannel', { channelId: 1 }), { code: 40111 });
    // What comes all the same is dropped.
    peer.sendData(randomBytes(100));
    assert.equal(await harness.invoke(endpoint, 'getConnectionState'), 'CONNECTED');
    await peer.close();
  });

  test('garbage on the association changes nothing', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const { endpoint, data } = await dataJoin();
    await harness.invoke(endpoint, 'connect', { sink: endpoint });
    const id = await data.open('chat');
    for (let i = 0; i < 500; i++) data.peer.sendData(randomBytes(1 + (i % 300)));
    data.send(id, 'still there');
    await waitFor('the echo', () => data.messages.length === 1);
  });
});
