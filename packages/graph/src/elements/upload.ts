import type { IncomingMessage } from 'node:http';
import type { AppSource } from '@rivero/graph-engine';
import { MultipartError, MultipartFile } from '../multipart-file.js';

/** Bytes that wait in front of the demultiplexer before no more are read from the client. */
const MAX_WAITING = 1024 * 1024;

/** Why an upload is not whole: the client stopped sending, went away, or sent no form with a file. */
export type UploadProblem = 'stalled' | 'broken' | 'malformed';

export interface UploadOptions {
  /** Of multipart/form-data. */
  readonly boundary: string | undefined;
  /** ms for which a client may send nothing while it is waited for. */
  readonly stallMs: number;
}

/**
 * The body of a request on its way into the graph, no faster than the graph takes it. It begins when the source asks for bytes, and ends
 * the source's stream when the body does, in whichever way.
 */
export class Upload {
  readonly #request: IncomingMessage;
  readonly #source: AppSource;
  readonly #form: MultipartFile | undefined;
  readonly #stallMs: number;
  readonly #finished: (problem: UploadProblem | undefined, message: string) => void;
  readonly #unlisten: () => void;
  #timer: NodeJS.Timeout | undefined;
  #started = false;
  #over = false;

  /** @param finished called once, when no more comes */
  constructor(
    request: IncomingMessage,
    source: AppSource,
    { boundary, stallMs }: UploadOptions,
    finished: (problem: UploadProblem | undefined, message: string) => void,
  ) {
    this.#request = request;
    this.#source = source;
    this.#form = boundary === undefined ? undefined : new MultipartFile(boundary);
    this.#stallMs = stallMs;
    this.#finished = finished;
    request.on('error', () => {});
    request.on('close', this.#closed);
    this.#unlisten = source.on('need-data', () => this.#more());
  }

  /** Bytes wait because the graph takes none. */
  get isHeldBack(): boolean {
    return !this.#over && this.#started && this.#timer === undefined;
  }

  /** The graph takes no more of it. Idempotent. */
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#detach();
    this.#source.endOfStream();
  }

  #more(): void {
    if (this.#over) return;
    if (!this.#started) {
      this.#started = true;
      this.#request.on('data', this.#data);
      this.#request.on('end', this.#ended);
    }
    this.#request.resume();
    if (this.#timer === undefined) this.#await();
  }

  #await(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#finish('stalled', 'the client sends nothing any more'),
      this.#stallMs,
    );
  }

  readonly #data = (bytes: Buffer): void => {
    try {
      const pieces = this.#form === undefined ? [bytes] : this.#form.push(bytes);
      // What the graph does not take any more, because it has failed, is told by its bus.
      for (const piece of pieces) this.#source.push(piece);
    } catch (error) {
      if (!(error instanceof MultipartError)) throw error;
      this.#finish('malformed', error.message);
      return;
    }
    if (this.#source.getNumber('current-level-bytes') < MAX_WAITING) {
      this.#await();
      return;
    }
    this.#request.pause();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  };

  readonly #ended = (): void => {
    if (this.#form?.complete === false) this.#finish('malformed', 'the form has no complete file');
    else this.#finish(undefined, '');
  };

  readonly #closed = (): void => {
    if (!this.#request.readableEnded) this.#finish('broken', 'the client went away in the middle');
  };

  #finish(problem: UploadProblem | undefined, message: string): void {
    if (this.#over) return;
    this.cancel();
    this.#finished(problem, message);
  }

  #detach(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unlisten();
    this.#request.off('data', this.#data);
    this.#request.off('end', this.#ended);
    this.#request.off('close', this.#closed);
  }
}
