import { offerOf, type TestOffer } from './session-descriptions.js';
import { TestPeer, type TestPeerOptions } from './test-peer.js';
import { waitFor } from './wait-for.js';
import type { WorkerHarness } from './worker-harness.js';

export interface TestCall {
  peer: TestPeer;
  endpoint: string;
  answer: string;
}

/** Connects a peer to a fresh WebRtcEndpoint: offer, answer, candidates, ICE, DTLS. `harness.clear` closes it. */
export async function call(
  harness: WorkerHarness,
  pipeline: string,
  offer: TestOffer = {},
  peerOptions: TestPeerOptions = {},
): Promise<TestCall> {
  const started = await startCall(harness, pipeline, offer, peerOptions);
  await waitFor('the call to be secured', () => started.peer.secured);
  return started;
}

/** The same without waiting for the connection. */
export async function startCall(
  harness: WorkerHarness,
  pipeline: string,
  offer: TestOffer = {},
  peerOptions: TestPeerOptions = {},
): Promise<TestCall> {
  const peer = await TestPeer.open(peerOptions);
  harness.peers.push(peer);
  const endpoint = await harness.create('WebRtcEndpoint', pipeline);
  const answer = await harness.invoke<string>(endpoint, 'processOffer', { offer: offerOf(peer, offer) });
  peer.accept(answer, answer.includes('a=setup:active') ? 'server' : 'client');
  await harness.invoke(endpoint, 'gatherCandidates');
  await waitFor('gathering', () => harness.eventsOf(endpoint, 'IceGatheringDone').length > 0);
  for (const { candidate } of harness.eventsOf(endpoint, 'IceCandidateFound')) {
    peer.addCandidate((candidate as { candidate: string }).candidate);
  }
  return { peer, endpoint, answer };
}

/** SSRC that an answer announces for a kind: media first, then retransmissions. */
export function announcedSsrcs(answer: string, kind: 'audio' | 'video'): number[] {
  const section = answer.split('m=').find((part) => part.startsWith(kind)) ?? '';
  const group = /a=ssrc-group:FID (\d+) (\d+)/.exec(section);
  if (group !== null) return [Number(group[1]), Number(group[2])];
  return [...section.matchAll(/a=ssrc:(\d+) cname/g)].map((match) => Number(match[1]));
}
