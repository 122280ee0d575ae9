import type { TransportFeedbackReader } from '../transport-feedback-reader.js';
import { AcknowledgedBitrate } from './acknowledged-bitrate.js';
import { InterArrival } from './inter-arrival.js';
import { LossBound } from './loss-bound.js';
import { Overload } from './overload.js';
import { Prober } from './prober.js';
import { QueueDelay } from './queue-delay.js';
import { RateControl } from './rate-control.js';
import type { SentPackets } from './sent-packets.js';
import { PathUsage, Trendline } from './trendline.js';

/** IP and UDP headers, of which the path carries too. */
const OVERHEAD = 28;
/** A pause after which old delays say nothing, ms. */
const TIMEOUT_MS = 2000;
/** Where unwrapped clocks begin, ms: what was overtaken by the first packet is later than 0, too. */
const CLOCK_START_MS = 100_000;
/** First probes, as multiples of the start bitrate. */
const FIRST_PROBES = [3, 6];
/** A probe that shows more than this part of its bitrate is followed by another one, so many times its result. */
const FURTHER_THRESHOLD = 0.7;
const FURTHER_SCALE = 2;
const PROBE_TIMEOUT_MS = 1000;
const PROBE_INTERVAL_MS = 5000;
/** A path that was overused not long ago is used up: its queue needs no probe. */
const AFTER_OVERUSE_MS = 10_000;
/** After an overload the estimate does not grow while the queue is longer than that, ms, but for so long at most, ms. */
const DRAINED_MS = 50;
const DRAINING_MS = 3000;
/** A collapse: what the queue lost takes so long to be sent again, ms, with less than this part of the capacity there was. */
const COLLAPSE_MS = 300;
const COLLAPSE_PART = 0.5;
/** Until all its losses are known, ms. */
const COLLAPSING_MS = 400;
/** What shows nothing is repeated less often, and still soon enough to notice a path that has become wider. */
const MAX_PROBE_INTERVAL_MS = 10_000;
/** A probe is worth while when it can show so much more. */
const WORTH = 1.1;

export interface SendSideOptions {
  /** bit/s until something is known (default 300000, as browsers) */
  startBps?: number;
  /** never below, bit/s (default 30000) */
  minBps?: number;
}

/**
 * Estimates from transport-wide feedback what the path to a receiver carries: Google congestion control as libwebrtc does it
 * (draft-ietf-rmcat-gcc-02 with the trendline filter, a loss model, and probes). Bytes and times in, a bitrate out: no I/O, no
 * clock, nothing allocated per packet.
 */
export class SendSideEstimator {
  readonly #sent: SentPackets;
  readonly #arrivals = new InterArrival();
  readonly #trendline = new Trendline();
  readonly #acknowledged = new AcknowledgedBitrate();
  readonly #rate: RateControl;
  readonly #loss = new LossBound();
  readonly #queue = new QueueDelay();
  readonly #overload = new Overload();
  readonly #prober = new Prober();
  readonly #minBps: number;
  #estimate: number;
  #usefulBps = 0;
  // the receiver's clock, unwrapped, ms
  #arrivalTicks = 0;
  #arrivalMs = CLOCK_START_MS;
  #arrivalKnown = false;
  // the clock of sending, unwrapped, ms
  #sentUs = 0;
  #sentMs = -1;
  #started = false;
  #lastFeedbackMs = Number.NEGATIVE_INFINITY;
  #overusedMs = Number.NEGATIVE_INFINITY;
  #overloadedMs = Number.NEGATIVE_INFINITY;
  /** When the capacity collapsed last, and how many bytes may be lost after that until it is better to begin anew. */
  #collapsingMs = Number.NEGATIVE_INFINITY;
  #collapseBytes = 0;
  #rttMs = 200;
  // probing: bitrates still to be tried, and what is being waited for
  #wantedProbes: number[] = [];
  #probing = false;
  #triedBps = 0;
  #probedMs = Number.NEGATIVE_INFINITY;
  #estimateBeforeProbe = 0;
  #probeIntervalMs = PROBE_INTERVAL_MS;
  #probeResults = 0;
  #firstProbesDone = false;

  constructor(sent: SentPackets, options: SendSideOptions = {}) {
    const { startBps = 300_000, minBps = 30_000 } = options;
    this.#sent = sent;
    this.#minBps = minBps;
    this.#estimate = startBps;
    this.#rate = new RateControl(startBps, minBps);
  }

  /** bit/s, headers of IP and UDP counted in */
  get bitrate(): number {
    return this.#estimate;
  }

  /** What arrives, bit/s; 0 while unknown. */
  get acknowledgedBitrate(): number {
    return this.#acknowledged.bitrate;
  }

  /** Share of packets that were lost of late. */
  get loss(): number {
    return this.#loss.averageLoss;
  }

