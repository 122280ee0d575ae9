import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@rivero/network-emulator';
import { waitFor } from '../support/wait.js';
import { type Answer, Requests } from './requests.js';

export interface ChaosOptions {
  readonly seed: number;
  /** Things that are done. */
  readonly steps: number;
  /** Pipelines at a time. */
  readonly pipelines: number;
  /** Elements and hubs in each of them. */
  readonly elements: number;
  /** URIs to play. */
  readonly sources: readonly string[];
  /** Of a picture. */
  readonly image: string;
  /** Where recordings go. */
  readonly folder: string;
}

/** What was seen, and what should not have been. */
export interface ChaosReport {
  /** Requests by the code of their error; 0 for those without. */
  readonly answers: Map<number, number>;
  readonly events: Map<string, number>;
  readonly faults: string[];
  readonly recordings: string[];
}

interface Item {
  readonly id: string;
  readonly type: string;
  /** Of ports. */
  readonly hub?: string;
  negotiated?: boolean;
}

interface Pipe {
  readonly id: string;
  items: Item[];
  released?: boolean;
}

const HUBS = ['Composite', 'AlphaBlending', 'Mixer', 'Dispatcher', 'DispatcherOneToMany'];
const FILTERS = [
  { command: 'videoflip method=4' },
  { command: 'videobalance saturation=0.0' },
  { command: 'audioecho delay=50000000', filterType: 'AUDIO' },
  { command: 'identity', filterType: 'AUTODETECT' },
];
const PROFILES = [
  'WEBM',
  'MKV',
  'MP4',
  'FLV',
  'WEBM_VIDEO_ONLY',
  'WEBM_AUDIO_ONLY',
  'MP4_VIDEO_ONLY',
  'MP4_AUDIO_ONLY',
];
/** What is made, by how often. */
const TYPES: Readonly<Record<string, number>> = {
  PlayerEndpoint: 10,
  RecorderEndpoint: 6,
  WebRtcEndpoint: 8,
  RtpEndpoint: 6,
  PassThrough: 2,
  GStreamerFilter: 4,
  ZBarFilter: 1,
  ImageOverlayFilter: 2,
  Composite: 2,
  AlphaBlending: 1,
  Mixer: 2,
  Dispatcher: 2,
  DispatcherOneToMany: 2,
  HttpPostEndpoint: 1,
  HubPort: 10,
};
/** The longest pause between two steps, ms, and how long a step may hold up the next one. */
const PAUSE_MS = 60;
const STEP_MS = 2000;
/** Errors of the server itself. */
const UNEXPECTED = 40003;

