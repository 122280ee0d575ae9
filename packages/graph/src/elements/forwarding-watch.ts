import type { BufferProbe, GstPad } from '@rivero/graph-engine';

const LOOK_MS = 100;
const SILENCE_MS = 500;
/** How long somebody who needs a key frame may wait for that of the file, ms. */
const KEY_FRAME_PATIENCE_MS = 1500;

/**
 * Finds out whether encoded video that nobody can be asked to encode otherwise is fit for viewers who get it as it is: pictures must
 * come in the order in which they are shown (decoders of WebRTC have no others), and key frames soon after somebody needs one.
 */
export class ForwardingWatch {
  readonly #probe: BufferProbe;
  readonly #unfit: () => void;
  readonly #timer: NodeJS.Timeout;
  #wantedSince: number | undefined;
  #keyFrames = 0;
  #buffers = 0;
  #lastMs = performance.now();

  /** @param unfit called once, with the first sign of it */
  constructor(pad: GstPad, unfit: () => void) {
    this.#probe = pad.probeBuffers();
    this.#unfit = unfit;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Somebody can't show anything before the next key frame. */
  keyFrameWanted(): void {
    this.#wantedSince ??= performance.now();
  }

  #look(): void {
    const { keyFrames, buffers, reordered } = this.#probe.read();
    const now = performance.now();
    if (keyFrames !== this.#keyFrames) this.#wantedSince = undefined;
    if (buffers !== this.#buffers) this.#lastMs = now;
    // While nothing comes at all (a pause) no key frame is missed.
    else if (now - this.#lastMs > SILENCE_MS && this.#wantedSince !== undefined) this.#wantedSince = now;
    this.#keyFrames = keyFrames;
    this.#buffers = buffers;
    const waited = this.#wantedSince === undefined ? 0 : now - this.#wantedSince;
    if (reordered === 0 && waited < KEY_FRAME_PATIENCE_MS) return;
    this.stop();
    this.#unfit();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#probe.remove();
  }
}
