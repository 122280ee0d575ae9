import type { DataMessage } from '../data-message.js';
import type { ModuleDefinition } from '../define-module.js';

// For the tests of a module: its elements run as they do in the server, in a graph of GStreamer inside the test's process.

/** A picture that has come out. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of a pixel, 0 to 255. */
  at(x: number, y: number): readonly [red: number, green: number, blue: number];
}

/** A piece of sound that has come out. */
export interface Sound {
  /** Samples per second, Hz. */
  readonly rate: number;
  /** Of one channel, -32768 to 32767. */
  readonly samples: Int16Array;
}

/** A packet that goes into an element. Sequence numbers count up by themselves. */
export interface SentPacket {
  readonly kind: 'audio' | 'video';
  /** Encoding name: `VP8`, `opus`. */
  readonly codec: string;
  readonly payload: Uint8Array;
  /** 0 unless given. */
  readonly timestamp?: number;
  readonly marker?: boolean;
}

/** A packet that has come out. */
export interface TestPacket {
  readonly kind: 'audio' | 'video';
  readonly codec: string;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

export interface RunOptions {
  /** Constructor parameters as a client gives them, without `mediaPipeline`. */
  readonly params?: Readonly<Record<string, unknown>>;
  /**
   * What goes in: the description of a live source in the language of gst-launch. Unless given: a red picture of 320 x 240 pixels,
   * 30 a second; for elements that work on sound a tone.
   */
  readonly source?: string;
  /**
   * What the server opens for clients (`media.folders`, `media.uriSchemes`, `media.uriHosts`). Unless given: all files, the web, all hosts
   * but link-local addresses. A refusal is in `log`.
   */
  readonly access?: {
    readonly folders?: readonly string[];
    readonly uriSchemes?: readonly string[];
    readonly uriHosts?: readonly string[];
  };
}

/** An element at work. */
export interface ElementRun {
  /** The next picture that comes out. Rejects when none comes for ten seconds. */
  picture(): Promise<Picture>;
  /** The next tenth of a second of sound that comes out. */
  sound(): Promise<Sound>;
  /** Calls a declared method. Rejects with the error that a client gets. */
  call(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown>;
  get(property: string): Promise<unknown>;
  set(property: string, value: unknown): Promise<void>;
  /** The next event of a type that no former call has given. Rejects when none comes for ten seconds. */
  event(type: string): Promise<Record<string, unknown>>;
  /** Hands over a message as a DATA connection does. */
  sendData(data: string | Uint8Array, label?: string): Promise<void>;
  /** The next message that it has sent. Rejects when none comes for ten seconds. */
  data(): Promise<DataMessage>;
  /** Hands over an RTP packet to a PacketProcessor. */
  sendPacket(packet: SentPacket): Promise<void>;
  /** The next packet that no former call has given. Rejects when none comes for ten seconds. */
  packet(): Promise<TestPacket>;
  /** What it has told the log, and errors of the element. */
  readonly log: readonly { readonly level: string; readonly message: string }[];
  /** Releases the element and stops everything. */
  close(): Promise<void>;
}

type Run = (definition: ModuleDefinition, className: string, options: RunOptions) => Promise<ElementRun>;

/** What runs elements needs GStreamer and this package; so it is looked for when a test runs. */
const RUNNER: string = '@rivero/graph/testing';

/**
 * Makes an element of a module and lets media flow through it.
 * @throws KurentoError as the client would get it when it creates such an element
 */
export async function runElement(
  definition: ModuleDefinition,
  className: string,
  options: RunOptions = {},
): Promise<ElementRun> {
  const { runElement: run } = (await import(RUNNER)) as { runElement: Run };
  return run(definition, className, options);
}

/** Asks again until the answer is yes: what is set acts on a later picture. Rejects after ten seconds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('waited ten seconds in vain');
  }
}
