import { setTimeout as delay } from 'node:timers/promises';
import { difference } from './compare.js';
import { Placeholders } from './placeholders.js';
import { type Answer, type EventValue, RawClient } from './raw-client.js';
import { Report } from './report.js';
import {
  additionalEvents,
  eventDifferences,
  eventGaps,
  gapOf,
  MEDIA_EVENTS_AT_THE_END,
  mediaEventDifferences,
  mediaRequestDifferences,
  type RecordedRequest,
  requestDifferences,
} from './rules.js';
import { isObject, type Json, type Line, type Transcript } from './transcript.js';

/** An event comes within this time (ms) or not at all: nothing here has to wait for media. */
const EVENT_TIMEOUT = 3_000;
/** The same where media flows: files are played to their end, codecs are loaded. */
const MEDIA_EVENT_TIMEOUT = 15_000;
/** The recording client waited for media now and then; longer than this (s) is not needed. */
const LONGEST_PAUSE = 2;

/** Operations whose numbers are measurements. */
const MEASUREMENTS = new Set(['getStats', 'getCreationTime', 'getUsedCpu', 'getUsedMemory', 'getCpuCount']);

/** Makes what the recording had made before it began, by the kind in the placeholder. */
const MAKERS: Record<string, [type: string, params: Json]> = {
  pipeline: ['MediaPipeline', {}],
  webrtc: ['WebRtcEndpoint', {}],
  rtp: ['RtpEndpoint', {}],
  passthrough: ['PassThrough', {}],
  player: ['PlayerEndpoint', { uri: 'file:///media/test.webm' }],
  recorder: ['RecorderEndpoint', { uri: 'file:///tmp/test.webm' }],
  httppost: ['HttpPostEndpoint', {}],
  composite: ['Composite', {}],
  dispatcher: ['Dispatcher', {}],
  onetomany: ['DispatcherOneToMany', {}],
  mixer: ['Mixer', {}],
  alphablending: ['AlphaBlending', {}],
  hubport: ['HubPort', {}],
  gstfilter: ['GStreamerFilter', { command: 'videoflip' }],
  faceoverlay: ['FaceOverlayFilter', {}],
  imageoverlay: ['ImageOverlayFilter', {}],
  zbar: ['ZBarFilter', {}],
};

/** Differences that were met in some replay: one that never is has become untrue. */
export const metDifferences = new Set<object>();

/**
 * Plays the client's side of a recorded transcript against a server and compares answers and events with the
 * recorded ones. It goes on after a difference; all are in the report.
 */
export class Replay {
  readonly report: Report;
  readonly #url: string;
  readonly #transcript: Transcript;
  readonly #media: string | undefined;
  readonly #placeholders = new Placeholders();
  readonly #clients = new Map<string, RawClient>();
  /** Lines of answers that belong to a request. */
  readonly #claimed = new Set<number>();
  /** Objects that this server did not make. */
  readonly #unavailable = new Set<string>();
  #helper: RawClient | undefined;

  /**
   * @param media the folder that stands for the recording's file:///media: files play, pauses are kept, and what media does is compared.
   *   Without it nothing flows, and what depends on that is skipped
   */
  constructor(url: string, transcript: Transcript, media?: string) {
    this.#url = url;
    this.#transcript = transcript;
    this.#media = media;
    this.report = new Report(transcript.name);
  }

  async run(): Promise<Report> {
    for (const [index, line] of this.#transcript.lines.entries()) {
      try {
        await this.#step(line, index);
      } catch (error) {
        this.#fail(index, error instanceof Error ? error.message : String(error));
      }
    }
    this.#checkMessages();
    await this.#cleanUp();
    return this.report;
  }

