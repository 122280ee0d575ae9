import type { BufferProbe, GstPad } from '@rivero/graph-engine';

const LOOK_MS = 100;
const SILENCE_MS = 500;
/** The time between key frames, from which on somebody who needs one does not wait for the next, ms. */
const MAX_KEY_FRAME_AGE_MS = 1500;

/**
 * Finds out whether encoded video that nobody can be asked to encode otherwise is fit for viewers who get it as it is: pictures must
 * come in the order in which they are shown (decoders of WebRTC have no others), and key frames soon after somebody needs one.
 */
export class ForwardingWatch {
  readonly #probe: BufferProbe;
  readonly #unfit: () => void;
  readonly #timer: NodeJS.Timeout;
  #wanted = false;
  #keyFrames = 0;
  #keyFrameMs = performance.now();
  #buffers = 0;
  #bufferMs = performance.now();

  /** @param unfit called once, with the first sign of it */
  constructor(pad: GstPad, unfit: () => void) {
    this.#probe = pad.probeBuffers();
    this.#unfit = unfit;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Somebody can't show anything before the next key frame. */
  keyFrameWanted(): void {
    this.#wanted = true;
  }

  #look(): void {
    const { keyFrames, buffers, reordered } = this.#probe.read();
    const now = performance.now();
    if (keyFrames !== this.#keyFrames) {
      this.#wanted = false;
      this.#keyFrameMs = now;
    }
    // While nothing comes at all (a pause) no key frame is missed.
    if (buffers !== this.#buffers) this.#bufferMs = now;
    else if (now - this.#bufferMs > SILENCE_MS) this.#keyFrameMs = now;
    this.#keyFrames = keyFrames;
    this.#buffers = buffers;
    if (reordered === 0 && !(this.#wanted && now - this.#keyFrameMs > MAX_KEY_FRAME_AGE_MS)) return;
    this.stop();
    this.#unfit();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#probe.remove();
  }
}
