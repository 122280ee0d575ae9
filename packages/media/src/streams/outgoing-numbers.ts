import { appended } from '../runtime/small-map.js';
import { ForwardingState, type ForwardingTable } from './forwarding-table.js';
import type { PacketSource } from './packet-source.js';
import type { ReceiveStream } from './receive-stream.js';

/** Mappings kept so that packets sent before a switch can still be sent again. */
const MAX_EPOCHS = 4;

/** A stretch of outgoing packets with one mapping from a source. */
export interface Epoch {
  source: PacketSource;
  firstOut: number;
  /** First extended sequence number of the source to which the mapping applies. */
  firstIn: number;
  sequenceOffset: number;
  timestampOffset: number;
  /** Of picture id and TL0PICIDX; 0 when they go out as they come. */
  pictureIdOffset: number;
  tl0Offset: number;
  /** Of the frame number of the dependency descriptor; 0 when it goes out as it comes. */
  frameOffset: number;
  /** Decode targets of which frames tell: as PacketLayers.decodeTargetsOf; 0: what the sender says. */
  toldTargets: number;
}

/**
 * The numbers of one outgoing stream: sequence numbers, timestamps, picture and frame numbers go on whatever happens at its
 * source. Writes how they are mapped at present into the forwarding table, and keeps how they were for what is sent again.
 */
export class OutgoingNumbers {
  #epochs: Epoch[] = [];
  readonly #table: ForwardingTable;
  readonly #consumer: number;
  /** Where the outgoing stream goes on after a pause or switch. */
  #nextSequence: number;
  #nextTimestamp: number;
  /** Where picture numbers go on; -1 while there are none. */
  #nextPictureId = -1;
  #nextTl0PicIdx = -1;
  /** Where frame numbers of the dependency descriptor go on; -1 while there are none. */
  #nextFrame = -1;
  /** The next packet comes from the same stream as the last one, with other layers. */
  #continues = false;
  /** Timestamp of the frame with which the stream began, or began anew. */
  #began = -1;
  /** What went out before this number is not sent again. */
  #resentFrom: number | undefined;
  /** Each packet is looked at before it goes out. */
  #paced = false;
  /** When the last packet before the pause was sent, ms; -1 before the first. */
  #pausedAtMs = -1;

  /** @param sequence and @param timestamp to begin with */
  constructor(table: ForwardingTable, consumer: number, sequence: number, timestamp: number) {
    this.#table = table;
    this.#consumer = consumer;
    this.#nextSequence = sequence;
    this.#nextTimestamp = timestamp;
  }

  /** The present mapping, or the last one before the pause; undefined before the first packet. */
  get present(): Epoch | undefined {
    return this.#epochs.at(-1);
  }

  get isForwarding(): boolean {
    const state = this.#table.state[this.#consumer]!;
    return state === ForwardingState.Forwarding || state === ForwardingState.Patching;
  }

  /** Waits for a packet at which the receiver can start, or sends nothing at all. */
  get waits(): boolean {
    const state = this.#table.state[this.#consumer]!;
    return state === ForwardingState.Off || state === ForwardingState.Waiting;
  }