  /** How long packets wait in a queue of the path, ms. */
  get queueMs(): number {
    return this.#queue.queueMs;
  }

  /** ms, without the time that the receiver waited with its feedback */
  get rttMs(): number {
    return this.#rttMs;
  }

  /** The path has shown that it carries no more: the estimate is its limit and not that of what was sent. */
  get limitedByPath(): boolean {
    return this.#rate.capacityKnown || this.#loss.limited || this.#trendline.usage === PathUsage.Overusing;
  }

  /**
   * True once after the capacity has fallen so far, and so much was lost in the full queue, that sending it again would take longer
   * than beginning anew.
   */
  takeCollapse(): boolean {
    if (this.#collapseBytes >= 0) return false;
    this.#collapsingMs = Number.NEGATIVE_INFINITY;
    this.#collapseBytes = 0;
    return true;
  }

  /** There was feedback: the receiver takes part. */
  get active(): boolean {
    return this.#started;
  }

  /** The bitrate up to which it is worth while to probe, bit/s; 0: not at all. */
  setUseful(bitrate: number): void {
    this.#usefulBps = bitrate;
  }

  /** Takes feedback that `reader` has parsed. */
  onFeedback(reader: TransportFeedbackReader, nowMs: number): void {
    if (nowMs - this.#lastFeedbackMs > TIMEOUT_MS) {
      this.#arrivals.reset();
      this.#trendline.reset();
      this.#queue.reset();
      this.#overload.reset();
    }
    this.#lastFeedbackMs = nowMs;
    const usageBefore = this.#trendline.usage;
    let overused = false;
    let probed = 0;
    let newestSentMs = -1;
    for (let i = 0; i < reader.count; i++) {
      const sequence = (reader.baseSequence + i) & 0xffff;
      const bytes = this.#sent.bytes(sequence);
      if (bytes === 0) continue;
      const sentMs = this.#unwrapSent(sequence);
      newestSentMs = Math.max(newestSentMs, sentMs);
      if (reader.received[i] === 0) {
        if (this.#sent.markLost(sequence)) {
          this.#loss.onPacket(bytes + OVERHEAD, 1);
          this.#overload.onLost();
          if (nowMs - this.#collapsingMs < COLLAPSING_MS) this.#collapseBytes -= bytes;
        }
        continue;
      }
      this.#loss.onPacket(bytes + OVERHEAD, this.#sent.isLost(sequence) ? -1 : 0);
      this.#sent.remove(sequence);
      const arrivalMs = this.#unwrapArrival(reader.arrivals[i]!);
      this.#acknowledged.onPacket(arrivalMs, bytes + OVERHEAD);
      this.#queue.onPacket(sentMs, arrivalMs);
      this.#overload.onReceived(sentMs, arrivalMs, bytes + OVERHEAD);
      probed = this.#prober.onPacket(sequence, bytes + OVERHEAD, sentMs, arrivalMs) || probed;
      if (!this.#arrivals.onPacket(sentMs, arrivalMs)) continue;
      this.#trendline.update(this.#arrivals.sendDeltaMs, this.#arrivals.arrivalDeltaMs, arrivalMs);
      overused ||= this.#trendline.usage === PathUsage.Overusing;
    }
    if (newestSentMs < 0) return;
    if (overused) {
      this.#overusedMs = nowMs;
      if (usageBefore !== PathUsage.Overusing) this.#acknowledged.expectChange();
    }
    this.#update(nowMs, newestSentMs, probed);
  }

  /** Round trip to the receiver by its reports, ms. */
  onRtt(rttMs: number): void {
    this.#rttMs = rttMs;
    this.#rate.rttMs = rttMs;
  }

  #update(nowMs: number, newestSentMs: number, probed: number): void {
    const { usage } = this.#trendline;
    let acknowledged = this.#acknowledged.bitrate;
    const capacity = this.#overload.take(this.#queue.baseDelay, this.#rate.bitrate);
    if (capacity > 0) {
      if (capacity < this.#rate.bitrate * COLLAPSE_PART) {
        this.#collapsingMs = nowMs;
        this.#collapseBytes = (COLLAPSE_MS * capacity) / 8000;
      }
      this.#rate.update(PathUsage.Overusing, capacity, nowMs);
      this.#acknowledged.set(capacity);
      acknowledged = capacity;
      this.#queue.onDecrease(nowMs);
      this.#overusedMs = nowMs;
      this.#overloadedMs = nowMs;
    } else if (usage === PathUsage.Overusing) {
      if (acknowledged > 0 && this.#rate.mayDecrease(nowMs, acknowledged)) {
        this.#rate.update(usage, acknowledged, nowMs);
        this.#queue.onDecrease(nowMs);
      }
    } else if (acknowledged > 0 && this.#queue.stands(nowMs, this.#rttMs)) {
      this.#rate.update(PathUsage.Overusing, acknowledged, nowMs);
      this.#overusedMs = nowMs;
    } else if (probed > this.#rate.bitrate) {
      this.#rate.set(probed, nowMs);
      this.#acknowledged.expectChange();
    } else if (!this.#drains(nowMs)) {
      this.#rate.update(usage, acknowledged, nowMs);
    } else {
      this.#rate.update(PathUsage.Underusing, acknowledged, nowMs);
    }
    const delayBased = this.#rate.bitrate;
    const bounded = this.#loss.update(
      newestSentMs,
      acknowledged,
      delayBased,
      this.#queue.queueMs,
      this.#rttMs,
    );
    this.#estimate = Math.max(this.#minBps, bounded);
    this.#started = true;
    if (probed > 0) this.#onProbed(probed, nowMs);
  }

  /** The queue of an overload has not gone yet. */
  #drains(nowMs: number): boolean {
    return nowMs - this.#overloadedMs < DRAINING_MS && this.#queue.queueMs > DRAINED_MS;
  }

