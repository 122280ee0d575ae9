import type { ModuleDecl } from '@rivero/api';
import type { DataMessage } from './data-message.js';
import { ElementImplementation } from './element-implementation.js';

/**
 * An element that gets messages of data channels; sound and pictures pass it untouched. It runs in a thread of its own, one message
 * at a time; what comes while it works waits in a bounded queue, and what finds that full is dropped. What it throws is treated as with
 * VideoProcessor; no messages come out once the thread has ended.
 */
export abstract class PacketProcessor<D extends ModuleDecl, C extends string> extends ElementImplementation<
  D,
  C
> {
  /** A message or a call that takes longer (ms) ends the thread. 100 to 60000; the server's limit for modules by default. */
  static readonly timeLimit: number | undefined = undefined;

  abstract override onData(message: DataMessage): void | Promise<void>;
}