/** Does what applications do, and what they should not do, at random: the same things for the same seed, as far as the server's pace allows. */
export class Chaos {
  readonly #random: () => number;
  readonly #options: ChaosOptions;
  readonly #pipes: Pipe[] = [];
  readonly #report: ChaosReport = { answers: new Map(), events: new Map(), faults: [], recordings: [] };
  /** What is done, by how often. */
  readonly #actions: Readonly<Record<string, readonly [number, (pipe: Pipe) => Promise<unknown>]>> = {
    create: [20, (pipe) => this.#create(pipe, this.#weighted(TYPES))],
    release: [8, (pipe) => this.#release(pipe)],
    connect: [10, (pipe) => this.#connect(pipe, pipe.items, pipe.items)],
    play: [20, (pipe) => this.#connect(pipe, this.#of(pipe, 'PlayerEndpoint'), pipe.items)],
    disconnect: [6, (pipe) => this.#disconnect(pipe)],
    call: [8, () => this.#call()],
    recorder: [
      12,
      (pipe) =>
        this.#control(pipe, 'RecorderEndpoint', [
          'record',
          'record',
          'record',
          'pause',
          'stop',
          'stopAndWait',
        ]),
    ],
    player: [
      8,
      (pipe) =>
        this.#control(pipe, 'PlayerEndpoint', [
          'play',
          'play',
          'pause',
          'stop',
          'setPosition',
          'getVideoInfo',
        ]),
    ],
    hub: [8, (pipe) => this.#route(pipe)],
    ask: [6, (pipe) => this.#ask(pipe)],
    renew: [1, (pipe) => this.#renew(pipe)],
  };

  private constructor(
    private readonly requests: Requests,
    options: ChaosOptions,
  ) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  /** Resolves when everything has been done and released. */
  static async run(uri: string, options: ChaosOptions): Promise<ChaosReport> {
    const requests = await Requests.open(uri);
    try {
      const chaos = new Chaos(requests, options);
      await chaos.#run();
      return chaos.#report;
    } finally {
      requests.close();
    }
  }

  async #run(): Promise<void> {
    for (let i = 0; i < this.#options.pipelines; i++) await this.#addPipe();
    const weights = Object.fromEntries(
      Object.entries(this.#actions).map(([name, [weight]]) => [name, weight]),
    );
    const running = new Set<Promise<unknown>>();
    for (let i = 0; i < this.#options.steps; i++) {
      const step = this.#actions[this.#weighted(weights)]![1](this.#pick(this.#pipes)!);
      const done = step.catch((error: unknown) => this.#report.faults.push(String(error)));
      running.add(done);
      void done.finally(() => running.delete(done));
      if (this.#random() < 0.7) await Promise.race([done, sleep(STEP_MS)]);
      await sleep(this.#random() * PAUSE_MS);
    }
    await Promise.all(running);
    for (const pipe of [...this.#pipes]) await this.#releasePipe(pipe);
    await waitFor('all requests to be answered', () => this.requests.open === 0, 60_000);
    for (const request of this.requests.unanswered) this.#report.faults.push(`no answer: ${request}`);
  }

  #pick<T>(all: readonly T[]): T | undefined {
    return all[Math.floor(this.#random() * all.length)];
  }

  #weighted(weights: Readonly<Record<string, number>>): string {
    let rest = this.#random() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    for (const [name, weight] of Object.entries(weights)) {
      rest -= weight;
      if (rest < 0) return name;
    }
    return Object.keys(weights)[0]!;
  }

  #of(pipe: Pipe, type: string): Item[] {
    return pipe.items.filter((item) => item.type === type);
  }

  /** @param what for the report */
  #take(what: string, { error, value }: Answer): unknown {
    const code = error?.code ?? 0;
    this.#report.answers.set(code, (this.#report.answers.get(code) ?? 0) + 1);
    if (code === UNEXPECTED) this.#report.faults.push(`${what}: ${error!.message}`);
    return value;
  }

  async #invoke(
    { id, type }: Item,
    operation: string,
    params: Record<string, unknown> = {},
  ): Promise<unknown> {
    return this.#take(`${type}.${operation}`, await this.requests.invoke(id, operation, params));
  }

  async #addPipe(): Promise<void> {
    const answer = await this.requests.call('create', { type: 'MediaPipeline' });
    this.#pipes.push({ id: this.#take('MediaPipeline', answer) as string, items: [] });
  }

  async #releasePipe(pipe: Pipe): Promise<void> {
    this.#pipes.splice(this.#pipes.indexOf(pipe), 1);
    pipe.released = true;
    this.#take('release', await this.requests.call('release', { object: pipe.id }));
  }

  async #renew(pipe: Pipe): Promise<void> {
    if (pipe.released) return;
    const released = this.#releasePipe(pipe);
    await this.#addPipe();
    await released;
  }

  async #create(pipe: Pipe, type: string): Promise<void> {
    if (pipe.items.length >= this.#options.elements) return this.#release(pipe);
    const hub =
      type === 'HubPort' ? this.#pick(pipe.items.filter((item) => HUBS.includes(item.type))) : undefined;
    if (type === 'HubPort' && hub === undefined) return;
    const constructorParams = {
      ...(hub ? { hub: hub.id } : { mediaPipeline: pipe.id }),
      ...this.#parametersOf(type),
    };
    const answer = await this.requests.call('create', { type, constructorParams });
    const id = this.#take(type, answer) as string | undefined;
    if (id === undefined) return;
    const item: Item = { id, type, ...(hub && { hub: hub.id }) };
    pipe.items.push(item);
    const events = ['Error', ...(type === 'PlayerEndpoint' ? ['EndOfStream'] : [])];
    await this.requests.on(id, events, (event, data) => this.#heard(item, event, data));
    if (type === 'PlayerEndpoint') await this.#invoke(item, 'play');
    if (type === 'ImageOverlayFilter') {
      const place = { offsetXPercent: 0.1, offsetYPercent: 0.1, widthPercent: 0.2, heightPercent: 0.2 };
      const uri = this.#options.image;
      await this.#invoke(item, 'addImage', {
        id: 'a',
        uri,
        ...place,
        keepAspectRatio: true,
        center: true,
      });
    }
  }

  #parametersOf(type: string): Record<string, unknown> {
    const { sources, folder } = this.#options;
    switch (type) {
      case 'PlayerEndpoint':
        return { uri: this.#pick(sources), useEncodedMedia: this.#random() < 0.2 };
      case 'RecorderEndpoint': {
        const path = `${folder}/${this.#report.recordings.length}`;
        this.#report.recordings.push(path);
        return {
          uri: `file://${path}`,
          mediaProfile: this.#pick(PROFILES),
          stopOnEndOfStream: this.#random() < 0.2,
        };
      }
      case 'WebRtcEndpoint':
        return { useDataChannels: this.#random() < 0.3 };
      case 'GStreamerFilter':
        return this.#pick(FILTERS)!;
      case 'Composite':
        return { width: 320, height: 240, framerate: 10 };
      default:
        return {};
    }
  }

  #heard(item: Item, event: string, data: Record<string, unknown>): void {
    const { events, faults } = this.#report;
    const name = event === 'Error' ? `Error ${data.type}` : event;
    events.set(name, (events.get(name) ?? 0) + 1);
    if (event === 'EndOfStream') void this.#invoke(item, 'play');
    if (event === 'IceCandidateFound') return;
    if (data.errorCode === UNEXPECTED) faults.push(`event of ${item.type}: ${data.description}`);
  }

  async #release(pipe: Pipe): Promise<void> {
    const item = this.#pick(pipe.items);
    if (item === undefined) return;
    pipe.items = pipe.items.filter((each) => each !== item && each.hub !== item.id);
    this.#take('release', await this.requests.call('release', { object: item.id }));
  }

  async #connect(pipe: Pipe, sources: readonly Item[], sinks: readonly Item[]): Promise<void> {
    const isElement = ({ type }: Item): boolean => !HUBS.includes(type);
    const source = this.#pick(sources.filter(isElement));
    const sink = this.#pick(sinks.filter(isElement));
    if (source === undefined || sink === undefined) return this.#create(pipe, 'PlayerEndpoint');
    const mediaType = this.#pick([undefined, undefined, undefined, 'AUDIO', 'VIDEO', 'DATA']);
    await this.#invoke(source, 'connect', { sink: sink.id, ...(mediaType && { mediaType }) });
  }

