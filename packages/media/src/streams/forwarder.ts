import {
  COMMAND_FLAG_SHIFT,
  Command,
  CommandFlag,
  ConsumerRecord,
  type PacketEngine,
  SlotMeta,
} from '@rivero/packet-engine';
import { mappedPictureNumbers, type PictureNumbers, pictureNumbersLength } from '@rivero/rtp';
import { BatchLatency } from '../stats/batch-latency.js';
import { ForwardingState, ForwardingTable } from './forwarding-table.js';
import { Held } from './held-packets.js';
import { type PacedPath, Priority } from './paced-path.js';
import type { Pacer, PacerOutput } from './pacer.js';
import type { PacketSource } from './packet-source.js';

/** Headers of IP, UDP and RTP with extensions, and the tag, bytes. */
const OVERHEAD = 70;

/** Whose a consumer is. */
export interface ConsumerOwner {
  /** A waiting consumer meets a packet at which it may start: the mapping is set up in the table, and the packet sent through it. */
  startAt(source: PacketSource, sequence: number, timestamp: number): void;
  /** Packets that were held back for too long are not sent: those of this sequence number and later ones. */
  gaveUp(sequence: number): void;
  /** Its receiver is to be told of decode targets, from the frame on that begins with a packet of its source. */
  tellTargets(targets: number, sequence: number): void;
  /** Whether its stream began, or began anew, with the frame of this timestamp, as it goes out. */
  beganAt(timestamp: number): boolean;
}

/**
 * Writes the packet engine's send commands. All packets of a batch are collected and sent in one call, so that the engine
 * can join what goes to one receiver.
 */
export class Forwarder implements PacerOutput {
  readonly table: ForwardingTable;
  readonly latency = new BatchLatency();
  readonly #engine: PacketEngine;
  readonly #commands: Int32Array;
  readonly #slab: Uint8Array;
  readonly #owners: (ConsumerOwner | undefined)[];
  /** Commands that fit; the rest of a batch goes out in further calls. */
  readonly #capacity: number;
  #count = 0;
  readonly #pacer: Pacer | undefined;
  /** Of the consumers whose packets do not all go out at once. */
  readonly #paths: (PacedPath | undefined)[];
  /** What is written now goes out at once, whatever the path. */
  #unpaced = false;

  /** @param pacer without it nothing can be held back */
  constructor(engine: PacketEngine, pacer?: Pacer) {
    this.#engine = engine;
    this.#commands = engine.commands;
    this.#slab = engine.slab;
    this.#capacity = engine.commands.length / Command.Stride;
    const consumers = engine.consumers.length / ConsumerRecord.Stride;
    this.table = new ForwardingTable(consumers);
    this.#owners = new Array<ConsumerOwner | undefined>(consumers).fill(undefined);
    this.#paths = new Array<PacedPath | undefined>(consumers).fill(undefined);
    this.#pacer = pacer;
    if (pacer !== undefined) pacer.output = this;
  }

  /** A consumer of the engine together with who is asked when it may start. @throws EngineError when there are no more */
  addConsumer(owner: ConsumerOwner): number {
    const consumer = this.#engine.addConsumer();
    this.table.reset(consumer);
    this.#owners[consumer] = owner;
    return consumer;
  }