  async #step(line: Line, index: number): Promise<void> {
    const name = line.client ?? '';
    switch (line.dir) {
      case 'open':
        await this.#open(name, line.raw ?? '');
        break;
      case 'close':
        if (line.raw?.startsWith('1000')) await this.#clients.get(name)?.close();
        break;
      case 'note':
        await this.#note(name, line.raw ?? '');
        break;
      case 's2c':
        if (line.msg?.method === 'onEvent') await this.#event(name, line.msg, index);
        break;
      case 'c2s':
        await this.#request(name, line, index);
    }
  }

  async #open(name: string, url: string): Promise<void> {
    const { pathname, search } = new URL(url);
    await this.#clients.get(name)?.close();
    this.#clients.set(name, await RawClient.open(new URL(pathname + search, this.#url).href));
  }

  async #client(name: string): Promise<RawClient> {
    // Some transcripts leave out the opening.
    if (!this.#clients.has(name)) await this.#open(name, this.#url);
    return this.#clients.get(name)!;
  }

  /** Some subscriptions are only mentioned. */
  async #note(name: string, raw: string): Promise<void> {
    const [, pause] = /^\(about ([\d.]+) s pass\)$/.exec(raw) ?? [];
    if (this.#media !== undefined && pause !== undefined)
      await delay(Math.min(Number(pause), LONGEST_PAUSE) * 1000);
    const [, types, object] = /also subscribed to.*?: (.*) on (\S+)\)/.exec(raw) ?? [];
    if (types === undefined || object === undefined) return;
    const client = await this.#client(name);
    for (const placeholder of this.#placeholders.unboundIn(object)) await this.#make(placeholder);
    for (const type of types.split(', ')) {
      const answer = await client.call('subscribe', { object: this.#placeholders.substitute(object), type });
      if (answer.error === undefined) this.report.same++;
      else this.report.failures.push(`subscribe ${type} on ${object}: ${JSON.stringify(answer.error)}`);
    }
  }

  async #event(name: string, message: Json, index: number): Promise<void> {
    const value = eventValue(message);
    const recorded = { ...value, transcript: this.#transcript.name, kind: kindOf(value.object) };
    const gap = eventGaps.find(({ when }) => when(recorded));
    if (gap !== undefined && this.#media === undefined) {
      this.report.addSkipped(gap.because);
      return;
    }
    const client = await this.#client(name);
    const differences =
      this.#media === undefined ? eventDifferences : [...eventDifferences, ...mediaEventDifferences];
    const known = differences.find(({ when }) => when(recorded));
    if (known !== undefined) metDifferences.add(known);
    if (known !== undefined && known.check === undefined) {
      this.report.addDifferent(known.because);
      return;
    }
    let found = -1;
    const arrived = (): boolean => {
      const find = (wanted: EventValue): number =>
        client.events.findIndex((came) => difference(came, wanted, this.#placeholders) === undefined);
      if (known) found = client.events.findIndex((came) => known.check?.(came, recorded));
      else found = find(value);
      return found >= 0;
    };
    const timeout = this.#media === undefined ? EVENT_TIMEOUT : MEDIA_EVENT_TIMEOUT;
    await client.until(arrived, 'the event', timeout).catch(() => {});
    if (found < 0 && (await this.#flowsAlready(client, value))) {
      this.report.addDifferent(
        'a port of a mixer gives out a picture at once, before its client may have subscribed',
      );
    } else if (found < 0) this.#fail(index, `no such event; those left: ${show(client.events.slice(0, 4))}`);
    else if (known !== undefined) this.report.addDifferent(known.because);
    else {
      client.events.splice(found, 1);
      this.report.same++;
    }
  }

  async #flowsAlready(client: RawClient, { type, object, data }: EventValue): Promise<boolean> {
    if (this.#media === undefined || type !== 'MediaFlowOutStateChanged' || kindOf(object) !== 'hubport')
      return false;
    const answer = await client.call('invoke', {
      object: this.#placeholders.substitute(object),
      operation: 'isMediaFlowingOut',
      operationParams: { mediaType: data.mediaType },
    });
    return isObject(answer.result) && answer.result.value === (data.state === 'FLOWING');
  }

  async #request(name: string, line: Line, index: number): Promise<void> {
    const answerLine = this.#answerLine(name, line, index);
    const recordedText = line.raw ?? JSON.stringify(line.msg);
    for (const placeholder of this.#placeholders.unboundIn(recordedText)) await this.#make(placeholder);
    if (this.#placeholders.unboundIn(recordedText).some((id) => this.#unavailable.has(id))) {
      this.report.addSkipped('needs an object that could not be made');
      return;
    }
    const client = await this.#client(name);
    if (answerLine?.dir === 'close' && answerLine.raw?.startsWith('1002')) {
      const { code, reason } = await client.closed();
      const closed = `${code} ${reason}`;
      if (closed === answerLine.raw) this.report.same++;
      else this.#fail(index, `closed with ${closed}, not ${answerLine.raw}`);
      return;
    }
    const answer = await client.raw(this.#text(line));
    this.#judge(answer, answerLine, recordedRequest(line, index, this.#transcript.name, answerLine), index);
  }

  #text(line: Line): string {
    const text = this.#recordedText(line);
    return this.#media === undefined ? text : text.replaceAll('file:///media/', `file://${this.#media}/`);
  }

  #recordedText(line: Line): string {
    if (line.raw !== undefined) return this.#placeholders.substitute(line.raw) as string;
    const message = this.#placeholders.substitute(line.msg) as Json;
    return JSON.stringify(this.#transcript.abridged ? { jsonrpc: '2.0', ...message } : message);
  }

  #judge(answer: Answer, answerLine: Line | undefined, request: RecordedRequest, index: number): void {
    const differences =
      this.#media === undefined ? requestDifferences : [...requestDifferences, ...mediaRequestDifferences];
    const known = differences.find(({ when }) => when(request));
    if (known !== undefined) {
      metDifferences.add(known);
      if (known.check?.(answer, request)) this.report.addDifferent(known.because);
      else this.#fail(index, `not what we do on purpose (${known.because}): ${show(answer)}`);
      return;
    }
    if (answerLine?.dir !== 's2c') {
      // The reference dropped the connection or died.
      if (answer.error !== undefined) this.report.addDifferent('an error instead of a dropped connection');
      else this.#fail(index, `the reference fails here: ${show(answer)}`);
      return;
    }
    const actual = this.#transcript.abridged ? abridge(answer) : answer;
    const found = difference(actual, answerLine.msg, this.#placeholders, {
      measured: MEASUREMENTS.has(request.operation),
      onDescription: (placeholder, sdp) => this.#placeholders.keepDescription(placeholder, sdp),
    });
    if (found === undefined) {
      this.report.same++;
      return;
    }
    const gap = this.#media === undefined ? gapOf(request, answer) : undefined;
    if (gap !== undefined) this.report.addSkipped(gap);
    else this.#fail(index, found);
    const made = (answerLine.msg?.result as Json | undefined)?.value;
    if (request.method === 'create' && answer.error !== undefined && typeof made === 'string') {
      this.#unavailable.add(made);
    }
  }

  /** The recorded answer: the next one of this client with the id of the request or without one. */
  #answerLine(name: string, line: Line, index: number): Line | undefined {
    const id = requestId(line);
    for (let i = index + 1; i < this.#transcript.lines.length; i++) {
      const other = this.#transcript.lines[i]!;
      if ((other.client ?? '') !== name || this.#claimed.has(i)) continue;
      if (other.dir === 'close') return other;
      if (other.dir !== 's2c' || other.msg?.method === 'onEvent') continue;
      if (id !== undefined && other.msg?.id !== id && other.msg?.id !== null) continue;
      this.#claimed.add(i);
      return other;
    }
    return undefined;
  }

  async #make(placeholder: string): Promise<void> {
    if (this.#placeholders.has(placeholder) || this.#unavailable.has(placeholder)) return;
    const [, parent, kind = ''] = /^(?:(.*)\/)?([a-z]+)-\d+$/.exec(placeholder) ?? [];
    const maker = MAKERS[kind];
    if (maker === undefined) return;
    this.#helper ??= await RawClient.open(this.#url);
    if (parent !== undefined) await this.#make(parent);
    const [type, params] = maker;
    const id = await this.#helper.create(type, {
      ...params,
      ...(parent !== undefined && {
        [kind === 'hubport' ? 'hub' : 'mediaPipeline']: this.#placeholders.substitute(parent),
      }),
    });
    this.#placeholders.bind(placeholder, id);
    if (parent !== undefined) return;
    // The reference measured latency in the pipelines whose beginning was not recorded.
    await this.#helper.call('invoke', {
      object: id,
      operation: 'setLatencyStats',
      operationParams: { latencyStats: true },
    });
  }

  /** What holds for all messages that came. */
  #checkMessages(): void {
    const { name, lines } = this.#transcript;
    const types = new Set(
      lines.flatMap(({ msg }) => (msg?.method === 'onEvent' ? [eventValue(msg).type] : [])),
    );
    // Some recordings end before gathering does.
    if (types.has('IceCandidateFound')) types.add('IceGatheringDone');
    for (const { transcript, type } of additionalEvents) if (transcript === name) types.add(type);
    if (this.#media !== undefined) for (const type of MEDIA_EVENTS_AT_THE_END) types.add(type);
    // What the reference played is not on this machine.
    const playsFiles = lines.some(
      ({ msg }) => msg?.method === 'create' && (msg.params as Json | undefined)?.type === 'PlayerEndpoint',
    );
    const isMissingFile = ({ type, data }: EventValue) => type === 'Error' && data.type === 'INVALID_URI';
    for (const { events, unsorted } of this.#clients.values()) {
      for (const found of unsorted) this.report.failures.push(`${name} not sorted by name: ${found}`);
      for (const event of events.filter(({ type }) => !types.has(type))) {
        if (playsFiles && isMissingFile(event)) continue;
        this.report.failures.push(`${name} an event that was not recorded: ${show(event)}`);
      }
    }
  }

  /** Leaves nothing for the next transcript. */
  async #cleanUp(): Promise<void> {
    const client = await RawClient.open(this.#url);
    const { result } = await client.call('invoke', {
      object: 'manager_ServerManager',
      operation: 'getPipelines',
    });
    for (const object of (result?.value ?? []) as string[]) await client.call('release', { object });
    for (const open of [...this.#clients.values(), this.#helper, client]) await open?.close();
  }

  #fail(index: number, what: string): void {
    const line = this.#transcript.lines[index]!;
    const sent = line.raw ?? JSON.stringify(line.msg);
    this.report.failures.push(`${this.#transcript.name}:${index + 1} ${sent.slice(0, 400)}\n    ${what}`);
  }
}

