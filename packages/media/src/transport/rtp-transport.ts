import type { SourceAddress, SrtpProfile } from '@rivero/packet-engine';
import type { CryptoSuite, NegotiatedCrypto } from '@rivero/sdp';
import { randomBytes } from '../runtime/random.js';
import { RtpSession, type RtpSessionListener } from '../streams/rtp-session.js';
import type { LocalAddress } from './local-addresses.js';
import { isUnspecified } from './rtp-address.js';
import type { RtpPortPair } from './rtp-ports.js';
import type { PacketReceiver, TransportHub } from './transport-hub.js';

const PROFILES: Readonly<Record<CryptoSuite, SrtpProfile>> = {
  AES_CM_128_HMAC_SHA1_80: 'AES128_CM_HMAC_SHA1_80',
  AES_CM_128_HMAC_SHA1_32: 'AES128_CM_HMAC_SHA1_32',
  AES_256_CM_HMAC_SHA1_80: 'AES256_CM_HMAC_SHA1_80',
  AES_256_CM_HMAC_SHA1_32: 'AES256_CM_HMAC_SHA1_32',
};

/** Gateways begin a new stream with every announcement and transfer: an old one is only kept for its last packets. */
const MAX_STREAMS = 4;

export interface RtpTransportOptions {
  local: Pick<LocalAddress, 'address' | 'family'>;
  rtcpMux: boolean;
  /** latch: the first valid source is the peer, wherever it is; sdp: only the address of the description. */
  source: 'latch' | 'sdp';
  cname: string;
  listener: RtpSessionListener;
  /** Code point of Differentiated Services that media is marked with; 0 is none. */
  dscp: number;
}

/** The peer's side of an m-line. */
export interface RemoteRtp {
  address: string;
  port: number;
  rtcpAddress: string;
  rtcpPort: number;
  rtcpMux: boolean;
  /** Missing: plain RTP. */
  crypto: NegotiatedCrypto | undefined;
  /** What it may send: anything else does not prove a source. */
  payloadTypes: readonly number[];
}

/**
 * One m-line without ICE: ports of its own, plain RTP or SRTP with keys from the description. Nothing authenticates the
 * source of plain RTP, so it is chosen once: the address of the description or, where a NAT hides it, the first source of
 * valid media; everything from elsewhere is dropped by the packet engine.
 */
export class RtpTransport implements PacketReceiver {
  readonly rtp: RtpSession;
  readonly #hub: TransportHub;
  readonly #options: RtpTransportOptions;
  readonly #session: number;
  readonly #ports: RtpPortPair;
  #remote: RemoteRtp | undefined;
  #closed = false;

