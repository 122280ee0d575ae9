import { MIN_SCORE, SpeechActivity, SpeechSpan } from './speech-activity.js';

/** How often `decide` is to be called, ms. */
export const SPEAKER_DECISION_MS = 300;

/** By how much (natural logarithm of the ratio of scores) somebody must speak more than the dominant speaker. */
const IMMEDIATE_LEAD = 3;
const MEDIUM_LEAD = 2;
const LONG_LEAD = 0;

/**
 * Finds who of several sources is the dominant speaker (Volfin and Cohen): the one who spoke more than the present one in
 * the last moment, the last 100 ms and the last second. Coughs and short interjections change nothing, nor does
 * silence. Nobody is dominant before somebody spoke. `Key` tells sources apart.
 */
export class DominantSpeaker<Key> {
  readonly #speakers = new Map<Key, SpeechActivity>();
  #dominant: Key | undefined;

  get dominant(): Key | undefined {
    return this.#dominant;
  }

  /** @returns what takes the levels of the source */
  add(key: Key, nowMs: number): SpeechActivity {
    let activity = this.#speakers.get(key);
    if (activity === undefined) {
      activity = new SpeechActivity(nowMs);
      this.#speakers.set(key, activity);
    }
    return activity;
  }

  /** When the dominant speaker goes, nobody is dominant until somebody speaks. */
  remove(key: Key): void {
    this.#speakers.delete(key);
    if (this.#dominant === key) this.#dominant = undefined;
  }

  /** @returns whether the dominant speaker changed */
  decide(nowMs: number): boolean {
    const present = this.#dominant === undefined ? undefined : this.#speakers.get(this.#dominant);
    present?.evaluate(nowMs);
    let next: Key | undefined;
    let lead = MEDIUM_LEAD;
    for (const [key, activity] of this.#speakers) {
      if (activity === present) continue;
      activity.evaluate(nowMs);
      const medium = leadOver(activity, present, SpeechSpan.Medium);
      if (
        medium > lead &&
        leadOver(activity, present, SpeechSpan.Immediate) > IMMEDIATE_LEAD &&
        leadOver(activity, present, SpeechSpan.Long) > LONG_LEAD
      ) {
        lead = medium;
        next = key;
      }
    }
    if (next === undefined) return false;
    this.#dominant = next;
    return true;
  }
}

function leadOver(one: SpeechActivity, other: SpeechActivity | undefined, span: number): number {
  return Math.log(one.score(span) / (other === undefined ? MIN_SCORE : other.score(span)));
}
