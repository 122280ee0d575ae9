import type { BufferCounts, BufferProbe, GstPad } from '@rivero/graph-engine';

/** How often it is looked whether buffers still come, and the silence after which a stream has stopped, ms. */
const LOOK_MS = 250;
const SILENCE_MS = 1000;

interface Watched {
  readonly probe: BufferProbe;
  readonly counts: BufferCounts;
  readonly changed: (flowing: boolean) => void;
  buffers: number;
  lastMs: number;
  flowing: boolean;
}

/** Tells when buffers begin to go through pads, at once, and when they stop, a little later; without a call per buffer. */
export class FlowWatch {
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  /** @returns what ends it */
  watch(pad: GstPad, changed: (flowing: boolean) => void): () => void {
    const watched: Watched = {
      probe: pad.probeBuffers(),
      counts: { buffers: 0, bytes: 0, dropped: 0, keyFrames: 0, lastTime: undefined, reordered: 0 },
      changed,
      buffers: 0,
      lastMs: 0,
      flowing: false,
    };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    pad.firstBuffer().then(
      () => this.#started(watched),
      () => {},
    );
    return () => {
      if (!this.#watched.delete(watched)) return;
      watched.probe.remove();
      if (this.#watched.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  #started(watched: Watched): void {
    if (!this.#watched.has(watched)) return;
    watched.lastMs = performance.now();
    if (watched.flowing) return;
    watched.flowing = true;
    watched.changed(true);
  }

  #look(): void {
    const now = performance.now();
    for (const watched of [...this.#watched]) {
      const { buffers } = watched.probe.read(watched.counts);
      if (buffers !== watched.buffers) {
        watched.buffers = buffers;
        this.#started(watched);
      } else if (watched.flowing && now - watched.lastMs > SILENCE_MS) {
        watched.flowing = false;
        watched.changed(false);
      }
    }
  }
}