  /** Sets the mapping at the first packet of a source (or after a pause) that goes out. */
  startAt(source: PacketSource, sequence: number, timestamp: number, nowMs: number): void {
    const table = this.#table;
    // Of one stream with other layers than before timestamps and picture numbers stay what they were.
    const before = this.#continues ? this.#epochs.at(-1) : undefined;
    const samePictures = before?.source.closesPictureIds === false && !source.closesPictureIds;
    const epoch: Epoch = {
      source,
      firstOut: this.#nextSequence,
      firstIn: sequence,
      sequenceOffset: (this.#nextSequence - sequence) | 0,
      timestampOffset: before?.timestampOffset ?? this.#timestampOffsetFor(source.stream, timestamp, nowMs),
      pictureIdOffset: samePictures
        ? before.pictureIdOffset
        : offsetOf(this.#nextPictureId, source.pictureId),
      tl0Offset: before?.tl0Offset ?? offsetOf(this.#nextTl0PicIdx, source.tl0PicIdx),
      // Gaps in them mean nothing: frames say how far back those are that they refer to.
      frameOffset: before?.frameOffset ?? offsetOf(this.#nextFrame, source.stream.frameNumber),
      toldTargets: before?.toldTargets ?? 0,
    };
    if (!this.#continues) this.#began = (timestamp + epoch.timestampOffset) | 0;
    this.#continues = false;
    const consumer = this.#consumer;
    table.sequenceOffset[consumer] = epoch.sequenceOffset;
    table.timestampOffset[consumer] = epoch.timestampOffset;
    table.pictureIdOffset[consumer] = epoch.pictureIdOffset;
    table.tl0Offset[consumer] = epoch.tl0Offset;
    table.frameOffset[consumer] = epoch.frameOffset;
    table.toldTargets[consumer] = epoch.toldTargets;
    table.firstSequence[consumer] = sequence;
    table.state[consumer] = this.#stateFor(epoch);
    this.#addEpoch(epoch);
  }

  /** The receiver is told of decode targets with the frame that begins with this packet of the source, and with all after it. */
  tellTargets(toldTargets: number, sequence: number): void {
    const epoch = this.#epochs.at(-1)!;
    if (epoch.firstIn === sequence) this.#epochs.pop();
    const firstOut = (sequence + epoch.sequenceOffset) | 0;
    this.#addEpoch({ ...epoch, firstIn: sequence, firstOut, toldTargets });
    this.#table.toldTargets[this.#consumer] = toldTargets;
  }

  #stateFor(epoch: Epoch): number {
    return this.#paced || mapsNumbers(epoch) ? ForwardingState.Patching : ForwardingState.Forwarding;
  }

  /** Packets may have to wait before they go out, or no longer. */
  setPaced(paced: boolean): void {
    this.#paced = paced;
    const epoch = this.#epochs.at(-1);
    if (this.isForwarding && epoch !== undefined) this.#table.state[this.#consumer] = this.#stateFor(epoch);
  }

  #addEpoch(epoch: Epoch): void {
    this.#epochs = appended(this.#epochs.length === MAX_EPOCHS ? this.#epochs.slice(1) : this.#epochs, epoch);
  }

  /**
   * Timestamps go on. Between encodings of one source they are related by its own clock, so that a change of layer is
   * exact; otherwise by the time that has passed.
   */
  #timestampOffsetFor(stream: ReceiveStream, timestamp: number, nowMs: number): number {
    const last = this.#epochs.at(-1);
    if (this.#pausedAtMs < 0 || last === undefined) return (this.#nextTimestamp - timestamp) | 0;
    const other = last.source.stream;
    if (other !== stream && other.track === stream.track && other.hasClock && stream.hasClock) {
      const offset = (other.timestampAt(nowMs) + last.timestampOffset - stream.timestampAt(nowMs)) | 0;
      if (((timestamp + offset - this.#nextTimestamp) | 0) > 0) return offset;
    }
    const elapsed = Math.round(((nowMs - this.#pausedAtMs) * stream.clockRate) / 1000);
    return (this.#nextTimestamp + Math.max(1, elapsed) - timestamp) | 0;
  }

  began(timestamp: number): boolean {
    return this.#began === timestamp;
  }

  /** Takes note of where the outgoing stream stands and stops it. */
  pause(): void {
    if (this.isForwarding) {
      const { source } = this.#epochs.at(-1)!;
      this.#goOnAfter(source.highest, source.pictureId);
    }
    this.#continues = false;
    this.#table.state[this.#consumer] = ForwardingState.Off;
  }

  /**
   * After a pause: what would have gone out under this number and later ones does not, and they are used for what comes. On a path
   * that could not take that there is no room for what was lost before, and with the next key frame no need.
   */
  takeBack(sequence: number): void {
    this.#nextSequence = sequence;
    this.#resentFrom = sequence;
  }

  /** After a pause: the next packet at which the receiver can start is where it goes on. */
  wait(): void {
    this.#table.state[this.#consumer] = ForwardingState.Waiting;
  }

  /** Other layers of the same stream come from the present packet on, which has not been forwarded yet. */
  continueElsewhere(): void {
    if (!this.isForwarding) return;
    const { source } = this.#epochs.at(-1)!;
    this.#goOnAfter(source.highestBefore, source.pictureIdBefore);
    this.#continues = true;
    this.#table.state[this.#consumer] = ForwardingState.Ready;
  }

  /** The outgoing stream will go on after this packet and this picture of its present source. */
  #goOnAfter(sequence: number, pictureId: number): void {
    const epoch = this.#epochs.at(-1)!;
    const { stream, tl0PicIdx } = epoch.source;
    this.#nextSequence = (sequence + epoch.sequenceOffset + 1) | 0;
    this.#nextTimestamp = (stream.highestTimestamp + epoch.timestampOffset) | 0;
    this.#pausedAtMs = stream.highestMs;
    this.#nextPictureId = pictureId < 0 ? -1 : (pictureId + epoch.pictureIdOffset + 1) & 0x7fff;
    this.#nextTl0PicIdx = tl0PicIdx < 0 ? -1 : (tl0PicIdx + epoch.tl0Offset + 1) & 0xff;
    const { frameNumber } = stream;
    if (frameNumber >= 0) this.#nextFrame = (frameNumber + epoch.frameOffset + 1) & 0xffff;
  }

  /** Takes the next number for a packet that is not of the media; its mapping moves on by one. */
  insert(timestamp: number, nowMs: number): number {
    const epoch = this.#epochs.at(-1);
    if (!this.isForwarding || epoch === undefined) {
      const sequence = this.#nextSequence;
      this.#nextSequence = (sequence + 1) | 0;
      if (((timestamp - this.#nextTimestamp) | 0) > 0) {
        this.#nextTimestamp = timestamp;
        this.#pausedAtMs = nowMs;
      }
      return sequence;
    }
    const { highest } = epoch.source;
    const sequence = (highest + epoch.sequenceOffset + 1) | 0;
    this.#moveMapping(epoch, (sequence + 1) | 0, (epoch.sequenceOffset + 1) | 0, (highest + 1) | 0);
    return sequence;
  }

  /** A packet of the source that this receiver does not get: the numbers close up, so that it does not look lost. */
  leaveOut(sequence: number): void {
    const epoch = this.#epochs.at(-1)!;
    if (sequence !== epoch.source.highest) return;
    const firstOut = (sequence + epoch.sequenceOffset) | 0;
    const sequenceOffset = (epoch.sequenceOffset - 1) | 0;
    this.#moveMapping(epoch, firstOut, sequenceOffset, (sequence + 1) | 0);
  }

  /** @param firstOut and @param firstIn first packet to which the new offset applies, as it goes out and as it comes */
  #moveMapping(epoch: Epoch, firstOut: number, sequenceOffset: number, firstIn: number): void {
    // Of several moves in a row the last one counts: nothing was sent in between that could be sent again.
    if (epoch.firstIn === firstIn) this.#epochs.pop();
    this.#addEpoch({ ...epoch, firstIn, firstOut, sequenceOffset });
    this.#table.sequenceOffset[this.#consumer] = sequenceOffset;
    this.#table.firstSequence[this.#consumer] = firstIn;
  }

  /** Extended sequence number of the newest packet that went out; valid once something did. */
  get highestSent(): number {
    const epoch = this.#epochs.at(-1);
    if (epoch === undefined || !this.isForwarding) {
      return (this.#nextSequence - 1) | 0;
    }
    return (epoch.source.highest + epoch.sequenceOffset) | 0;
  }

  /** The mapping under which a packet went out; undefined when that is not known any more. */
  epochOf(sequence: number): Epoch | undefined {
    if (this.#resentFrom !== undefined) {
      const distance = (sequence - this.#resentFrom) | 0;
      if (distance < 0) return undefined;
      // Further back no receiver asks.
      if (distance > 0xffff) this.#resentFrom = undefined;
    }
    let index = this.#epochs.length - 1;
    while (index >= 0 && ((sequence - this.#epochs[index]!.firstOut) | 0) < 0) index--;
    return this.#epochs[index];
  }

  /** RTP timestamp of the outgoing stream at a moment, for sender reports; undefined when nothing was sent. */
  timestampAt(nowMs: number): number | undefined {
    const epoch = this.#epochs.at(-1);
    if (epoch === undefined) return undefined;
    return (epoch.source.stream.timestampAt(nowMs) + epoch.timestampOffset) | 0;
  }

  /** The same of a packet that comes from elsewhere than the media. */
  timestampNow(clockRate: number, nowMs: number): number {
    const epoch = this.#epochs.at(-1);
    if (this.isForwarding && epoch !== undefined) {
      const media = epoch.source.stream;
      const elapsed = Math.round(((nowMs - media.highestMs) * clockRate) / 1000);
      return (media.highestTimestamp + epoch.timestampOffset + Math.max(0, elapsed)) | 0;
    }
    const elapsed = this.#pausedAtMs < 0 ? 0 : Math.round(((nowMs - this.#pausedAtMs) * clockRate) / 1000);
    return (this.#nextTimestamp + Math.max(0, elapsed)) | 0;
  }

  /** Lets go of the sources. */
  clear(): void {
    this.#epochs = [];
  }
}

/** Whether packets differ from how they came in more than sequence number and timestamp. */
export function mapsNumbers({ source, pictureIdOffset, tl0Offset, frameOffset }: Epoch): boolean {
  return source.closesPictureIds || pictureIdOffset !== 0 || tl0Offset !== 0 || frameOffset !== 0;
}

/** What leads from a number of the source to the next one to send; nothing where there are none. */
function offsetOf(next: number, present: number): number {
  return next < 0 || present < 0 ? 0 : next - present;
}
