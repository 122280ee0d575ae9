import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { GraphEngineError } from './errors.js';

/** A value as the addon gives and takes it; objects of GStreamer are handles. */
export type NativeValue =
  | null
  | boolean
  | number
  | string
  | NativeHandle
  | NativeStructure
  | readonly NativeValue[];

export interface NativeStructure {
  name: string;
  fields: Record<string, NativeValue>;
}

/** What a handle is, from the most special to the most general. */
export type NativeKind = 'pipeline' | 'bin' | 'appsink' | 'appsrc' | 'element' | 'pad' | 'object';

export interface NativeProbe {
  remove(): void;
}

export interface NativeBufferProbe extends NativeProbe {
  /** buffers, bytes, dropped, last presentation time (ns, -1 when none), key frames */
  read(into: Float64Array): void;
  setDrop(mode: number): void;
}

export interface NativeFrameMeter extends NativeProbe {
  /** in, begun, out, timed, total µs, most µs */
  read(into: Float64Array): void;
}

export interface NativeFrameGate extends NativeProbe {
  readonly id: number;
  /** processed, passed, abandoned, total µs, most µs, µs that the present frame is waited for */
  read(into: Float64Array): void;
  close(): void;
}

/**
 * One object of GStreamer, as native/binding_*.cc define it. There is one handle per object. Methods that don't fit
 * the object (a pad asked for its state) throw.
 */
export interface NativeHandle {
  kind(): NativeKind;
  name(): string;
  typeName(): string;
  path(): string;
  isWithin(other: NativeHandle): boolean;
  parent(): NativeHandle | undefined;
  get(property: string): NativeValue;
  set(property: string, value: NativeValue): void;
  properties(): NativeProperty[];
  on(signal: string, listener: (...args: NativeValue[]) => void): () => void;
  emit(signal: string, args: readonly NativeValue[]): NativeValue;
  dispose(): void;
  // elements
  staticPad(name: string): NativeHandle | undefined;
  requestPad(name: string): NativeHandle | undefined;
  releasePad(pad: NativeHandle): void;
  pads(): NativeHandle[];
  addGhostPad(name: string, target: NativeHandle | undefined, template: string): NativeHandle;
  linkElement(sink: NativeHandle, caps: string): void;
  onPadAdded(listener: (pad: NativeHandle, hold: NativeProbe) => void): () => void;
  setState(state: string): Promise<string>;
  state(): { current: string; pending: string };
  syncStateWithParent(): Promise<void>;
  lockState(locked: boolean): void;
  factoryName(): string;
  query(kind: string): Promise<number>;
  queryLatency(): Promise<{ live: boolean; minimum: number; maximum: number } | undefined>;
  seek(position: number, flags: string, rate: number, stop: number): Promise<void>;
  sendEvent(type: string, structure: string, streams: readonly string[]): Promise<boolean>;
  clockTime(): number;
  baseTime(): number;
  setBaseTime(time: number): void;
  startTimeNone(): void;
  // bins
  add(element: NativeHandle): void;
  remove(element: NativeHandle): void;
  children(): NativeHandle[];
  child(name: string): NativeHandle | undefined;
  dot(): string;
  recalculateLatency(): Promise<void>;
  useSystemClock(): void;
  onMessage(listener: ((message: NativeMessage) => void) | null): void;
  // pads
  direction(): string;
  linkPad(sink: NativeHandle): void;
  unlink(): boolean;
  peer(): NativeHandle | undefined;
  setTarget(target: NativeHandle | undefined): void;
  currentCaps(): string | undefined;
  queryCaps(): string;
  setActive(active: boolean): void;
  offset(): number;
  setOffset(nanoseconds: number): void;
  hold(): NativeProbe;
  idle(unlink: boolean): Promise<void>;
  firstBuffer(): Promise<number | undefined>;
  bufferProbe(): NativeBufferProbe;
  eventProbe(
    upstream: boolean,
    types: readonly string[],
    drop: boolean,
    zero: string,
    interval: number,
    listener: (type: string, structure: NativeStructure | undefined) => void,
  ): NativeProbe;
  frameMeter(begin: NativeHandle, end: NativeHandle): NativeFrameMeter;
  frameGate(): NativeFrameGate;
  refuseWaiting(): NativeProbe;
  // appsink and appsrc
  onSample(listener: (sample: NativeSample) => void, maxPending: number): void;
  collect(maxPending: number): void;
  takeSamples(): NativeSampleBatch | undefined;
  sampleDrops(): number;
  push(data: Uint8Array, pts: number, duration: number): string;
}

