import type { TestContext } from 'node:test';
import '../index.js';
import { GstBin } from '../bin.js';
import type { BusMessage } from '../messages.js';
import { GstPipeline } from '../pipeline.js';

/** A pipeline with one parsed bin that is stopped when the test ends. */
export class TestPipeline {
  readonly pipeline = GstPipeline.create();
  readonly bin: GstBin;
  readonly messages: BusMessage[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(context: TestContext, description: string) {
    this.bin = GstBin.parse(description, false);
    this.pipeline.useSystemClock();
    this.pipeline.add(this.bin);
    this.pipeline.onMessage((message) => {
      this.messages.push(message);
      for (const wake of [...this.#waiting]) wake();
    });
    context.after(async () => {
      await this.pipeline.setState('null');
      this.pipeline.dispose();
    });
  }

  /** The first message of a type, also one that has come already. */
  message<T extends BusMessage['type']>(type: T): Promise<BusMessage & { type: T }> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.messages.find((message) => message.type === type);
        if (!found) return;
        this.#waiting.delete(look);
        resolve(found as BusMessage & { type: T });
      };
      this.#waiting.add(look);
      look();
    });
  }

  element(name: string) {
    const element = this.bin.find(name);
    if (!element) throw new Error(`no ${name}`);
    return element;
  }
}

/** Waits until something is so; the test's own time limit ends it otherwise. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
