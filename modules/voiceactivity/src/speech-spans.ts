/** Speech ends below the threshold less this, so that it does not flicker; never below LOWEST. As Silero's own iterator has it. */
const HYSTERESIS = 0.15;
const LOWEST = 0.01;

/** Times are ms of one clock. */
export interface SpeechChange {
  readonly type: 'started' | 'stopped';
  /** Mean over the speech so far. */
  readonly probability: number;
  readonly startMs: number;
  /** Up to the last piece that was speech. */
  readonly durationMs: number;
}

/** Makes spans of speech of probabilities of short pieces. */
export class SpeechSpans {
  threshold = 0.5;
  minSpeechMs = 100;
  minSilenceMs = 500;
  #start: number | undefined;
  /** Where silence began. */
  #silence: number | undefined;
  #isTold = false;
  #sum = 0;
  #pieces = 0;

  /** Whether speech has been told of and has not ended. */
  get speaking(): boolean {
    return this.#isTold;
  }

  /** The next piece. @returns what has changed with it */
  add(probability: number, fromMs: number, toMs: number): SpeechChange | undefined {
    if (probability >= this.threshold) {
      this.#start ??= fromMs;
      this.#silence = undefined;
    } else if (probability < Math.max(LOWEST, this.threshold - HYSTERESIS)) {
      // What was too short to be told of was no speech.
      if (!this.#isTold) this.#forget();
      else this.#silence ??= fromMs;
    }
    if (this.#start === undefined) return undefined;
    if (this.#silence !== undefined) return this.#end(toMs);
    this.#sum += probability;
    this.#pieces++;
    if (this.#isTold || toMs - this.#start < this.minSpeechMs) return undefined;
    this.#isTold = true;
    return this.#change('started', toMs);
  }

  /** Nothing has been heard up to this time. @returns what has changed with it */
  nothing(fromMs: number, toMs: number): SpeechChange | undefined {
    if (!this.#isTold) {
      this.#forget();
      return undefined;
    }
    this.#silence ??= fromMs;
    return this.#end(toMs);
  }

  #end(nowMs: number): SpeechChange | undefined {
    if (nowMs - this.#silence! < this.minSilenceMs) return undefined;
    const change = this.#change('stopped', this.#silence!);
    this.#forget();
    return change;
  }

  #change(type: SpeechChange['type'], end: number): SpeechChange {
    return {
      type,
      probability: this.#sum / this.#pieces,
      startMs: this.#start!,
      durationMs: end - this.#start!,
    };
  }

  #forget(): void {
    this.#start = this.#silence = undefined;
    this.#isTold = false;
    this.#sum = this.#pieces = 0;
  }
}
