import type { ModuleDecl } from '@rivero/api';
import type { ElementContext } from './context.js';
import type { DeclaredParams } from './declared-types.js';
import { ElementImplementation } from './element-implementation.js';
import type { NewRtpPacket, RtpPacket } from './rtp-packet.js';

/** What a PacketProcessor says about itself: its static members. */
export interface PacketProcessorOptions {
  /** It only looks: the packets go past it untouched and undelayed, and what it answers or changes is lost. */
  readonly passive: boolean;
  /**
   * Payloads that come out can be read by nobody but its counterpart, as when it encrypts them. Then the server does not look into
   * them, for key frames or layers either: where key frames begin is what it knows from before.
   */
  readonly opaque: boolean;
  /**
   * What becomes of a packet for which `onPacket` throws, and of all packets once its thread has ended: `pass`, unchanged, or `drop`,
   * which an element that encrypts wants.
   */
  readonly whenBroken: 'pass' | 'drop';
  /** A packet, a message or a call that takes longer (ms) ends the thread. 100 to 60000; the server's limit for modules by default. */
  readonly timeLimit: number;
}

/** What the graph adds to the context of a PacketProcessor. */
export interface PacketProcessorContext<Params> extends ElementContext<Params> {
  sendPacket(packet: NewRtpPacket): boolean;
  requestKeyFrame(): void;
}

/**
 * An element that gets RTP packets without anything being decoded, or messages of data channels, or both: it has `onPacket`, `onData` or
 * both. Sound and pictures pass an element without `onPacket` untouched. It runs in a thread of its own, one packet or message at a time;
 * packets that it could not take for 200 ms are dropped. What it throws is counted and told as with VideoProcessor.
 */
export abstract class PacketProcessor<D extends ModuleDecl, C extends string> extends ElementImplementation<
  D,
  C
> {
  static readonly passive: boolean = false;
  static readonly opaque: boolean = false;
  static readonly whenBroken: 'pass' | 'drop' = 'pass';
  static readonly timeLimit: number | undefined = undefined;

  /**
   * A packet has come.
   * @returns false to leave it out; with anything else it goes on as it is by then. Numbers close up where packets are left out: to
   * receivers nothing is missing.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: most have nothing to answer
  onPacket?(packet: RtpPacket): boolean | void | Promise<boolean | void>;

  /**
   * Sends a packet of the element's own, before the one that `onPacket` has at present.
   * @returns false when it was dropped: nothing of that kind has come so far, the element is passive, or there were more than
   * 20000 in a second
   * @throws TypeError, RangeError for what is no packet
   */
  protected sendPacket(packet: NewRtpPacket): boolean {
    return this.#context.sendPacket(packet);
  }

  /** Asks for a key frame of the video that comes in: after packets were left out, nothing can be decoded before the next one. */
  protected requestKeyFrame(): void {
    this.#context.requestKeyFrame();
  }

  get #context(): PacketProcessorContext<DeclaredParams<D, C>> {
    return this.context as PacketProcessorContext<DeclaredParams<D, C>>;
  }
}
