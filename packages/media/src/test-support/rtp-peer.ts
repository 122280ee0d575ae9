import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { SrtpSession } from '@rivero/packet-engine';
import { parseRtcp, RtcpWriter } from '@rivero/rtp';
import { type CryptoSuite, parseSessionDescription } from '@rivero/sdp';
import { buildRtp, parseRtp, type RtpPacket } from './test-peer.js';

const PROFILES = {
  AES_CM_128_HMAC_SHA1_80: 'AES128_CM_HMAC_SHA1_80',
  AES_CM_128_HMAC_SHA1_32: 'AES128_CM_HMAC_SHA1_32',
  AES_256_CM_HMAC_SHA1_80: 'AES256_CM_HMAC_SHA1_80',
  AES_256_CM_HMAC_SHA1_32: 'AES256_CM_HMAC_SHA1_32',
} as const;

/** One m-line of a peer without ICE: two UDP sockets, and SRTP when keys are given. */
export class RtpPeer {
  readonly rtp: RtpPacket[] = [];
  readonly rtcp: Record<string, unknown>[] = [];
  readonly #media: Socket;
  readonly #control: Socket;
  #srtp: SrtpSession | undefined;
  #remote: { address: string; port: number; rtcpPort: number } | undefined;

  private constructor(media: Socket, control: Socket) {
    this.#media = media;
    this.#control = control;
    media.on('message', (data) => this.#onDatagram(data));
    control.on('message', (data) => this.#onDatagram(data));
  }

  static async open(address = '127.0.0.1'): Promise<RtpPeer> {
    const sockets = [];
    for (let i = 0; i < 2; i++) {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      socket.bind(0, address);
      await once(socket, 'listening');
      sockets.push(socket);
    }
    return new RtpPeer(sockets[0]!, sockets[1]!);
  }

  get port(): number {
    return this.#media.address().port;
  }

  get rtcpPort(): number {
    return this.#control.address().port;
  }

  /** Takes the m-line of the other side's description. */
  accept(description: string, mLine: number): void {
    const session = parseSessionDescription(description);
    const media = session.media[mLine]!;
    this.#remote = {
      address: media.connection!.address,
      port: media.port,
      rtcpPort: media.rtcp?.port ?? media.port,
    };
  }

  secure(suite: CryptoSuite, sendKey: Uint8Array, receiveKey: Uint8Array): void {
    this.#srtp = new SrtpSession(PROFILES[suite], sendKey, receiveKey);
  }

  sendRtp(packet: Omit<RtpPacket, 'extensions'>): void {
    const bytes = buildRtp(packet);
    const data = this.#srtp === undefined ? bytes : this.#srtp.protectRtp(bytes, packet.sequence);
    this.#media.send(data, this.#remote!.port, this.#remote!.address);
  }

  /** Sends RTCP from the second socket, or from the first one as with rtcp-mux. */
  sendRtcp(write: (writer: RtcpWriter) => void, mux = false): void {
    const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) => {
      const bytes = buffer.slice(0, length);
      const data = this.#srtp === undefined ? bytes : this.#srtp.protectRtcp(bytes);
      const { address, port, rtcpPort } = this.#remote!;
      if (mux) this.#media.send(data, port, address);
      else this.#control.send(data, rtcpPort, address);
    });
    writer.begin(99, Buffer.from('test'));
    write(writer);
    writer.finish();
  }

  sendRaw(data: Uint8Array): void {
    this.#media.send(data, this.#remote!.port, this.#remote!.address);
  }

  async close(): Promise<void> {
    for (const socket of [this.#media, this.#control]) {
      socket.close();
      await once(socket, 'close');
    }
  }

  #onDatagram(data: Buffer): void {
    const type = data[1] ?? 0;
    if (type >= 192 && type <= 223) {
      const plain = this.#srtp === undefined ? { ok: true, packet: data } : this.#srtp.unprotectRtcp(data);
      if (!plain.ok || !('packet' in plain)) return;
      parseRtcp(plain.packet, 0, plain.packet.length, {
        senderReport: (ssrc, _seconds, _fraction, _timestamp, packets) =>
          this.rtcp.push({ type: 'SR', ssrc, packets }),
        reportBlock: (_reporter, ssrc, _fraction, lost) => this.rtcp.push({ type: 'RB', ssrc, lost }),
        nack: (_sender, ssrc, sequence) => this.rtcp.push({ type: 'NACK', ssrc, sequence }),
        pli: (_sender, ssrc) => this.rtcp.push({ type: 'PLI', ssrc }),
        fir: (_sender, ssrc) => this.rtcp.push({ type: 'FIR', ssrc }),
        remb: () => this.rtcp.push({ type: 'REMB' }),
        bye: (ssrc) => this.rtcp.push({ type: 'BYE', ssrc }),
      });
      return;
    }
    const plain = this.#srtp === undefined ? { ok: true, packet: data } : this.#srtp.unprotectRtp(data);
    if (plain.ok && 'packet' in plain) this.rtp.push(parseRtp(plain.packet));
  }
}
