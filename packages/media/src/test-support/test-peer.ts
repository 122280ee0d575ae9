import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  candidatePriority,
  formatCandidate,
  IceAgent,
  type IceCandidate,
  isStun,
  parseCandidate,
} from '@rivero/ice';
import { DtlsCertificate, DtlsSession, type SrtpProfile, SrtpSession } from '@rivero/packet-engine';
import { parseRtcp, type RtcpHandler, TransportFeedbackReader } from '@rivero/rtp';
import { parseSessionDescription } from '@rivero/sdp';

export interface RtpPacket {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  extensions: Map<number, Uint8Array>;
  payload: Uint8Array;
}

export interface TestPeerOptions {
  address?: string;
  /** Written into the description instead of the real one. */
  fingerprint?: string;
  srtpProfiles?: readonly SrtpProfile[];
  /** Whether datagrams from this port get through to it. */
  hears?: (port: number) => boolean;
  /** ICE-lite (RFC 8445 section 2.5): answers checks, and makes none. */
  lite?: boolean;
  /** Called as soon as it has keys, in the tick in which its last DTLS flight was sent. */
  onSecured?: () => void;
}

/**
 * A WebRTC peer for tests, one packet at a time: the ICE and DTLS cores over a socket of its own and SRTP without the
 * packet engine's data path, so that what it sends and sees is exact.
 */
export class TestPeer {
  readonly rtp: RtpPacket[] = [];
  /** Names of the RTCP packets that came, with their figures. */
  readonly rtcp: Record<string, unknown>[] = [];
  ufrag = randomBytes(6).toString('base64');
  pwd = randomBytes(18).toString('base64');
  readonly certificate: DtlsCertificate;
  readonly socket: Socket;
  readonly #options: TestPeerOptions;
  readonly #ice: IceAgent;
  #dtls: DtlsSession | undefined;
  #dtlsRole: 'client' | 'server' = 'server';
  #srtp: SrtpSession | undefined;
  #remote: { address: string; port: number } | undefined;
  #timer: NodeJS.Timeout;
  #closed = false;
  /** Called for every received packet; for peers that should answer at once. */
  onRtp: ((packet: RtpPacket) => void) | undefined;

  /** Called with the application data that DTLS carries. */
  onData: ((data: Uint8Array) => void) | undefined;

