/** Sound for tests, 16000 samples a second, -1 to 1: what is speech and what is not, each with a name. */
import { execFileSync } from 'node:child_process';

export const RATE = 16_000;

/** A sentence by espeak-ng, without silence around it. */
export function speak(text: string, { voice = 'en', speed = 160, level = 0.3 } = {}): Float32Array {
  const wav = execFileSync('espeak-ng', ['--stdout', '-v', voice, '-s', String(speed), '--', text]);
  const rate = wav.readUInt32LE(24);
  // The lengths in the header are unknown to a pipe: what follows it are samples.
  const count = (wav.length - 44) >> 1;
  const sample = (at: number): number => (at < count ? wav.readInt16LE(44 + 2 * at) : 0);
  const sound = new Float32Array(Math.floor((count * RATE) / rate));
  for (let i = 0; i < sound.length; i++) {
    const at = Math.floor((i * rate) / RATE);
    const part = (i * rate) / RATE - at;
    sound[i] = sample(at) * (1 - part) + sample(at + 1) * part;
  }
  const isHeard = (value: number): boolean => Math.abs(value) > 300;
  return scaled(sound.subarray(sound.findIndex(isHeard), sound.findLastIndex(isHeard) + 1), level);
}

/** @param level root mean square becomes a third of it: about the peak of speech */
export function scaled(sound: Float32Array, level: number): Float32Array {
  const mean = Math.sqrt(sound.reduce((sum, value) => sum + value * value, 0) / sound.length);
  return mean === 0 ? sound : sound.map((value) => Math.max(-1, Math.min(1, (value * level) / (3 * mean))));
}

/** @param at of a time in seconds, some amplitude */
export const tones = (seconds: number, at: (time: number) => number, level = 0.3): Float32Array =>
  scaled(
    Float32Array.from({ length: seconds * RATE }, (_, i) => at(i / RATE)),
    level,
  );

/** Noise from a fixed seed. @param smooth 0: white; towards 1: the deeper, the louder */
export function noise(seconds: number, { smooth = 0, level = 0.3, seed = 1 } = {}): Float32Array {
  let state = seed;
  let last = 0;
  return tones(
    seconds,
    () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      last = smooth * last + (1 - smooth) * (state / 2 ** 31 - 1);
      return last;
    },
    level,
  );
}

export const silence = (seconds: number): Float32Array => new Float32Array(seconds * RATE);

export function mixed(...sounds: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(Math.max(...sounds.map(({ length }) => length)));
  for (const sound of sounds) for (let i = 0; i < sound.length; i++) sum[i] = sum[i]! + sound[i]!;
  return sum;
}

export function joined(...sounds: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(sounds.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const sound of sounds) {
    all.set(sound, at);
    at += sound.length;
  }
  return all;
}

const sine = (time: number, frequency: number): number => Math.sin(2 * Math.PI * frequency * time);
const choose = <T>(values: readonly T[], time: number, each: number): T =>
  values[Math.floor(time / each) % values.length]!;
/** A struck string: overtones that die away. */
const struck = (time: number, frequency: number, each: number): number =>
  Math.exp((-3 * (time % each)) / each) *
  [1, 2, 3, 4].reduce((sum, n) => sum + sine(time, n * frequency) / n, 0);
const MELODY = [262, 294, 330, 349, 392, 440, 494, 523];

/** What nobody says, four seconds of each. */
export const NOT_SPEECH: Readonly<Record<string, () => Float32Array>> = {
  silence: () => silence(4),
  'white noise': () => noise(4),
  'loud white noise': () => noise(4, { level: 0.9 }),
  'faint noise': () => noise(4, { level: 0.01 }),
  'noise of a fan': () => noise(4, { smooth: 0.95 }),
  rumble: () => noise(4, { smooth: 0.995 }),
  'hum of the mains': () => tones(4, (t) => sine(t, 50) + sine(t, 100) / 2 + sine(t, 150) / 3),
  'buzz of 60 Hz': () => tones(4, (t) => ((t * 60) % 1) - 0.5),
  'a tone of 440 Hz': () => tones(4, (t) => sine(t, 440)),
  'a sweep': () => tones(4, (t) => sine(t, 100 + 300 * t)),
  'a dialling tone': () => tones(4, (t) => sine(t, 350) + sine(t, 440)),
  'keys of a telephone': () =>
    tones(4, (t) => (t % 0.2 < 0.1 ? sine(t, choose([697, 770, 852, 941], t, 0.2)) + sine(t, 1336) : 0)),
  ringing: () => tones(4, (t) => (t % 2 < 1 ? sine(t, 440) + sine(t, 480) : 0)),
  'a melody': () => tones(4, (t) => struck(t, choose(MELODY, t, 0.25), 0.25)),
  chords: () => tones(4, (t) => [1, 1.25, 1.5].reduce((sum, n) => sum + struck(t, 220 * n, 0.5), 0)),
  clicks: () => tones(4, (t) => (t % 0.5 < 0.002 ? 1 : 0)),
  claps: () => {
    const clap = noise(4, { seed: 3 });
    return scaled(
      clap.map((value, i) => value * Math.exp(-40 * ((i / RATE) % 0.7))),
      0.3,
    );
  },
};

const PANGRAM = 'The quick brown fox jumps over the lazy dog, and nobody knows why.';
const GERMAN = 'Guten Morgen, wie geht es Ihnen heute? Das Wetter ist schön.';
const FRENCH = 'Bonjour, je voudrais parler avec quelqu’un, s’il vous plaît.';
const SPANISH = 'Buenos días, me gustaría hablar con alguien, por favor.';

/** What somebody says. */
export const SPEECH: Readonly<Record<string, () => Float32Array>> = {
  English: () => speak(PANGRAM),
  'English, a woman': () => speak(PANGRAM, { voice: 'en+f3' }),
  'English, a deep voice': () => speak(PANGRAM, { voice: 'en+m7' }),
  'English, slowly': () => speak(PANGRAM, { speed: 100 }),
  'English, quickly': () => speak(PANGRAM, { speed: 260 }),
  'English, faintly': () => speak(PANGRAM, { level: 0.03 }),
  'English, loudly': () => speak(PANGRAM, { level: 0.9 }),
  'one word': () => speak('Hello'),
  German: () => speak(GERMAN, { voice: 'de' }),
  'German, a woman': () => speak(GERMAN, { voice: 'de+f2' }),
  French: () => speak(FRENCH, { voice: 'fr' }),
  Spanish: () => speak(SPANISH, { voice: 'es+f4' }),
  'English over noise, 10 dB': () => over(speak(PANGRAM), noise(8, { level: 0.095 })),
  'a woman over a fan, 5 dB': () =>
    over(speak(PANGRAM, { voice: 'en+f3' }), noise(8, { smooth: 0.95, level: 0.17 })),
  'German over hum, 10 dB': () =>
    over(
      speak(GERMAN, { voice: 'de' }),
      tones(8, (t) => sine(t, 50) + sine(t, 150), 0.095),
    ),
};

const over = (speech: Float32Array, ground: Float32Array): Float32Array =>
  mixed(speech, ground.subarray(0, speech.length));

/** A file of one channel. */
export function wavOf(sound: Float32Array): Buffer {
  const wav = Buffer.alloc(44 + 2 * sound.length);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(36 + 2 * sound.length, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(2 * RATE, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(2 * sound.length, 40);
  sound.forEach((value, i) => {
    wav.writeInt16LE(Math.round(value * 32_767), 44 + 2 * i);
  });
  return wav;
}
