import { api } from '@rivero/api';
import type { DataMessage, ModuleDefinition } from '@rivero/module';
import {
  type CarriedData,
  carriedData,
  dataOf,
  type ElementStart,
  type ElementTells,
  elementStart,
  OwnMembers,
} from '@rivero/module/host';
import type { ElementRun, Picture, RunOptions, Sound, TestPacket } from '@rivero/module/testing';
import { ELEMENTS } from '../elements/index.js';
import { Graph } from '../graph.js';
import type { GraphEvents, ModuleElementInfo, StreamKind } from '../protocol.js';
import { SinkElement, SourceElement } from './ends.js';
import { PacketEnds } from './packet-ends.js';

/** How long something that should come is waited for, ms. */
const PATIENCE_MS = 10_000;

const SOURCES: Readonly<Record<StreamKind, string>> = {
  video: `videotestsrc is-live=true pattern=red ! video/x-raw,width=320,height=240,framerate=30/1`,
  audio: 'audiotestsrc is-live=true freq=440 ! audio/x-raw,rate=48000,channels=1',
};

/** See @rivero/module/testing. */
export async function runElement(
  definition: ModuleDefinition,
  className: string,
  { params = {}, source, access = {} }: RunOptions,
): Promise<ElementRun> {
  const start = startOf(definition, className, params, { ...EVERYTHING, ...access });
  const told: { type: string; data: Record<string, unknown> }[] = [];
  const messages: DataMessage[] = [];
  const log: { level: string; message: string }[] = [];
  const waiting = new Set<() => void>();
  const hear = (type: string, data: Record<string, unknown>): void => {
    if (type === 'event') {
      const event = data as ElementTells['event'];
      told.push({ type: event.name, data: event.data });
      wake();
    } else if (type === 'data') {
      messages.push(dataOf(data as unknown as CarriedData));
      wake();
    } else if (type === 'log') log.push(data as ElementTells['log']);
    else if (type === 'error' || type === 'refused')
      log.push({ level: 'error', message: String(data.message) });
  };
  const emit = <K extends keyof GraphEvents & string>(event: K, payload: GraphEvents[K]): void => {
    if (event !== 'elementEvent') return;
    const { element, type, data } = payload as GraphEvents['elementEvent'];
    if (element === ELEMENT) hear(type, data);
  };
  const table = new Map([...ELEMENTS, ['TestSource', SourceElement], ['TestSink', SinkElement]] as const);
  const graph = new Graph(emit, table);
  const pictures = new Takers<Picture>('a picture');
  const sounds = new Takers<Sound>('sound');
  const make = (element: string, type: string, more: Record<string, unknown>) =>
    graph.createElement({ element, type, params: more });
  let packetEnds: PacketEnds | undefined;
  const packets: TestPacket[] = [];
  const wake = (): void => {
    for (const each of [...waiting]) each();
  };
  const next = async <T>(what: string, queue: T[]): Promise<T> => {
    await within(what, (done) => {
      const look = (): void => {
        if (queue.length > 0) done();
      };
      waiting.add(look);
      look();
      return () => waiting.delete(look);
    });
    return queue.shift()!;
  };
  const close = async (): Promise<void> => {
    packetEnds?.close();
    for (const element of ['sink', ELEMENT, 'source']) await graph.releaseElement(element);
    await graph.close();
    graph.pipeline.dispose();
  };
  const flow = async (kind: StreamKind): Promise<void> => {
    await make('source', 'TestSource', { kind, description: source ?? SOURCES[kind] });
    const take =
      kind === 'video' ? (picture: Picture) => pictures.give(picture) : (sound: Sound) => sounds.give(sound);
    await make('sink', 'TestSink', { kind, take });
    await graph.connect(`${ELEMENT}/${kind}`, 'sink', kind);
    await graph.connect(`source/${kind}`, ELEMENT, kind);
  };
  try {
    const info = ((await make(ELEMENT, 'Module', { ...start })) ?? {}) as ModuleElementInfo;
    if (info.kind !== undefined) await flow(info.kind);
    if (info.packets !== undefined) {
      const thread = {
        openPackets: (request: object) => graph.invoke(ELEMENT, 'openPackets', { ...request }),
        packetCodec: (request: object) => graph.invoke(ELEMENT, 'packetCodec', { ...request }),
      };
      packetEnds = await PacketEnds.open(thread, (packet) => {
        packets.push(packet);
        wake();
      });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    log,
    picture: () => pictures.next(),
    sound: () => sounds.next(),
    call: async (name, given = {}) =>
      graph.invoke(ELEMENT, 'call', { name, params: decoded(definition, className, name, given) }),
    get: (name) => graph.invoke(ELEMENT, 'get', { name }),
    set: async (name, value) => {
      await graph.invoke(ELEMENT, 'set', { name, value });
    },
    sendData: async (data, label = '') => {
      await graph.invoke(ELEMENT, 'data', { ...carriedData(data, label) });
    },
    data: () => next('a message', messages),
    sendPacket: async (packet) => {
      if (packetEnds === undefined) throw new Error(`${className} takes no packets`);
      await packetEnds.send(packet);
    },
    packet: () => next('a packet', packets),
    event: async (type) => {
      const found = (): number => told.findIndex((each) => each.type === type);
      await within(`an event ${type}`, (done) => {
        const look = (): void => {
          if (found() >= 0) done();
        };
        waiting.add(look);
        look();
        return () => waiting.delete(look);
      });
      return told.splice(found(), 1)[0]!.data;
    },
    close,
  };
}

const ELEMENT = 'element';

/** What elements may open in tests that say nothing of it. */
const EVERYTHING: ElementStart['access'] = {
  folders: ['/'],
  uriSchemes: ['file', 'http', 'https'],
  uriHosts: [],
};

/** What starts an element of a module, as the server makes it. `given`: constructor parameters without `mediaPipeline`. */
export function startOf(
  { declaration, elements }: ModuleDefinition,
  className: string,
  given: Readonly<Record<string, unknown>>,
  access: ElementStart['access'],
): ElementStart {
  const implementation = elements[className];
  if (implementation === undefined) throw new Error(`the module has no implementation of ${className}`);
  const full = api.with(declaration);
  const params = full.decodeConstructorParams(className, { mediaPipeline: 'pipeline', ...given }, (id) => id);
  const own = new OwnMembers(full, className, (name) =>
    declaration.classes.some((each) => each.name === name),
  );
  const properties = new Map(full.properties(className).map(({ name, default: value }) => [name, value]));
  return elementStart(own, implementation, className, {
    params,
    kept: {},
    access,
    timeoutMs: PATIENCE_MS,
    initial: (name) => params[name] ?? properties.get(name),
  });
}

/** The parameters of a method as the server decodes them. */
function decoded(
  { declaration }: ModuleDefinition,
  className: string,
  name: string,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const full = api.with(declaration);
  return full.decodeOperationParams(full.requireOperation(className, name, given), given, (id) => id);
}

/** Waits until `listen` has called `done`. */
async function within(what: string, listen: (done: () => void) => () => unknown): Promise<void> {
  let stop: (() => unknown) | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`waited ${PATIENCE_MS} ms for ${what}`)), PATIENCE_MS);
      stop = listen(resolve);
    });
  } finally {
    clearTimeout(timer);
    stop?.();
  }
}

/** Gives things that come to those who wait for them. */
class Takers<T> {
  readonly #waiting = new Set<(thing: T) => void>();

  constructor(private readonly what: string) {}

  give(thing: T): void {
    for (const take of [...this.#waiting]) take(thing);
  }

  async next(): Promise<T> {
    let taken: T | undefined;
    await within(this.what, (done) => {
      const take = (thing: T): void => {
        taken ??= thing;
        done();
      };
      this.#waiting.add(take);
      return () => this.#waiting.delete(take);
    });
    return taken!;
  }
}
