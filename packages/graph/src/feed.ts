import type { GstPad } from '@rivero/graph-engine';
import type { EncodeDemand } from './protocol.js';
import type { LostListener, Stream, Use } from './stream.js';
import type { Tap } from './tee.js';

/** In which form a stream is wanted. */
export type Form = 'raw' | 'native' | EncodeDemand;

/** A stream that goes into a sink pad of an element: what an element keeps for each of its inputs. */
export class Feed {
  #use: Use | undefined;
  #tap: Tap | undefined;
  #closing: Promise<void> | undefined;
  readonly #opened: Promise<void>;
  /** Whether something is decoded or encoded for it. */
  readonly transcodes: boolean;

  /**
   * @param sink of something that runs, and that begins with a queue when it works long
   * @param lost called when the stream ends or fails; the feed has been closed then
   */
  constructor(
    readonly stream: Stream,
    form: Form,
    sink: GstPad,
    lost: LostListener = () => {},
  ) {
    this.transcodes = form === 'raw' ? stream.codec !== undefined : form !== 'native';
    this.#opened = this.#open(form, sink, (reason) => {
      // Who closes it may have taken another stream already, which is not what was lost.
      if (this.#closing !== undefined) return;
      void this.close();
      lost(reason);
    });
    this.#opened.catch(() => {});
  }

  /** Resolves when the stream flows into the pad; rejects when it can't be had in this form. */
  get opened(): Promise<void> {
    return this.#opened;
  }

  requestKeyFrame(): void {
    this.#use?.requestKeyFrame();
  }

  async #open(form: Form, sink: GstPad, lost: LostListener): Promise<void> {
    const { stream } = this;
    this.#use =
      form === 'raw'
        ? await stream.raw(lost)
        : form === 'native'
          ? stream.native(lost)
          : await stream.encoded(form, lost);
    if (this.#closing !== undefined) return;
    this.#tap = this.#use.tap(sink);
    this.#use.requestKeyFrame();
  }

  /** Ends it between two buffers; the pad is free then. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#opened.catch(() => {});
    await this.#tap?.close();
    this.#use?.release();
  }
}
