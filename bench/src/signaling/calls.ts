import { chromiumOffer } from '../peer/offer.js';
import type { KurentoConnection } from '../support/kurento.js';
import type { BenchProcess } from '../support/processes.js';
import type { PeerCalls } from './peer-process.js';

const OFFER = chromiumOffer({
  ufrag: 'benc',
  pwd: 'benchmarkbenchmarkbench0',
  fingerprint: Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(':'),
});

/** Creates an endpoint and has an offer answered. */
export async function createAndAnswer(connection: KurentoConnection, pipeline: string): Promise<string> {
  const endpoint = await connection.create('WebRtcEndpoint', { mediaPipeline: pipeline });
  const answer = await connection.invoke(endpoint, 'processOffer', { offer: OFFER });
  if (typeof answer !== 'string' || !answer.includes('m=video')) throw new Error('no answer with video');
  return endpoint;
}

/** Times of one call, ms. */
export interface CallTimes {
  /** From the first request until ICE and DTLS are through on both sides. */
  setUp: number;
  release: number;
}

/** A call as an application makes it: trickled candidates, ICE, DTLS; then released. */
export async function connectAndRelease(
  connection: KurentoConnection,
  pipeline: string,
  peers: BenchProcess<PeerCalls>,
): Promise<CallTimes> {
  const start = performance.now();
  const peer = await peers.ask('open', undefined);
  const endpoint = await connection.create('WebRtcEndpoint', { mediaPipeline: pipeline });
  let connected: () => void;
  const serverConnected = new Promise<void>((resolve) => {
    connected = resolve;
  });
  await Promise.all([
    connection.subscribe(endpoint, 'IceCandidateFound', (data) => {
      const { candidate } = data.candidate as { candidate: string };
      void peers.ask('candidate', { id: peer.id, candidate });
    }),
    connection.subscribe(endpoint, 'ConnectionStateChanged', ({ newState }) => {
      if (newState === 'CONNECTED') connected();
    }),
  ]);
  const offer = chromiumOffer(peer);
  const sdp = (await connection.invoke(endpoint, 'processOffer', { offer })) as string;
  const candidate = { candidate: peer.candidate, sdpMid: '0', sdpMLineIndex: 0 };
  await Promise.all([
    peers.ask('answer', { id: peer.id, sdp }),
    connection.invoke(endpoint, 'addIceCandidate', { candidate }),
    connection.invoke(endpoint, 'gatherCandidates'),
    peers.ask('connected', peer.id),
    serverConnected,
  ]);
  const established = performance.now();
  await connection.release(endpoint);
  const released = performance.now();
  await peers.ask('close', peer.id);
  return { setUp: established - start, release: released - established };
}
