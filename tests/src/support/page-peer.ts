/** Runs in the browser: one RTCPeerConnection with its media and what can be measured about it. */
import { grainyCamera } from './page-camera.js';
import { type QualityRecord, QualityWatch } from './page-quality.js';

export interface PeerOptions {
  /** What is sent, from the browser's fake camera and microphone. */
  send?: { audio?: boolean; video?: boolean };
  /** The camera's picture; 320 × 240 at 15 frames a second when left out. */
  camera?: { width: number; height: number; frameRate: number };
  /** The camera's picture has grain, so that it takes the bitrate it may have. */
  grain?: boolean;
  /** Encodings of the sent video: one with this bound in bit/s, or several (simulcast, lowest first). */
  encodings?: RTCRtpEncodingParameters[];
  /** What is received. */
  receive?: { audio?: boolean; video?: boolean };
  /** Only this codec is offered or accepted for video, such as VP9. */
  videoCodec?: string;
  /** Only this codec is offered or accepted for audio, such as PCMU. */
  audioCodec?: string;
  /** Such as TURN servers. */
  configuration?: RTCConfiguration;
}

/** Sums over all streams of one kind and direction. */
export interface StreamStatistics {
  codec: string;
  packets: number;
  packetsLost: number;
  bytes: number;
  frames: number;
  keyFrames: number;
  audioEnergy: number;
  nacks: number;
  plis: number;
  firs: number;
  retransmitted: number;
  freezes: number;
}

export interface PeerStatistics {
  sent: { audio: StreamStatistics; video: StreamStatistics };
  received: { audio: StreamStatistics; video: StreamStatistics };
}

/** What the received picture looks like: mean colour, and the greatest difference between its pixels. */
export interface Picture {
  red: number;
  green: number;
  blue: number;
  contrast: number;
  /** Changes whenever a pixel does. */
  checksum: number;
}

/** Either of the two. */
export interface ChannelMessage {
  text?: string;
  bytes?: number[];
}

const CAMERA = { width: 320, height: 240, frameRate: 15 };

export class PagePeer {
  readonly #connection: RTCPeerConnection;
  readonly #options: PeerOptions;
  readonly #received = new MediaStream();
  readonly #video = document.createElement('video');
  /** What came through the data channel. */
  readonly channelMessages: ChannelMessage[] = [];
  #sent = new MediaStream();
  #channel: RTCDataChannel | undefined;
  #quality: QualityWatch | undefined;

