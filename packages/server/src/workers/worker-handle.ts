import { KurentoError } from '@rivero/api';
import { Channel, ChannelClosedError, type Done, type ServerEnd, type WorkerMethods } from '@rivero/channel';
import type { Logger } from '../log/logger.js';
import type { MediaObject } from '../objects/media-object.js';
import type { WorkerProcess } from './worker-process.js';

/** Gets the answer of a worker; the error is always one that a client may see. */
export type Answer<R> = (error: KurentoError | undefined, result?: R) => void;

/** One media worker from its start to its end. A replacement is another handle. */
export class WorkerHandle {
  readonly index: number;
  readonly process: WorkerProcess;
  readonly channel: ServerEnd;
  /** The pipelines that live in it. */
  readonly pipelines = new Set<MediaObject>();
  /** Probes sent or due since it last answered one. */
  missedProbes = 0;
  readonly #log: Logger;

  constructor(index: number, process: WorkerProcess, log: Logger) {
    this.index = index;
    this.process = process;
    this.#log = log;
    this.channel = new Channel(process.link, {
      onError: (error) =>
        log.error({ err: error, worker: index }, 'Error while handling a message of a media worker'),
    });
  }

  /** Calls a method; `answer` runs in the order in which answers and events of the worker arrive. */
  call<K extends keyof WorkerMethods>(
    method: K,
    params: WorkerMethods[K]['params'],
    answer: Answer<WorkerMethods[K]['result']>,
  ): void {
    const done: Done<WorkerMethods[K]['result']> = (error, result) => {
      if (error === undefined) answer(undefined, result);
      else answer(this.#visible(method, error));
    };
    // The conditional types of the channel cannot be resolved while K is open.
    const call = this.channel.call.bind(this.channel) as (m: K, p: unknown, d: typeof done) => void;
    call(method, params, done);
  }

  #visible(method: string, error: Error): KurentoError {
    if (error instanceof KurentoError) return error;
    if (error instanceof ChannelClosedError) {
      return new KurentoError('UNEXPECTED_ERROR', 'The media worker ended before it answered');
    }
    this.#log.error({ worker: this.index, method, err: error }, 'A media worker failed to handle a request');
    return new KurentoError('UNEXPECTED_ERROR', error.message);
  }
}
