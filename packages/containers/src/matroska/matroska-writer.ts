import { concat, f64 } from '../bytes.js';
import {
  ContainerError,
  type ContainerFrame,
  type ContainerOutput,
  type ContainerWriter,
  type TrackFormat,
} from '../container.js';
import { NumberList } from '../number-list.js';
import { element, float, Id, idBytes, sizeBytes, text, UNKNOWN_SIZE, uint, voidElement } from './ebml.js';
import { simpleBlock } from './simple-block.js';
import { trackEntry } from './track-entry.js';

export interface MatroskaOptions {
  /** WebM takes VP8, VP9, AV1 and Opus; Matroska takes everything. */
  readonly docType: 'webm' | 'matroska';
  /** When the recording began, ms since 1970; written into the file. */
  readonly date?: number;
}

const WEBM_CODECS = new Set(['VP8', 'VP9', 'AV1', 'OPUS']);

/** Room for the positions of Info, Tracks and Cues. */
const SEEK_HEAD_ROOM = 100;
/** Room for the tracks: those that come later are written into it. */
const TRACKS_ROOM = 8192;
/** A cluster is closed after this time even without a key frame, ns. Readers look for the next cluster after damage. */
const CLUSTER_NANOS = 2_000_000_000;
/** Block timestamps are 16 bit, in ms, relative to their cluster's. */
const MAX_BLOCK_OFFSET_MS = 32_000;
const MATROSKA_EPOCH_MS = Date.UTC(2001, 0, 1);
const NANOS_PER_MS = 1e6;

/**
 * Writes Matroska (RFC 9559) and WebM. Every frame is appended as it comes, into a cluster whose size is filled in when it
 * ends; the duration in the header follows at every cluster. So a file that ends anywhere plays to its last frame.
 */
export class MatroskaWriter implements ContainerWriter {
  readonly #output: ContainerOutput;
  readonly #options: MatroskaOptions;
  readonly #tracks: TrackFormat[] = [];
  readonly #lastPts: number[] = [];
  readonly #lastDuration: number[] = [];
  /** Bytes appended. */
  #length = 0;
  #started = false;
  #finished = false;
  /** Where the segment's content begins: positions within the file count from here. */
  #segment = 0;
  #seekHead = 0;
  #info = 0;
  #duration = 0;
  #tracksAt = 0;
  /** Of the open cluster: where it begins and its time in ms; -1 without one. */
  #cluster = -1;
  #clusterMs = 0;
  #end = 0;
  readonly #cueTimes = new NumberList();
  readonly #cuePositions = new NumberList();
  readonly #cueTracks = new NumberList();

  constructor(output: ContainerOutput, options: MatroskaOptions) {
    this.#output = output;
    this.#options = options;
  }