  /** A probe's result: more of them while they show more. */
  #onProbed(result: number, nowMs: number): void {
    if (!this.#probing) return;
    this.#probeResults++;
    if (result > this.#estimateBeforeProbe * WORTH) this.#probeIntervalMs = PROBE_INTERVAL_MS / 2;
    if (this.#wantedProbes.length > 0 || this.#prober.active) return;
    const further = Math.min(result * FURTHER_SCALE, this.#usefulBps);
    if (result > this.#triedBps * FURTHER_THRESHOLD && further > this.#triedBps * WORTH)
      this.#want(further, nowMs);
  }

  #want(bitrate: number, nowMs: number): void {
    this.#wantedProbes.push(bitrate);
    this.#triedBps = bitrate;
    this.#probing = true;
    this.#probedMs = nowMs;
    this.#estimateBeforeProbe = this.#estimate;
  }

  /**
   * Bytes of padding to send now as part of a probe; 0 when there is none. Call `probeSent` after sending.
   * @param sequence next transport-wide sequence number
   */
  probeDue(sequence: number, nowMs: number): number {
    if (!this.#prober.active) this.#planProbe(nowMs);
    const [target] = this.#wantedProbes;
    if (!this.#prober.active && target !== undefined) {
      this.#wantedProbes.shift();
      this.#prober.start(target, sequence, nowMs);
    }
    return this.#prober.due(nowMs);
  }

  /** @param sequence next transport-wide sequence number @param bytes of padding; 0: there was nothing to send */
  probeSent(sequence: number, bytes: number, nowMs: number): void {
    this.#prober.sent(sequence, bytes, nowMs);
  }

  /** When `probeDue` wants to be called again, ms; while no probe is under way it is enough to ask now and then. */
  get nextProbeMs(): number {
    return this.#prober.nextMs;
  }

  #planProbe(nowMs: number): void {
    if (this.#wantedProbes.length > 0) return;
    if (this.#probing && nowMs - this.#probedMs < PROBE_TIMEOUT_MS) return;
    // Only a result says that it was for nothing.
    if (this.#probing && this.#probeResults > 0) {
      this.#probeIntervalMs = Math.min(MAX_PROBE_INTERVAL_MS, this.#probeIntervalMs * 2);
    }
    this.#probing = false;
    this.#probeResults = 0;
    if (this.#estimate * WORTH >= this.#usefulBps) return;
    if (!this.#firstProbesDone) {
      this.#firstProbesDone = true;
      for (const scale of FIRST_PROBES) {
        const bitrate = Math.min(this.#estimate * scale, this.#usefulBps);
        this.#want(bitrate, nowMs);
        if (bitrate === this.#usefulBps) break;
      }
      return;
    }
    const { usage } = this.#trendline;
    if (!this.#started || usage !== PathUsage.Normal || this.#loss.limited) return;
    if (nowMs - this.#probedMs < this.#probeIntervalMs || nowMs - this.#overusedMs < AFTER_OVERUSE_MS) return;
    this.#want(Math.min(this.#estimate * FURTHER_SCALE, this.#usefulBps), nowMs);
  }

  #unwrapSent(sequence: number): number {
    const delta = this.#sent.microsSince(this.#sentUs, sequence);
    this.#sentUs = this.#sent.timeUs(sequence);
    this.#sentMs = this.#sentMs < 0 ? CLOCK_START_MS : this.#sentMs + delta / 1000;
    return this.#sentMs;
  }

  #unwrapArrival(ticks: number): number {
    const delta = (ticks - this.#arrivalTicks) | 0;
    this.#arrivalTicks = ticks;
    if (this.#arrivalKnown) this.#arrivalMs += delta / 4;
    this.#arrivalKnown = true;
    return this.#arrivalMs;
  }
}
