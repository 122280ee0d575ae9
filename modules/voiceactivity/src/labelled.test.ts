import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadSilero, PIECE, RATE, type Silero } from './silero.js';
import { type SpeechChange, SpeechSpans } from './speech-spans.js';
import { joined, NOT_SPEECH, SPEECH, silence, speak } from './test-support.js';

/** A known one: the network takes the ringing tone of a telephone, two tones a second on and off, for a voice. */
const KNOWN_WRONG = ['ringing'];
/** Silence before and after each sound, s. */
const AROUND = 1;

describe('a labelled set', () => {
  let silero: Silero;
  before(async () => {
    silero = await loadSilero();
  });

  /** With the defaults. */
  async function heard(sound: Float32Array): Promise<SpeechChange[]> {
    const all = joined(silence(AROUND), sound, silence(AROUND));
    const spans = new SpeechSpans();
    const changes: SpeechChange[] = [];
    silero.reset();
    for (let at = 0; at + PIECE <= all.length; at += PIECE) {
      const probability = await silero.judge(all.subarray(at, at + PIECE));
      const ms = (samples: number): number => (1000 * samples) / RATE;
      const change = spans.add(probability, ms(at), ms(at + PIECE));
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  test('speech is found where it is, and nothing else is taken for speech', async (context) => {
    const missed: string[] = [];
    const misplaced: string[] = [];
    const wrong: string[] = [];
    let seconds = 0;
    const begun = process.cpuUsage();
    for (const [name, make] of Object.entries(SPEECH)) {
      const sound = make();
      const changes = await heard(sound);
      seconds += sound.length / RATE + 2 * AROUND;
      if (changes.length === 0) missed.push(name);
      const [start, end] = [changes[0]?.startMs ?? 0, changes.at(-1)];
      const off = [
        start - 1000 * AROUND,
        (end?.startMs ?? 0) + (end?.durationMs ?? 0) - 1000 * AROUND - (1000 * sound.length) / RATE,
      ];
      if (changes.length !== 2 || off.some((ms) => Math.abs(ms) > 250))
        misplaced.push(`${name}: ${changes.length} changes, ${off.map(Math.round)} ms off`);
    }
    for (const [name, make] of Object.entries(NOT_SPEECH)) {
      const sound = make();
      seconds += sound.length / RATE + 2 * AROUND;
      if ((await heard(sound)).length > 0) wrong.push(name);
    }
    const { user, system } = process.cpuUsage(begun);
    context.diagnostic(`missed ${missed.length} of ${Object.keys(SPEECH).length}: ${missed}`);
    context.diagnostic(`begin or end misplaced ${misplaced.length}: ${misplaced.join('; ')}`);
    context.diagnostic(`wrong ${wrong.length} of ${Object.keys(NOT_SPEECH).length}: ${wrong}`);
    context.diagnostic(
      `${((user + system) / 1000 / seconds).toFixed(1)} ms of processor time per second of sound`,
    );
    assert.deepEqual([...missed, ...misplaced], []);
    assert.deepEqual(
      wrong.filter((name) => !KNOWN_WRONG.includes(name)),
      [],
    );
  });

  test('two sentences are two, with the pause between them', async () => {
    const [first, second] = [speak('Good morning everybody.'), speak('Shall we begin?', { voice: 'en+f3' })];
    const changes = await heard(joined(first, silence(1.5), second));
    assert.deepEqual(
      changes.map(({ type }) => type),
      ['started', 'stopped', 'started', 'stopped'],
    );
    const pause = changes[2]!.startMs - changes[1]!.startMs - changes[1]!.durationMs;
    assert.ok(Math.abs(pause - 1500) < 250, `${pause} ms`);
  });
});
