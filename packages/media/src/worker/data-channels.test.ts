import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import { DataChannelPeer } from '@rivero/sctp';
import { offerOf } from '../test-support/session-descriptions.js';
import { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const SCTP_PORT = 5000;

interface Message {
  id: number;
  data: Uint8Array;
  binary: boolean;
}

/** A peer with data channels over its DTLS association. */
class DataPeer {
  readonly messages: Message[] = [];
  readonly opened: { id: number; label: string; ordered: boolean }[] = [];
  readonly closed: number[] = [];
  readonly channels: DataChannelPeer;
  readonly #timer: NodeJS.Timeout;

  constructor(readonly peer: TestPeer) {
    this.channels = new DataChannelPeer({
      role: 'server',
      localPort: SCTP_PORT,
      remotePort: SCTP_PORT,
      mtu: 1150,
      maxMessageSize: 262_144,
      remoteMaxMessageSize: 262_144,
      randomBytes,
    });
    this.channels.start(performance.now());
    peer.onData = (packet) => {
      this.channels.handlePacket(performance.now(), packet);
      this.pump();
    };
    this.#timer = setInterval(() => this.pump(), 10);
    this.pump();
  }

  pump(): void {
    const now = performance.now();
    if (this.channels.nextTimeout() <= now) this.channels.handleTimeout(now);
    for (const event of this.channels.takeEvents()) {
      if (event.type === 'message') this.messages.push(event);
      else if (event.type === 'open') {
        const { id, label, ordered } = event.channel;
        this.opened.push({ id, label, ordered });
      } else if (event.type === 'closed') this.closed.push(event.id);
    }
    for (const packet of this.channels.takeOutgoing(now)) this.peer.sendData(packet);
  }

  async open(label: string): Promise<number> {
    const id = this.channels.open(performance.now(), { label });
    this.pump();
    await waitFor(`channel ${label}`, () => this.opened.some((channel) => channel.id === id));
    return id;
  }

  send(id: number, data: string | Uint8Array): void {
    this.channels.send(performance.now(), id, data);
    this.pump();
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    return this.peer.close();
  }
}

describe('data channels', () => {
  let harness: WorkerHarness;
  let pipeline: string;
  const peers: DataPeer[] = [];

  before(async () => {
    harness = await WorkerHarness.start();
  });
  after(() => harness.close());

  afterEach(async () => {
    await harness.release(pipeline);
    for (const peer of peers.splice(0)) await peer.close();
    harness.events.length = 0;
  });

  async function join(useDataChannels = true): Promise<{ endpoint: string; peer: TestPeer; answer: string }> {
    const peer = await TestPeer.open();
    const endpoint = await harness.create('WebRtcEndpoint', pipeline, { useDataChannels });
    const offer = `${offerOf(peer, { audio: false }).replace('BUNDLE v', 'BUNDLE v d')}${[
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:d\r\n',
      `a=sctp-port:${SCTP_PORT}\r\na=max-message-size:262144\r\n`,
      peer.transportLines('actpass').replace('a=rtcp-mux\r\n', ''),
    ].join('')}`;
    const answer = await harness.invoke<string>(endpoint, 'processOffer', { offer });
    peer.accept(answer);
    await harness.invoke(endpoint, 'gatherCandidates');
    await waitFor('gathering', () => harness.eventsOf(endpoint, 'IceGatheringDone').length > 0);
    for (const { candidate } of harness.eventsOf(endpoint, 'IceCandidateFound')) {
      peer.addCandidate((candidate as { candidate: string }).candidate);
    }
    await waitFor('the call to be secured', () => peer.secured);
    return { endpoint, peer, answer };
  }

  async function dataJoin(): Promise<{ endpoint: string; data: DataPeer }> {
    const { endpoint, peer } = await join();
    const data = new DataPeer(peer);
    peers.push(data);
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
