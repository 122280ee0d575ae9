import {
  COMMAND_FLAG_SHIFT,
  Command,
  CommandFlag,
  ConsumerRecord,
  type PacketEngine,
} from '@rivero/packet-engine';
import { ForwardingState, ForwardingTable } from './forwarding-table.js';

/** Called when a waiting consumer meets a packet at which it may start. */
export interface StartListener {
  /** Sets up the mapping in the table; the packet is then sent through it. */
  startAt(sequence: number, timestamp: number): void;
}

/**
 * Writes the packet engine's send commands. All packets of a batch are collected and sent in one call, so that the engine
 * can join what goes to one receiver.
 */
export class Forwarder {
  readonly table: ForwardingTable;
  readonly #engine: PacketEngine;
  readonly #commands: Int32Array;
  readonly #listeners: (StartListener | undefined)[];
  /** Commands that fit; the rest of a batch goes out in further calls. */
  readonly #capacity: number;
  #count = 0;

  constructor(engine: PacketEngine) {
    this.#engine = engine;
    this.#commands = engine.commands;
    this.#capacity = engine.commands.length / Command.Stride;
    const consumers = engine.consumers.length / ConsumerRecord.Stride;
    this.table = new ForwardingTable(consumers);
    this.#listeners = new Array<StartListener | undefined>(consumers).fill(undefined);
  }

  /** A consumer of the engine together with who is asked when it may start. @throws EngineError when there are no more */
  addConsumer(listener: StartListener): number {
    const consumer = this.#engine.addConsumer();
    this.table.reset(consumer);
    this.#listeners[consumer] = listener;
    return consumer;
  }

  removeConsumer(consumer: number): void {
    // Commands already written refer to the consumer's record.
    this.flush();
    this.table.reset(consumer);
    this.#listeners[consumer] = undefined;
    this.#engine.removeConsumer(consumer);
  }

  /**
   * Sends a packet to the first `count` of `consumers`.
   * @param newest no packet of this stream with a higher sequence number came before
   * @param canStart a decoder can start at this packet
   * @returns how many consumers still wait for a packet at which they can start
   */
  forward(
    consumers: Int32Array,
    count: number,
    slot: number,
    sequence: number,
    timestamp: number,
    newest: boolean,
    canStart: boolean,
  ): number {
    const { state, sequenceOffset, timestampOffset, firstSequence } = this.table;
    const commands = this.#commands;
    let waiting = 0;
    let next = this.#count;
    for (let i = 0; i < count; i++) {
      const consumer = consumers[i]!;
      const mode = state[consumer]!;
      if (mode !== ForwardingState.Forwarding) {
        if (mode === ForwardingState.Off) continue;
        if (!canStart || !newest) {
          waiting++;
          continue;
        }
        this.#listeners[consumer]!.startAt(sequence, timestamp);
      } else if (!newest && ((sequence - firstSequence[consumer]!) | 0) < 0) {
        continue;
      }
      if (next === this.#capacity) {
        this.#count = next;
        this.flush();
        next = 0;
      }
      const at = next++ * Command.Stride;
      commands[at + Command.Slot] = slot;
      commands[at + Command.ConsumerAndFlags] = consumer;
      commands[at + Command.ExtendedSequence] = sequence + sequenceOffset[consumer]!;
      commands[at + Command.Timestamp] = timestamp + timestampOffset[consumer]!;
    }
    this.#count = next;
    return waiting;
  }

  /** Sends a packet again as it was: same bytes under the same sequence number (receivers without RTX). */
  resend(consumer: number, slot: number, sequence: number, timestamp: number): void {
    if (this.#count + 1 > this.#capacity) this.flush();
    this.#write(slot, consumer, sequence, timestamp);
  }

  /** Sends a packet again on a retransmission stream (RFC 4588). */
  retransmit(
    consumer: number,
    slot: number,
    sequence: number,
    timestamp: number,
    originalSequence: number,
  ): void {
    if (this.#count + 2 > this.#capacity) this.flush();
    this.#write(slot, consumer | (CommandFlag.Rtx << COMMAND_FLAG_SHIFT), sequence, timestamp);
    this.#write(originalSequence & 0xffff, 0, 0, 0);
  }

  #write(a: number, b: number, c: number, d: number): void {
    const at = this.#count++ * Command.Stride;
    this.#commands[at] = a;
    this.#commands[at + 1] = b;
    this.#commands[at + 2] = c;
    this.#commands[at + 3] = d;
  }

  /** Sends what has been collected. Called at the end of a batch and before a consumer's record changes. */
  flush(): void {
    if (this.#count === 0) return;
    const count = this.#count;
    this.#count = 0;
    this.#engine.flush(count);
  }
}
