import type { Random } from './random.js';

/** Longest input, bytes: the longest datagram that a socket hands over, and a bit. */
const MAX_INPUT = 2100;

const INTERESTING = [0, 1, 2, 3, 4, 7, 8, 15, 16, 20, 31, 32, 63, 64, 100, 127, 128, 191, 192, 254, 255];
const INTERESTING_WORDS = [0, 1, 3, 4, 5, 255, 256, 1499, 1500, 0x7fff, 0x8000, 0xfffc, 0xfffe, 0xffff];

type Mutation = (data: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array;

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

/** A place in the data, early ones more often: that is where the headers are. */
function place(data: Uint8Array, random: Random): number {
  const limit = data.length === 0 ? 1 : data.length;
  return random.below(2) === 0 ? random.below(Math.min(limit, 32)) : random.below(limit);
}

function overwrite(data: Uint8Array, at: number, bytes: readonly number[]): Uint8Array {
  for (const [i, byte] of bytes.entries()) if (at + i < data.length) data[at + i] = byte;
  return data;
}

const mutations: readonly Mutation[] = [
  (data, random) => {
    const at = place(data, random);
    return overwrite(data, at, [(data[at] ?? 0) ^ (1 << random.below(8))]);
  },
  (data, random) => overwrite(data, place(data, random), [random.pick(INTERESTING)]),
  (data, random) => overwrite(data, place(data, random), [random.below(256)]),
  (data, random) => {
    const word = random.pick(INTERESTING_WORDS);
    return overwrite(data, place(data, random), [word >> 8, word & 0xff]);
  },
  (data, random) => {
    // A length or count that is off by a few.
    const at = place(data, random);
    return overwrite(data, at, [(data[at] ?? 0) + random.below(9) - 4]);
  },
  (data, random) => data.slice(0, place(data, random)),
  (data, random) => join(data, random.bytes(1 + random.below(32))),
  (data, random) => {
    const from = place(data, random);
    const to = from + random.below(16);
    return join(data.slice(0, from), data.slice(to));
  },
  (data, random) => {
    const from = place(data, random);
    const piece = data.slice(from, from + 1 + random.below(64));
    const times = 1 + random.below(8);
    return join(data.slice(0, from), ...Array.from({ length: times }, () => piece), data.slice(from));
  },
  (data, random, corpus) => {
    const other = random.pick(corpus);
    return join(data.slice(0, place(data, random)), other.slice(place(other, random)));
  },
  (data, random) => {
    const at = place(data, random);
    return join(data.slice(0, at), random.bytes(1 + random.below(8)), data.slice(at));
  },
];

/** One of the corpus with one to six changes. */
export function mutate(random: Random, corpus: readonly Uint8Array[]): Uint8Array {
  let data: Uint8Array = Uint8Array.from(random.pick(corpus));
  for (let left = 1 + random.below(6); left > 0; left--)
    data = random.pick(mutations)(data, random, corpus).slice(0, MAX_INPUT);
  return data;
}

const WORDS = [
  ...['', ' ', ':', '/', ';', '=', '-1', '0', '127', '128', '65535', '65536', '4294967296', '9'.repeat(40)],
  ...['NaN', '1e9', '__proto__', 'constructor', '%s', '~', ',', '*', '\t', '\0', '\u2028', '\u00e9', 'a='],
];

/** The same for text with lines: descriptions and candidates. */
export function mutateText(random: Random, corpus: readonly string[], limit: number): string {
  const lines = random.pick(corpus).split('\r\n');
  for (let left = 1 + random.below(6); left > 0 && lines.length > 0; left--) {
    const index = random.below(lines.length);
    const line = lines[index]!;
    const at = random.below(line.length + 1);
    const word = random.pick(WORDS);
    switch (random.below(8)) {
      case 0:
        lines.splice(index, 1);
        break;
      case 1:
        lines.splice(random.below(lines.length + 1), 0, line);
        break;
      case 2:
        lines[index] = lines[random.below(lines.length)]!;
        break;
      case 3:
        lines[index] = line.slice(0, at) + word + line.slice(at);
        break;
      case 4:
        lines[index] = line.slice(0, at) + word + line.slice(at + 1);
        break;
      case 5:
        lines[index] = line.replace(/\d+/, word);
        break;
      case 6:
        lines[index] = line.slice(0, at);
        break;
      default: {
        const other = random.pick(corpus).split('\r\n');
        lines.splice(index, 0, ...other.slice(random.below(other.length)).slice(0, 20));
      }
    }
  }
  return lines.join('\r\n').slice(0, limit);
}
