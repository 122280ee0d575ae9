import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const COUNT = 10;

test('packets that a peer sends right behind its last DTLS flight are not lost', async () => {
  const harness = await WorkerHarness.start();
  const pipeline = await harness.create('MediaPipeline', null);
  const endpoint = await harness.create('WebRtcEndpoint', pipeline);
  await harness.invoke(endpoint, 'connect', { sink: endpoint });
  const peer = await TestPeer.open({
    // In the tick of the flight itself: all of it is there when the worker reads its socket next.
    onSecured: () => {
      for (let i = 0; i < COUNT; i++) {
        const timestamp = i * 3000;
        const payload = vp8Payload(i === 0, 100, i);
        peer.sendRtp({ payloadType: 96, marker: true, sequence: i, timestamp, ssrc: 77, payload });
      }
    },
  });
  try {
    const answer = await harness.invoke<string>(endpoint, 'processOffer', { offer: offerOf(peer) });
    assert.match(answer, /a=setup:active/, 'the peer is the one who ends the handshake');
    peer.accept(answer, 'server');
    await harness.invoke(endpoint, 'gatherCandidates');
    await waitFor('a candidate', () => harness.eventsOf(endpoint, 'IceCandidateFound').length > 0);
    for (const { candidate } of harness.eventsOf(endpoint, 'IceCandidateFound')) {
      peer.addCandidate((candidate as { candidate: string }).candidate);
    }
    await waitFor('the packets to come back', () => peer.rtp.length >= COUNT);
    assert.deepEqual(
      peer.rtp.map(({ payload }) => payload.at(-1)),
      Array.from({ length: COUNT }, (_, i) => i),
    );
  } finally {
    await harness.release(pipeline);
    await peer.close();
    await harness.close();
  }
});
