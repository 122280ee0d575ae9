/**
 * What every WebRTC stack has to do with the server: call it, be called by it, send media and data through it and get
 * them back. Each stack brings an `InteropPeer`.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import {
  type Candidate,
  iceCandidate,
  type KurentoClient,
  kurento7,
  type MediaPipeline,
  openClient,
  recordEvents,
  type WebRtcEndpoint,
} from './kurento.js';
import { TestServer } from './server.js';
import { pause, waitFor } from './wait.js';

/** Audio and video that came back so far: packets or frames, as the stack shows them. */
export interface Received {
  audio: number;
  video: number;
  /** What came that is not what was sent. */
  strange: number;
}

export interface EchoChannel {
  send(message: string | Buffer): void;
  readonly messages: readonly (string | Buffer)[];
}

/** A participant that runs on another WebRTC stack. Its descriptions hold all its candidates. */
export interface InteropPeer {
  createOffer(): Promise<string>;
  createAnswer(offer: string): Promise<string>;
  acceptAnswer(answer: string): Promise<void>;
  /** An offer from another ICE generation, for a peer that is connected. */
  createRestartOffer?(): Promise<string>;
  /** A further offer of a peer that is connected: all its media on hold (it sends only), or both ways again. */
  createDirectedOffer?(direction: 'sendonly' | 'sendrecv'): Promise<string>;
  addCandidate(candidate: Candidate): Promise<void>;
  /** Says where candidates of its own that are not in the descriptions go. */
  trickle?(listener: (candidate: Candidate) => void): void;
  isConnected(): boolean;
  /** Sends audio and video from now on. */
  startMedia(): void;
  readonly received: Received;
  /** Makes a data channel; to be asked for before the offer. */
  createChannel(label: string): EchoChannel;
  channelIsOpen(): boolean;
  close(): Promise<void>;
}

export type OpenPeer = (media: boolean) => Promise<InteropPeer>;

/** How much of each kind has to come back. */
const ENOUGH = 50;

export interface InteropOptions {
  /** Why all tests are skipped. */
  skip?: string | undefined;
  /** Why that of data channels is skipped. */
  skipData?: string;
  /** The stack's peers have `createRestartOffer`. */
  restarts?: boolean;
  /** They have `createDirectedOffer`. */
  holds?: boolean;
}