function eventValue(message: Json): EventValue {
  return (message.params as { value: EventValue }).value;
}

/** The id of a request; undefined where it can't be told or can't be one. */
function requestId(line: Line): unknown {
  const message = line.msg ?? parsed(line.raw ?? '');
  const id = isObject(message) ? message.id : undefined;
  return typeof id === 'object' ? undefined : id;
}

/** Kind of the object that a placeholder stands for: webrtc, player … */
function kindOf(placeholder: string): string {
  return /([a-z]+)-\d+$/.exec(placeholder)?.[1] ?? '';
}

function recordedRequest(
  line: Line,
  index: number,
  transcript: string,
  answer: Line | undefined,
): RecordedRequest {
  const message = line.msg ?? parsed(line.raw ?? '');
  const request = isObject(message) ? message : {};
  const params = isObject(request.params) ? request.params : {};
  return {
    transcript,
    line: index + 1,
    method: String(request.method),
    params,
    operation: typeof params.operation === 'string' ? params.operation : '',
    operationParams: isObject(params.operationParams) ? params.operationParams : {},
    kind: typeof params.object === 'string' ? kindOf(params.object) : '',
    recorded: JSON.stringify(answer?.msg ?? null),
  };
}

/** A message as the shorter transcripts give it. */
function abridge(message: Answer): Json {
  const { jsonrpc: _, result, ...others } = message;
  if (!isObject(result)) return result === undefined ? others : { ...others, result };
  const { sessionId, ...members } = result;
  return { ...others, result: 'serverId' in members ? { ...members, sessionId } : members };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