  removeConsumer(consumer: number): void {
    // Commands already written refer to the consumer's record.
    this.flush();
    this.discardHeld(consumer);
    this.#paths[consumer] = undefined;
    this.table.reset(consumer);
    this.#owners[consumer] = undefined;
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
   * @param targets decode targets in what the consumers get, where a frame begins that tells of them, else 0
   * @param fewer the sender sends more decode targets
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
    targets = 0,
    fewer = false,
  ): number {
    const { state, sequenceOffset, timestampOffset, firstSequence, toldTargets } = this.table;
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
        this.#owners[consumer]!.startAt(source, sequence, timestamp);
      } else if (mode === ForwardingState.Ready) {
        if (!newest) continue;
        this.#owners[consumer]!.startAt(source, sequence, timestamp);
      } else if (!newest && ((sequence - firstSequence[consumer]!) | 0) < 0) {
        continue;
      }
      if (next + 1 >= this.#capacity) {
        this.#count = next;
        this.send();
        next = 0;
      }
      const mapped = state[consumer] === ForwardingState.Patching;
      let told = 0;
      if (targets !== 0 && newest && (fewer || toldTargets[consumer] !== 0)) {
        if (toldTargets[consumer] !== targets) this.#owners[consumer]!.tellTargets(targets, sequence);
        told = toldTargets[consumer]!;
      }
      if (mapped || mark || told !== 0) {
        this.#count = next;
        this.#writeChanged(
          consumer,
          slot,
          sequence,
          timestamp,
          mapped ? numbers : undefined,
          pictureId,
          payload,
          mark,
          mapped ? frameNumber : -1,
          told,
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
    targets: number,
  ): void {
    const { sequenceOffset, timestampOffset, pictureIdOffset, tl0Offset, frameOffset } = this.table;
    const flags =
      (numbers === undefined ? 0 : CommandFlag.Patch) |
      (mark ? CommandFlag.Marker : 0) |
      (frame < 0 ? 0 : CommandFlag.FrameNumber) |
      (targets === 0 ? 0 : CommandFlag.ActiveTargets);
    const outFrame = frame < 0 ? 0 : (frame + frameOffset[consumer]!) & 0xffff;
    const start = this.#count;
    this.#write(
      slot,
      consumer | (flags << COMMAND_FLAG_SHIFT),
      sequence + sequenceOffset[consumer]!,
      timestamp + timestampOffset[consumer]!,
    );
    if (numbers !== undefined) {
      const tl0 = numbers.tl0PicIdx + tl0Offset[consumer]!;
      this.#writePatch(0, numbers, payload, pictureId + pictureIdOffset[consumer]!, tl0, outFrame, targets);
    } else if (flags !== 0) this.#writeMore(0, 0, 0, outFrame, targets);
    this.#pace(consumer, start, Priority.Media);
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
      const start = this.#count;
      this.#write(
        slot,
        consumer | (CommandFlag.Empty << COMMAND_FLAG_SHIFT),
        sequence + sequenceOffset[consumer]!,
        timestamp + timestampOffset[consumer]!,
      );
      this.#write(0, 0, 0, 0);
      this.#pace(consumer, start, Priority.Media);
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
    targets: number,
  ): void {
    const bytes = mappedPictureNumbers(this.#slab, numbers, pictureId, tl0PicIdx);
    const place = (numbers.pictureIdOffset - payload) | (pictureNumbersLength(numbers) << 8);
    this.#writeMore(original, place, bytes, frame, targets);
  }

  /** @param targets of which the receiver is told, 0: none */
  #writeMore(original: number, place: number, bytes: number, frame: number, targets: number): void {
    this.#write((original & 0xffff) | (targets & ~0xffff), place, bytes, frame | (targets << 16));
  }

  /**
   * A retransmission of a packet whose picture numbers are mapped. @param flags further ones of CommandFlag
   * @param frame number that goes out in its dependency descriptor, with the flag FrameNumber
   * @param targets decode targets that it tells of, with the flag ActiveTargets
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
    targets: number,
  ): void {
    if (this.#count + 2 > this.#capacity) this.send();
    const all = flags | CommandFlag.Rtx | CommandFlag.Patch;
    const start = this.#count;
    this.#write(slot, consumer | (all << COMMAND_FLAG_SHIFT), sequence, timestamp);
    this.#writePatch(originalSequence, numbers, payload, pictureId, tl0PicIdx, frame, targets);
    this.#pace(consumer, start, Priority.First);
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
   * @param targets decode targets that it tells of, with the flag ActiveTargets
   */
  retransmit(
    consumer: number,
    slot: number,
    sequence: number,
    timestamp: number,
    originalSequence: number,
    flags: number,
    frame: number,
    targets: number,
  ): void {
    if (this.#count + 2 > this.#capacity) this.send();
    const all = flags | CommandFlag.Rtx;
    const start = this.#count;
    this.#write(slot, consumer | (all << COMMAND_FLAG_SHIFT), sequence, timestamp);
    this.#writeMore(originalSequence, 0, 0, frame, targets);
    this.#pace(consumer, start, Priority.First);
  }

  /** Sends the packets of a consumer on a paced path from now on, or without one. What is held already stays so. */
  setPath(consumer: number, path: PacedPath | undefined): void {
    this.#paths[consumer] = path;
  }

  /** A path for `setPath`; undefined where nothing can be held back. */
  openPath(): PacedPath | undefined {
    return this.#pacer?.open();
  }

  /** The command from `start` on was written last: it goes out with the others, or waits. */
  #pace(consumer: number, start: number, priority: Priority): void {
    const path = this.#paths[consumer];
    if (path === undefined || this.#unpaced) return;
    const at = start * Command.Stride;
    const meta = this.#commands[at + Command.Slot]! * SlotMeta.Stride;
    const { slotMeta } = this.#engine;
    const empty = (this.#commands[at + Command.ConsumerAndFlags]! >> COMMAND_FLAG_SHIFT) & CommandFlag.Empty;
    const bytes = OVERHEAD + (empty !== 0 ? 0 : slotMeta[meta + SlotMeta.PayloadLength]!);
    const received = slotMeta[meta + SlotMeta.ReceiveNumber]!;
    const entries = this.#count - start;
    if (this.#pacer?.takes(path, this.#commands, at, entries, received, bytes, priority) === true) {
      this.#count = start;
    }
  }

  release(fields: Int32Array, at: number): void {
    const meta = fields[at + Held.Command + Command.Slot]! * SlotMeta.Stride;
    const current = this.#engine.slotMeta[meta + SlotMeta.ReceiveNumber]!;
    if (current !== fields[at + Held.ReceiveNumber]! >>> 0) return;
    if (this.#count + 2 > this.#capacity) this.send();
    const to = this.#count * Command.Stride;
    const entries = fields[at + Held.Entries]!;
    for (let i = 0; i < entries * Command.Stride; i++) {
      this.#commands[to + i] = fields[at + Held.Command + i]!;
    }
    this.#count += entries;
  }

  /** Writes so many bytes of what a path holds, and then padding, to go out at once. @returns bytes of the former */
  unpaced(
    path: PacedPath | undefined,
    bytes: number,
    nowMs: number,
    more: { pad(bytes: number): number },
  ): number {
    const released = path?.releaseBytes(bytes, nowMs, this) ?? 0;
    if (released >= bytes) return released;
    this.#unpaced = true;
    const written = more.pad(bytes - released);
    this.#unpaced = false;
    return released + written;
  }

  /** Gives up what is held of a consumer. @returns its first sequence number, undefined when there was nothing */
  discardHeld(consumer: number): number | undefined {
    return this.#paths[consumer]?.discard(consumer, consumerOf);
  }

  beganAt(consumer: number, timestamp: number): boolean {
    return this.#owners[consumer]?.beganAt(timestamp) === true;
  }

  giveUp(consumer: number): void {
    const first = this.discardHeld(consumer);
    if (first !== undefined) this.#owners[consumer]!.gaveUp(first);
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
    this.#pacer?.advance();
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

function consumerOf(command: number): number {
  return command & ((1 << COMMAND_FLAG_SHIFT) - 1);
}
