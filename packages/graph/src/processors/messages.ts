import type { AudioProcessorOptions, VideoProcessorOptions } from '@rivero/module';
import type { ElementStart } from '@rivero/module/host';

/** What a processor's thread is started with. */
export interface ThreadStart {
  id: string;
  start: ElementStart;
}

/** How a processor wants its media. */
export type ProcessorOptions =
  | ({ kind: 'video' } & VideoProcessorOptions)
  | ({ kind: 'audio' } & AudioProcessorOptions);

/** An error on its way between threads. */
export interface CarriedError {
  type: string;
  code: number;
  message: string;
}

export type ToThread =
  | { type: 'call'; number: number; what: 'call' | 'get' | 'set'; name: string; value: unknown }
  /** Frames come from this gate from now on. */
  | { type: 'attach'; number: number; gate: number }
  | { type: 'close' };

export type FromThread =
  | { type: 'ready'; options: ProcessorOptions }
  | { type: 'refused'; error: CarriedError }
  | { type: 'answer'; number: number; result?: unknown; error?: CarriedError }
  | { type: 'tell'; event: string; data: Record<string, unknown> }
  /** `process` has thrown; not every time, see the runner. */
  | { type: 'threw'; message: string; times: number }
  /** It can't go on, for this reason; the thread ends. */
  | { type: 'failed'; message: string }
  | { type: 'closed' };
