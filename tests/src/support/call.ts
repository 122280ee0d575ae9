import assert from 'node:assert/strict';
import type { BrowserPeer, PeerStatistics, Picture } from './browser.js';
import { type Candidate, iceCandidate, kurento7, type WebRtcEndpoint } from './kurento.js';
import { waitFor } from './wait.js';

/** The browser offers, the server answers; candidates trickle both ways. Resolves when connected. */
export async function callServer(
  peer: BrowserPeer,
  endpoint: WebRtcEndpoint,
  client: typeof kurento7 = kurento7,
  /** What becomes of the offer on its way. */
  change: (offer: string) => string = (offer) => offer,
): Promise<void> {
  exchangeCandidates(peer, endpoint, client);
  const answer = await endpoint.processOffer(change(await peer.createOffer()));
  await peer.acceptAnswer(answer);
  await endpoint.gatherCandidates();
  await peer.connected();
}

/** The server offers, the browser answers; candidates trickle both ways. Resolves when connected. */
export async function callBrowser(peer: BrowserPeer, endpoint: WebRtcEndpoint): Promise<void> {
  const answer = await peer.createAnswer(await endpoint.generateOffer());
  exchangeCandidates(peer, endpoint, kurento7);
  await endpoint.processAnswer(answer);
  await endpoint.gatherCandidates();
  await peer.connected();
}

function exchangeCandidates(peer: BrowserPeer, endpoint: WebRtcEndpoint, client: typeof kurento7): void {
  endpoint.on('IceCandidateFound', ({ candidate }) => void peer.addCandidate(candidate as Candidate));
  peer.trickle((candidate) => void endpoint.addIceCandidate(iceCandidate(client, candidate)));
}

/** Waits until a peer has received and decoded more of a kind than it had when this was called. */
export async function mediaArrives(
  peer: BrowserPeer,
  kinds: readonly ('audio' | 'video')[] = ['audio', 'video'],
  timeout?: number,
): Promise<PeerStatistics> {
  const before = (await peer.statistics()).received;
  return waitFor(
    `${kinds.join(' and ')} to arrive`,
    async () => {
      const statistics = await peer.statistics();
      const { audio, video } = statistics.received;
      const heard = audio.packets > before.audio.packets + 20 && audio.audioEnergy > before.audio.audioEnergy;
      const seen = video.frames > before.video.frames + 10;
      return (heard || !kinds.includes('audio')) && (seen || !kinds.includes('video'))
        ? statistics
        : undefined;
    },
    timeout,
  );
}

/** Waits until the received picture is one (not black, not of one colour) and moves. */
export async function pictureMoves(peer: BrowserPeer, timeout?: number): Promise<Picture> {
  let first: Picture | undefined;
  return waitFor(
    'a moving picture',
    async () => {
      const picture = await peer.picture();
      if (!picture || picture.contrast < 50 || picture.green < 30) return undefined;
      first ??= picture;
      return picture.checksum === first.checksum ? undefined : picture;
    },
    timeout,
  );
}

/** Nothing of the media that a peer received was lost on the way. */
export function assertNoLoss({ received }: PeerStatistics): void {
  assert.equal(received.audio.packetsLost, 0, 'lost audio packets');
  assert.equal(received.video.packetsLost, 0, 'lost video packets');
}
