import type { Socket } from 'node:net';
import { FrameReader, frameDatagram, isStun, stunUsername } from '@rivero/ice';
import { SLOT_SIZE } from '@rivero/packet-engine';
import type { Scheduler, Timed, TimerHandle } from '../runtime/scheduler.js';
import { StreamWriter } from './stream-writer.js';

/** How long a connection may be open without a request that ICE has authenticated: longer than between two consent checks. */
const PROOF_TIMEOUT_MS = 8000;
/** So many messages a peer may send until one is authenticated; a conflict of roles takes two. */
const MAX_UNPROVEN_MESSAGES = 8;

export interface TcpConnectionOwner {
  readonly scheduler: Scheduler;
  /** Whether there is an endpoint with this ICE username fragment. */
  knowsUfrag(ufrag: string): boolean;
  received(connection: TcpConnection, datagrams: readonly Uint8Array[]): void;
  closed(connection: TcpConnection): void;
}

/**
 * A TCP connection of ICE (RFC 6544): STUN, DTLS, SRTP and SRTCP in frames. Until ICE has authenticated a request that
 * came over it, it may do nothing but send such requests, for an endpoint that exists, for a short time.
 */
export class TcpConnection implements Timed {
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #owner: TcpConnectionOwner;
  readonly #reader = new FrameReader(SLOT_SIZE);
  readonly #writer: StreamWriter;
  readonly #timer: TimerHandle;
  readonly #sessions = new Set<number>();
  #unproven = 0;
  #proven = false;

  constructor(socket: Socket, address: string, port: number, owner: TcpConnectionOwner) {
    this.address = address;
    this.port = port;
    this.#socket = socket;
    this.#owner = owner;
    this.#writer = new StreamWriter(socket);
    this.#timer = owner.scheduler.create(this);
    owner.scheduler.schedule(this.#timer, owner.scheduler.now() + PROOF_TIMEOUT_MS);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      owner.scheduler.cancel(this.#timer);
      owner.closed(this);
    });
  }

  /** Whether ICE has authenticated its peer. */
  get proven(): boolean {
    return this.#proven;
  }

  get sessions(): ReadonlySet<number> {
    return this.#sessions;
  }

  /** Datagrams that were dropped because the peer is too slow. */
  get dropped(): number {
    return this.#writer.dropped;
  }

  onTime(): void {
    if (!this.#proven) this.#socket.destroy();
  }

  /** ICE has authenticated a request that came from here. */
  allow(session: number): void {
    this.#proven = true;
    this.#sessions.add(session);
  }

  /** The endpoint has nothing to do with it any more. */
  disallow(session: number): void {
    if (this.#sessions.delete(session) && this.#sessions.size === 0) this.#socket.end();
  }

  send(data: Uint8Array): void {
    this.#writer.send(data, () => frameDatagram(data));
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Uint8Array): void {
    const datagrams = this.#reader.push(chunk);
    if (this.#proven) {
      if (datagrams.length > 0) this.#owner.received(this, datagrams);
    } else {
      // One by one: the first may be the proof.
      for (const datagram of datagrams) {
        if (!this.#proven && !this.#isAcceptable(datagram)) {
          this.#socket.destroy();
          return;
        }
        this.#owner.received(this, [datagram]);
      }
    }
    if (this.#reader.broken) this.#socket.destroy();
  }

  #isAcceptable(datagram: Uint8Array): boolean {
    if (++this.#unproven > MAX_UNPROVEN_MESSAGES || !isStun(datagram)) return false;
    const username = stunUsername(datagram);
    return username !== undefined && this.#owner.knowsUfrag(username.localUfrag);
  }
}
