import {
  COMMAND_FLAG_SHIFT,
  Command,
  CommandFlag,
  ConsumerRecord,
  type PacketEngine,
} from '@rivero/packet-engine';
import { mappedPictureNumbers, type PictureNumbers, pictureNumbersLength } from '@rivero/rtp';
import { BatchLatency } from '../stats/batch-latency.js';
import { ForwardingState, ForwardingTable } from './forwarding-table.js';
import type { PacketSource } from './packet-source.js';

/** Called when a waiting consumer meets a packet at which it may start. */
export interface StartListener {
  /** Sets up the mapping in the table; the packet is then sent through it. */
  startAt(source: PacketSource, sequence: number, timestamp: number): void;
}

/**
 * Writes the packet engine's send commands. All packets of a batch are collected and sent in one call, so that the engine
 * can join what goes to one receiver.
 */
export class Forwarder {
  readonly table: ForwardingTable;
  readonly latency = new BatchLatency();
  readonly #engine: PacketEngine;
  readonly #commands: Int32Array;
  readonly #slab: Uint8Array;
  readonly #listeners: (StartListener | undefined)[];
  /** Commands that fit; the rest of a batch goes out in further calls. */
  readonly #capacity: number;
  #count = 0;

  constructor(engine: PacketEngine) {
    this.#engine = engine;
    this.#commands = engine.commands;
    this.#slab = engine.slab;
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
   * @param source where it comes from; `sequence` is a number of it
   * @param newest no packet of this stream with a higher sequence number came before
   * @param canStart a decoder can start at this packet
   * @param numbers the packet's picture numbers when it has some; `pictureId` is what counts for `source`
   * @param payload where the payload begins
   * @param mark the marker is to be set
   * @param frameNumber of the packet's dependency descriptor, -1 without
   * @returns how many consumers still wait for a packet at which they can start
   */
  forward(
    consumers: Int32Array,
    count: number,
    source: PacketSource,
    slot: number,
    sequence: number,
    timestamp: number,
    newest: boolean,
    canStart: boolean,
    numbers: PictureNumbers | undefined,
    pictureId: number,
    payload: number,
    mark: boolean,
    frameNumber = -1,
  ): number {
    const { state, sequenceOffset, timestampOffset, firstSequence } = this.table;
    const commands = this.#commands;
    let waiting = 0;
    let next = this.#count;
    for (let i = 0; i < count; i++) {
      const consumer = consumers[i]!;
      const mode = state[consumer]!;
      if (mode === ForwardingState.Off) continue;
      if (mode === ForwardingState.Waiting) {
        if (!canStart || !newest) {
          waiting++;
          continue;
        }
        this.#listeners[consumer]!.startAt(source, sequence, timestamp);
      } else if (mode === ForwardingState.Ready) {
        if (!newest) continue;
        this.#listeners[consumer]!.startAt(source, sequence, timestamp);
      } else if (!newest && ((sequence - firstSequence[consumer]!) | 0) < 0) {
        continue;
      }
      if (next + 1 >= this.#capacity) {
        this.#count = next;
        this.send();
        next = 0;
      }
      const mapped = state[consumer] === ForwardingState.Patching;
      const patch = numbers !== undefined && mapped;
      const frame = mapped && frameNumber >= 0 ? frameNumber : -1;
      if (patch || mark || frame >= 0) {
        this.#count = next;
        this.#writeChanged(
          consumer,
          slot,
          sequence,
          timestamp,
          patch ? numbers : undefined,
          pictureId,
          payload,
          mark,
          frame,
        );
        next = this.#count;
        continue;
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

  #writeChanged(
    consumer: number,
    slot: number,
    sequence: number,
    timestamp: number,
    numbers: PictureNumbers | undefined,
    pictureId: number,
    payload: number,
    mark: boolean,
    frame: number,
  ): void {
    const { sequenceOffset, timestampOffset, pictureIdOffset, tl0Offset, frameOffset } = this.table;
    const flags =
      (numbers === undefined ? 0 : CommandFlag.Patch) |
      (mark ? CommandFlag.Marker : 0) |
      (frame < 0 ? 0 : CommandFlag.FrameNumber);
    const outFrame = frame < 0 ? 0 : (frame + frameOffset[consumer]!) & 0xffff;
    this.#write(
      slot,
      consumer | (flags << COMMAND_FLAG_SHIFT),
      sequence + sequenceOffset[consumer]!,
      timestamp + timestampOffset[consumer]!,
    );
    if (numbers === undefined) this.#write(0, 0, 0, outFrame);
    else {
      const tl0 = numbers.tl0PicIdx + tl0Offset[consumer]!;
      this.#writePatch(0, numbers, payload, pictureId + pictureIdOffset[consumer]!, tl0, outFrame);
    }
  }

  /** Sends packets without payload, which only take up a sequence number, to those of the consumers that miss it. */
  fill(consumers: Int32Array, count: number, slot: number, sequence: number, timestamp: number): void {
    const { state, sequenceOffset, timestampOffset, firstSequence } = this.table;
    for (let i = 0; i < count; i++) {
      const consumer = consumers[i]!;
      const mode = state[consumer]!;
      if (mode !== ForwardingState.Forwarding && mode !== ForwardingState.Patching) continue;
      if (((sequence - firstSequence[consumer]!) | 0) < 0) continue;
      if (this.#count + 2 > this.#capacity) this.send();
      this.#write(
        slot,
        consumer | (CommandFlag.Empty << COMMAND_FLAG_SHIFT),
        sequence + sequenceOffset[consumer]!,
        timestamp + timestampOffset[consumer]!,
      );
      this.#write(0, 0, 0, 0);
    }
  }

  /** The entry after a command: the bytes from the picture id to TL0PICIDX. */
  #writePatch(
    original: number,
    numbers: PictureNumbers,
    payload: number,
    pictureId: number,
    tl0PicIdx: number,
    frame: number,
  ): void {
    const bytes = mappedPictureNumbers(this.#slab, numbers, pictureId, tl0PicIdx);
    const place = (numbers.pictureIdOffset - payload) | (pictureNumbersLength(numbers) << 8);
    this.#write(original & 0xffff, place, bytes, frame);
  }

  /**
   * A retransmission of a packet whose picture numbers are mapped. @param flags further ones of CommandFlag
   * @param frame number that goes out in its dependency descriptor, with the flag FrameNumber
   */
  retransmitPatched(
    consumer: number,
    slot: number,
    sequence: number,
    timestamp: number,
    originalSequence: number,
    numbers: PictureNumbers,
    payload: number,
    pictureId: number,
    tl0PicIdx: number,
    flags: number,
    frame: number,
  ): void {
    if (this.#count + 2 > this.#capacity) this.send();
    const all = flags | CommandFlag.Rtx | CommandFlag.Patch;
    this.#write(slot, consumer | (all << COMMAND_FLAG_SHIFT), sequence, timestamp);
    this.#writePatch(originalSequence, numbers, payload, pictureId, tl0PicIdx, frame);
  }

  /**
   * Sends a packet again as it was: same bytes under the same sequence number (receivers without RTX).
   * @param mark as it went out with its marker set
   */
  resend(consumer: number, slot: number, sequence: number, timestamp: number, mark = false): void {
    if (this.#count + 2 > this.#capacity) this.send();
    this.#write(
      slot,
      consumer | ((mark ? CommandFlag.Marker : 0) << COMMAND_FLAG_SHIFT),
      sequence,
      timestamp,
    );
    if (mark) this.#write(0, 0, 0, 0);
  }

  /** Sends a packet with some bytes replaced. @param place and @param bytes as in CommandMore */
  sendPatched(
    consumer: number,
    slot: number,
    sequence: number,
    timestamp: number,
    place: number,
    bytes: number,
  ): void {
    if (this.#count + 2 > this.#capacity) this.flush();
    this.#write(slot, consumer | (CommandFlag.Patch << COMMAND_FLAG_SHIFT), sequence, timestamp);
    this.#write(0, place, bytes, 0);
  }

  /**
   * Sends a packet again on a retransmission stream (RFC 4588). @param flags further ones of CommandFlag
   * @param frame number that goes out in its dependency descriptor, with the flag FrameNumber
   */
  retransmit(
    consumer: number,
    slot: number,
    sequence: number,
    timestamp: number,
    originalSequence: number,
    flags: number,
    frame: number,
  ): void {
    if (this.#count + 2 > this.#capacity) this.send();
    const all = flags | CommandFlag.Rtx;
    this.#write(slot, consumer | (all << COMMAND_FLAG_SHIFT), sequence, timestamp);
    this.#write(originalSequence & 0xffff, 0, 0, frame);
  }

  #write(a: number, b: number, c: number, d: number): void {
    const at = this.#count++ * Command.Stride;
    this.#commands[at] = a;
    this.#commands[at + 1] = b;
    this.#commands[at + 2] = c;
    this.#commands[at + 3] = d;
  }

  /** A batch of received packets is through: sends what it led to. */
  endBatch(): void {
    if (!this.latency.measuring) {
      this.send();
      return;
    }
    this.latency.distributed();
    this.send();
    this.latency.sent();
  }

  /** Sends what has been collected, or hands it to the sender threads. */
  send(): void {
    if (this.#count === 0) return;
    const count = this.#count;
    this.#count = 0;
    this.#engine.flush(count);
  }

  /** Sends what has been collected and waits until that is done: before a consumer's record changes. */
  flush(): void {
    this.send();
    this.#engine.settle();
  }
}