  addTrack(format: TrackFormat): number {
    if (this.#options.docType === 'webm' && !WEBM_CODECS.has(format.codec)) {
      throw new ContainerError(`WebM does not hold ${format.codec}`);
    }
    const entries = [...this.#tracks, format].map((track, index) => trackEntry(index + 1, track));
    if (element(Id.Tracks, ...entries).length > TRACKS_ROOM - 2) {
      throw new ContainerError(`no room for track ${this.#tracks.length + 1}`);
    }
    this.#tracks.push(format);
    this.#lastPts.push(Number.POSITIVE_INFINITY);
    this.#lastDuration.push(0);
    if (this.#started) this.#output.patch(this.#tracksAt, this.#tracksBytes());
    return this.#tracks.length - 1;
  }

  write(frame: ContainerFrame): void {
    if (this.#finished) return;
    const format = this.#tracks[frame.track];
    if (format === undefined) throw new ContainerError(`no track ${frame.track}`);
    if (!this.#started) this.#start();
    const { pts } = frame;
    const milliseconds = Math.round(pts / NANOS_PER_MS);
    const video = this.#tracks.some(({ kind }) => kind === 'video');
    const offset = milliseconds - this.#clusterMs;
    const atKeyFrame = format.kind === 'video' && frame.keyFrame;
    if (
      this.#cluster < 0 ||
      (atKeyFrame && offset > 0) ||
      (offset * NANOS_PER_MS >= CLUSTER_NANOS && (format.kind === 'video' || !video)) ||
      Math.abs(offset) > MAX_BLOCK_OFFSET_MS
    ) {
      this.#openCluster(milliseconds);
      if (atKeyFrame || (!video && frame.keyFrame)) {
        this.#cueTimes.push(milliseconds);
        this.#cuePositions.push(this.#cluster - this.#segment);
        this.#cueTracks.push(frame.track + 1);
      }
    }
    const previous = this.#lastPts[frame.track]!;
    const duration = frame.duration ?? (pts > previous ? pts - previous : this.#lastDuration[frame.track]!);
    this.#lastPts[frame.track] = pts;
    this.#lastDuration[frame.track] = duration;
    this.#end = Math.max(this.#end, pts + duration);
    this.#append(simpleBlock(frame.track + 1, milliseconds - this.#clusterMs, frame.keyFrame, frame.data));
  }

  /** Nothing is held back. */
  flush(): void {}

  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    if (!this.#started) return;
    this.#closeCluster();
    const cues = this.#length;
    if (this.#cueTimes.length > 0) this.#append(this.#cuesBytes());
    const seek = (id: number, position: number): Uint8Array =>
      element(Id.Seek, element(Id.SeekId, idBytes(id)), uint(Id.SeekPosition, position - this.#segment));
    const entries = [seek(Id.Info, this.#info), seek(Id.Tracks, this.#tracksAt)];
    if (this.#cueTimes.length > 0) entries.push(seek(Id.Cues, cues));
    this.#output.patch(this.#seekHead, padded(element(Id.SeekHead, ...entries), SEEK_HEAD_ROOM));
    this.#output.patch(this.#segment - 8, sizeBytes(this.#length - this.#segment, 8));
  }

  #start(): void {
    this.#started = true;
    const { docType } = this.#options;
    this.#append(
      element(
        Id.Ebml,
        uint(Id.EbmlVersion, 1),
        uint(Id.EbmlReadVersion, 1),
        uint(Id.EbmlMaxIdLength, 4),
        uint(Id.EbmlMaxSizeLength, 8),
        text(Id.DocType, docType),
        uint(Id.DocTypeVersion, 4),
        uint(Id.DocTypeReadVersion, 2),
      ),
    );
    this.#append(concat([idBytes(Id.Segment), UNKNOWN_SIZE]));
    this.#segment = this.#length;
    this.#seekHead = this.#length;
    this.#append(voidElement(SEEK_HEAD_ROOM));
    this.#info = this.#length;
    const duration = float(Id.Duration, 0);
    const info = [
      uint(Id.TimestampScale, NANOS_PER_MS),
      text(Id.MuxingApp, 'Rivero'),
      text(Id.WritingApp, 'Rivero'),
    ];
    if (this.#options.date !== undefined) info.push(dateUtc(this.#options.date));
    this.#append(element(Id.Info, ...info, duration));
    this.#duration = this.#length - 8;
    this.#tracksAt = this.#length;
    this.#append(this.#tracksBytes());
  }

  #tracksBytes(): Uint8Array {
    const entries = this.#tracks.map((track, index) => trackEntry(index + 1, track));
    return padded(element(Id.Tracks, ...entries), TRACKS_ROOM);
  }

  #openCluster(milliseconds: number): void {
    this.#closeCluster();
    this.#cluster = this.#length;
    this.#clusterMs = milliseconds;
    this.#append(concat([idBytes(Id.Cluster), UNKNOWN_SIZE, uint(Id.Timestamp, milliseconds)]));
  }

  #closeCluster(): void {
    this.#output.patch(this.#duration, f64(this.#end / NANOS_PER_MS));
    if (this.#cluster < 0) return;
    const content = this.#cluster + 12;
    this.#output.patch(content - 8, sizeBytes(this.#length - content, 8));
    this.#cluster = -1;
  }

  #cuesBytes(): Uint8Array {
    const points: Uint8Array[] = [];
    for (let index = 0; index < this.#cueTimes.length; index++) {
      points.push(
        element(
          Id.CuePoint,
          uint(Id.CueTime, this.#cueTimes.at(index)),
          element(
            Id.CueTrackPositions,
            uint(Id.CueTrack, this.#cueTracks.at(index)),
            uint(Id.CueClusterPosition, this.#cuePositions.at(index)),
          ),
        ),
      );
    }
    return element(Id.Cues, ...points);
  }

  #append(bytes: Uint8Array): void {
    this.#output.append(bytes);
    this.#length += bytes.length;
  }
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  return concat([bytes, voidElement(length - bytes.length)]);
}

/** Nanoseconds since 2001, signed 64 bit. */
function dateUtc(unixMs: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(Math.round(unixMs - MATROSKA_EPOCH_MS)) * 1_000_000n);
  return element(Id.DateUtc, bytes);
}
