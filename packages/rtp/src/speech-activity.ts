// I. Volfin and I. Cohen, "Dominant speaker identification for multipoint videoconferencing", Computer Speech and
// Language 27 (2013), with the constants that Jitsi and mediasoup use. Levels are those of RFC 6464, one per packet of
// 20 ms, turned round: 0 is silence, 127 the loudest.

/** Spans of speech that are weighed: of one level, of five (100 ms), of fifty (1 s). */
export const SpeechSpan = { Immediate: 0, Medium: 1, Long: 2 } as const;

const MAX_LEVEL = 127;
/** Steps of loudness. */
const IMMEDIATE_STEPS = 13;
const MEDIUM_LENGTH = 5;
const LONG_LENGTH = 10;
const LEVELS = MEDIUM_LENGTH * LONG_LENGTH;
const STEP = Math.floor((MAX_LEVEL + IMMEDIATE_STEPS - 1) / IMMEDIATE_STEPS);
/** An immediate span counts as speech above this step, a medium one above this number of immediate ones. */
const MEDIUM_THRESHOLD = 7;
const LONG_THRESHOLD = 4;
/** A source that says nothing for so long is silent, and again after each further such time, ms. */
const IDLE_MS = 40;
/** Levels after which the estimate of the background noise is renewed: 15 s. */
const NOISE_WINDOW = 750;
/** No activity at all; scores are never lower, so that their ratio is defined. */
export const MIN_SCORE = 1e-10;

/** Score by number of active parts. */
type Scores = readonly number[];
const IMMEDIATE_SCORES = scores(IMMEDIATE_STEPS, 0.78);
const MEDIUM_SCORES = scores(MEDIUM_LENGTH, 24);
const LONG_SCORES = scores(LONG_LENGTH, 47);

/**
 * Log likelihood ratio of speech to silence for each number of active parts out of `parts`: binomial against
 * exponential with the parameter `lambda`.
 */
function scores(parts: number, lambda: number): Scores {
  let ways = 1;
  return Array.from({ length: parts + 1 }, (_, active) => {
    if (active > 0) ways = (ways * (parts - active + 1)) / active;
    const score = Math.log(ways) + parts * Math.log(0.5) - Math.log(lambda) + lambda * active;
    return Math.max(MIN_SCORE, score);
  });
}

/** How much one source speaks, from its audio levels. Nothing is allocated per level. */
export class SpeechActivity {
  /** The newest levels, a ring. */
  readonly #levels = new Uint8Array(LEVELS);
  #newest = 0;
  #lastMs: number;
  /** Estimated level of the background noise; 0 while unknown. */
  #noise = 0;
  #nextNoise = 0;
  #noiseCount = 0;
  readonly #scores = new Float64Array(3).fill(MIN_SCORE);

  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** A level as RFC 6464 has it: 0 (loudest) … 127 (silence), in -dBov. */
  onLevel(level: number, nowMs: number): void {
    this.#lastMs = nowMs;
    this.#push(MAX_LEVEL - (level & MAX_LEVEL));
  }

  /** Scores of the time up to now, for `score`. */
  evaluate(nowMs: number): void {
    for (let idle = 0; nowMs - this.#lastMs > IDLE_MS && idle < LEVELS; idle++) {
      this.#lastMs += IDLE_MS;
      this.#push(0);
    }
    if (nowMs - this.#lastMs > IDLE_MS) this.#lastMs = nowMs;
    const floor = this.#noise + STEP;
    let long = 0;
    let medium = 0;
    for (let i = 0; i < LONG_LENGTH; i++) {
      let active = 0;
      for (let j = 0; j < MEDIUM_LENGTH; j++) {
        const level = this.#level(i * MEDIUM_LENGTH + j);
        if (level >= floor && Math.floor(level / STEP) > MEDIUM_THRESHOLD) active++;
      }
      if (i === 0) medium = active;
      if (active > LONG_THRESHOLD) long++;
    }
    const level = this.#level(0);
    const immediate = level < floor ? 0 : Math.floor(level / STEP);
    this.#scores[SpeechSpan.Immediate] = IMMEDIATE_SCORES[immediate]!;
    this.#scores[SpeechSpan.Medium] = MEDIUM_SCORES[medium]!;
    this.#scores[SpeechSpan.Long] = LONG_SCORES[long]!;
  }

  /** Score of a SpeechSpan at the last `evaluate`, at least MIN_SCORE. */
  score(span: number): number {
    return this.#scores[span]!;
  }

  /** The level `age` levels ago. */
  #level(age: number): number {
    return this.#levels[(this.#newest - age + LEVELS) % LEVELS]!;
  }

  #push(level: number): void {
    this.#newest = (this.#newest + 1) % LEVELS;
    this.#levels[this.#newest] = level;
    if (level > 0) this.#estimateNoise(level);
  }

  /** The least level, which may only rise slowly: to the mean of old and new after each window. */
  #estimateNoise(level: number): void {
    if (this.#noise === 0 || level < this.#noise) {
      this.#noise = level;
      this.#noiseCount = 0;
      this.#nextNoise = 0;
      return;
    }
    if (this.#nextNoise === 0 || level < this.#nextNoise) this.#nextNoise = level;
    if (++this.#noiseCount < NOISE_WINDOW) return;
    this.#noise = Math.floor(Math.sqrt(this.#noise * this.#nextNoise));
    this.#noiseCount = 0;
    this.#nextNoise = 0;
  }
}
