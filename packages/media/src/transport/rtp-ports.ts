import { randomInt } from 'node:crypto';
import { EngineError, type PacketEngine } from '@rivero/packet-engine';

export interface BoundPort {
  socket: number;
  port: number;
}

/** The ports of one m-line. */
export interface RtpPortPair {
  rtp: BoundPort;
  /** Missing when RTCP shares the port. */
  rtcp?: BoundPort;
}

/**
 * UDP ports of RtpEndpoints, out of a range that all workers of a host share: even ones for RTP, the next one for RTCP
 * (RFC 3550 section 11). The kernel knows which are taken; where the search begins is random, so that the port of a call
 * cannot be guessed and late packets of an earlier one find nobody.
 */
export class RtpPorts {
  readonly #engine: PacketEngine;
  readonly #first: number;
  /** Even ports of the range whose next one is in it too. */
  readonly #count: number;
  readonly #sockets = new Set<number>();

  constructor(engine: PacketEngine, min: number, max: number) {
    this.#engine = engine;
    this.#first = min + (min % 2);
    this.#count = Math.max(0, Math.floor((max - this.#first + 1) / 2));
  }

  /** @throws EngineError ADDRESS_IN_USE when no port is free, and what else addSocket throws */
  open(address: string, family: 4 | 6, withRtcp: boolean): RtpPortPair {
    const start = this.#count > 0 ? randomInt(this.#count) : 0;
    for (let i = 0; i < this.#count; i++) {
      const port = this.#first + 2 * ((start + i) % this.#count);
      const rtp = this.#bind(address, port, family);
      if (rtp === undefined) continue;
      if (!withRtcp) return { rtp };
      try {
        const rtcp = this.#bind(address, port + 1, family);
        if (rtcp !== undefined) return { rtp, rtcp };
      } catch (error) {
        this.close(rtp);
        throw error;
      }
      this.close(rtp);
    }
    throw new EngineError('ADDRESS_IN_USE', 'no RTP port is free: see media.rtpPortMin and media.rtpPortMax');
  }

  /** Whether a socket of the packet engine is one of these ports. */
  owns(socket: number): boolean {
    return this.#sockets.has(socket);
  }

  close({ socket }: BoundPort): void {
    this.#sockets.delete(socket);
    this.#engine.removeSocket(socket);
  }

  #bind(address: string, port: number, family: 4 | 6): BoundPort | undefined {
    try {
      const bound = this.#engine.addSocket(address, port, family);
      this.#sockets.add(bound.socket);
      return bound;
    } catch (error) {
      if (error instanceof EngineError && error.code === 'ADDRESS_IN_USE') return undefined;
      throw error;
    }
  }
}
