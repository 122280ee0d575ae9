import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
// What the tests of the media plane run coturn with.
import { Coturn } from '../../packages/media/dist/test-support/coturn.js';
import type { BrowserPeer } from './support/browser.js';
import { assertNoLoss, mediaArrives } from './support/call.js';
import { useHarness } from './support/harness.js';
import {
  type Candidate,
  iceCandidate,
  kurento7,
  type MediaPipeline,
  type WebRtcEndpoint,
} from './support/kurento.js';

const BOTH = { audio: true, video: true };
/** An interface with addresses that are not coturn's. */
const external = Object.entries(networkInterfaces()).find(([, all]) =>
  all?.some(({ internal, family }) => !internal && family === 'IPv4'),
)?.[0];
const isRelayed = ({ candidate }: Candidate): boolean => candidate.includes(' typ relay ');

describe('calls with Chromium that only get through over a TURN server', () => {
  // coturn is on the loopback interface.
  const harness = useHarness({ server: { args: ['--media.loopback', 'always'] } });
  let coturn: Coturn;
  let pipeline: MediaPipeline;
  let endpoint: WebRtcEndpoint;
  let peer: BrowserPeer | undefined;

  before(async () => {
    coturn = await Coturn.start();
  });
  after(() => coturn?.stop());
  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
  });
  afterEach(async () => {
    await pipeline.release();
    await peer?.close();
  });

  /** A browser that is reached by its relayed address only. */
  function relayedPeer(transport: 'udp' | 'tcp'): Promise<BrowserPeer> {
    const urls = `turn:127.0.0.1:${coturn.port}?transport=${transport}`;
    const iceServers = [{ urls, username: 'user', credential: 'secret' }];
    return harness.browser.newPeer({
      send: BOTH,
      receive: BOTH,
      configuration: { iceTransportPolicy: 'relay', iceServers },
    });
  }

  for (const transport of ['udp', 'tcp'] as const) {
    test(`the browser's relay, over ${transport}, with iceTransportPolicy relay`, async () => {
      peer = await relayedPeer(transport);
      await call(peer, () => true);
      assertNoLoss(await mediaArrives(peer));
      assert.ok(peer.candidates.length > 0);
      assert.ok(peer.candidates.every(isRelayed), JSON.stringify(peer.candidates));
      const pair = (await endpoint.getICECandidatePairs())[0];
      const port = Number(/^\S+ \d+ \S+ \d+ \S+ (\d+) /.exec(String(pair?.remoteCandidate))?.[1]);
      assert.ok(coturn.isRelayPort(port), JSON.stringify(pair));
    });
  }

  test("the server's relay too, where the direct path is blocked", {
    skip: external === undefined && 'this machine has the loopback interface only',
  }, async () => {
    // The browser's relay lets in the addresses that the browser is told of: that of the server's relay.
    peer = await relayedPeer('udp');
    await endpoint.setNetworkInterfaces(external!);
    await endpoint.setTurnUrl(coturn.url('udp'));
    await call(peer, isRelayed);
    assertNoLoss(await mediaArrives(peer));
    const pair = (await endpoint.getICECandidatePairs())[0];
    assert.match(String(pair?.localCandidate), / typ relay /);
  });

  /** @param tells which candidates of the server the browser is told of */
  async function call(browser: BrowserPeer, tells: (candidate: Candidate) => boolean): Promise<void> {
    endpoint.on('IceCandidateFound', (event) => {
      const candidate = event.candidate as Candidate;
      if (tells(candidate)) void browser.addCandidate(candidate);
    });
    browser.trickle((candidate) => void endpoint.addIceCandidate(iceCandidate(kurento7, candidate)));
    await browser.acceptAnswer(await endpoint.processOffer(await browser.createOffer()));
    await endpoint.gatherCandidates();
    await browser.connected();
  }
});
