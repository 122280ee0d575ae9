import type { AudioProcessorOptions, PacketProcessorOptions, VideoProcessorOptions } from '@rivero/module';
import type { CarriedData, ElementStart } from '@rivero/module/host';
import type { PacketCodecRequest, PacketsRequest } from '../protocol.js';

/** What a processor's thread is started with. */
export interface ThreadStart {
  id: string;
  start: ElementStart;
  /** For PacketFigures. */
  figures: SharedArrayBuffer;
}

/** How a processor wants its media. */
export type ProcessorOptions =
  | ({ kind: 'video' } & VideoProcessorOptions)
  | ({ kind: 'audio' } & AudioProcessorOptions)
  | PacketOptions;

/** How a PacketProcessor wants its packets; it may want none, but messages alone. */
export type PacketOptions = { kind: 'packets' } & PacketProcessorOptions;

/** How a frame processor wants its frames. */
export type FrameOptions = Exclude<ProcessorOptions, { kind: 'packets' }>;

/** An error on its way between threads. */
export interface CarriedError {
  type: string;
  code: number;
  message: string;
}

export type ToThread =
  | { type: 'call'; number: number; what: 'call' | 'get' | 'set'; name: string; value: unknown }
  | { type: 'data'; number: number; message: CarriedData }
  /** Frames come from this gate from now on. */
  | { type: 'attach'; number: number; gate: number }
  | { type: 'openPackets'; number: number; request: PacketsRequest }
  | { type: 'packetCodec'; number: number; request: PacketCodecRequest }
  | { type: 'close' };

export type FromThread =
  | { type: 'ready'; options: ProcessorOptions; takesData: boolean; takesPackets: boolean }
  | { type: 'refused'; error: CarriedError }
  | { type: 'answer'; number: number; result?: unknown; error?: CarriedError }
  | { type: 'tell'; event: string; data: Record<string, unknown> }
  /** `process`, `onData` or `onPacket` has thrown; not every time, see the runner. */
  | { type: 'threw'; message: string; times: number }
  /** It can't go on, for this reason; the thread ends. */
  | { type: 'failed'; message: string }
  | { type: 'closed' };