  constructor(options: PeerOptions, onCandidate: (candidate: RTCIceCandidateInit) => void) {
    this.#options = options;
    this.#connection = new RTCPeerConnection(options.configuration);
    this.#connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.candidate) onCandidate(candidate.toJSON());
    });
    this.#connection.addEventListener('track', ({ track }) => this.#received.addTrack(track));
    this.#video.autoplay = true;
    this.#video.srcObject = this.#received;
    document.body.append(this.#video);
  }

  get state(): RTCPeerConnectionState {
    return this.#connection.connectionState;
  }

  async createOffer(): Promise<string> {
    await this.#addMedia();
    await this.#connection.setLocalDescription();
    return this.#localSdp();
  }

  /** Offers anew with another ICE generation; what is sent and received stays. */
  async createRestartOffer(): Promise<string> {
    this.#connection.restartIce();
    await this.#connection.setLocalDescription();
    return this.#localSdp();
  }

  async acceptAnswer(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp });
  }

  async createAnswer(offer: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: offer });
    await this.#addMedia();
    await this.#connection.setLocalDescription();
    return this.#localSdp();
  }

  /** Waits until all candidates are gathered and returns the description that holds them. */
  async completeDescription(): Promise<string> {
    while (this.#connection.iceGatheringState !== 'complete') {
      await new Promise((resolve) =>
        this.#connection.addEventListener('icegatheringstatechange', resolve, { once: true }),
      );
    }
    return this.#localSdp();
  }

  async addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    await this.#connection.addIceCandidate(candidate);
  }

  watchQuality(): void {
    this.#quality ??= new QualityWatch(this.#connection, this.#video);
  }

  quality(): QualityRecord {
    if (!this.#quality) throw new Error('nothing was watched');
    return this.#quality.record;
  }

  /** Sends nothing any more; the connection and its statistics stay. */
  async stopSending(): Promise<void> {
    await Promise.all(this.#connection.getSenders().map((sender) => sender.replaceTrack(null)));
  }

  /** Makes a data channel; to be asked for before the offer. */
  openChannel(label: string): void {
    const channel = this.#connection.createDataChannel(label);
    channel.binaryType = 'arraybuffer';
    channel.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.channelMessages.push(
        typeof data === 'string' ? { text: data } : { bytes: [...new Uint8Array(data)] },
      );
    });
    this.#channel = channel;
  }

  get channelState(): RTCDataChannelState | undefined {
    return this.#channel?.readyState;
  }

  sendMessage({ text, bytes }: ChannelMessage): void {
    if (text !== undefined) this.#channel?.send(text);
    else this.#channel?.send(new Uint8Array(bytes ?? []));
  }

  close(): void {
    this.#connection.close();
    for (const track of this.#sent.getTracks()) track.stop();
    this.#video.remove();
  }

  async statistics(): Promise<PeerStatistics> {
    const report: RTCStatsReport = await this.#connection.getStats();
    const records = [...report.values()] as Record<string, unknown>[];
    const sum = (type: string, kind: string): StreamStatistics => {
      const streams = records.filter((record) => record.type === type && record.kind === kind);
      const of = (name: string) => streams.reduce((total, stream) => total + Number(stream[name] ?? 0), 0);
      const codecId = streams[0]?.codecId as string | undefined;
      const codec = codecId ? (report.get(codecId) as { mimeType: string }).mimeType : '';
      return {
        codec: codec.slice(codec.indexOf('/') + 1),
        packets: of('packetsSent') + of('packetsReceived'),
        packetsLost: of('packetsLost'),
        bytes: of('bytesSent') + of('bytesReceived'),
        frames: of('framesEncoded') + of('framesDecoded'),
        keyFrames: of('keyFramesEncoded') + of('keyFramesDecoded'),
        audioEnergy: of('totalAudioEnergy'),
        nacks: of('nackCount'),
        plis: of('pliCount'),
        firs: of('firCount'),
        retransmitted: of('retransmittedPacketsSent') + of('retransmittedPacketsReceived'),
        freezes: of('freezeCount'),
      };
    };
    return {
      sent: { audio: sum('outbound-rtp', 'audio'), video: sum('outbound-rtp', 'video') },
      received: { audio: sum('inbound-rtp', 'audio'), video: sum('inbound-rtp', 'video') },
    };
  }

  /** Of the received picture, pixels; 0 until there is one. */
  videoWidth(): number {
    return this.#video.videoWidth;
  }

  /** The received picture; undefined until there is one. */
  picture(): Picture | undefined {
    if (this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return undefined;
    const canvas = new OffscreenCanvas(64, 48);
    const context = canvas.getContext('2d')!;
    context.drawImage(this.#video, 0, 0, canvas.width, canvas.height);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    const sums = [0, 0, 0, 0];
    let checksum = 0;
    let darkest = 255;
    let brightest = 0;
    for (const [index, value] of pixels.entries()) {
      sums[index % 4]! += value;
      checksum = (checksum * 31 + value) % 0xffffffff;
      if (index % 4 === 1) {
        darkest = Math.min(darkest, value);
        brightest = Math.max(brightest, value);
      }
    }
    const count = pixels.length / 4;
    const [red, green, blue] = sums.map((sum) => Math.round(sum / count)) as [number, number, number];
    return { red, green, blue, contrast: brightest - darkest, checksum };
  }

  #localSdp(): string {
    return this.#connection.localDescription!.sdp;
  }

  async #addMedia(): Promise<void> {
    const { send = {}, receive = {} } = this.#options;
    if (send.audio || send.video) {
      const camera = this.#options.camera ?? CAMERA;
      const grainy = send.video && this.#options.grain;
      this.#sent = await navigator.mediaDevices.getUserMedia({
        audio: send.audio ?? false,
        video: send.video && !grainy ? camera : false,
      });
      if (grainy) this.#sent.addTrack(grainyCamera(camera.width, camera.height, camera.frameRate));
    }
    for (const kind of ['audio', 'video'] as const) {
      const track = this.#sent.getTracks().find((candidate) => candidate.kind === kind);
      const wanted = direction(Boolean(track), Boolean(receive[kind]));
      const transceiver = this.#transceiver(kind, wanted);
      if (!transceiver) continue;
      transceiver.direction = wanted;
      if (track) await transceiver.sender.replaceTrack(track);
      const codec = kind === 'video' ? this.#options.videoCodec : this.#options.audioCodec;
      if (codec) transceiver.setCodecPreferences(codecs(kind, codec));
    }
  }

  /** The transceiver that the remote offer made, or a new one when it is we who offer. */
  #transceiver(kind: 'audio' | 'video', wanted: RTCRtpTransceiverDirection): RTCRtpTransceiver | undefined {
    if (this.#connection.remoteDescription) {
      return this.#connection.getTransceivers().find(({ receiver }) => receiver.track.kind === kind);
    }
    if (wanted === 'inactive') return undefined;
    const sendEncodings = kind === 'video' ? this.#options.encodings : undefined;
    return this.#connection.addTransceiver(kind, {
      direction: wanted,
      streams: [this.#sent],
      ...(sendEncodings && { sendEncodings }),
    });
  }
}

function direction(sends: boolean, receives: boolean): RTCRtpTransceiverDirection {
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}

/** The codec in all its variants, with retransmission, which is no codec of its own. Redundancy is of Opus. */
function codecs(kind: string, name: string): RTCRtpCodec[] {
  const all = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const wanted = [name, ...(name === 'red' ? ['opus'] : []), 'rtx'].map((each) =>
    `${kind}/${each}`.toLowerCase(),
  );
  const place = ({ mimeType }: RTCRtpCodec): number => wanted.indexOf(mimeType.toLowerCase());
  return all.filter((codec) => place(codec) >= 0).sort((a, b) => place(a) - place(b));
}

declare global {
  interface Window {
    PagePeer: typeof PagePeer;
    peerCandidate: (candidate: RTCIceCandidateInit) => Promise<void>;
  }
}
window.PagePeer = PagePeer;
