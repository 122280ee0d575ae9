import type { NativeHandle } from './addon.js';
import { codedAsync } from './errors.js';

/** An event that TypeScript sends. */
export type GstEventRequest =
  | { readonly type: 'eos' }
  | { readonly type: 'flush-start' }
  | { readonly type: 'flush-stop' }
  /** Asks an encoder, or through an event probe whoever sends, for a key frame. Goes upstream. */
  | { readonly type: 'force-key-unit' }
  /** Chooses streams of a stream collection by their ids. Goes upstream. */
  | { readonly type: 'select-streams'; readonly streams: readonly string[] }
  | { readonly type: 'reconfigure' }
  /** A custom event with a structure as GStreamer writes it: `name, field=(int)1`. */
  | {
      readonly type: 'custom-upstream' | 'custom-downstream' | 'custom-downstream-oob';
      readonly structure: string;
    };

/** @internal */
export function sendEvent(handle: NativeHandle, event: GstEventRequest): Promise<boolean> {
  const structure = 'structure' in event ? event.structure : '';
  const streams = 'streams' in event ? event.streams : [];
  return codedAsync(() => handle.sendEvent(event.type, structure, streams));
}