/** Declares the tests of one stack. */
export function testInterop(
  stack: string,
  openPeer: OpenPeer,
  { skip, skipData, restarts = false, holds = false }: InteropOptions = {},
): void {
  describe(`calls with ${stack}`, { skip: skip ?? false }, () => {
    let server: TestServer;
    let client: KurentoClient;
    let pipeline: MediaPipeline;
    let peer: InteropPeer;

    before(async () => {
      server = await TestServer.start();
      client = await openClient(server.uri);
    });
    after(async () => {
      client?.close();
      await server?.stop();
    });
    beforeEach(async () => {
      pipeline = await client.create('MediaPipeline');
    });
    afterEach(async () => {
      await peer.close();
      await pipeline.release();
    });

    test('it offers; its audio and video come back as they were sent', async () => {
      peer = await openPeer(true);
      const endpoint = await loop();
      await callServer(peer, endpoint);
      await mediaComesBack(peer);
      assert.equal(await endpoint.getMediaState(), 'CONNECTED');
    });

    test('the server offers; audio and video come back as they were sent', async () => {
      peer = await openPeer(true);
      const endpoint = await loop();
      const offer = await endpoint.generateOffer();
      const answer = await peer.createAnswer(offer);
      exchangeCandidates(peer, endpoint);
      await endpoint.processAnswer(answer);
      await endpoint.gatherCandidates();
      await connected(peer, endpoint);
      await mediaComesBack(peer);
    });

    test('strings and 64 KiB of bytes come back through a data channel', {
      skip: skipData ?? false,
    }, async () => {
      peer = await openPeer(false);
      const endpoint = await loop({ useDataChannels: true });
      const channel = peer.createChannel('interop');
      await callServer(peer, endpoint);
      await waitFor('the channel to open', () => peer.channelIsOpen());
      const bytes = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 31 + (i >> 8)) & 0xff));
      channel.send('Grüße');
      channel.send(bytes);
      await waitFor('the echoes', () => channel.messages.length === 2);
      assert.equal(channel.messages[0], 'Grüße');
      assert.equal(Buffer.compare(channel.messages[1] as Buffer, bytes), 0);
    });

    if (restarts) {
      test('it restarts ICE; a new pair is selected and media goes on', async () => {
        peer = await openPeer(true);
        const endpoint = await loop();
        await callServer(peer, endpoint);
        await mediaComesBack(peer);
        const pairs = recordEvents(endpoint, ['NewCandidatePairSelected']);
        // A subscription is not acknowledged to the caller; a later answer says it is there.
        await endpoint.getName();
        await peer.acceptAnswer(await endpoint.processOffer(await peer.createRestartOffer!()));
        await waitFor('a pair of the new generation', () => pairs.length > 0);
        await mediaComesBack(peer);
        assert.ok(peer.isConnected());
      });
    }

    if (holds) {
      test('it offers hold and resume; media stops and goes on', async () => {
        peer = await openPeer(true);
        const endpoint = await loop();
        await callServer(peer, endpoint);
        await mediaComesBack(peer);
        for (let round = 0; round < 2; round++) {
          const held = await endpoint.processOffer(await peer.createDirectedOffer!('sendonly'));
          await peer.acceptAnswer(held);
          assert.equal(held.match(/^a=recvonly\r$/gm)?.length, 2);
          await waitFor('silence', async () => {
            const before = { ...peer.received };
            await pause(300);
            return peer.received.audio === before.audio && peer.received.video === before.video;
          });
          const resumed = await endpoint.processOffer(await peer.createDirectedOffer!('sendrecv'));
          await peer.acceptAnswer(resumed);
          await mediaComesBack(peer);
        }
      });
    }

    /** An endpoint that sends back what it receives. */
    async function loop(params: Record<string, unknown> = {}): Promise<WebRtcEndpoint> {
      const endpoint = await pipeline.create('WebRtcEndpoint', params);
      await endpoint.connect(endpoint);
      return endpoint;
    }
  });
}

async function callServer(peer: InteropPeer, endpoint: WebRtcEndpoint): Promise<void> {
  const offer = await peer.createOffer();
  const answer = await endpoint.processOffer(offer);
  await peer.acceptAnswer(answer);
  exchangeCandidates(peer, endpoint);
  await endpoint.gatherCandidates();
  await connected(peer, endpoint);
}

function exchangeCandidates(peer: InteropPeer, endpoint: WebRtcEndpoint): void {
  endpoint.on('IceCandidateFound', ({ candidate }) => void peer.addCandidate(candidate as Candidate));
  peer.trickle?.((candidate) => void endpoint.addIceCandidate(iceCandidate(kurento7, candidate)));
}

async function connected(peer: InteropPeer, endpoint: WebRtcEndpoint): Promise<void> {
  await waitFor('the peer to be connected', () => peer.isConnected());
  await waitFor(
    'the server to be connected',
    async () => (await endpoint.getConnectionState()) === 'CONNECTED',
  );
}

/** The peers that send from now on. */
const sending = new WeakSet<InteropPeer>();

async function mediaComesBack(peer: InteropPeer): Promise<void> {
  if (!sending.has(peer)) peer.startMedia();
  sending.add(peer);
  const before = { ...peer.received };
  await waitFor('audio and video to come back', () => {
    const { audio, video } = peer.received;
    return audio >= before.audio + ENOUGH && video >= before.video + ENOUGH;
  });
  assert.equal(peer.received.strange, 0);
}