export interface NativeProperty {
  name: string;
  type: string;
  readable: boolean;
  writable: boolean;
  description: string;
}

/** Six fields for each sample: bytes, pts, dts, duration (ns, -1 for none), 1 for a key frame, index of its caps. */
export interface NativeSampleBatch {
  data: ArrayBuffer;
  fields: Float64Array;
  caps: string[];
}

export interface NativeSample {
  data: ArrayBuffer;
  dts: number;
  pts: number;
  duration: number;
  caps: string;
  keyFrame: boolean;
  discontinuous: boolean;
  release(): void;
}

export interface NativeMessage {
  type: string;
  source: NativeHandle | undefined;
  sourceName: string;
  path: string;
  /** error, warning, info */
  domain?: string;
  code?: number;
  reason?: string;
  message?: string;
  debug?: string;
  /** state-changed */
  from?: string;
  to?: string;
  pending?: string;
  /** buffering */
  percent?: number;
  structure?: NativeStructure;
  streams?: { id: string; kind: string; caps: string; selected: boolean }[];
  tags?: Record<string, NativeValue>;
}

export interface NativeElementInfo {
  name: string;
  longName: string;
  classification: string;
  description: string;
  plugin: string;
  rank: number;
  padTemplates: { name: string; direction: string; presence: string; caps: string }[];
}

export interface Addon {
  Handle: new () => NativeHandle;
  version(): string;
  hasElement(name: string): boolean;
  trustTls(file: string): void;
  inspectElement(name: string): NativeElementInfo | undefined;
  makeElement(factory: string, properties: Readonly<Record<string, NativeValue>>): NativeHandle;
  makeBin(name: string): NativeHandle;
  makePipeline(name: string): NativeHandle;
  parseBin(description: string, ghostPads: boolean): NativeHandle;
  parseCaps(caps: string): NativeStructure[];
  monotonicTime(): number;
  diagnostics(): { pending: number; handles: number };
  /** In worker threads only, and nothing else there: the first thread that loads the addon has GStreamer. */
  attachFrames(
    gate: number,
    header: Float64Array,
    listener: (...planes: ArrayBuffer[]) => void,
  ): () => boolean;
  /** In worker threads only, too. */
  openPackets(slab: Uint8Array, table: Int32Array, listener: () => void): NativePacketPort;
}

/** See PacketPort. */
export interface NativePacketPort {
  readonly port: number;
  connect(port: number): boolean;
  wait(): void;
  receive(): number;
  send(count: number): number;
  drops(): number;
  close(): void;
}

/** What `apt-get install` needs for the graph process on Debian. */
export const DEBIAN_PACKAGES = [
  'libgstreamer1.0-dev',
  'libgstreamer-plugins-base1.0-dev',
  'gstreamer1.0-plugins-base',
  'gstreamer1.0-plugins-good',
  'gstreamer1.0-plugins-bad',
  'gstreamer1.0-plugins-ugly',
  'gstreamer1.0-libav',
] as const;

let loaded: Addon | undefined;

/**
 * The addon that scripts/build-addon.mjs has built for the running node. RIVERO_ADDON_VARIANT=sanitize loads the
 * variant with memory checks.
 * @throws GraphEngineError ADDON_MISSING, with the Debian packages that bring what is missing
 */
export function loadAddon(): Addon {
  if (loaded) return loaded;
  const path = addonPath();
  const remedy = `install ${DEBIAN_PACKAGES.join(' ')} and run: node scripts/setup.mjs --for start`;
  if (!existsSync(path)) {
    throw new GraphEngineError('ADDON_MISSING', `GStreamer is needed for this and not installed: ${remedy}`);
  }
  try {
    loaded = createRequire(import.meta.url)(path) as Addon;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new GraphEngineError('ADDON_MISSING', `GStreamer can't be loaded (${reason}): ${remedy}`, {
      cause: error,
    });
  }
  return loaded;
}

let built = false;

/** Whether there is an addon to load; loads nothing, so that any process may ask, and as often as it likes. */
export function isGraphEngineBuilt(): boolean {
  built ||= existsSync(addonPath());
  return built;
}

function addonPath(): string {
  const variant = process.env.RIVERO_ADDON_VARIANT === 'sanitize' ? '-sanitize' : '';
  const name = `graph_engine-${process.version}-${process.platform}-${process.arch}${variant}.node`;
  return fileURLToPath(new URL(`../build/${name}`, import.meta.url));
}
