/** A probe lasts so long, ms, and has at least so many packets. */
const PROBE_MS = 15;
const MIN_PACKETS = 5;
/** Part of a probe's packets and bytes that must have arrived. */
const MIN_RECEIVED = 0.8;
const MAX_INTERVAL_MS = 1000;
/** Arriving so much faster than sent, a probe says nothing. */
const MAX_RATIO = 2;
/** Arriving slower than this part of the rate sent, it has filled the path. */
const UNSATURATED = 0.9;
const UTILIZATION = 0.95;
/** Probes in flight. */
const CLUSTERS = 4;
/** The longest step between two parts of a probe that still makes it one burst, ms. */
const STEP_MS = 4;

interface Cluster {
  /** bit/s */
  target: number;
  /** Transport-wide sequence numbers, 16 bit: from the first one on, this many. */
  first: number;
  count: number;
  bytes: number;
  received: number;
  receivedBytes: number;
  firstSent: number;
  lastSent: number;
  /** Of what was sent first, at one time. */
  firstBytes: number;
  firstArrival: number;
  lastArrival: number;
}

/**
 * Sends probes, bursts at a bitrate above the estimate, and measures how fast they arrive (libwebrtc's BitrateProber and
 * ProbeBitrateEstimator). Media that goes out meanwhile is part of the burst. Without clock or I/O.
 */
export class Prober {
  readonly #clusters: Cluster[] = [];
  #next = 0;
  /** The probe that is being sent. */
  #sending: Cluster | undefined;
  #target = 0;
  #startMs = 0;
  /** When `due` wants to be called, ms. */
  nextMs = Number.POSITIVE_INFINITY;

  get active(): boolean {
    return this.#sending !== undefined;
  }

  /** @param sequence next transport-wide sequence number */
  start(target: number, sequence: number, nowMs: number): void {
    const cluster = emptyCluster();
    this.#clusters[this.#next++ % CLUSTERS] = cluster;
    cluster.target = target;
    cluster.first = sequence & 0xffff;
    this.#sending = cluster;
    this.#target = target;
    this.#startMs = nowMs;
    this.nextMs = nowMs;
  }

  /** Bytes of padding to send now; call `sent` when that is done. */
  due(nowMs: number): number {
    const cluster = this.#sending;
    if (cluster === undefined || nowMs < this.nextMs) return 0;
    // the first part of a burst counts for nothing in its rate: one packet's time is given at once
    const elapsed = nowMs - this.#startMs;
    return Math.max(1, Math.ceil((this.#target * elapsed) / 8000) - cluster.bytes + (elapsed === 0 ? 1 : 0));
  }

  /** @param sequence next transport-wide sequence number @param bytes sent since the last call, 0 when nothing could be */
  sent(sequence: number, bytes: number, nowMs: number): void {
    const cluster = this.#sending;
    if (cluster === undefined) return;
    cluster.count = (sequence - cluster.first) & 0xffff;
    cluster.bytes += bytes;
    const wanted = (this.#target * PROBE_MS) / 8000;
    const enough = cluster.count >= MIN_PACKETS && cluster.bytes >= wanted;
    if (enough || bytes === 0 || nowMs - this.#startMs > 10 * PROBE_MS) {
      this.#sending = undefined;
      this.nextMs = Number.POSITIVE_INFINITY;
      return;
    }
    const ahead = (cluster.bytes * 8000) / this.#target - (nowMs - this.#startMs);
    this.nextMs = nowMs + Math.max(1, Math.min(STEP_MS, ahead));
  }

  /** A packet arrived. @returns the bitrate that its probe has shown, bit/s; 0 when it is of none or more must come */
  onPacket(sequence: number, bytes: number, sentMs: number, arrivalMs: number): number {
    for (const cluster of this.#clusters) {
      if (((sequence - cluster.first) & 0xffff) >= cluster.count) continue;
      note(cluster, bytes, sentMs, arrivalMs);
      return cluster === this.#sending ? 0 : evaluate(cluster);
    }
    return 0;
  }
}

function emptyCluster(): Cluster {
  return {
    target: 0,
    first: 0,
    count: 0,
    bytes: 0,
    received: 0,
    receivedBytes: 0,
    firstSent: Number.POSITIVE_INFINITY,
    lastSent: Number.NEGATIVE_INFINITY,
    firstBytes: 0,
    firstArrival: Number.NEGATIVE_INFINITY,
    lastArrival: Number.NEGATIVE_INFINITY,
  };
}

function note(cluster: Cluster, bytes: number, sentMs: number, arrivalMs: number): void {
  // Packets come in their order but for those that were overtaken, which then count as sent later.
  if (cluster.received === 0) cluster.firstSent = sentMs;
  if (sentMs <= cluster.firstSent) {
    cluster.firstBytes += bytes;
    cluster.firstArrival = Math.max(cluster.firstArrival, arrivalMs);
  }
  cluster.lastSent = Math.max(cluster.lastSent, sentMs);
  cluster.lastArrival = Math.max(cluster.lastArrival, arrivalMs);
  cluster.received++;
  cluster.receivedBytes += bytes;
}

function evaluate(cluster: Cluster): number {
  if (cluster.received < cluster.count * MIN_RECEIVED) return 0;
  const sendMs = cluster.lastSent - cluster.firstSent;
  const arrivalMs = cluster.lastArrival - cluster.firstArrival;
  if (sendMs <= 0 || sendMs > MAX_INTERVAL_MS || arrivalMs <= 0 || arrivalMs > MAX_INTERVAL_MS) return 0;
  // What was sent first only marks where the intervals begin. Timers are coarse: the parts of a probe may be large.
  const bits = (cluster.receivedBytes - cluster.firstBytes) * 8000;
  const sendRate = bits / sendMs;
  const arrivalRate = bits / arrivalMs;
  if (arrivalRate > MAX_RATIO * sendRate) return 0;
  const rate =
    arrivalRate < UNSATURATED * sendRate ? UTILIZATION * arrivalRate : Math.min(sendRate, arrivalRate);
  // Parts of it may have gone out faster: more than was tried it does not prove.
  return Math.min(rate, cluster.target);
}
