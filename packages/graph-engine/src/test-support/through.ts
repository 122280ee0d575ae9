import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { AppSink, AppSource } from '../app.js';
import { TestPipeline } from './running-pipeline.js';

/** Between two buffers that are pushed. */
export const FRAME_NS = 40_000_000;

/** An element: bytes in, bytes out. */
export class Through {
  readonly run: TestPipeline;
  readonly out: { bytes: Uint8Array; time: number | undefined; keyFrame: boolean }[] = [];
  readonly #source: AppSource;
  #pushed = 0;

  private constructor(context: TestContext, caps: string, element: string) {
    this.run = new TestPipeline(
      context,
      `appsrc name=source format=time caps="${caps}" ! ${element} name=element ! appsink name=sink sync=false async=false`,
    );
    this.#source = this.run.element('source') as AppSource;
    (this.run.element('sink') as AppSink).onSample((sample) => {
      const { time, keyFrame } = sample;
      this.out.push({ bytes: Uint8Array.from(sample.data), time, keyFrame });
      sample.release();
    }, 100_000);
  }

  static async make(context: TestContext, caps: string, element: string): Promise<Through> {
    const made = new Through(context, caps, element);
    await made.run.pipeline.setState('playing');
    return made;
  }

  push(bytes: Uint8Array): void {
    assert.equal(this.#source.push(bytes, this.#pushed++ * FRAME_NS), 'ok');
  }

  async end(): Promise<void> {
    this.#source.endOfStream();
    await this.run.message('eos');
    assert.deepEqual(
      this.run.messages.filter(({ type }) => type === 'error'),
      [],
    );
  }
}
