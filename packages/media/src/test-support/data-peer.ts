import { randomBytes } from 'node:crypto';
import { DataChannelPeer } from '@rivero/sctp';
import { offerOf } from './session-descriptions.js';
import { TestPeer } from './test-peer.js';
import { waitFor } from './wait-for.js';
import type { WorkerHarness } from './worker-harness.js';

export const SCTP_PORT = 5000;

interface Message {
  id: number;
  data: Uint8Array;
  binary: boolean;
}

/** A peer with data channels over its DTLS association. */
export class DataPeer {
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

/** A call of a new WebRtcEndpoint and a peer with video and, in the offer, data channels. */
export async function joinWithData(
  harness: WorkerHarness,
  pipeline: string,
  useDataChannels = true,
): Promise<{ endpoint: string; peer: TestPeer; answer: string }> {
  const peer = await TestPeer.open();
  harness.peers.push(peer);
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
