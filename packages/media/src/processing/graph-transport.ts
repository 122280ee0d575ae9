import { randomBytes } from '../runtime/random.js';
import type { ReceiveTrack } from '../streams/receive-track.js';
import { RtpSession, type RtpSessionListener } from '../streams/rtp-session.js';
import type { PacketReceiver, TransportHub } from '../transport/transport-hub.js';

export const LOOPBACK = '127.0.0.1';
/** Seconds from the NTP epoch (1900) to the Unix epoch (1970), in ms. */
const NTP_EPOCH_MS = 2_208_988_800_000;

/** Moment 0 of performance.now() on the monotonic clock that all processes of the machine share, ms. */
export const MONOTONIC_ORIGIN_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** The worker's UDP socket for RTP with its graph processes: one for all of them, opened at the first use. */
export class GraphSocket {
  #bound: { socket: number; port: number } | undefined;

  constructor(private readonly hub: TransportHub) {}

  get socket(): number {
    return this.#open().socket;
  }

  get port(): number {
    return this.#open().port;
  }

  #open(): { socket: number; port: number } {
    this.#bound ??= this.hub.engine.addSocket(LOOPBACK, 0, 4);
    return this.#bound;
  }
}

/** One stream's RTP between worker and graph: plain, between two ports of the loopback interface. */
export class GraphTransport implements PacketReceiver {
  readonly rtp: RtpSession;
  readonly #hub: TransportHub;
  readonly #socket: GraphSocket;
  readonly #session: number;
  #remotePort: number | undefined;
  #closed = false;

  /** @throws EngineError when there is no session left */
  constructor(
    hub: TransportHub,
    socket: GraphSocket,
    listener: RtpSessionListener,
    requestKeyFrame: (track: ReceiveTrack) => void = () => {},
  ) {
    this.#hub = hub;
    this.#socket = socket;
    this.#session = hub.addSession(this);
    hub.engine.setPlain(this.#session);
    this.rtp = new RtpSession(hub.engine, hub.forwarder, hub.scheduler, {
      session: this.#session,
      cname: 'graph',
      randomBytes,
      listener,
      requestKeyFrame,
      // The graph reads sender reports on the clock that both processes have.
      epochMs: MONOTONIC_ORIGIN_MS - NTP_EPOCH_MS,
    });
  }

  /** Sends to these ports of a graph. */
  sendTo(rtpPort: number, rtcpPort: number): void {
    const { engine } = this.#hub;
    engine.setRemote(this.#session, this.#socket.socket, LOOPBACK, rtpPort);
    engine.setRtcpRemote(this.#session, this.#socket.socket, LOOPBACK, rtcpPort);
    this.rtp.ready();
  }

  /** Takes what comes from this port of a graph, and nothing else. */
  receiveFrom(port: number): void {
    const { socket } = this.#socket;
    if (this.#remotePort !== undefined) {
      this.#hub.engine.disallowRemote(this.#session, socket, LOOPBACK, this.#remotePort);
    }
    this.#remotePort = port;
    this.#hub.engine.allowRemote(this.#session, socket, LOOPBACK, port);
    this.rtp.ready();
  }

  onRtp(descriptors: Int32Array, at: number, nowMs: number): void {
    this.rtp.onRtp(descriptors, at, nowMs);
  }

  onRtcp(slot: number, length: number, nowMs: number): void {
    this.rtp.onRtcp(slot, length, nowMs);
  }

  onBatchEnd(nowMs: number): void {
    this.rtp.onBatchEnd(nowMs);
  }

  onStun(): void {
    // There is no ICE here.
  }

  onDtls(): void {
    // Nor keys.
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.rtp.close();
    this.#hub.removeSession(this.#session);
  }
}
