import {
  MediaStreamTrack,
  type RTCDataChannel,
  RTCPeerConnection,
  type RTCRtpTransceiver,
  useOPUS,
  useVP8,
} from 'werift';
import { type EchoChannel, type InteropPeer, testInterop } from './support/interop.js';
import type { Candidate } from './support/kurento.js';
import { RtpSource } from './support/rtp-source.js';

const PAYLOAD_TYPES = { audio: 111, video: 96 } as const;

/** A peer on werift, which is WebRTC in TypeScript alone: DTLS, SRTP and SCTP of its own. */
class WeriftPeer implements InteropPeer {
  readonly #connection = new RTCPeerConnection({
    codecs: {
      audio: [useOPUS({ payloadType: PAYLOAD_TYPES.audio })],
      video: [useVP8({ payloadType: PAYLOAD_TYPES.video })],
    },
    iceServers: [],
    // Otherwise it leaves open the sockets that bundling makes superfluous.
    bundlePolicy: 'max-bundle',
  });
  readonly #source = new RtpSource();
  readonly #tracks = {
    audio: new MediaStreamTrack({ kind: 'audio' }),
    video: new MediaStreamTrack({ kind: 'video' }),
  };
  #channel: RTCDataChannel | undefined;

  constructor(readonly media: boolean) {
    if (!media) return;
    const receive = (kind: 'audio' | 'video', transceiver: RTCRtpTransceiver) => {
      transceiver.onTrack.subscribe((track) => {
        track.onReceiveRtp.subscribe(({ payload }) => this.#source.receive(kind, payload));
      });
    };
    for (const kind of ['audio', 'video'] as const) {
      receive(kind, this.#connection.addTransceiver(this.#tracks[kind], { direction: 'sendrecv' }));
    }
  }

  get received() {
    return this.#source.received;
  }

  async createOffer(): Promise<string> {
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    return this.#connection.localDescription!.sdp;
  }

  async createRestartOffer(): Promise<string> {
    await this.#connection.setLocalDescription(await this.#connection.createOffer({ iceRestart: true }));
    return this.#connection.localDescription!.sdp;
  }

  createDirectedOffer(direction: 'sendonly' | 'sendrecv'): Promise<string> {
    for (const transceiver of this.#connection.getTransceivers()) transceiver.setDirection(direction);
    return this.createOffer();
  }

  async createAnswer(sdp: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp });
    await this.#connection.setLocalDescription(await this.#connection.createAnswer());
    return this.#connection.localDescription!.sdp;
  }

  async acceptAnswer(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp });
  }

  async addCandidate(candidate: Candidate): Promise<void> {
    await this.#connection.addIceCandidate(candidate);
  }

  isConnected(): boolean {
    return this.#connection.connectionState === 'connected';
  }

  startMedia(): void {
    this.#source.start(PAYLOAD_TYPES, (kind, packet) => this.#tracks[kind].writeRtp(packet));
  }

  createChannel(label: string): EchoChannel {
    const channel = this.#connection.createDataChannel(label);
    const messages: (string | Buffer)[] = [];
    channel.onMessage.subscribe((message) => messages.push(message));
    this.#channel = channel;
    return { messages, send: (message) => channel.send(message) };
  }

  channelIsOpen(): boolean {
    return this.#channel?.readyState === 'open';
  }

  async close(): Promise<void> {
    this.#source.stop();
    await this.#connection.close();
  }
}

testInterop('werift', async (media) => new WeriftPeer(media), { holds: true });
