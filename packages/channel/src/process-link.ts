import type { ChildProcess } from 'node:child_process';
import type { Link, Urgency } from './link.js';

/** Patient messages leave at most once in so many milliseconds; the first of them at once. */
const GATHER_MS = 8;

/**
 * The link over the IPC channel of `child_process.fork`: give the child in the parent, `process` in the child.
 *
 * Messages sent in one turn of the event loop travel as one IPC message, which spares a system call and a
 * wake-up each; patient ones (events) of a busy stream also those of a few turns. It closes when the channel does, that is after the last message of a process that died has been
 * delivered.
 */
export function processLink(child: ChildProcess | NodeJS.Process): Link {
  return new ProcessLink(child);
}

class ProcessLink implements Link {
  readonly #process: ChildProcess | NodeJS.Process;
  #outgoing: unknown[] = [];
  #flushing = false;
  #gathering: NodeJS.Timeout | undefined;
  #lastFlush = Number.NEGATIVE_INFINITY;
  #receive: ((message: unknown) => void) | undefined;
  #early: unknown[] = [];
  #closeListeners: ((why?: string) => void)[] = [];
  #closed = false;
  #why: string | undefined;

  constructor(child: ChildProcess | NodeJS.Process) {
    this.#process = child;
    // ChildProcess and Process declare `on` with different overloads; both are event emitters.
    const emitter: NodeJS.EventEmitter = child;
    emitter.on('message', (batch: unknown) => this.#accept(batch));
    emitter.on('disconnect', () => this.#end('the other process closed the channel'));
    if (child !== process) {
      emitter.on('error', (error: Error) => {
        // A child that could not be started never emits 'disconnect'.
        if ((child as ChildProcess).pid === undefined) this.#end(error.message);
      });
    }
    if (!this.#process.connected) this.#end('the process has no channel');
  }

  send(message: unknown, urgency: Urgency = 'now'): void {
    if (this.#closed) return;
    this.#outgoing.push(message);
    if (this.#flushing || (urgency === 'patient' && this.#gathering !== undefined)) return;
    const wait = urgency === 'now' ? 0 : this.#lastFlush + GATHER_MS - performance.now();
    if (wait > 0) {
      this.#gathering = setTimeout(() => this.#flush(), wait);
    } else {
      this.#flushing = true;
      queueMicrotask(() => this.#flush());
    }
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#receive = listener;
    const early = this.#early;
    this.#early = [];
    for (const message of early) listener(message);
  }

  onClose(listener: (why?: string) => void): void {
    if (this.#closed) listener(this.#why);
    else this.#closeListeners.push(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#flush();
    // Node finishes what is queued before it closes the channel.
    if (this.#process.connected) this.#process.disconnect?.();
    this.#end('closed here');
  }

  #flush(): void {
    this.#flushing = false;
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#outgoing.length === 0) return;
    this.#lastFlush = performance.now();
    const batch = this.#outgoing;
    this.#outgoing = [];
    if (this.#closed || !this.#process.connected) return;
    // Errors arrive in the callback (and not as 'error' events); the disconnect that follows is what counts.
    this.#process.send?.(batch, undefined, undefined, () => {});
  }

  #accept(batch: unknown): void {
    if (!Array.isArray(batch) || this.#closed) return;
    for (const message of batch) {
      if (this.#receive === undefined) this.#early.push(message);
      else this.#receive(message);
    }
  }

  #end(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#gathering);
    this.#why = why;
    this.#outgoing = [];
    const listeners = this.#closeListeners;
    this.#closeListeners = [];
    for (const listener of listeners) listener(why);
  }
}
