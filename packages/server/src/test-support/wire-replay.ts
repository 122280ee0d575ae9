import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Answer, EventValue } from './test-client.js';
import { TestClient } from './test-client.js';

type Json = Record<string, unknown>;

interface Line {
  dir: 'open' | 'close' | 'c2s' | 's2c' | 'note';
  client?: string;
  raw?: string;
  msg?: Json;
}

/** What a request gets here where it is not what the reference server answered, and why. */
export interface Deviation {
  /** Members of the request that it applies to: compared with its method, its params and their operation. */
  when: (request: Json) => boolean;
  why: string;
  /** Checks our answer; without it the request is not sent. */
  check?: (answer: Answer) => void;
}

const CLASSES: Record<string, string> = {
  pipeline: 'MediaPipeline',
  webrtc: 'WebRtcEndpoint',
  passthrough: 'PassThrough',
};
const PLACEHOLDER = /\b(?:(?:session|server|subscription|uuid)-\d+|pipeline-\d+(?:\/[a-z]+-\d+)*)\b/g;
const WHOLE_PLACEHOLDER = new RegExp(`^(?:${PLACEHOLDER.source})$`);

/**
 * Plays the client's side of a recorded transcript against a server and compares the answers and events in
 * shape: the same members, the same texts, any number for a number; ids are matched as they are met.
 */
export class WireReplay {
  readonly #url: string;
  readonly #lines: Line[];
  readonly #deviations: readonly Deviation[];
  readonly #abridged: boolean;
  /** Recorded placeholder to the id here. */
  readonly #ids = new Map<string, string>();
  readonly #clients = new Map<string, TestClient>();
  readonly #used = new Set<Deviation>();
  #helper: TestClient | undefined;
  #lastNoted: string[] = [];
  compared = 0;

  constructor(url: string, fixture: string, deviations: readonly Deviation[] = []) {
    this.#url = url;
    this.#deviations = deviations;
    // Compiled files have no fixtures beside them.
    const file = new URL(`../../src/fixtures/wire/${fixture}.jsonl`, import.meta.url);
    this.#lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    this.#abridged = !this.#lines.some(({ dir, msg }) => dir === 's2c' && msg?.jsonrpc !== undefined);
  }

  async run(): Promise<void> {
    for (let i = 0; i < this.#lines.length; i++) {
      const line = this.#lines[i]!;
      try {
        await this.#step(line, i);
      } catch (error) {
        throw new Error(`line ${i + 1}: ${JSON.stringify(line).slice(0, 300)}`, { cause: error });
      }
    }
    for (const client of this.#clients.values()) await client.close();
    await this.#helper?.close();
    const unused = this.#deviations.filter((deviation) => !this.#used.has(deviation));
    assert.deepEqual(
      unused.map(({ why }) => why),
      [],
      'deviations that nothing used',
    );
  }

  async #step(line: Line, index: number): Promise<void> {
    const name = line.client ?? '';
    switch (line.dir) {
      case 'open':
        await this.#open(name, line.raw ?? '');
        break;
      case 'close':
        await this.#close(name, line.raw ?? '');
        break;
      case 'note':
        await this.#note(name, line.raw ?? '');
        break;
      case 's2c':
        if (line.msg?.method === 'onEvent') await this.#expectEvent(name, line.msg);
        break;
      case 'c2s':
        await this.#request(name, line, index);
    }
  }

