import { type AudioFrame, AudioProcessor, type Implements, ModuleError } from '@rivero/module';
import type { declaration } from './declaration.js';
import { loadSilero, PIECE, RATE } from './silero.js';
import { REPEAT_MS, SILENT, SPEAKING } from './speaking-messages.js';
import { type SpeechChange, SpeechSpans } from './speech-spans.js';

type Declaration = typeof declaration;

/** Each element has a thread, and so a network, of its own. Without the packages none is made, and the creation says why. */
const silero = await loadSilero();
const PIECE_MS = (1000 * PIECE) / RATE;
/** Sound that comes so much later than expected (ms) does not follow what came before: a pause of the sender, or loss. */
const GAP_MS = 100;
/** When nothing has come for so long (ms) nothing will come soon: longer than a network's hiccup. */
const STALL_MS = 300;

/** Tells when somebody begins and stops speaking. */
export default class VoiceActivityDetector
  extends AudioProcessor<Declaration, 'VoiceActivityDetector'>
  implements Implements<Declaration, 'VoiceActivityDetector'>
{
  static override readonly format = 'F32';
  static override readonly rate = RATE;
  static override readonly channels = 1;
  static override readonly passive = true;
  readonly #spans = new SpeechSpans();
  readonly #piece = new Float32Array(PIECE);
  #filled = 0;
  /** Media time of what comes next, ms. */
  #next = 0;
  #isClosed = false;
  /** Of the present speech, on the clock of Date.now(). */
  #startMillis = 0;
  #stall: NodeJS.Timeout | undefined;
  /** When the last sound came, on the clock of performance.now(). */
  #heardAt = 0;
  /** When it was last said by DATA that somebody speaks, on the same clock. */
  #saidAt = 0;

  async process({ samples, length, time }: AudioFrame): Promise<void> {
    this.#heardAt = performance.now();
    const startsAt = time < 0 ? this.#next : time;
    if (Math.abs(startsAt - this.#next) > GAP_MS) this.#jump(startsAt);
    for (let at = 0; at < length; ) {
      const count = Math.min(PIECE - this.#filled, length - at);
      this.#piece.set(samples.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled < PIECE) continue;
      this.#filled = 0;
      const probability = await silero.judge(this.#piece);
      if (this.#isClosed) return;
      const end = startsAt + (1000 * at) / RATE;
      this.#tell(this.#spans.add(probability, end - PIECE_MS, end), end);
    }
    this.#next = startsAt + (1000 * length) / RATE;
    if (this.#spans.speaking) this.#stall ??= setTimeout(this.#watch, STALL_MS);
  }

  #jump(to: number): void {
    this.#tell(this.#spans.nothing(Math.min(this.#next, to), to), to);
    silero.reset();
    this.#filled = 0;
    this.#next = to;
  }

  /** A sender that goes silent may send nothing at all: then speech ends without a piece that says so. */
  readonly #watch = (): void => {
    this.#stall = undefined;
    const quiet = performance.now() - this.#heardAt;
    if (quiet >= STALL_MS) {
      const now = this.#next + quiet;
      this.#tell(this.#spans.nothing(this.#next, now), now);
    }
    if (!this.#spans.speaking) return;
    if (performance.now() - this.#saidAt >= REPEAT_MS) this.#say(SPEAKING);
    this.#stall = setTimeout(this.#watch, STALL_MS);
  };

  #say(text: string): void {
    this.#saidAt = performance.now();
    this.sendData(text);
  }

  /** @param now the media time of this moment, ms */
  #tell(change: SpeechChange | undefined, now: number): void {
    if (change === undefined) return;
    const { type, probability } = change;
    if (type === 'started') {
      this.#startMillis = Math.round(Date.now() - (now - change.startMs));
      this.emit('SpeechStarted', { probability, startMillis: this.#startMillis });
      this.#say(SPEAKING);
    } else {
      const durationMillis = Math.round(change.durationMs);
      this.emit('SpeechStopped', { probability, startMillis: this.#startMillis, durationMillis });
      this.#say(SILENT);
    }
  }

  get speaking(): boolean {
    return this.#spans.speaking;
  }

  get threshold(): number {
    return this.#spans.threshold;
  }

  set threshold(value: number) {
    if (!(value >= 0.05 && value <= 0.95))
      throw new ModuleError(`threshold should be between 0.05 and 0.95, not ${value}`);
    this.#spans.threshold = value;
  }

  get minSpeechMillis(): number {
    return this.#spans.minSpeechMs;
  }

  set minSpeechMillis(value: number) {
    this.#spans.minSpeechMs = milliseconds('minSpeechMillis', value);
  }

  get minSilenceMillis(): number {
    return this.#spans.minSilenceMs;
  }

  set minSilenceMillis(value: number) {
    this.#spans.minSilenceMs = milliseconds('minSilenceMillis', value);
  }

  /** The network's memory goes with the thread. */
  override close(): void {
    this.#isClosed = true;
    clearTimeout(this.#stall);
  }
}

function milliseconds(name: string, value: number): number {
  if (value < 0 || value > 10_000)
    throw new ModuleError(`${name} should be between 0 and 10000, not ${value}`);
  return value;
}
