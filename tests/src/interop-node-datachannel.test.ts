import { after } from 'node:test';
import { Audio, cleanup, type DataChannel, PeerConnection, type Track, Video } from 'node-datachannel';
import { type EchoChannel, type InteropPeer, testInterop } from './support/interop.js';
import type { Candidate } from './support/kurento.js';
import { type PayloadTypes, payloadOf, RtpSource, SSRCS } from './support/rtp-source.js';
import { waitFor } from './support/wait.js';

const KINDS = ['audio', 'video'] as const;
type Kind = (typeof KINDS)[number];
const OWN_TYPES: PayloadTypes = { audio: 111, video: 96 };
const MAX_MESSAGE_SIZE = 262_144;

/** A peer on libdatachannel: C++ with libjuice, OpenSSL or mbedTLS, libsrtp and usrsctp. */
class DataChannelPeer implements InteropPeer {
  readonly #connection = new PeerConnection('peer', {
    iceServers: [],
    disableAutoNegotiation: true,
    maxMessageSize: MAX_MESSAGE_SIZE,
  });
  readonly #source = new RtpSource();
  readonly #tracks = new Map<Kind, Track>();
  #types = OWN_TYPES;
  #channel: DataChannel | undefined;

  constructor(readonly media: boolean) {}

  get received() {
    return this.#source.received;
  }

  async createOffer(): Promise<string> {
    if (this.media) for (const kind of KINDS) this.#addTrack(kind, kind);
    this.#connection.setLocalDescription('offer');
    return this.#description();
  }

  /** The library answers with the tracks that it has under the MIDs of the offer. */
  async createAnswer(offer: string): Promise<string> {
    this.#types = { audio: typeIn(offer, 'opus'), video: typeIn(offer, 'VP8') };
    for (const kind of KINDS) this.#addTrack(kind, midIn(offer, kind));
    this.#connection.setRemoteDescription(offer, 'offer');
    this.#connection.setLocalDescription('answer');
    return this.#description();
  }

  async acceptAnswer(answer: string): Promise<void> {
    this.#connection.setRemoteDescription(answer, 'answer');
  }

  async addCandidate({ candidate, sdpMid }: Candidate): Promise<void> {
    this.#connection.addRemoteCandidate(candidate, sdpMid);
  }

  isConnected(): boolean {
    return this.#connection.state() === 'connected';
  }

  startMedia(): void {
    this.#source.start(this.#types, (kind, packet) => this.#tracks.get(kind)?.sendMessageBinary(packet));
  }

  createChannel(label: string): EchoChannel {
    const channel = this.#connection.createDataChannel(label);
    const messages: (string | Buffer)[] = [];
    channel.onMessage((message) => {
      messages.push(message instanceof ArrayBuffer ? Buffer.from(message) : message);
    });
    this.#channel = channel;
    return {
      messages,
      send: (message) => {
        if (typeof message === 'string') channel.sendMessage(message);
        else channel.sendMessageBinary(message);
      },
    };
  }

  channelIsOpen(): boolean {
    return this.#channel?.isOpen() ?? false;
  }

  async close(): Promise<void> {
    this.#source.stop();
    this.#connection.close();
  }

  #addTrack(kind: Kind, mid: string): void {
    const media = kind === 'audio' ? new Audio(mid, 'SendRecv') : new Video(mid, 'SendRecv');
    if (media instanceof Audio) media.addOpusCodec(this.#types.audio);
    else media.addVP8Codec(this.#types.video);
    media.addSSRC(SSRCS[kind], 'peer', 'stream', kind);
    const track = this.#connection.addTrack(media);
    track.onMessage((packet) => {
      const payload = payloadOf(packet);
      if (payload) this.#source.receive(kind, payload);
    });
    this.#tracks.set(kind, track);
  }

  async #description(): Promise<string> {
    await waitFor('candidates', () => this.#connection.gatheringState() === 'complete');
    return this.#connection.localDescription()!.sdp;
  }
}

function typeIn(description: string, codec: string): number {
  return Number(new RegExp(`^a=rtpmap:(\\d+) ${codec}/`, 'im').exec(description)![1]);
}

function midIn(description: string, kind: Kind): string {
  const section = description.slice(description.indexOf(`m=${kind}`));
  return /^a=mid:(\S+)/m.exec(section)![1]!;
}

// Its threads would keep the process alive.
after(() => cleanup());

testInterop('node-datachannel', async (media) => new DataChannelPeer(media));
