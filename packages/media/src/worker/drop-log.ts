import type { Logger } from 'pino';
import type { Scheduler, Timed, TimerHandle } from '../runtime/scheduler.js';
import type { TransportHub } from '../transport/transport-hub.js';

/** How often the log looks, ms. */
const INTERVAL_MS = 60_000;
/** Each call has some of these: a peer's check before the answer was processed, its media until it hears that the call is over. */
const ORDINARY: readonly string[] = ['UnknownAddress', 'NoDestination'];
/** More of them in a minute are no ordinary ends of calls. */
const ORDINARY_MOST = 10_000;

/**
 * Writes down once a minute what was dropped and why, if anything was: attacks and full queues show up in the log, as
 * warnings. What comes with any call is told too, and warns of nothing.
 */
export class DropLog implements Timed {
  readonly #scheduler: Scheduler;
  readonly #hub: TransportHub;
  readonly #log: Logger;
  readonly #timer: TimerHandle;
  #before: Record<string, number>;

  constructor(scheduler: Scheduler, hub: TransportHub, log: Logger) {
    this.#scheduler = scheduler;
    this.#hub = hub;
    this.#log = log;
    this.#before = hub.dropped;
    this.#timer = scheduler.create(this);
    scheduler.schedule(this.#timer, scheduler.now() + INTERVAL_MS);
  }

  onTime(now: number): void {
    const dropped = this.#hub.dropped;
    const since = Object.entries(dropped).map(
      ([reason, count]) => [reason, count - (this.#before[reason] ?? 0)] as const,
    );
    const some = since.filter(([, count]) => count > 0);
    this.#before = dropped;
    if (some.length > 0) {
      const ordinary = some.every(([reason, count]) => ORDINARY.includes(reason) && count <= ORDINARY_MOST);
      const level = ordinary ? 'info' : 'warn';
      this.#log[level]({ dropped: Object.fromEntries(some) }, 'packets dropped in the last minute');
    }
    this.#scheduler.schedule(this.#timer, now + INTERVAL_MS);
  }

  close(): void {
    this.#scheduler.cancel(this.#timer);
  }
}
