/** What one viewer can receive. */
interface Viewer {
  /** bounds of what is asked for on its behalf, bit/s; 0 = none */
  minBps: number;
  maxBps: number;
  onConnectBps: number;
  bitrate: number;
  reportedMs: number;
  /** its estimate has left the start-up phase */
  probed: boolean;
  /** it does not bound the source */
  exempt: boolean;
}

export interface ViewerLimits {
  /** minVideoSendBandwidth and maxVideoSendBandwidth, kbit/s; 0 or less = none */
  minKbps?: number;
  maxKbps?: number;
  /** rembOnConnect, bit/s: taken instead of smaller REMBs while the viewer's estimate still starts up (default 300000) */
  rembOnConnect?: number;
  /** highest spatial layer (or simulcast encoding) and temporal layer that it may get; below 0 or left out = any */
  maxSpatialLayer?: number;
  maxTemporalLayer?: number;
}

/** A viewer that has not reported for longer no longer counts, ms (as in Kurento). */
const MAX_AGE_MS = 10000;

/** Combines the REMBs of all viewers of one source: the source should send what the weakest of them can receive. */
export class RembCombiner {
  readonly #viewers = new Map<number, Viewer>();

  get size(): number {
    return this.#viewers.size;
  }

  /** Adds a viewer, or changes its limits. @param viewer any number that tells viewers apart */
  setViewer(viewer: number, limits: ViewerLimits = {}): void {
    const minKbps = limits.minKbps ?? 0;
    const maxKbps = limits.maxKbps ?? 0;
    const known = this.#viewers.get(viewer);
    this.#viewers.set(viewer, {
      minBps: minKbps > 0 ? minKbps * 1000 : 0,
      maxBps: maxKbps > 0 ? maxKbps * 1000 : 0,
      onConnectBps: limits.rembOnConnect ?? 300000,
      bitrate: known?.bitrate ?? 0,
      reportedMs: known?.reportedMs ?? Number.NEGATIVE_INFINITY,
      probed: known?.probed ?? false,
      exempt: known?.exempt ?? false,
    });
  }

  /** A viewer bounds the source no more, or does again. Unknown viewers are ignored. */
  setExempt(viewer: number, exempt: boolean): void {
    const entry = this.#viewers.get(viewer);
    if (entry !== undefined) entry.exempt = exempt;
  }

  removeViewer(viewer: number): void {
    this.#viewers.delete(viewer);
  }

  /** A viewer's REMB came; unknown viewers are ignored. @param bitrate bit/s */
  onRemb(viewer: number, bitrate: number, nowMs: number): void {
    const entry = this.#viewers.get(viewer);
    if (entry === undefined) return;
    // starting up: below rembOnConnect and not falling
    if (bitrate >= entry.onConnectBps || bitrate < entry.bitrate) entry.probed = true;
    entry.bitrate = bitrate;
    entry.reportedMs = nowMs;
  }

  /** The least bitrate over all viewers, bit/s; Infinity when none of them says anything. */
  minimum(nowMs: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const entry of this.#viewers.values()) {
      if (entry.exempt) continue;
      let bitrate = Number.POSITIVE_INFINITY;
      if (nowMs - entry.reportedMs <= MAX_AGE_MS) {
        bitrate = entry.probed ? entry.bitrate : Math.max(entry.bitrate, entry.onConnectBps);
        bitrate = Math.max(bitrate, entry.minBps);
      }
      if (entry.maxBps > 0) bitrate = Math.min(bitrate, entry.maxBps);
      if (bitrate < least) least = bitrate;
    }
    return least;
  }
}
