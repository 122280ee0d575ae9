import { loadAddon } from './addon.js';
import { GstBin } from './bin.js';
import { coded, codedAsync } from './errors.js';
import { type BusMessage, messageFromNative } from './messages.js';
import { registerKind, wrapAs } from './wrap.js';

/**
 * The outermost bin: it has the bus and the clock. A running pipeline must be set to `null` before it is let go and before the process
 * ends.
 */
export class GstPipeline extends GstBin {
  readonly #listeners = new Set<(message: BusMessage) => void>();

  static override create(name = ''): GstPipeline {
    return wrapAs<GstPipeline>(coded(() => loadAddon().makePipeline(name)));
  }

  /**
   * Announces what is posted on the bus, in order. Errors of elements that are being stopped are left out. While somebody
   * listens, the process does not end by itself. The returned function ends it.
   */
  onMessage(listener: (message: BusMessage) => void): () => void {
    if (this.#listeners.size === 0) {
      coded(() =>
        this.handle.onMessage((native) => {
          const message = messageFromNative(native);
          for (const each of [...this.#listeners]) each(message);
        }),
      );
    }
    this.#listeners.add(listener);
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#endMessages();
    };
  }

  #endMessages(): void {
    coded(() => this.handle.onMessage(null));
  }

  /** Ends the announcements of messages, too. */
  override dispose(): void {
    this.#listeners.clear();
    this.#endMessages();
    super.dispose();
  }

  /** Shares out the latency anew, as a `latency` message asks for. */
  recalculateLatency(): Promise<void> {
    return codedAsync(() => this.handle.recalculateLatency());
  }

  /** Runs by the system's monotonic clock whatever its elements offer, so that it goes on when one leaves. */
  useSystemClock(): void {
    coded(() => this.handle.useSystemClock());
  }

  /** The clock's time (ns), undefined when the pipeline has no clock yet. */
  get clockTime(): number | undefined {
    const time = coded(() => this.handle.clockTime());
    return time < 0 ? undefined : time;
  }

  /** The clock's time at running time 0 (ns). */
  get baseTime(): number {
    return coded(() => this.handle.baseTime());
  }

  set baseTime(nanoseconds: number) {
    coded(() => this.handle.setBaseTime(nanoseconds));
  }

  /** Time since it began to play (ns): what the time of a live buffer is measured in. Undefined without a clock. */
  get runningTime(): number | undefined {
    const time = this.clockTime;
    return time === undefined ? undefined : time - this.baseTime;
  }

  /** Keeps the base time as it was set, also through `paused`. */
  keepBaseTime(): void {
    coded(() => this.handle.startTimeNone());
  }
}

registerKind('pipeline', (handle) => new GstPipeline(handle));
