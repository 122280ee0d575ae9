import { type ReceiveTrack, RtpSession, randomBytes, Scheduler, TransportHub } from '@rivero/media';
import { Counter, DtlsCertificate } from '@rivero/packet-engine';
import { ExtensionUri } from '@rivero/rtp';
import { TEST_MEDIA } from '../../../packages/media/dist/test-support/test-media.js';
import type { BenchProfile } from '../support/srtp.js';
import { PAYLOAD_TYPE, RTX_PAYLOAD_TYPE, type Shape, sourceSsrc, sourcesOf, viewerSsrc } from './shapes.js';

type HubArguments = ConstructorParameters<typeof TransportHub>;
type NegotiatedMedia = Parameters<RtpSession['setMedia']>[0];

export interface ProductOptions {
  shape: Shape;
  profile: BenchProfile;
  /** UDP port of each peer. */
  ports: readonly number[];
  /** Master key and salt for what each peer gets. */
  sendKeys: readonly Uint8Array[];
  /** Master key and salt of what each peer sends. */
  receiveKeys: readonly Uint8Array[];
  gso: boolean;
  senderThreads: number;
}

/** An m-line as a Chromium peer negotiates it for video: VP8 with RTX, NACK, PLI, REMB, abs-send-time and MID. */
function video(index: number, direction: 'send' | 'receive', ssrc: number): NegotiatedMedia {
  const receive = direction === 'receive';
  return {
    index,
    mid: String(index),
    kind: 'video',
    accepted: true,
    transport: 0,
    direction: { send: !receive, receive },
    codecs: [
      {
        name: 'VP8',
        clockRate: 90000,
        channels: 1,
        fmtp: new Map(),
        payloadType: PAYLOAD_TYPE,
        receivePayloadType: PAYLOAD_TYPE,
        rtxPayloadType: RTX_PAYLOAD_TYPE,
        receiveRtxPayloadType: RTX_PAYLOAD_TYPE,
        feedback: { nack: true, pli: true, fir: true, remb: true, transportCc: false },
      },
    ],
    extensions: [
      { uri: ExtensionUri.AbsoluteSendTime, id: 2 },
      { uri: ExtensionUri.Mid, id: 4 },
    ],
    reducedSizeRtcp: true,
    dtlsRole: 'client',
    receivedRids: [],
    remote: {
      ssrcs: receive ? [{ ssrc }] : [],
      msids: [],
      rids: [],
      iceOptions: [],
      fingerprints: [],
      candidates: [],
      endOfCandidates: true,
    },
    local: receive ? {} : { ssrc, rtxSsrc: ssrc + 1 },
  };
}

/**
 * The path of a packet as in a media worker: packet engine, hub, RTP sessions, tracks, forwarder. Only ICE and DTLS are
 * left out: addresses and keys are given.
 */
export class Product {
  readonly #hub: TransportHub;

  private constructor(hub: TransportHub) {
    this.#hub = hub;
  }

  static async start({
    shape,
    profile,
    ports,
    sendKeys,
    receiveKeys,
    gso,
    senderThreads,
  }: ProductOptions): Promise<Product> {
    const configuration: HubArguments[0] = {
      ...TEST_MEDIA,
      iceTcp: false,
      maxSsrcsPerEndpoint: 64,
      historyBytes: 32 << 20,
      gso,
      senderThreads,
      transcoding: 'forbid',
      weakReceiverEncodings: 0,
    };
    const ECDSA = await DtlsCertificate.generate('ECDSA');
    const quiet = { info() {}, warn() {} } as unknown as HubArguments[3];
    const hub = new TransportHub(configuration, new Scheduler(), { RSA: ECDSA, ECDSA }, quiet);
    hub.start(0);
    const origins: ReceiveTrack[] = [];
    const sessions = ports.map((port, peer) => {
      const session = openSession(hub, port);
      hub.engine.setSrtpKeys(session.session, profile, sendKeys[peer]!, receiveKeys[peer]!);
      if (peer < shape.sources)
        origins.push(session.setMedia(video(0, 'receive', sourceSsrc(peer))).receive!);
      return session;
    });
    for (const [peer, session] of sessions.entries()) {
      for (const source of sourcesOf(shape, peer)) {
        const { send } = session.setMedia(video(1 + source, 'send', viewerSsrc(peer, source)));
        send!.setOrigin(origins[source]);
      }
      session.ready();
    }
    return new Product(hub);
  }

  get port(): number {
    return this.#hub.port;
  }

  counters(): Record<string, number> {
    const { counters } = this.#hub.engine;
    return Object.fromEntries(Object.entries(Counter).map(([name, index]) => [name, counters[index]!]));
  }
}

function openSession(hub: TransportHub, port: number): RtpSession {
  let session: RtpSession;
  const id = hub.addSession({
    onStun() {},
    onDtls() {},
    onRtp: (descriptors, at, nowMs) => session.onRtp(descriptors, at, nowMs),
    onRtcp: (slot, length, nowMs) => session.onRtcp(slot, length, nowMs),
    onBatchEnd: (nowMs) => session.onBatchEnd(nowMs),
  });
  const [socket] = hub.sockets;
  hub.engine.allowRemote(id, socket!.socket, '127.0.0.1', port);
  hub.engine.setRemote(id, socket!.socket, '127.0.0.1', port);
  session = new RtpSession(hub.engine, hub.forwarder, hub.scheduler, {
    session: id,
    cname: 'bench',
    randomBytes,
    listener: { trackChanged() {}, peerActive() {}, codecIncompatible() {} },
  });
  return session;
}
