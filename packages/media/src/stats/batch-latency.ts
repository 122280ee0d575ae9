import { ArrivalClock } from './arrival-clock.js';
import type { LatencyMeter } from './latency-meter.js';

/**
 * Measures latencies batch by batch: every packet is counted, but the clock is read only twice a batch, and not at all
 * while nobody measures. Nothing is allocated per packet.
 */
export class BatchLatency {
  readonly #clock: ArrivalClock;
  /** Meters with packets in the present batch. */
  readonly #pending: LatencyMeter[] = [];

  constructor(clock = new ArrivalClock()) {
    this.#clock = clock;
  }

  get measuring(): boolean {
    return this.#pending.length > 0;
  }

  arrive(meter: LatencyMeter, arrivalUs: number): void {
    if (meter.arrive(arrivalUs)) this.#pending.push(meter);
  }

  /** All packets of the batch have been given to their sinks. */
  distributed(): void {
    const now = this.#clock.now();
    for (const meter of this.#pending) meter.distributed(now);
  }

  /** All packets of the batch have been handed over for sending. */
  sent(): void {
    const now = this.#clock.now();
    for (const meter of this.#pending) meter.sent(now);
    this.#pending.length = 0;
  }
}
