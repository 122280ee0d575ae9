import { readdirSync, readFileSync } from 'node:fs';

/** A JSON object. */
export type Json = Record<string, unknown>;

/** A line of a recorded transcript. */
export interface Line {
  dir: 'open' | 'close' | 'c2s' | 's2c' | 'note';
  /** Which of several sockets. */
  client?: string;
  /** What is no JSON message: malformed requests, addresses, close codes, the text of a note. */
  raw?: string;
  msg?: Json;
}

/** What was sent between a client and the reference server, one topic each. */
export interface Transcript {
  name: string;
  lines: readonly Line[];
  /** Most transcripts leave out `jsonrpc`, and `sessionId` of requests and results. */
  abridged: boolean;
}

// Compiled files have no fixtures beside them.
const FIXTURES = new URL('../../src/conformance/fixtures/', import.meta.url);

/** Names of all transcripts, in their order. */
export function transcriptNames(): string[] {
  return readdirSync(new URL('wire/', FIXTURES))
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => file.slice(0, -'.jsonl'.length))
    .sort();
}

/** Names of those in which files are played and recorded, and nothing else is needed for media to flow. */
export function transcriptsWithMedia(): string[] {
  return transcriptNames().filter((name) => /^(5[568]|6\d|7\d)-/.test(name));
}

export function readTranscript(name: string): Transcript {
  const lines = readFixture(`wire/${name}.jsonl`)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const abridged = !lines.some(({ dir, msg }) => dir === 's2c' && msg?.jsonrpc !== undefined);
  return { name, lines, abridged };
}

/** Text of a file that was recorded, by its path within the fixtures. */
export function readFixture(path: string): string {
  return readFileSync(new URL(path, FIXTURES), 'utf8');
}

/** True for an object that is no array. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
