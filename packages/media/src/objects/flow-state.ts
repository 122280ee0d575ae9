import type { MediaKind } from '../routing/media.js';
import type { Scheduler, Timed, TimerHandle } from '../runtime/scheduler.js';

/** How long media must be silent before an element says so, in milliseconds (Kurento looks every two seconds). */
const FLOW_SILENCE_MS = 2000;

export interface FlowListener {
  flowChanged(direction: 'In' | 'Out', kind: MediaKind, flowing: boolean): void;
}

/**
 * Whether media of one kind flows in one direction of an element. FLOWING is told at once, NOT_FLOWING only after a
 * silence, so that a short switch of sources makes no events.
 */
export class FlowState implements Timed {
  /** Made at the first silence. */
  #timer: TimerHandle | undefined;
  #flowing = false;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly listener: FlowListener,
    private readonly direction: 'In' | 'Out',
    private readonly kind: MediaKind,
  ) {}

  get flowing(): boolean {
    return this.#flowing;
  }

  /** Tells whether media flows right now. */
  set(active: boolean): void {
    if (active) {
      this.close();
      if (this.#flowing) return;
      this.#tell(true);
    } else if (this.#flowing) {
      this.#timer ??= this.scheduler.create(this);
      if (this.#timer.position >= 0) return;
      this.scheduler.schedule(this.#timer, this.scheduler.now() + FLOW_SILENCE_MS);
    }
  }

  onTime(): void {
    this.#tell(false);
  }

  #tell(flowing: boolean): void {
    this.#flowing = flowing;
    this.listener.flowChanged(this.direction, this.kind, flowing);
  }

  close(): void {
    if (this.#timer !== undefined) this.scheduler.cancel(this.#timer);
  }
}