  private constructor(
    socket: Socket,
    certificate: DtlsCertificate,
    options: TestPeerOptions,
    controlling: boolean,
  ) {
    this.socket = socket;
    this.certificate = certificate;
    this.#options = options;
    this.#ice = new IceAgent({
      role: controlling ? 'controlling' : 'controlled',
      localUfrag: this.ufrag,
      localPwd: this.pwd,
      tieBreaker: randomBytes(8).readBigUInt64BE(),
      randomBytes,
    });
    this.#ice.addLocalCandidate(this.candidate, { socket: 0 });
    socket.on('message', (data, from) => this.#onDatagram(data, from.address, from.port));
    this.#timer = setInterval(() => this.#onTimer(), 20);
  }

  static async open(options: TestPeerOptions = {}, controlling = true): Promise<TestPeer> {
    const address = options.address ?? '127.0.0.1';
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new TestPeer(socket, await DtlsCertificate.generate('ECDSA'), options, controlling);
  }

  get candidate(): IceCandidate {
    const { address, port } = this.socket.address();
    return {
      foundation: '1',
      component: 1,
      protocol: 'udp',
      priority: candidatePriority('host', 65535),
      address,
      port,
      type: 'host',
    };
  }

  get secured(): boolean {
    return this.#srtp !== undefined;
  }

  get dtlsState(): string {
    return this.#dtls?.state ?? 'new';
  }

  /** The SRTP profile that was agreed. */
  get srtpProfile(): SrtpProfile | undefined {
    return this.#dtls?.srtp()?.profile;
  }

  /** Lines of an offer or answer that say how this peer is reached. */
  transportLines(setup: 'actpass' | 'active' | 'passive'): string {
    const fingerprint = this.#options.fingerprint ?? this.certificate.fingerprint('sha-256');
    return [
      `a=ice-ufrag:${this.ufrag}`,
      `a=ice-pwd:${this.pwd}`,
      `a=fingerprint:sha-256 ${fingerprint}`,
      `a=setup:${setup}`,
      `a=${formatCandidate(this.candidate)}`,
      'a=rtcp-mux',
      '',
    ].join('\r\n');
  }

  /** Takes the other side's description and begins to connect. */
  accept(description: string, dtlsRole: 'client' | 'server' = 'server'): void {
    const media = parseSessionDescription(description).media.find(({ port }) => port !== 0)!;
    this.#dtlsRole = dtlsRole;
    this.#ice.setRemoteCredentials(media.iceUfrag!, media.icePwd!);
    for (const line of media.candidates) this.addCandidate(line);
    this.#ice.start(performance.now());
    this.#pump();
  }

  /** New ICE credentials; the other side's new ones are taken by `accept`. */
  restartIce(ufrag = randomBytes(6).toString('base64'), pwd = randomBytes(18).toString('base64')): void {
    this.ufrag = ufrag;
    this.pwd = pwd;
    this.#ice.restart(performance.now(), this.ufrag, this.pwd);
  }

  addCandidate(line: string): void {
    const candidate = parseCandidate(line);
    if (candidate !== undefined) this.#ice.addRemoteCandidate(candidate);
    this.#pump();
  }

  /** Sends an RTP packet; the roll-over counter is 0. */
  sendRtp(packet: Omit<RtpPacket, 'extensions'> & { extensions?: Map<number, Uint8Array> }): void {
    this.sendRaw(this.#srtp!.protectRtp(buildRtp(packet), packet.sequence));
  }

  sendRtcp(packet: Uint8Array): void {
    this.sendRaw(this.#srtp!.protectRtcp(packet));
  }

  /** Bytes to the selected address as they are. */
  sendRaw(data: Uint8Array): void {
    if (this.#remote !== undefined) this.socket.send(data, this.#remote.port, this.#remote.address);
  }

  /** Application data over DTLS. */
  sendData(data: Uint8Array): void {
    this.#dtls?.send(data);
    this.#flushDtls();
  }

  get remote(): { address: string; port: number } | undefined {
    return this.#remote;
  }

  /** Ends the association as a browser does. */
  hangUp(): void {
    this.#dtls?.close();
    this.#flushDtls();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.hangUp();
    this.#ice.close();
    this.socket.close();
    await once(this.socket, 'close');
  }

  #onTimer(): void {
    const now = performance.now();
    if (this.#ice.nextTimeout() <= now) this.#ice.handleTimeout(now);
    if (this.#dtls?.nextTimeout() === 0) this.#dtls.handleTimeout();
    this.#pump();
  }

  #onDatagram(data: Buffer, address: string, port: number): void {
    if (this.#options.hears?.(port) === false) return;
    const first = data[0] ?? 0;
    if (isStun(data)) {
      this.#ice.handleStun(performance.now(), data, 0, address, port);
    } else if (first >= 20 && first <= 63) {
      this.#startDtls(address, port);
      this.#dtls?.handleDatagram(data);
    } else if (first >= 128 && first <= 191) {
      this.#onSrtp(data);
    }
    this.#pump();
  }

  #onSrtp(data: Buffer): void {
    const type = data[1] ?? 0;
    if (type >= 192 && type <= 223) {
      const plain = this.#srtp?.unprotectRtcp(data);
      if (plain?.ok === true) parseRtcp(plain.packet, 0, plain.packet.length, this.#handler);
      return;
    }
    const plain = this.#srtp?.unprotectRtp(data);
    if (plain?.ok !== true) return;
    const packet = parseRtp(plain.packet);
    this.rtp.push(packet);
    this.onRtp?.(packet);
  }

  readonly #handler: RtcpHandler = {
    senderReport: (ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packets, octets) =>
      this.rtcp.push({ type: 'SR', ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packets, octets }),
    reportBlock: (_reporter, ssrc, fractionLost, lost, highest) =>
      this.rtcp.push({ type: 'RB', ssrc, fractionLost, lost, highest }),
    nack: (_sender, ssrc, sequence) => this.rtcp.push({ type: 'NACK', ssrc, sequence }),
    pli: (_sender, ssrc) => this.rtcp.push({ type: 'PLI', ssrc }),
    fir: (_sender, ssrc) => this.rtcp.push({ type: 'FIR', ssrc }),
    remb: (_sender, bitrate) => this.rtcp.push({ type: 'REMB', bitrate }),
    bye: (ssrc) => this.rtcp.push({ type: 'BYE', ssrc }),
    transportFeedback: (_sender, ssrc, buffer, offset, length) => {
      const feedback = new TransportFeedbackReader();
      if (!feedback.parse(buffer, offset, length)) return;
      for (let i = 0; i < feedback.count; i++) {
        const sequence = (feedback.baseSequence + i) & 0xffff;
        this.rtcp.push({ type: 'TWCC', ssrc, sequence, received: feedback.received[i] === 1 });
      }
    },
    cname: (ssrc, buffer, offset, length) =>
      this.rtcp.push({
        type: 'CNAME',
        ssrc,
        cname: Buffer.from(buffer.subarray(offset, offset + length)).toString(),
      }),
  };

  #pump(): void {
    for (const { address, port, data } of this.#ice.takeTransmits()) {
      if (this.#options.lite === true && data[0] === 0 && data[1] === 1) continue;
      this.socket.send(data, port, address);
    }
    for (const event of this.#ice.takeEvents()) {
      if (event.type !== 'selectedPair') continue;
      this.#remote = { address: event.address, port: event.port };
      if (this.#dtlsRole === 'client') this.#startDtls(event.address, event.port);
    }
    this.#flushDtls();
    for (const data of this.#dtls?.takeIncoming() ?? []) this.onData?.(data);
    if (this.#dtls?.state === 'connected' && this.#srtp === undefined) {
      const keys = this.#dtls.srtp()!;
      this.#srtp = new SrtpSession(keys.profile, keys.sendKey, keys.receiveKey);
      this.#options.onSecured?.();
    }
  }

  #startDtls(address: string, port: number): void {
    if (this.#dtls !== undefined) return;
    this.#remote ??= { address, port };
    const { srtpProfiles } = this.#options;
    this.#dtls = new DtlsSession(this.certificate, this.#dtlsRole, srtpProfiles && { srtpProfiles });
    this.#dtls.start();
  }

  #flushDtls(): void {
    for (const data of this.#dtls?.takeOutgoing() ?? []) this.sendRaw(data);
  }
}

export function buildRtp(
  packet: Omit<RtpPacket, 'extensions'> & { extensions?: Map<number, Uint8Array> },
): Uint8Array {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  header.writeUInt16BE(packet.sequence & 0xffff, 2);
  header.writeUInt32BE(packet.timestamp >>> 0, 4);
  header.writeUInt32BE(packet.ssrc >>> 0, 8);
  const parts: Uint8Array[] = [header];
  if (packet.extensions !== undefined && packet.extensions.size > 0) {
    header[0] |= 0x10;
    const long = [...packet.extensions].some(([id, { length }]) => id > 14 || length > 16);
    const elements = [...packet.extensions].flatMap(([id, data]) =>
      long ? [id, data.length, ...data] : [(id << 4) | (data.length - 1), ...data],
    );
    while (elements.length % 4 !== 0) elements.push(0);
    parts.push(Buffer.from([...(long ? [0x10, 0] : [0xbe, 0xde]), 0, elements.length / 4, ...elements]));
  }
  parts.push(packet.payload);
  return Buffer.concat(parts);
}

export function parseRtp(data: Uint8Array): RtpPacket {
  const bytes = Buffer.from(data);
  let offset = 12 + (bytes[0]! & 15) * 4;
  const extensions = new Map<number, Uint8Array>();
  if ((bytes[0]! & 0x10) !== 0) {
    const end = offset + 4 + bytes.readUInt16BE(offset + 2) * 4;
    const long = bytes.readUInt16BE(offset) === 0x1000;
    for (let at = offset + 4; at < end; ) {
      if (bytes[at] === 0) {
        at++;
        continue;
      }
      const id = long ? bytes[at]! : bytes[at]! >> 4;
      const length = long ? bytes[at + 1]! : (bytes[at]! & 15) + 1;
      at += long ? 2 : 1;
      extensions.set(id, bytes.subarray(at, at + length));
      at += length;
    }
    offset = end;
  }
  return {
    payloadType: bytes[1]! & 0x7f,
    marker: bytes[1]! >= 0x80,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    extensions,
    payload: bytes.subarray(offset),
  };
}
