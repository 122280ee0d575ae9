/** The soonest a timer set from within a timer runs, in milliseconds. */
const MIN_DELAY_MS = 0.5;

/** Something that wants to be called back at a time it names itself. */
export interface Timed {
  /** Called at or after the time asked for. `now` is monotonic milliseconds. */
  onTime(now: number): void;
}

/** A place in the scheduler's heap. One per timed object, made once and moved ever after. */
export class TimerHandle {
  /** Index in the heap, -1 while not waiting. */
  position = -1;
  constructor(readonly owner: Timed) {}
}

/**
 * All timers of a worker behind one `setTimeout`: protocol cores name their next time, the scheduler keeps them in a
 * binary heap. Moving a timer costs O(log n) and allocates nothing, so thousands of endpoints can re-arm per packet.
 */
export class Scheduler {
  readonly #heap: TimerHandle[] = [];
  /** When those of the heap are due, ms. Beside it: as a field of the handle each number would take an object of its own. */
  #times = new Float64Array(64);
  readonly #now: () => number;
  #timeout: NodeJS.Timeout | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #running = false;
  #notBefore = Number.NEGATIVE_INFINITY;
  #closed = false;

  readonly #onError: (error: unknown) => void;

  /** Called before and after the timers of one moment, so that what they send can be collected. */
  round: { begin(): void; end(): void } | undefined;

  /** @param onError told what an owner threw; the others are served all the same. Without it the error is thrown. */
  constructor(now: () => number = () => performance.now(), onError?: (error: unknown) => void) {
    this.#now = now;
    this.#onError =
      onError ??
      ((error) => {
        throw error;
      });
  }

  /** Monotonic milliseconds: the one clock of the worker. */
  now(): number {
    return this.#now();
  }

  create(owner: Timed): TimerHandle {
    return new TimerHandle(owner);
  }

  /** Moves a timer to `at` (milliseconds, the scheduler's clock); `Infinity` takes it out. */
  schedule(handle: TimerHandle, at: number): void {
    const before = handle.position < 0 ? Number.POSITIVE_INFINITY : this.#times[handle.position]!;
    if (this.#closed || before === at) return;
    if (at === Number.POSITIVE_INFINITY) {
      this.cancel(handle);
      return;
    }
    // An owner that asks for a time already past is served in the next round: it cannot starve the others.
    const time = Math.max(at, this.#notBefore);
    if (handle.position < 0) {
      handle.position = this.#heap.length;
      this.#heap.push(handle);
      this.#makeRoom();
    }
    this.#times[handle.position] = time;
    if (time < before) this.#up(handle.position);
    else this.#down(handle.position);
    this.#arm();
  }

  cancel(handle: TimerHandle): void {
    const position = handle.position;
    if (position < 0) return;
    handle.position = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === handle) return;
    this.#heap[position] = last;
    this.#times[position] = this.#times[this.#heap.length]!;
    last.position = position;
    this.#up(position);
    this.#down(last.position);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timeout);
    for (const handle of this.#heap) handle.position = -1;
    this.#heap.length = 0;
  }

  /** Runs what is due. Called by the timeout; tests call it with their own clock. */
  run(): void {
    const now = this.#now();
    this.#running = true;
    this.#notBefore = now + MIN_DELAY_MS;
    this.round?.begin();
    for (let first = this.#heap[0]; first !== undefined && this.#times[0]! <= now; first = this.#heap[0]) {
      this.cancel(first);
      try {
        first.owner.onTime(now);
      } catch (error) {
        this.#onError(error);
      }
    }
    this.round?.end();
    this.#running = false;
    this.#notBefore = Number.NEGATIVE_INFINITY;
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#arm();
  }

  #arm(): void {
    const next = this.#heap.length > 0 ? this.#times[0] : undefined;
    // A later timeout than needed is harmless and cheaper than re-arming: it runs, finds nothing, arms anew.
    if (this.#running || next === undefined || next >= this.#armedFor) return;
    clearTimeout(this.#timeout);
    this.#armedFor = next;
    this.#timeout = setTimeout(() => this.run(), Math.max(0, Math.ceil(next - this.#now())));
  }

  #makeRoom(): void {
    if (this.#heap.length <= this.#times.length) return;
    const longer = new Float64Array(2 * this.#times.length);
    longer.set(this.#times);
    this.#times = longer;
  }

  #up(from: number): void {
    const heap = this.#heap;
    const times = this.#times;
    let index = from;
    const moving = heap[index]!;
    const at = times[index]!;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex]!;
      if (times[parentIndex]! <= at) break;
      heap[index] = parent;
      times[index] = times[parentIndex]!;
      parent.position = index;
      index = parentIndex;
    }
    heap[index] = moving;
    times[index] = at;
    moving.position = index;
  }

  #down(from: number): void {
    const heap = this.#heap;
    const times = this.#times;
    const length = heap.length;
    let index = from;
    const moving = heap[index];
    if (moving === undefined) return;
    const at = times[index]!;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= length) break;
      if (childIndex + 1 < length && times[childIndex + 1]! < times[childIndex]!) childIndex++;
      const child = heap[childIndex]!;
      if (times[childIndex]! >= at) break;
      heap[index] = child;
      times[index] = times[childIndex]!;
      child.position = index;
      index = childIndex;
    }
    heap[index] = moving;
    times[index] = at;
    moving.position = index;
  }
}
