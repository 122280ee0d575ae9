import type { BufferCounts, BufferProbe, GstPad } from '@rivero/graph-engine';

const LOOK_MS = 250;

/** Tells once when buffers keep arriving in front of a chain, but none has gone into it for some time: it hangs. */
export class StallWatch {
  readonly #arrivals: BufferProbe;
  readonly #entries: BufferProbe;
  readonly #counts: BufferCounts = {
    buffers: 0,
    bytes: 0,
    dropped: 0,
    keyFrames: 0,
    lastTime: undefined,
    reordered: 0,
  };
  readonly #timer: NodeJS.Timeout;
  #entered = 0;
  #arrived = 0;
  /** Since when arrivals go on without an entry, ms. */
  #since: number | undefined;

  /**
   * @param front where buffers arrive, before the queue
   * @param inside where they go into what may hang, behind the queue
   */
  constructor(front: GstPad, inside: GstPad, timeoutMs: number, stalled: () => void) {
    this.#arrivals = front.probeBuffers();
    this.#entries = inside.probeBuffers();
    this.#timer = setInterval(() => {
      if (this.#look() < timeoutMs) return;
      this.close();
      stalled();
    }, LOOK_MS);
  }

  /** How long it has been stalled, ms. */
  #look(): number {
    const arrived = this.#arrivals.read(this.#counts).buffers;
    const entered = this.#entries.read(this.#counts).buffers;
    const isStalled = arrived > this.#arrived && entered === this.#entered && entered > 0;
    const now = performance.now();
    if (entered !== this.#entered) this.#since = undefined;
    else if (isStalled) this.#since ??= now;
    this.#arrived = arrived;
    this.#entered = entered;
    // Without arrivals there is nothing to take, however long it lasts.
    return isStalled && this.#since !== undefined ? now - this.#since : 0;
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#timer);
    this.#arrivals.remove();
    this.#entries.remove();
  }
}
