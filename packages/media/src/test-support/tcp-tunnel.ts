import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { FrameReader, frameDatagram } from '@rivero/ice';

/**
 * Lets a UDP peer use ICE-TCP: a UDP port that stands for the far end of a TCP connection. What comes to it goes over the
 * connection in frames, what comes over the connection goes to whoever sent last.
 */
export class TcpTunnel {
  readonly #udp: UdpSocket;
  readonly #target: { address: string; port: number };
  #tcp: Socket;
  #peer: { address: string; port: number } | undefined;
  #ended = false;
  /** How often the other end has closed the connection. */
  closed = 0;

  private constructor(udp: UdpSocket, tcp: Socket, target: { address: string; port: number }) {
    this.#udp = udp;
    this.#tcp = tcp;
    this.#target = target;
    this.#attach(tcp);
    udp.on('message', (data, from) => {
      this.#peer = from;
      if (this.#tcp.writable) this.#tcp.write(frameDatagram(data));
    });
  }

  static async open(address: string, port: number): Promise<TcpTunnel> {
    const udp = createSocket('udp4');
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const tcp = connect(port, address);
    await once(tcp, 'connect');
    return new TcpTunnel(udp, tcp, { address, port });
  }

  get port(): number {
    return (this.#udp.address() as AddressInfo).port;
  }

  /** A UDP candidate by which the peer reaches the TCP port. */
  get candidate(): string {
    return `candidate:1 1 UDP 2130706431 127.0.0.1 ${this.port} typ host`;
  }

  get tcp(): Socket {
    return this.#tcp;
  }

  #attach(tcp: Socket): void {
    const reader = new FrameReader(4096);
    tcp.on('data', (chunk) => {
      for (const data of reader.push(chunk)) {
        if (this.#peer !== undefined && !this.#ended)
          this.#udp.send(data, this.#peer.port, this.#peer.address);
      }
    });
    tcp.on('error', () => {});
    tcp.on('close', () => {
      this.closed++;
    });
  }

  /** Ends the connection and opens another one. */
  async reconnect(): Promise<void> {
    this.#tcp.destroy();
    const tcp = connect(this.#target.port, this.#target.address);
    await once(tcp, 'connect');
    this.#attach(tcp);
    this.#tcp = tcp;
  }

  close(): void {
    this.#ended = true;
    this.#tcp.destroy();
    this.#udp.close();
  }
}
