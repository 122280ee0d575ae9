import type { InputPort } from '../routing/ports.js';
import { MediaElement } from './media-element.js';

/**
 * Has the element from which an input gets its media know that it is decoded or encoded for this input: that is the element in which
 * Kurento would do it, and which has `MediaTranscodingStateChanged`.
 */
export class TranscodedSource {
  readonly #port: InputPort;
  #transcoded = false;
  /** Who was told. */
  #element: MediaElement | undefined;

  constructor(port: InputPort) {
    this.#port = port;
  }

  set(transcoded: boolean): void {
    this.#transcoded = transcoded;
    this.update();
  }

  /** The source may be another one now. */
  update(): void {
    const { kind, source } = this.#port;
    const listener = source?.listener;
    const element = this.#transcoded && listener instanceof MediaElement ? listener : undefined;
    if (element === this.#element) return;
    this.#element?.setTranscodedFor(kind, this, false);
    this.#element = element;
    element?.setTranscodedFor(kind, this, true);
  }

  close(): void {
    this.set(false);
  }
}
