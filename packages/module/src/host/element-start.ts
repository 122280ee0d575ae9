import type { CarriedData } from './carried-data.js';
import type { UriAccessSettings } from './uri-access.js';

/** Keys and values. */
export type Tags = readonly (readonly [key: string, value: string])[];

/** No declared method is named so: it is called when the element's tags change, with `{ tags }`, all of them. */
export const TAGS_CHANGED = '#tags';

/**
 * What the worker sends to the graph for an element of a module, as the parameters of the graph's element `Module`. The graph
 * process and the threads in it need nothing else: they never load a module's main file.
 */
export interface ElementStart {
  /** Kind of the implementation, which the graph has an element for. */
  kind: string;
  /** file: URL of the implementation. */
  url: string;
  className: string;
  /** Of kinds that run in a thread of their own: how large its heap may become, MB. */
  memoryMegabytes?: number;
  /** Decoded constructor parameters. */
  params: Record<string, unknown>;
  /** Values of declared properties to begin with: defaults, or what has been set since. */
  properties: Record<string, unknown>;
  /** Names of the declared methods and properties: what may be called, read and written. */
  methods: readonly string[];
  readable: readonly string[];
  writable: readonly string[];
  events: readonly string[];
  kept: Record<string, unknown>;
  /** The element's tags; none when left out. */
  tags?: Tags;
  /** Which files and hosts it may open for clients. */
  access: UriAccessSettings;
  /** How long the implementation may be silent before it counts as hanging, ms. */
  timeoutMs: number;
}

/** What the worker may call of the graph's element: the names of its `methods`, with their parameters. */
export interface ElementCalls {
  call: { name: string; params: Record<string, unknown> };
  get: { name: string };
  set: { name: string; value: unknown };
  /** A message for `onData`; answers how many have been dropped so far. */
  data: CarriedData;
}

/** What the graph's element tells the worker: the types of its events, with their data. Besides them there is `error { message }`. */
export interface ElementTells {
  event: { name: string; data: Record<string, unknown> };
  keep: { values: Record<string, unknown> };
  data: CarriedData;
  /** A client has named what the server does not open for clients. */
  refused: { message: string };
  log: { level: 'debug' | 'info' | 'warn' | 'error'; message: string; data: Record<string, unknown> };
}
