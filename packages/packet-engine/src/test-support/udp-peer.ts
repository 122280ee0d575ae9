import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { until } from './wait.js';

/** For tests with IPv6: why they cannot run here, or false. */
export const skipWithoutIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)
  ? false
  : 'this machine has no IPv6';

/** A plain UDP socket that remembers what it got. */
export class UdpPeer {
  readonly received: Uint8Array[] = [];
  readonly #socket: Socket;
  readonly address: string;
  readonly port: number;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.address = socket.address().address;
    this.port = socket.address().port;
    socket.on('message', (message) => this.received.push(Uint8Array.from(message)));
  }

  static async open(family: 4 | 6 = 4): Promise<UdpPeer> {
    const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', recvBufferSize: 4 << 20 });
    socket.bind(0, family === 4 ? '127.0.0.1' : '::1');
    await once(socket, 'listening');
    return new UdpPeer(socket);
  }

  send(data: Uint8Array, port: number): void {
    this.#socket.send(data, port, this.address);
  }

  async takeReceived(count: number): Promise<Uint8Array[]> {
    await until(() => this.received.length >= count, `${count} datagrams (got ${this.received.length})`);
    return this.received.splice(0);
  }

  close(): void {
    this.#socket.close();
  }
}
