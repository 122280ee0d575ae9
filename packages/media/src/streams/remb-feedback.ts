import { RembController, type RembParams } from '@rivero/rtp';
import type { ReceiveTrack } from './receive-track.js';

/** How often the estimate is brought up to date, ms (Kurento's interval). */
const UPDATE_MS = 200;
/** A REMB goes out at least so often, ms, and at once when the bitrate has to fall. */
const REPEAT_MS = 1000;

/** What has to fall below this part of what was asked for last is asked for at once. */
const HASTE = 0.9;

/** Never less is asked for, bit/s (Kurento's bound). */
const REMB_MIN = 30_000;
/** Asked for when a bound is gone, bit/s. */
const UNBOUNDED = 1_000_000_000;

/** The session that asks. */
export interface RembSession {
  readonly receiveTracks: readonly (Pick<ReceiveTrack, 'kind' | 'receiving' | 'layers' | 'viewersBitrate'> & {
    readonly codec: { readonly feedback: { readonly remb: boolean } } | undefined;
  })[];
  /** The peer's sender does its own congestion control from the feedback that it gets. */
  readonly sendsTransportFeedback: boolean;
}

/**
 * The bitrate a session asks its peer to send video at: what the path from the peer carries, and what all viewers of it
 * can take. A peer that gets transport-wide feedback knows best what its path carries: it is only told bounds, unless the
 * application has set Kurento's rembParams.
 */
export class RembFeedback {
  readonly #session: RembSession;
  /** Made when there is video to ask for. */
  #controller_: RembController | undefined;
  #controls = false;
  #minKbps = 0;
  #maxKbps = 0;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  /** Bitrate asked for last, bit/s. */
  lastSent = 0;
  /** When `update` wants to be called, ms; Infinity while there is no video to ask for. */
  nextMs = Number.POSITIVE_INFINITY;
  #packets = 0;
  #lost = 0;

  constructor(session: RembSession) {
    this.#session = session;
  }

  get #controller(): RembController {
    if (this.#controller_ === undefined) {
      this.#controller_ = new RembController();
      this.#controller_.setLimits(this.#minKbps, this.#maxKbps);
    }
    return this.#controller_;
  }

  /** Kurento's rembParams. */
  setParams(params: Partial<RembParams>): void {
    this.#controller.setParams(params);
    this.#controls = true;
  }

  /** minVideoRecvBandwidth and maxVideoRecvBandwidth in kbit/s; 0 = no bound. */
  setLimits(minKbps: number, maxKbps: number): void {
    this.#controller_?.setLimits(minKbps, maxKbps);
    this.#minKbps = minKbps;
    this.#maxKbps = maxKbps;
  }

  /** Video has begun to flow: begins to ask. */
  wake(nowMs: number): void {
    if (this.nextMs === Number.POSITIVE_INFINITY && this.#wanted()) this.nextMs = nowMs;
  }

  #wanted(): boolean {
    return this.#session.receiveTracks.some(
      (track) => track.kind === 'video' && track.receiving && track.codec?.feedback.remb === true,
    );
  }

  /** @returns the bitrate to ask for now, bit/s; 0 when nothing has to be sent */
  update(nowMs: number): number {
    if (!this.#wanted()) {
      this.nextMs = Number.POSITIVE_INFINITY;
      return 0;
    }
    this.nextMs = nowMs + UPDATE_MS;
    let received = 0;
    let packets = 0;
    let lost = 0;
    let viewers = Number.POSITIVE_INFINITY;
    for (const track of this.#session.receiveTracks) {
      if (track.kind !== 'video') continue;
      for (const { stream } of track.layers) {
        const { statistics } = stream;
        received += statistics.bitrate(nowMs);
        packets += statistics.packets;
        // Losses of the path: what came again by retransmission does not count as received here.
        lost += Math.max(0, statistics.lost);
      }
      viewers = Math.min(viewers, track.viewersBitrate(nowMs));
    }
    const packetsNow = Math.max(0, packets - this.#packets);
    const lostNow = Math.max(0, lost - this.#lost);
    this.#packets = packets;
    this.#lost = lost;
    const fraction = packetsNow + lostNow === 0 ? 0 : Math.floor((lostNow * 256) / (packetsNow + lostNow));
    const controlled = this.#controller.update(nowMs, received, Math.min(255, fraction), packetsNow, viewers);
    const bounded = this.#session.sendsTransportFeedback && !this.#controls;
    const bitrate = bounded ? this.#bound(viewers) : controlled;
    // Without a bound from the start there is nothing to say.
    if (bitrate === UNBOUNDED && this.lastSent === 0) return 0;
    const falls = bitrate < this.lastSent * 0.97;
    if (!falls && nowMs - this.#lastSentMs < REPEAT_MS) return 0;
    this.lastSent = bitrate;
    this.#lastSentMs = nowMs;
    return bitrate;
  }

  /**
   * A viewer can take less: until the next update its path would lose what is too much.
   * @returns the bitrate to ask for at once, bit/s; 0 when what was asked for last is little enough
   */
  hasten(nowMs: number): number {
    if (this.nextMs === Number.POSITIVE_INFINITY) return 0;
    let viewers = Number.POSITIVE_INFINITY;
    for (const track of this.#session.receiveTracks) {
      if (track.kind === 'video') viewers = Math.min(viewers, track.viewersBitrate(nowMs));
    }
    const bitrate = this.#bound(viewers);
    if (bitrate === UNBOUNDED || (this.lastSent > 0 && bitrate >= this.lastSent * HASTE)) return 0;
    this.lastSent = bitrate;
    this.#lastSentMs = nowMs;
    return bitrate;
  }

  /** What the application and the viewers allow, bit/s. */
  #bound(viewers: number): number {
    const most = this.#maxKbps > 0 ? this.#maxKbps * 1000 : Number.POSITIVE_INFINITY;
    const bound = Math.max(Math.min(most, viewers), this.#minKbps * 1000, REMB_MIN);
    return Math.min(bound, UNBOUNDED);
  }
}