  async #disconnect(pipe: Pipe): Promise<void> {
    const source = this.#pick(pipe.items.filter(({ type }) => !HUBS.includes(type)));
    if (source === undefined) return;
    const connections = (await this.#invoke(source, 'getSinkConnections')) as
      | { sink: string; type: string }[]
      | undefined;
    const one = this.#pick(connections ?? []);
    if (one) await this.#invoke(source, 'disconnect', { sink: one.sink, mediaType: one.type });
  }

  /** Two endpoints of any pipelines call each other. */
  async #call(): Promise<void> {
    const type = this.#pick(['WebRtcEndpoint', 'RtpEndpoint'])!;
    const [a, b] = this.#pipes.flatMap((pipe) => this.#of(pipe, type)).filter((item) => !item.negotiated);
    if (a === undefined || b === undefined) return;
    a.negotiated = true;
    b.negotiated = true;
    if (type === 'WebRtcEndpoint') {
      const pairs = [
        [a, b],
        [b, a],
      ] as const;
      for (const [from, to] of pairs) {
        const candidate = (event: string, data: Record<string, unknown>): void => {
          if (event === 'IceCandidateFound')
            void this.#invoke(to, 'addIceCandidate', { candidate: data.candidate });
          else this.#heard(from, event, data);
        };
        await this.requests.on(from.id, ['IceCandidateFound'], candidate);
      }
    }
    const offer = await this.#invoke(a, 'generateOffer');
    if (offer === undefined) return;
    const answer = await this.#invoke(b, 'processOffer', { offer });
    if (answer !== undefined) await this.#invoke(a, 'processAnswer', { answer });
    if (type !== 'WebRtcEndpoint') return;
    await this.#invoke(a, 'gatherCandidates');
    await this.#invoke(b, 'gatherCandidates');
  }

  async #control(pipe: Pipe, type: string, operations: readonly string[]): Promise<void> {
    const item = this.#pick(this.#of(pipe, type));
    if (item === undefined) return;
    const operation = this.#pick(operations)!;
    const position = Math.floor(this.#random() * 3500);
    await this.#invoke(item, operation, operation === 'setPosition' ? { position } : {});
  }

  async #route(pipe: Pipe): Promise<void> {
    const hub = this.#pick(pipe.items.filter(({ type }) => HUBS.includes(type)));
    const ports = pipe.items.filter((item) => item.hub === hub?.id);
    const a = this.#pick(ports)?.id;
    const b = this.#pick(ports)?.id;
    if (hub === undefined || a === undefined) return;
    const media = this.#pick(['AUDIO', 'VIDEO']);
    const area = { relativeX: 0.1, relativeY: 0.1, zOrder: 2, relativeWidth: 0.5, relativeHeight: 0.5 };
    const layout = this.#pick(['GRID', 'SPEAKER', 'PICTURE_IN_PICTURE', 'SINGLE']);
    const operations: Record<string, readonly [string, Record<string, unknown>][]> = {
      Mixer: [
        ['connect', { media, source: a, sink: b }],
        ['disconnect', { media, source: a, sink: b }],
      ],
      Dispatcher: [['connect', { source: a, sink: b }]],
      DispatcherOneToMany: [
        ['setSource', { source: a }],
        ['removeSource', {}],
      ],
      AlphaBlending: [
        ['setMaster', { source: a, zOrder: 1 }],
        ['setPortProperties', { ...area, port: a }],
      ],
      Composite: [
        ['setLayout', { layout }],
        ['setLabel', { port: a, text: this.#pick(['one', '', 'Zwölf']) }],
      ],
    };
    const [operation, params] = this.#pick(operations[hub.type]!)!;
    await this.#invoke(hub, operation, params);
  }

  async #ask(pipe: Pipe): Promise<void> {
    const item = this.#pick(pipe.items);
    const operations = [
      'getStats',
      'getGstreamerDot',
      'getSourceConnections',
      'getName',
      'getChildren',
      'getLocalSessionDescriptor',
    ];
    if (item !== undefined) await this.#invoke(item, this.#pick(operations)!);
  }
}
