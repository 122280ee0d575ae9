import { type Chunk, PacketWriter } from '../wire/packet.js';

export interface PortPair {
  localPort: number;
  remotePort: number;
}

/** Control chunks that wait to be taken; bounded, what is too much is dropped as if lost. */
export class Output {
  readonly #ports: PortPair;
  readonly #mtu: number;
  readonly #max: number;
  #packets: Uint8Array[] = [];
  #chunks: Chunk[] = [];

  constructor(ports: PortPair, mtu: number, max: number) {
    this.#ports = ports;
    this.#mtu = mtu;
    this.#max = max;
  }

  /** A chunk in a packet of its own, always with checksum. */
  packet(tag: number, chunk: Chunk): void {
    if (this.#packets.length >= this.#max) return;
    const writer = new PacketWriter(
      Math.max(this.#mtu, chunk.value.length + 16),
      this.#ports.localPort,
      this.#ports.remotePort,
    );
    writer.append(chunk);
    this.#packets.push(writer.finish(tag, true));
  }

  /** A chunk to be bundled with others of the association. */
  chunk(type: number, value: Uint8Array = new Uint8Array(0), flags = 0): void {
    if (this.#chunks.length < this.#max) this.#chunks.push({ type, flags, value });
  }

  takePackets(): Uint8Array[] {
    const packets = this.#packets;
    this.#packets = [];
    return packets;
  }

  /** Moves the waiting chunks that fit into a packet. */
  fill(packet: PacketWriter): void {
    let moved = 0;
    for (const chunk of this.#chunks) {
      if (!packet.fits(chunk)) break;
      packet.append(chunk);
      moved++;
    }
    this.#chunks.splice(0, moved);
  }

  get hasChunks(): boolean {
    return this.#chunks.length > 0;
  }

  clear(): void {
    this.#packets = [];
    this.#chunks = [];
  }
}