  async #open(name: string, url: string): Promise<void> {
    const path = new URL(url).pathname + new URL(url).search;
    await this.#clients.get(name)?.close();
    this.#clients.set(name, await TestClient.open(new URL(path, this.#url).href));
  }

  async #close(name: string, raw: string): Promise<void> {
    const client = this.#clients.get(name);
    // 1006: the reference dropped the connection, here it has got an answer; 1002 has been checked already.
    if (raw.startsWith('1000')) await client?.close();
    else if (raw.startsWith('1002')) assert.equal(client?.socket.readyState, 3);
  }

  /** Some subscriptions are only mentioned. */
  async #note(name: string, raw: string): Promise<void> {
    const [, types, object] = /also subscribed to.*: (.*) on (\S+)\)/.exec(raw) ?? [];
    if (types === undefined || object === undefined) return;
    const client = this.#client(name);
    const id = (await this.#substitute(object)) as string;
    this.#lastNoted = [];
    for (const type of types.split(', ')) this.#lastNoted.push(await client.subscribe(id, type));
  }

  async #expectEvent(name: string, recorded: Json): Promise<void> {
    const client = this.#client(name);
    const expected = (recorded.params as { value: EventValue }).value;
    await client.until(() => client.events.some((event) => this.#matches(event, expected)));
    const found = client.events.findIndex((event) => this.#matches(event, expected));
    client.events.splice(found, 1);
    this.compared++;
  }

  async #request(name: string, line: Line, index: number): Promise<void> {
    // Some transcripts leave out the opening.
    if (!this.#clients.has(name)) await this.#open(name, this.#url);
    const client = this.#client(name);
    const text =
      line.raw ?? JSON.stringify({ jsonrpc: '2.0', ...((await this.#substitute(line.msg)) as Json) });
    const request = parsed(text);
    const deviation = this.#deviations.find(({ when }) => when({ ...request, line: index + 1 }));
    if (deviation !== undefined) this.#used.add(deviation);
    if (deviation !== undefined && deviation.check === undefined) return;

    const expected = this.#answerAfter(name, index);
    if (expected?.dir === 'close' && expected.raw?.startsWith('1002')) {
      assert.deepEqual(await client.closed(), { code: 1002, reason: 'Invalid path' });
      this.compared++;
      return;
    }
    const answer = await client.raw(text);
    this.compared++;
    if (deviation?.check !== undefined) deviation.check(answer);
    else if (expected?.dir === 's2c') {
      if (!this.#matches(answer, expected.msg)) {
        assert.deepEqual(answer, await this.#substitute(expected.msg));
        assert.fail('no match');
      }
    } else {
      // The reference drops the connection here. We say what is wrong and go on.
      assert.ok(answer.error !== undefined, JSON.stringify(answer));
      assert.ok([-32700, -32600, -32603, 40101, 40107].includes(answer.error.code), JSON.stringify(answer));
      assert.equal((await client.call('ping')).result?.value, 'pong');
    }
  }

  /** The recorded answer: the next line of this client that is neither an event nor a note. */
  #answerAfter(name: string, index: number): Line | undefined {
    return this.#lines
      .slice(index + 1)
      .find(
        ({ dir, client, msg }) =>
          (client ?? '') === name && dir !== 'note' && !(dir === 's2c' && msg?.method === 'onEvent'),
      );
  }

  #client(name: string): TestClient {
    const client = this.#clients.get(name);
    if (client === undefined) throw new Error(`client '${name}' is not open`);
    return client;
  }

  /** Recorded ids replaced by ours. What the recording made out of sight is made now. */
  async #substitute(value: unknown): Promise<unknown> {
    if (typeof value === 'string') {
      for (const placeholder of value.match(PLACEHOLDER) ?? []) await this.#known(placeholder);
      return value.replace(PLACEHOLDER, (placeholder) => this.#ids.get(placeholder) ?? placeholder);
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return Promise.all(value.map((item) => this.#substitute(item)));
    const copy: Json = {};
    for (const [key, member] of Object.entries(value)) copy[key] = await this.#substitute(member);
    return copy;
  }

  async #known(placeholder: string): Promise<void> {
    if (this.#ids.has(placeholder)) return;
    if (placeholder.startsWith('subscription-')) {
      this.#ids.set(placeholder, this.#lastNoted.at(-1) ?? placeholder);
      return;
    }
    const [, parent, kind] = /^(?:(.*)\/)?([a-z]+)-\d+$/.exec(placeholder) ?? [];
    const className = CLASSES[kind ?? ''];
    if (className === undefined) return;
    this.#helper ??= await TestClient.open(this.#url);
    if (parent !== undefined) await this.#known(parent);
    const id = await this.#helper.create(
      className,
      parent === undefined ? {} : { mediaPipeline: this.#ids.get(parent) },
    );
    this.#ids.set(placeholder, id);
  }

  /** Whether the actual value has the recorded shape; if so, its ids are known from now on. */
  #matches(actual: unknown, expected: unknown): boolean {
    const ids = new Map(this.#ids);
    if (!matches(this.#abridged ? abridge(actual) : actual, expected, '', ids)) return false;
    for (const [placeholder, id] of ids) this.#ids.set(placeholder, id);
    return true;
  }
}

function matches(actual: unknown, expected: unknown, key: string, ids: Map<string, string>): boolean {
  if (typeof expected === 'string')
    return typeof actual === 'string' && matchesText(actual, expected, key, ids);
  if (typeof expected === 'number') {
    return key === 'id' || key === 'code' ? actual === expected : typeof actual === 'number';
  }
  if (typeof expected !== 'object' || expected === null) return actual === expected;
  if (typeof actual !== 'object' || actual === null) return false;
  if (Array.isArray(expected)) return Array.isArray(actual) && matchesList(actual, expected, ids);
  return (
    Object.keys(actual).join() === Object.keys(expected).join() &&
    Object.entries(expected).every(([name, member]) => matches((actual as Json)[name], member, name, ids))
  );
}

function matchesText(actual: string, expected: string, key: string, ids: Map<string, string>): boolean {
  if (key === 'timestampMillis') return /^\d+$/.test(actual);
  if (expected.startsWith('<kmd text')) return actual.startsWith('{');
  if (WHOLE_PLACEHOLDER.test(expected) && !ids.has(expected)) {
    for (const id of ids.values()) if (id === actual) return false;
    ids.set(expected, actual);
    return true;
  }
  return actual === expected.replace(PLACEHOLDER, (placeholder) => ids.get(placeholder) ?? placeholder);
}

/** In any order: that of children, connections and the like is arbitrary. */
function matchesList(actual: unknown[], expected: unknown[], ids: Map<string, string>): boolean {
  if (actual.length !== expected.length) return false;
  const left = [...actual];
  return expected.every((item) => {
    const found = left.findIndex((candidate) => matches(candidate, item, '', new Map(ids)));
    return found >= 0 && matches(left.splice(found, 1)[0], item, '', ids);
  });
}

/** A message as the shorter transcripts give it: without jsonrpc, and sessionId in results. */
function abridge(message: unknown): unknown {
  const { jsonrpc: _, result, ...others } = message as Answer;
  if (result === undefined || result === null) return result === null ? { ...others, result } : others;
  const { sessionId, ...members } = result;
  return { ...others, result: 'serverId' in members ? { ...members, sessionId } : members };
}

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
