import type { ContainerFrame, TrackFormat } from '../container.js';
import { NumberList } from '../number-list.js';

/** Ticks of a video track: as RTP's. */
const VIDEO_TIMESCALE = 90_000;
/** An audio packet this near to where the one before ends follows it without a gap: timestamps of live audio jitter, s. */
const AUDIO_SNAP_SECONDS = 0.01;

/** A sample that waits for its successor, which tells its duration. */
export interface PendingSample {
  data: Uint8Array;
  /** Ticks. */
  dts: number;
  ctsOffset: number;
  keyFrame: boolean;
}

/** A sample that is ready to go into a fragment. */
export interface Sample extends PendingSample {
  duration: number;
}

/** State of one track: its samples of the running fragment, and the tables of all samples for the index at the end. */
export class Mp4Track {
  readonly timescale: number;
  readonly ready: Sample[] = [];
  #pending: PendingSample | undefined;
  #lastDuration = 0;
  /** Decoding time at which the track begins, ticks; -1 before its first sample. */
  start = -1;
  /** What presentation is later than decoding at the start, ticks. */
  startCts = 0;
  readonly durations = new NumberList();
  readonly ctsOffsets = new NumberList();
  readonly sizes = new NumberList();
  /** Numbers of key frames, from 1. */
  readonly syncSamples = new NumberList();
  /** Where each run of samples lies in the file, and how many it has. */
  readonly chunkOffsets = new NumberList();
  readonly chunkSamples = new NumberList();
  /** Sum of all durations, ticks. */
  duration = 0;
  hasCts = false;

  constructor(
    readonly id: number,
    readonly format: TrackFormat,
    /** Whether there will be an index at the end: without one nothing is kept of samples that are written. */
    private readonly hasIndex = true,
  ) {
    this.timescale = format.kind === 'video' ? VIDEO_TIMESCALE : (format.sampleRate ?? 48000);
  }

  get pending(): PendingSample | undefined {
    return this.#pending;
  }

  add(frame: ContainerFrame): void {
    const ticks = (nanos: number): number => Math.round((nanos * this.timescale) / 1e9);
    const pts = ticks(frame.pts);
    let dts = frame.dts === undefined ? pts : ticks(frame.dts);
    const previous = this.#pending;
    if (previous !== undefined) {
      let duration = dts - previous.dts;
      if (this.format.kind === 'audio' && this.#lastDuration > 0) {
        const jitter = Math.abs(duration - this.#lastDuration);
        if (jitter <= AUDIO_SNAP_SECONDS * this.timescale) duration = this.#lastDuration;
      }
      // Decoding times rise; a frame that comes too early is shown when it says.
      if (duration < 1) duration = 1;
      dts = previous.dts + duration;
      this.#take({ ...previous, duration });
      if (this.format.kind === 'video' || this.#lastDuration === 0) this.#lastDuration = duration;
    }
    const natural = frame.duration === undefined ? 0 : ticks(frame.duration);
    if (natural > 0) this.#lastDuration = natural;
    if (this.start < 0) {
      this.start = dts;
      this.startCts = this.format.kind === 'video' ? pts - dts : 0;
    }
    const ctsOffset = this.format.kind === 'video' ? pts - dts : 0;
    this.#pending = { data: frame.data, dts, ctsOffset, keyFrame: frame.keyFrame };
  }

  /** The last sample has no successor: it lasts as long as the one before, or as it says. */
  end(): void {
    const last = this.#pending;
    if (last === undefined) return;
    this.#pending = undefined;
    this.#take({ ...last, duration: Math.max(this.#lastDuration, 1) });
  }

  #take(sample: Sample): void {
    this.ready.push(sample);
    this.duration += sample.duration;
    if (!this.hasIndex) return;
    this.durations.push(sample.duration);
    this.ctsOffsets.push(sample.ctsOffset);
    if (sample.ctsOffset !== 0) this.hasCts = true;
    this.sizes.push(sample.data.length);
    if (sample.keyFrame) this.syncSamples.push(this.sizes.length);
  }
}
