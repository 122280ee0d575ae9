import { type LinkProfile, NetworkLink } from '@rivero/network-emulator';
import { RtcpWriter, TransportFeedbackRecorder } from '@rivero/rtp';
import type { RtpPacket, TestPeer } from './test-peer.js';

const FEEDBACK_MS = 50;
const STEP_MS = 2;
const OVERHEAD = 60;

/**
 * Lets a peer answer like a browser behind a path: packets arrive as the link lets them, and transport-wide feedback about
 * them is sent every 50 ms.
 */
export class EmulatedViewer {
  /** Packets that the link let through. */
  readonly received: RtpPacket[] = [];
  readonly #link: NetworkLink<RtpPacket>;
  readonly #recorder = new TransportFeedbackRecorder();
  readonly #information = new Uint8Array(800);
  readonly #writer: RtcpWriter;
  readonly #timer: NodeJS.Timeout;
  /** What it sends is lost. */
  mute = false;
  #toldMs = 0;
  #ssrc = 0;

  /** @param extension id of the transport-wide sequence number */
  constructor(peer: TestPeer, extension: number, profile: LinkProfile) {
    this.#link = new NetworkLink(profile, 3);
    this.#writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) =>
      peer.sendRtcp(buffer.slice(0, length)),
    );
    peer.onRtp = (packet) => {
      if (packet.extensions.has(extension))
        this.#link.send(performance.now(), packet, packet.payload.length + OVERHEAD);
    };
    this.#timer = setInterval(() => this.#step(extension), STEP_MS);
  }

  setProfile(profile: LinkProfile): void {
    this.#link.setProfile(performance.now(), profile);
  }

  /** ms that a packet would wait for the capacity. */
  get waitMs(): number {
    return this.#link.waitMs(performance.now());
  }

  /** Packets that found the queue full. */
  get dropped(): number {
    return this.#link.counters.dropped;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #step(extension: number): void {
    const now = performance.now();
    for (;;) {
      const at = this.#link.nextTimeout();
      const packet = this.#link.receive(now);
      if (packet === undefined) break;
      this.received.push(packet);
      this.#ssrc = packet.ssrc;
      const sequence = Buffer.from(packet.extensions.get(extension)!).readUInt16BE();
      this.#recorder.onPacket(sequence, Math.round(Math.min(at, now) * 1000) | 0);
    }
    if (now - this.#toldMs < FEEDBACK_MS || !this.#recorder.pending) return;
    this.#toldMs = now;
    if (this.mute) {
      while (this.#recorder.take(this.#information) > 0);
      return;
    }
    this.#writer.begin(99, Buffer.from('viewer'));
    for (;;) {
      const length = this.#recorder.take(this.#information);
      if (length === 0) break;
      this.#writer.transportFeedback(this.#ssrc, this.#information, length);
    }
    this.#writer.finish();
  }
}
