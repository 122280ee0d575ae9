import { randomBytes } from 'node:crypto';
import { IceAgent, parseCandidate } from '@rivero/ice';
import { type DtlsCertificate, DtlsSession, type SrtpKeys } from '@rivero/packet-engine';

/** What an answer says of its sender's transport. */
export interface RemoteDescription {
  ufrag: string;
  pwd: string;
  fingerprint: string;
  /** `a=setup` of the answer. */
  setup: string;
}

/** @throws Error when the answer lacks something */
export function readAnswer(sdp: string): RemoteDescription {
  const attribute = (name: string): string => {
    const value = new RegExp(`^a=${name}:(.*?)\\r?$`, 'm').exec(sdp)?.[1];
    if (value === undefined) throw new Error(`no ${name} in the answer:\n${sdp}`);
    return value;
  };
  return {
    ufrag: attribute('ice-ufrag'),
    pwd: attribute('ice-pwd'),
    fingerprint: attribute('fingerprint'),
    setup: attribute('setup'),
  };
}

export interface PeerTransportOptions {
  certificate: DtlsCertificate;
  /** The peer's own address. */
  address: string;
  port: number;
  send: (data: Uint8Array, address: string, port: number) => void;
}

/** A WebRTC peer's ICE (controlling, as the one who offers) and DTLS over one socket that others look after. */
export class PeerTransport {
  readonly ufrag = randomBytes(3).toString('base64');
  readonly pwd = randomBytes(18).toString('base64');
  readonly candidate: string;
  readonly #options: PeerTransportOptions;
  readonly #ice: IceAgent;
  #remote: RemoteDescription | undefined;
  #dtls: DtlsSession | undefined;
  #dtlsTimeout = Number.POSITIVE_INFINITY;
  #path: { address: string; port: number } | undefined;
  #closed = false;
  /** Set once the handshake is over and the server's certificate is the one of its description. */
  keys: SrtpKeys | undefined;
  failure: string | undefined;

  constructor(options: PeerTransportOptions) {
    this.#options = options;
    this.candidate = `candidate:1 1 udp 2122260223 ${options.address} ${options.port} typ host`;
    this.#ice = new IceAgent({
      role: 'controlling',
      localUfrag: this.ufrag,
      localPwd: this.pwd,
      tieBreaker: randomBytes(8).readBigUInt64BE(),
      randomBytes,
    });
    this.#ice.addLocalCandidate(parseCandidate(this.candidate)!, { socket: 0 });
  }

  connect(remote: RemoteDescription, now: number): void {
    this.#remote = remote;
    this.#ice.setRemoteCredentials(remote.ufrag, remote.pwd);
    this.#ice.start(now);
    this.#pump(now);
  }

  addCandidate(line: string, now: number): void {
    const candidate = parseCandidate(line);
    if (candidate !== undefined) this.#ice.addRemoteCandidate(candidate);
    this.#pump(now);
  }

  /** STUN or DTLS from the socket. */
  handle(data: Uint8Array, address: string, port: number, now: number): void {
    const first = data[0] ?? 0;
    if (first <= 3) this.#ice.handleStun(now, data, 0, address, port);
    else if (first >= 20 && first <= 63) this.#dtls?.handleDatagram(data);
    this.#pump(now);
  }

  /** When `onTime` is to be called, ms. */
  get nextTimeout(): number {
    return this.#closed ? Number.POSITIVE_INFINITY : Math.min(this.#ice.nextTimeout(), this.#dtlsTimeout);
  }

  onTime(now: number): void {
    if (this.#ice.nextTimeout() <= now) this.#ice.handleTimeout(now);
    if (this.#dtlsTimeout <= now) this.#dtls?.handleTimeout();
    this.#pump(now);
  }

  #pump(now: number): void {
    if (this.#closed) return;
    for (const { address, port, data } of this.#ice.takeTransmits()) this.#options.send(data, address, port);
    for (const event of this.#ice.takeEvents()) {
      if (event.type === 'selectedPair') this.#path = { address: event.address, port: event.port };
      if (event.type === 'validated' || event.type === 'selectedPair') {
        this.#path ??= { address: event.address, port: event.port };
        this.#startDtls();
      }
      if (event.type === 'state' && event.state === 'failed') this.failure = 'ICE failed';
    }
    const dtls = this.#dtls;
    if (dtls === undefined) return;
    for (const data of dtls.takeOutgoing()) this.#options.send(data, this.#path!.address, this.#path!.port);
    if (dtls.state === 'failed') this.failure = 'DTLS failed';
    if (dtls.state === 'connected' && this.keys === undefined) this.#takeKeys(dtls);
    const timeout = dtls.nextTimeout();
    this.#dtlsTimeout = timeout === undefined ? Number.POSITIVE_INFINITY : now + timeout;
  }

  #startDtls(): void {
    if (this.#dtls !== undefined || this.#remote === undefined) return;
    const role = this.#remote.setup === 'active' ? 'server' : 'client';
    this.#dtls = new DtlsSession(this.#options.certificate, role);
    this.#dtls.start();
  }

  #takeKeys(dtls: DtlsSession): void {
    const [, expected] = this.#remote!.fingerprint.split(' ');
    if (dtls.peerFingerprint('sha-256') === expected?.toUpperCase()) this.keys = dtls.srtp();
    if (this.keys === undefined) this.failure = 'the certificate is not the one of the answer';
  }

  close(): void {
    if (this.#closed) return;
    if (this.#dtls !== undefined) {
      this.#dtls.close();
      for (const data of this.#dtls.takeOutgoing())
        this.#options.send(data, this.#path!.address, this.#path!.port);
    }
    this.#closed = true;
    this.#ice.close();
  }
}
