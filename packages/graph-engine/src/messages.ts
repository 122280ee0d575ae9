import type { NativeMessage } from './addon.js';
import type { GstState } from './element.js';
import type { GstObject } from './object.js';
import { fieldsFromNative, fromNative, type GstStructure, type GstValue } from './values.js';
import { wrap } from './wrap.js';

/** What all messages of the bus have. */
interface MessageBase {
  /** Who posted it; undefined when it is gone. */
  readonly source: GstObject | undefined;
  readonly sourceName: string;
  /** Where the source was when it posted: `/GstPipeline:p/GstBin:b/GstFileSrc:source`. */
  readonly path: string;
}

export interface ProblemMessage extends MessageBase {
  readonly type: 'error' | 'warning';
  /** `core`, `library`, `resource`, `stream`, or the quark of another domain. */
  readonly domain: string;
  readonly code: number;
  /** The code's nick in GStreamer's domains, `not-found` for example; empty in others. */
  readonly reason: string;
  readonly message: string;
  readonly debug: string;
}

export interface StreamInfo {
  readonly id: string;
  readonly kind: 'audio' | 'video' | 'text' | 'container' | 'unknown';
  readonly caps: string;
  /** The container says that it is played by default. */
  readonly selected: boolean;
}

/** A message of the pipeline's bus. */
export type BusMessage =
  | ProblemMessage
  | (MessageBase & {
      readonly type: 'eos' | 'latency' | 'clock-lost' | 'async-done' | 'duration-changed' | 'stream-start';
    })
  | (MessageBase & {
      readonly type: 'state-changed';
      readonly from: GstState;
      readonly to: GstState;
      readonly pending: GstState | undefined;
    })
  | (MessageBase & { readonly type: 'buffering'; readonly percent: number })
  | (MessageBase & { readonly type: 'element'; readonly structure: GstStructure })
  | (MessageBase & { readonly type: 'tag'; readonly tags: Readonly<Record<string, GstValue>> })
  | (MessageBase & { readonly type: 'stream-collection'; readonly streams: readonly StreamInfo[] });

/** @internal */
export function messageFromNative(native: NativeMessage): BusMessage {
  const base = {
    source: native.source && wrap(native.source),
    sourceName: native.sourceName,
    path: native.path,
  };
  const type = native.type as BusMessage['type'];
  switch (type) {
    case 'error':
    case 'warning':
      return {
        ...base,
        type,
        domain: native.domain ?? '',
        code: native.code ?? 0,
        reason: native.reason ?? '',
        message: native.message ?? '',
        debug: native.debug ?? '',
      };
    case 'state-changed':
      return {
        ...base,
        type,
        from: native.from as GstState,
        to: native.to as GstState,
        pending: native.pending === 'void-pending' ? undefined : (native.pending as GstState),
      };
    case 'buffering':
      return { ...base, type, percent: native.percent ?? 0 };
    case 'element': {
      const structure = native.structure ?? { name: '', fields: {} };
      return { ...base, type, structure: fromNative(structure) as GstStructure };
    }
    case 'tag':
      return { ...base, type, tags: fieldsFromNative(native.tags ?? {}) };
    case 'stream-collection':
      return { ...base, type, streams: (native.streams ?? []) as readonly StreamInfo[] };
    default:
      return { ...base, type };
  }
}
