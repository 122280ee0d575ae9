import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { BrowserPeer } from './support/browser.js';
import { assertNoLoss, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';
import {
  type Candidate,
  iceCandidate,
  kurento7,
  type MediaPipeline,
  type WebRtcEndpoint,
} from './support/kurento.js';
import { waitFor } from './support/wait.js';

const isTcp = ({ candidate }: Candidate) => / tcp /i.test(candidate);

describe('a browser whose UDP is blocked', () => {
  const harness = useHarness();
  let pipeline: MediaPipeline;
  let endpoint: WebRtcEndpoint;
  let peer: BrowserPeer;
  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    endpoint = await pipeline.create('WebRtcEndpoint');
    peer = await harness.browser.newPeer({
      send: { audio: true, video: true },
      receive: { audio: true, video: true },
    });
    await endpoint.connect(endpoint);
  });
  afterEach(async () => {
    await pipeline.release();
    await peer.close();
  });

  /** Only TCP candidates go from side to side, as if nothing else got through. */
  function exchangeTcpCandidates(): void {
    endpoint.on('IceCandidateFound', (event) => {
      const candidate = event.candidate as Candidate;
      if (isTcp(candidate)) void peer.addCandidate(candidate);
    });
    peer.trickle((candidate) => {
      if (isTcp(candidate)) void endpoint.addIceCandidate(iceCandidate(kurento7, candidate));
    });
  }

  async function expectCallOverTcp(): Promise<void> {
    await peer.connected();
    const statistics = await mediaArrives(peer);
    await pictureMoves(peer);
    assertNoLoss(statistics);
    const [pair] = await endpoint.getICECandidatePairs();
    assert.match(String(pair?.localCandidate), /^candidate:\S+ 1 TCP \d+ \S+ \d+ typ host tcptype passive$/);
    assert.match(String(pair?.remoteCandidate), /^candidate:\S+ 1 TCP .* tcptype active$/);
    assert.equal(await endpoint.getConnectionState(), 'CONNECTED');
  }

  test('calls the server', async () => {
    exchangeTcpCandidates();
    await peer.acceptAnswer(await endpoint.processOffer(await peer.createOffer()));
    await endpoint.gatherCandidates();
    await expectCallOverTcp();
  });

  test('is called by the server', async () => {
    const answer = await peer.createAnswer(await endpoint.generateOffer());
    exchangeTcpCandidates();
    await endpoint.processAnswer(answer);
    await endpoint.gatherCandidates();
    await expectCallOverTcp();
  });

  test('and the TCP port takes nobody who has no call', async () => {
    const candidates: Candidate[] = [];
    endpoint.on('IceCandidateFound', ({ candidate }) => void candidates.push(candidate as Candidate));
    await endpoint.processOffer(await peer.createOffer());
    await endpoint.gatherCandidates();
    const found = await waitFor('a TCP candidate', () => candidates.find(isTcp));
    const [, , , , address, port] = found.candidate.split(' ');
    const socket = connect({ host: address!, port: Number(port) });
    let closed = false;
    socket.on('close', () => {
      closed = true;
    });
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: somewhere\r\n\r\n');
    await waitFor('the connection to be closed', () => closed);
  });
});
