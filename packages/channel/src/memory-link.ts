import type { Link } from './link.js';

class MemoryEnd implements Link {
  #peer: MemoryEnd | undefined;
  #receive: ((message: unknown) => void) | undefined;
  #closeListeners: ((why?: string) => void)[] = [];
  #inbox: string[] = [];
  #scheduled = false;
  #closed = false;
  #why: string | undefined;

  static pair(): [MemoryEnd, MemoryEnd] {
    const a = new MemoryEnd();
    const b = new MemoryEnd();
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  send(message: unknown): void {
    if (this.#closed) return;
    if (this.#peer !== undefined) this.#peer.#accept(JSON.stringify(message));
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#receive = listener;
    this.#schedule();
  }

  onClose(listener: (why?: string) => void): void {
    if (this.#closed) listener(this.#why);
    else this.#closeListeners.push(listener);
  }

  close(): void {
    this.#end('closed here');
    if (this.#peer !== undefined) this.#peer.#closeAfterDelivery();
  }

  #accept(text: string): void {
    if (this.#closed) return;
    this.#inbox.push(text);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#receive === undefined || this.#inbox.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const inbox = this.#inbox;
    this.#inbox = [];
    for (const text of inbox) this.#receive?.(JSON.parse(text));
  }

  #closeAfterDelivery(): void {
    setImmediate(() => {
      this.#deliver();
      this.#end('closed by the other side');
    });
  }

  #end(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#why = why;
    const listeners = this.#closeListeners;
    this.#closeListeners = [];
    for (const listener of listeners) listener(why);
  }
}

/**
 * Two ends of a link inside one process. Messages go through JSON and arrive in a later turn of the event
 * loop, as they would between processes, so that code that works on it does not depend on shared objects.
 */
export function memoryLinkPair(): [Link, Link] {
  return MemoryEnd.pair();
}
