import type { ContainerCodec, ContainerWriter, TrackFormat } from '@rivero/containers';
import { GapCloser, type GapsFix } from './gap-closer.js';
import type { RecordingProfile } from './profile.js';
import type { Storage } from './storage/storage.js';
import { Timeline } from './timeline.js';

/** One encoded frame of a source. */
export interface RecordedFrame {
  /** Time on the clock that all sources share, ns. */
  readonly pts: number;
  readonly dts?: number;
  /** ns */
  readonly duration?: number;
  readonly keyFrame: boolean;
  /** Something of its source was lost before it. */
  readonly discontinuous?: boolean;
  readonly data: Uint8Array;
}

export interface RecordingListener {
  /** The first frame after `record` was written. */
  started(): void;
  /** A source must send a key frame, or nothing can be recorded of it. */
  keyFrameWanted(input: RecordingInput): void;
  /** A source can't go on in its codec: the file holds another one for it, or its container takes none of this codec. */
  codecWanted(input: RecordingInput, codec: ContainerCodec): void;
  /** All sources have ended. */
  sourcesEnded(): void;
}

/** A longer silence between two frames is a gap, ns. */
const MAX_FRAME_DURATION = 1_000_000_000;

/** The least time between two frames of a track, ns: one unit of the coarsest container. */
const MIN_STEP = 1_000_000;

type State = 'idle' | 'recording' | 'paused' | 'finished';

/** A source of a recording: one track of the file, from its first frame on. */
export class RecordingInput {
  /** -1 before its first frame. */
  track = -1;
  format: TrackFormat | undefined;
  /** The codec of its track: what it is recorded in stays. */
  codec: ContainerCodec | undefined;
  /** Frames that depend on others are of no use before a key frame. */
  awaitsKeyFrame = true;
  ended = false;
  framesWritten = 0;
  framesDropped = 0;
  /** Where its last frame lies in the recording, ns. */
  lastPlace = Number.NEGATIVE_INFINITY;
  #lastPts: number | undefined;
  #lastDuration = 0;

  constructor(
    readonly kind: 'audio' | 'video',
    readonly name: string | undefined,
  ) {}

  /** How long a frame lasts whose source does not say: as long as the one before, ns; 0 = not known. */
  frameDuration(pts: number): number {
    const since = this.#lastPts === undefined ? 0 : pts - this.#lastPts;
    this.#lastPts = pts;
    if (since > 0 && since < MAX_FRAME_DURATION) this.#lastDuration = since;
    return this.#lastDuration;
  }
}

/**
 * Puts frames of several sources on one timeline and into a container. Starts with the first usable frame of any source; others
 * come in when they come. The time of a pause is cut out.
 */
export class Recording {
  readonly #profile: RecordingProfile;
  readonly #storage: Storage;
  readonly #listener: RecordingListener;
  readonly #date: (pts: number) => number;
  readonly #timeline = new Timeline();
  readonly #inputs = new Set<RecordingInput>();
  readonly #gapsFix: GapsFix;
  /** By names of sources. */
  readonly #gaps = new Map<string | undefined, GapCloser>();
  #writer: ContainerWriter | undefined;
  #state: State = 'idle';
  #told = false;

  /**
   * @param date when a frame was captured, ms since 1970
   * @param gapsFix GENPTS: the time of lost sound is cut out, like that of a pause
   */
  constructor(
    profile: RecordingProfile,
    storage: Storage,
    listener: RecordingListener,
    date: (pts: number) => number,
    gapsFix: GapsFix = 'NONE',
  ) {
    this.#profile = profile;
    this.#storage = storage;
    this.#listener = listener;
    this.#date = date;
    this.#gapsFix = gapsFix;
  }

  get state(): State {
    return this.#state;
  }

  /** Nanoseconds recorded. */
  get length(): number {
    return this.#timeline.end;
  }

  /** Codecs in which a source may be recorded; one when it already has a track. */
  accepts(input: RecordingInput): readonly ContainerCodec[] {
    return input.codec === undefined ? this.#profile.codecs[input.kind] : [input.codec];
  }

