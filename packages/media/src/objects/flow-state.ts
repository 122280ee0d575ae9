import type { Scheduler, Timed, TimerHandle } from '../runtime/scheduler.js';

/** How long media must be silent before an element says so, in milliseconds (Kurento looks every two seconds). */
export const FLOW_SILENCE_MS = 2000;

/**
 * Whether media of one kind flows in one direction of an element. FLOWING is told at once, NOT_FLOWING only after a
 * silence, so that a short switch of sources makes no events.
 */
export class FlowState implements Timed {
  readonly #scheduler: Scheduler;
  readonly #timer: TimerHandle;
  readonly #changed: (flowing: boolean) => void;
  #flowing = false;

  constructor(scheduler: Scheduler, changed: (flowing: boolean) => void) {
    this.#scheduler = scheduler;
    this.#timer = scheduler.create(this);
    this.#changed = changed;
  }

  get flowing(): boolean {
    return this.#flowing;
  }

  /** Tells whether media flows right now. */
  set(active: boolean): void {
    if (active) {
      this.#scheduler.cancel(this.#timer);
      if (this.#flowing) return;
      this.#flowing = true;
      this.#changed(true);
    } else if (this.#flowing && this.#timer.position < 0) {
      this.#scheduler.schedule(this.#timer, this.#scheduler.now() + FLOW_SILENCE_MS);
    }
  }

  onTime(): void {
    this.#flowing = false;
    this.#changed(false);
  }

  close(): void {
    this.#scheduler.cancel(this.#timer);
  }
}