  /** @throws EngineError when there is no port or no session left */
  constructor(hub: TransportHub, options: RtpTransportOptions) {
    this.#hub = hub;
    this.#options = options;
    this.#ports = hub.rtpPorts.open(options.local.address, options.local.family, !options.rtcpMux);
    try {
      this.#session = hub.addSession(this);
    } catch (error) {
      this.#closePorts();
      throw error;
    }
    if (options.dscp > 0) hub.engine.setDscp(this.#session, options.dscp);
    this.rtp = new RtpSession(hub.engine, hub.forwarder, hub.scheduler, {
      session: this.#session,
      cname: options.cname,
      randomBytes,
      listener: options.listener,
      maxStreams: MAX_STREAMS,
    });
  }

  get port(): number {
    return this.#ports.rtp.port;
  }

  /** Missing when RTCP shares the port. */
  get rtcpPort(): number | undefined {
    return this.#ports.rtcp?.port;
  }

  get local(): Pick<LocalAddress, 'address' | 'family'> {
    return this.#options.local;
  }

  /** Takes what was agreed on; media may flow from then on. A peer that stays where it was keeps its latch. */
  connect(remote: RemoteRtp): void {
    const { engine } = this.#hub;
    if (remote.crypto === undefined) engine.setPlain(this.#session);
    else {
      const { suite, localKey, localMki, remoteKeys } = remote.crypto;
      const keys = Buffer.concat(remoteKeys.map(({ key }) => key));
      const receive = Buffer.concat(remoteKeys.map(({ mki = new Uint8Array() }) => mki));
      const mkis = { receive, ...(localMki !== undefined && { send: localMki }) };
      engine.setSrtpKeys(this.#session, PROFILES[suite], localKey, keys, mkis);
    }
    if (remote.rtcpMux && this.#ports.rtcp !== undefined) {
      this.#hub.rtpPorts.close(this.#ports.rtcp);
      delete this.#ports.rtcp;
    }
    const known = this.#remote;
    const onHold = isUnspecified(remote.address);
    if (known === undefined || (!onHold && !sameAddresses(known, remote))) {
      this.#remote = remote;
      this.#take(remote, known);
    }
    this.rtp.ready();
  }

  #take(remote: RemoteRtp, former: RemoteRtp | undefined): void {
    const { engine } = this.#hub;
    const { rtp, rtcp } = this.#ports;
    const session = this.#session;
    if (!isUnspecified(remote.address)) engine.setRemote(session, rtp.socket, remote.address, remote.port);
    const rtcpKnown = rtcp !== undefined && !isUnspecified(remote.rtcpAddress);
    if (rtcpKnown) engine.setRtcpRemote(session, rtcp.socket, remote.rtcpAddress, remote.rtcpPort);
    if (this.#options.source === 'sdp') {
      if (former !== undefined) {
        engine.disallowRemote(session, rtp.socket, former.address, former.port);
        if (rtcp) engine.disallowRemote(session, rtcp.socket, former.rtcpAddress, former.rtcpPort);
      }
      engine.allowRemote(session, rtp.socket, remote.address, remote.port);
      if (rtcpKnown) engine.allowRemote(session, rtcp.socket, remote.rtcpAddress, remote.rtcpPort);
      return;
    }
    engine.latchRemote(session, rtp.socket, remote.address, remote.port, {
      payloadTypes: remote.payloadTypes,
      rtcp: rtcp === undefined,
    });
    if (rtcpKnown) this.#latchRtcp(remote.rtcpAddress, remote.rtcpPort);
  }

  #latchRtcp(address: string, port: number): void {
    const { rtcp } = this.#ports;
    if (rtcp === undefined) return;
    const latch = { payloadTypes: [], rtcp: true, sameAddress: true };
    this.#hub.engine.latchRemote(this.#session, rtcp.socket, address, port, latch);
  }

  /** Symmetric RTP (RFC 4961): media goes where it comes from. */
  onLatched({ socket, address, port }: SourceAddress): void {
    const { engine } = this.#hub;
    const { rtp, rtcp } = this.#ports;
    if (socket === rtcp?.socket) {
      engine.setRtcpRemote(this.#session, socket, address, port);
      return;
    }
    const remote = this.#remote;
    if (socket !== rtp.socket || remote === undefined) return;
    engine.setRemote(this.#session, socket, address, port);
    if (rtcp === undefined) return;
    const announced = address === remote.address && port === remote.port;
    const rtcpAddress = announced ? remote.rtcpAddress : address;
    // Behind a NAT the port of RTCP is unknown until some comes; the next one is what most of them give.
    const rtcpPort = announced ? remote.rtcpPort : port + 1;
    if (rtcpPort > 0xffff) return;
    engine.setRtcpRemote(this.#session, rtcp.socket, rtcpAddress, rtcpPort);
    this.#latchRtcp(rtcpAddress, rtcpPort);
  }

  onStun(): void {
    // There is no ICE here.
  }

  onDtls(): void {
    // Keys come by signaling.
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

  /** Says goodbye (RTCP BYE) and gives the ports back. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.rtp.close();
    this.#hub.removeSession(this.#session);
    this.#closePorts();
  }

  #closePorts(): void {
    this.#hub.rtpPorts.close(this.#ports.rtp);
    if (this.#ports.rtcp !== undefined) this.#hub.rtpPorts.close(this.#ports.rtcp);
  }
}

function sameAddresses(a: RemoteRtp, b: RemoteRtp): boolean {
  return (
    a.address === b.address &&
    a.port === b.port &&
    a.rtcpAddress === b.rtcpAddress &&
    a.rtcpPort === b.rtcpPort
  );
}