  /** Whether the profile has room for a source of a kind. */
  takes(kind: 'audio' | 'video'): boolean {
    if (this.#profile.codecs[kind].length === 0) return false;
    return this.#profile.severalTracks || [...this.#inputs].every((input) => input.kind !== kind);
  }

  /** @param name of the track, for whoever opens the file */
  addInput(kind: 'audio' | 'video', name?: string): RecordingInput {
    const input = new RecordingInput(kind, name);
    this.#inputs.add(input);
    return input;
  }

  /** Begins, or goes on after a pause. */
  record(): void {
    if (this.#state === 'recording' || this.#state === 'finished') return;
    this.#state = 'recording';
    this.#told = false;
    this.#timeline.resume();
    this.#gaps.clear();
    for (const input of this.#inputs) this.#wantKeyFrame(input);
  }

  pause(): void {
    if (this.#state === 'finished') return;
    this.#state = 'paused';
    this.#timeline.pause();
    this.#writer?.flush();
  }

  /** A source begins to come in a format, or goes on in another one. */
  setFormat(input: RecordingInput, format: TrackFormat): void {
    input.format = input.name === undefined ? format : { ...format, name: input.name };
    if (!this.accepts(input).includes(format.codec)) {
      this.#listener.codecWanted(input, this.accepts(input)[0]!);
      return;
    }
    this.#wantKeyFrame(input);
  }

  write(input: RecordingInput, frame: RecordedFrame): void {
    const { format } = input;
    if (this.#state !== 'recording' || format === undefined || !this.accepts(input).includes(format.codec))
      return;
    if (input.awaitsKeyFrame && input.kind === 'video' && !frame.keyFrame) {
      input.framesDropped++;
      return;
    }
    input.awaitsKeyFrame = false;
    const shift = this.#gapShift(input, frame);
    const moved = {
      pts: frame.pts - shift,
      ...(frame.dts !== undefined && { dts: frame.dts - shift }),
    };
    const duration = frame.duration ?? input.frameDuration(moved.pts);
    const time = this.#timeline.place({ ...moved, duration });
    if (time === undefined) {
      input.framesDropped++;
      return;
    }
    const late = this.#lateness(input, time, format.codec);
    const pts = time.pts + late;
    this.#writer ??= this.#profile.writer(this.#storage, this.#date(frame.pts));
    if (input.track < 0) {
      input.track = this.#writer.addTrack(format);
      input.codec = format.codec;
    }
    this.#writer.write({
      track: input.track,
      pts,
      ...(time.dts === undefined ? {} : { dts: time.dts + late }),
      ...(duration > 0 ? { duration } : {}),
      keyFrame: frame.keyFrame,
      data: frame.data,
    });
    input.framesWritten++;
    if (!this.#told) {
      this.#told = true;
      this.#listener.started();
    }
  }

  /**
   * The clock of a source may be set back, when the first report tells its true time: frames then stand close together until they are in
   * step again. Players take no frame that is before the last one. A closed gap may do the same to pictures.
   */
  #lateness(
    input: RecordingInput,
    { pts, dts }: { pts: number; dts: number | undefined },
    codec: ContainerCodec,
  ): number {
    const closesGaps = this.#gapsFix === 'GENPTS';
    // Their pictures may be shown in another order than they come in.
    if (!closesGaps && (codec === 'H264' || codec === 'H265')) return 0;
    const place = closesGaps ? (dts ?? pts) : pts;
    const late = Math.max(0, input.lastPlace + MIN_STEP - place);
    input.lastPlace = place + late;
    return late;
  }

  /** How much of the time before a frame was lost and is cut out, ns. */
  #gapShift({ kind, name }: RecordingInput, frame: RecordedFrame): number {
    if (this.#gapsFix === 'NONE') return 0;
    const closer = this.#gaps.get(name) ?? new GapCloser();
    this.#gaps.set(name, closer);
    return closer.shift(kind, frame);
  }

  /** What was written is in the storage, playable, even where the container gathers frames. */
  flush(): void {
    if (this.#state === 'recording') this.#writer?.flush();
  }

  /** Frames of a source were lost: what depends on them is no picture. */
  lost(input: RecordingInput): void {
    this.#wantKeyFrame(input);
  }

  /** A source has ended; another may take its place in its track. */
  end(input: RecordingInput): void {
    input.ended = true;
    if ([...this.#inputs].every(({ ended }) => ended)) this.#listener.sourcesEnded();
  }

  /** A source that was taken away begins again, or another in its place. */
  restart(input: RecordingInput): void {
    input.ended = false;
    this.#gaps.get(input.name)?.forget(input.kind);
    this.#wantKeyFrame(input);
  }

  /** Completes the file. Idempotent. */
  finish(): void {
    if (this.#state === 'finished') return;
    this.#state = 'finished';
    this.#writer?.finish();
  }

  #wantKeyFrame(input: RecordingInput): void {
    if (input.kind !== 'video') return;
    input.awaitsKeyFrame = true;
    if (this.#state === 'recording' && input.format !== undefined) this.#listener.keyFrameWanted(input);
  }
}
