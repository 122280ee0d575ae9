import { loadAddon } from './addon.js';
import { coded } from './errors.js';
import { fromNative, type GstStructure } from './values.js';

/** GStreamer's version, `1.22.0`. @throws GraphEngineError ADDON_MISSING */
export function gstreamerVersion(): string {
  return loadAddon().version();
}

/** Whether an element of this name can be made. */
export function hasElement(name: string): boolean {
  return loadAddon().hasElement(name);
}

/**
 * Which servers elements of this process trust over TLS from now on: those with a certificate under one of a PEM file, or, without a file,
 * all of them. @throws GraphEngineError INVALID_VALUE when there are no certificates in it
 */
export function trustTls(file: string | undefined): void {
  coded(() => loadAddon().trustTls(file ?? ''));
}

export interface PadTemplateInfo {
  readonly name: string;
  readonly direction: 'src' | 'sink';
  readonly presence: 'always' | 'sometimes' | 'request';
  readonly caps: string;
}

export interface ElementInfo {
  readonly name: string;
  readonly longName: string;
  /** The "klass": `Filter/Effect/Video`, `Codec/Encoder/Audio`, … */
  readonly classification: string;
  readonly description: string;
  readonly plugin: string;
  readonly rank: number;
  readonly padTemplates: readonly PadTemplateInfo[];
}

/** What the registry knows of an element, undefined when there is no such element. */
export function inspectElement(name: string): ElementInfo | undefined {
  return coded(() => loadAddon().inspectElement(name)) as ElementInfo | undefined;
}

/** Reads caps: one structure per alternative. @throws GraphEngineError INVALID_VALUE */
export function parseCaps(caps: string): GstStructure[] {
  return coded(() => loadAddon().parseCaps(caps)).map((each) => fromNative(each) as GstStructure);
}

/** The monotonic clock that pipelines on the system clock run by (ns). */
export function monotonicTime(): number {
  return loadAddon().monotonicTime();
}

/** For leak checks: calls that wait for JavaScript, and objects of GStreamer that JavaScript holds. */
export function diagnostics(): { pending: number; handles: number } {
  return loadAddon().diagnostics();
}
