import { EVERYTHING, type LayerTarget, type PacketLayers, Thinning } from '@rivero/rtp';
import type { Forwarder } from './forwarder.js';
import type { ReceiveStream } from './receive-stream.js';
import { ThinnedStream } from './thinned-stream.js';
import type { TrackSink } from './track-sink.js';

/** The receivers that get the same layers of a stream. */
export class SinkGroup {
  readonly sinks: TrackSink[] = [];
  /** How many sinks wait for a packet at which they can start. */
  waiting = 0;
  #consumers = new Int32Array(4);
  /** Undefined where the stream goes out as it comes. */
  readonly #thinned: ThinnedStream | undefined;
  /** A key picture has begun with a packet that is not for this group: its first packet that is can be started with. */
  #startPending = false;
  #startTimestamp = 0;

  /** @param layers undefined for everything */
  constructor(
    readonly target: LayerTarget,
    readonly stream: ReceiveStream,
    layers?: PacketLayers,
  ) {
    this.#thinned = layers === undefined ? undefined : new ThinnedStream(stream, layers);
  }

  add(sink: TrackSink): void {
    const index = this.sinks.push(sink) - 1;
    if (index >= this.#consumers.length) {
      const larger = new Int32Array(this.#consumers.length * 2);
      larger.set(this.#consumers);
      this.#consumers = larger;
    }
    this.#consumers[index] = sink.consumer;
    if (sink.waits) this.waiting++;
  }

  remove(sink: TrackSink): void {
    const index = this.sinks.indexOf(sink);
    if (index < 0) return;
    const last = this.sinks.pop()!;
    this.waiting = Math.min(this.waiting, this.sinks.length);
    if (last === sink) return;
    this.sinks[index] = last;
    this.#consumers[index] = last.consumer;
  }

  /** All sinks begin anew. */
  restart(): void {
    for (const sink of [...this.sinks]) sink.originRestarted();
    this.waiting = this.sinks.length;
  }

  /**
   * Sends a packet to the sinks.
   * @param layers has just read the packet, undefined when it could not
   * @param marker of the packet as it came
   * @param frameNumber of its dependency descriptor, -1 without
   */
  forward(
    forwarder: Forwarder,
    slot: number,
    sequence: number,
    timestamp: number,
    newest: boolean,
    canStart: boolean,
    layers: PacketLayers | undefined,
    payload: number,
    marker: boolean,
    frameNumber: number,
  ): void {
    const thinned = this.#thinned;
    const numbers = layers?.numbers;
    const pictureId = numbers === undefined ? -1 : numbers.pictureId;
    if (thinned === undefined) {
      this.waiting = forwarder.forward(
        this.#consumers,
        this.sinks.length,
        this.stream,
        slot,
        sequence,
        timestamp,
        newest,
        canStart,
        numbers,
        pictureId,
        payload,
        false,
        frameNumber,
        layers?.decodeTargetsOf(EVERYTHING) ?? 0,
        false,
      );
      return;
    }
    if (canStart) {
      this.#startPending = true;
      this.#startTimestamp = timestamp;
    }
    // What cannot be read may be needed.
    const keep = layers?.belongs(this.target) ?? true;
    const ends = !marker && layers?.ends(this.target) === true;
    const thinning = thinned.take(sequence, newest, keep, marker || ends, layers);
    if (thinning === Thinning.Skip) return;
    if (thinning === Thinning.Fill) {
      forwarder.fill(this.#consumers, this.sinks.length, slot, thinned.sequence, timestamp);
      return;
    }
    const targets = layers?.decodeTargetsOf(this.target) ?? 0;
    const starts = this.#startPending && newest && timestamp === this.#startTimestamp;
    if (newest) this.#startPending = false;
    this.waiting = forwarder.forward(
      this.#consumers,
      this.sinks.length,
      thinned,
      slot,
      thinned.sequence,
      timestamp,
      newest,
      starts,
      numbers,
      pictureId - thinned.picturesLeftOut,
      payload,
      ends,
      frameNumber,
      targets,
      targets !== 0 && targets !== layers!.decodeTargetsOf(EVERYTHING),
    );
  }
}
