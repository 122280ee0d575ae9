import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { BrowserPeer } from './support/browser.js';
import { assertNoLoss, callServer, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';
import {
  type MediaPipeline,
  type MediaType,
  type RecordedEvent,
  recordEvents,
  type WebRtcEndpoint,
} from './support/kurento.js';
import { waitFor } from './support/wait.js';

const EVENTS = [
  'ElementConnected',
  'ElementDisconnected',
  'MediaSessionStarted',
  'IceCandidateFound',
  'IceGatheringDone',
  'IceComponentStateChanged',
  'NewCandidatePairSelected',
  'DtlsConnectionStateChange',
  'ConnectionStateChanged',
  'MediaFlowOutStateChanged',
  'MediaFlowInStateChanged',
  'MediaTranscodingStateChanged',
  'MediaStateChanged',
  'Error',
];

describe('loopback call with Chromium', () => {
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
  });
  afterEach(async () => {
    await pipeline.release();
    await peer.close();
  });

  test('audio and video come back complete, and the events come in the order of the reference', async () => {
    const events = recordEvents(endpoint, EVENTS);
    await endpoint.connect(endpoint);
    await callServer(peer, endpoint);
    const statistics = await mediaArrives(peer);
    await pictureMoves(peer);
    await waitFor('MediaStateChanged', () => events.some(({ type }) => type === 'MediaStateChanged'));

    assertNoLoss(statistics);
    assert.ok(statistics.received.audio.audioEnergy > 0);
    assert.equal(await endpoint.getConnectionState(), 'CONNECTED');
    assert.equal(await endpoint.getMediaState(), 'CONNECTED');
    for (const mediaType of ['AUDIO', 'VIDEO'] as const) {
      assert.equal(await endpoint.isMediaFlowingIn(mediaType), true);
      assert.equal(await endpoint.isMediaFlowingOut(mediaType), true);
      assert.equal(await endpoint.isMediaTranscoding(mediaType), false);
    }
    assertEventOrder(events);
  });

  test('the pair that media takes is reported and is a UDP one', async () => {
    await endpoint.connect(endpoint);
    await callServer(peer, endpoint);
    await mediaArrives(peer);
    const [pair] = await endpoint.getICECandidatePairs();
    assert.match(String(pair?.localCandidate), /^candidate:\S+ 1 UDP \d+ \S+ \d+ typ host/i);
    assert.match(String(pair?.remoteCandidate), /^candidate:\S+ 1 UDP \d+ \S+ \d+ typ (host|prflx)/i);
  });

  test('one media type is taken away and given back while the other flows on', async () => {
    await endpoint.connect(endpoint, 'AUDIO');
    await endpoint.connect(endpoint, 'VIDEO');
    await callServer(peer, endpoint);
    await mediaArrives(peer);

    await stopsAndGoesOn('VIDEO');
    await stopsAndGoesOn('AUDIO');
    assertNoLoss(await peer.statistics());
  });

  /** Disconnects one type, sees that only this type stops, connects it again and sees it come back. */
  async function stopsAndGoesOn(mediaType: MediaType): Promise<void> {
    const kind = mediaType === 'AUDIO' ? 'audio' : 'video';
    const other = kind === 'audio' ? 'video' : 'audio';
    await endpoint.disconnect(endpoint, mediaType);
    await waitFor(`${kind} to stop`, async () => {
      const before = (await peer.statistics()).received[kind].packets;
      await mediaArrives(peer, [other]);
      return (await peer.statistics()).received[kind].packets === before;
    });
    await endpoint.connect(endpoint, mediaType);
    await mediaArrives(peer, [kind]);
  }

  test('media passes through PassThrough elements, and a shortcut may replace them meanwhile', async () => {
    const first = await pipeline.create('PassThrough');
    const second = await pipeline.create('PassThrough');
    await endpoint.connect(first);
    await first.connect(second);
    await second.connect(endpoint);
    await callServer(peer, endpoint);
    await mediaArrives(peer);
    assert.equal(await second.isMediaFlowingOut('VIDEO'), true);

    await endpoint.connect(endpoint);
    const statistics = await mediaArrives(peer);
    assertNoLoss(statistics);
  });

  test('when the browser hangs up, DTLS closes at once and the media flows end', async () => {
    await endpoint.connect(endpoint);
    await callServer(peer, endpoint);
    await mediaArrives(peer);
    const events = recordEvents(endpoint, EVENTS);
    // A subscription is not acknowledged to the caller; a later answer says it is there.
    await endpoint.getName();
    await peer.hangUp();
    const states = (type: string) =>
      events.filter((event) => event.type === type).map(({ data }) => data.state);
    await waitFor('DTLS to close', () => states('DtlsConnectionStateChange').includes('CLOSED'));
    await waitFor('the flows to end', () => {
      const flows = [...states('MediaFlowInStateChanged'), ...states('MediaFlowOutStateChanged')];
      return flows.length === 4 && flows.every((state) => state === 'NOT_FLOWING');
    });
  });
});

/** Describes an event as the reference's transcript does, without what differs from run to run. */
function describeEvent({ type, data }: RecordedEvent): string {
  const { mediaType, state, componentId, newState } = data;
  return [type, mediaType, componentId, state ?? newState].filter((part) => part !== undefined).join(' ');
}

/** Checks the order within each chain of cause and effect; chains may interleave. */
function assertEventOrder(events: readonly RecordedEvent[]): void {
  const seen = events.map(describeEvent);
  const chains = [
    [
      'ElementConnected AUDIO',
      'MediaSessionStarted',
      'IceComponentStateChanged 1 GATHERING',
      'IceCandidateFound',
      'IceGatheringDone',
      'IceComponentStateChanged 1 CONNECTING',
      'NewCandidatePairSelected',
      'IceComponentStateChanged 1 CONNECTED',
      'DtlsConnectionStateChange [bundle/dtlssrtpenc] NEW',
      'DtlsConnectionStateChange [bundle/dtlssrtpenc] CONNECTING',
      'IceComponentStateChanged 1 READY',
      'ConnectionStateChanged CONNECTED',
      'DtlsConnectionStateChange [bundle/dtlssrtpenc] CONNECTED',
      'MediaFlowOutStateChanged AUDIO FLOWING',
      'MediaStateChanged CONNECTED',
    ],
    [
      'DtlsConnectionStateChange [bundle/dtlssrtpdec] CONNECTING',
      'DtlsConnectionStateChange [bundle/dtlssrtpdec] CONNECTED',
      'MediaFlowOutStateChanged VIDEO FLOWING',
    ],
    ['MediaFlowOutStateChanged AUDIO FLOWING', 'MediaFlowInStateChanged AUDIO FLOWING'],
    ['MediaFlowOutStateChanged VIDEO FLOWING', 'MediaFlowInStateChanged VIDEO FLOWING'],
    ['MediaTranscodingStateChanged AUDIO NOT_TRANSCODING'],
    ['MediaTranscodingStateChanged VIDEO NOT_TRANSCODING'],
  ];
  for (const chain of chains) {
    const positions = chain.map((event) => seen.indexOf(event));
    const sorted = positions.toSorted((a, b) => a - b);
    const missing = chain.filter((event) => !seen.includes(event));
    assert.deepEqual(missing, [], `events that never came; came: ${seen.join(', ')}`);
    assert.deepEqual(positions, sorted, `order of ${chain.join(' → ')}; came: ${seen.join(', ')}`);
  }
  assert.equal(seen.filter((event) => event.startsWith('ElementConnected')).length, 3);
  assert.ok(!seen.some((event) => event.startsWith('Error')));
}
