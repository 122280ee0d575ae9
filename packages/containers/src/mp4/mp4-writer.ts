import { ascii, concat, u32, u64 } from '../bytes.js';
import {
  ContainerError,
  type ContainerFrame,
  type ContainerOutput,
  type ContainerWriter,
  type TrackFormat,
} from '../container.js';
import { box, freeBox, fullBox } from './box.js';
import { movieBox } from './movie.js';
import { Mp4Track, type Sample } from './mp4-track.js';
import { fileTypeBox, sampleEntry } from './sample-entry.js';

export interface Mp4Options {
  /** When the recording began, ms since 1970; written into the file. */
  readonly date?: number;
  /**
   * What `finish` does. `index`: adds an index of all samples and turns the fragments into plain media data, so that every
   * player can seek. `fragments`: leaves them as they are, for outputs that can't be patched.
   */
  readonly complete?: 'index' | 'fragments';
  /** A fragment is written after this time, ns, where nobody flushes before. @default 1 s */
  readonly fragmentNanos?: number;
}

/** Room for the header before the fragments: tracks that come later are written into it. */
const HEADER_ROOM = 8192;
/** Of the `free` box that becomes the header of one large `mdat`: size 1, type, 64 bit size. */
const MEDIA_DATA_HEADER = 16;

const FRAGMENT_NANOS = 1_000_000_000;
/** trun flags: data offset, durations, sizes, flags and composition offsets of samples are present (8.8.8). */
const RUN_FLAGS = 0x1 | 0x100 | 0x200 | 0x400 | 0x800;
/** Bytes of what RUN_FLAGS say of a sample. */
const SAMPLE_RECORD = 16;
const DEFAULT_BASE_IS_MOOF = 0x20000;
/** Bytes before a fragment's samples: `moof` with `mfhd` and the header of `mdat`, and for each track `traf` with its boxes but the records. */
const FRAGMENT_HEADER = 8 + 16 + 8;
const TRACK_HEADER = 8 + 16 + 20 + 20;
const SYNC_SAMPLE = 0x02000000;
const NON_SYNC_SAMPLE = 0x01010000;

/**
 * Writes MP4 (ISO 14496-12) as fragments, each playable as soon as it is there, and completes the file with one index over
 * all of them: before `finish` it is a fragmented file that ends anywhere, after it a plain one, and nothing is copied.
 */
export class Mp4Writer implements ContainerWriter {
  readonly #output: ContainerOutput;
  readonly #options: Mp4Options;
  readonly #tracks: Mp4Track[] = [];
  #length = 0;
  /** Where the box lies that becomes the media data's header. */
  #mediaData = 0;
  #movie = 0;
  #started = false;
  #finished = false;
  #fragment = 0;
  /** Presentation time at which the running fragment began, ns; -1 without one. */
  #fragmentStart = -1;

  constructor(output: ContainerOutput, options: Mp4Options = {}) {
    this.#output = output;
    this.#options = options;
  }

  addTrack(format: TrackFormat): number {
    sampleEntry(format);
    const track = new Mp4Track(this.#tracks.length + 1, format, this.#options.complete !== 'fragments');
    if (this.#header([...this.#tracks, track]).length > HEADER_ROOM - 8) {
      throw new ContainerError(`no room for track ${track.id}`);
    }
    this.#tracks.push(track);
    if (this.#started) this.#output.patch(this.#movie, this.#paddedHeader());
    return track.id - 1;
  }

  write(frame: ContainerFrame): void {
    if (this.#finished) return;
    const track = this.#tracks[frame.track];
    if (track === undefined) throw new ContainerError(`no track ${frame.track}`);
    if (!this.#started) this.#start();
    const at = frame.dts ?? frame.pts;
    if (
      this.#fragmentStart >= 0 &&
      at - this.#fragmentStart >= (this.#options.fragmentNanos ?? FRAGMENT_NANOS)
    ) {
      this.flush();
    }
    if (this.#fragmentStart < 0) this.#fragmentStart = at;
    track.add(frame);
  }

  flush(): void {
    this.#fragmentStart = -1;
    const runs = this.#tracks.filter(({ ready }) => ready.length > 0);
    if (runs.length > 0) this.#writeFragment(runs);
  }

  /** What was written last has no successor that tells how long it lasts: what follows comes after a silence. */
  endRun(): void {
    for (const track of this.#tracks) track.end();
    this.flush();
  }

  finish(): void {
    if (this.#finished) return;
    if (!this.#started) {
      this.#finished = true;
      return;
    }
    this.endRun();
    this.#finished = true;
    if (this.#options.complete === 'fragments') return;
    const end = this.#length;
    this.#append(movieBox(this.#tracks, { date: this.#options.date, complete: true }));
    // The last step makes the file a plain one: until then it is a fragmented one with an index that nobody looks for.
    this.#output.patch(this.#mediaData, concat([u32(1), ascii('mdat'), u64(end - this.#mediaData)]));
  }

  #start(): void {
    this.#started = true;
    this.#append(fileTypeBox());
    this.#mediaData = this.#length;
    this.#append(freeBox(MEDIA_DATA_HEADER));
    this.#movie = this.#length;
    this.#append(this.#paddedHeader());
  }

  #header(tracks: readonly Mp4Track[]): Uint8Array {
    return movieBox(tracks, { date: this.#options.date, complete: false });
  }

  #paddedHeader(): Uint8Array {
    const header = this.#header(this.#tracks);
    return concat([header, freeBox(HEADER_ROOM - header.length)]);
  }

  #writeFragment(tracks: readonly Mp4Track[]): void {
    this.#fragment++;
    let samples = 0;
    for (const { ready } of tracks) samples += ready.length;
    const headerLength = FRAGMENT_HEADER + tracks.length * TRACK_HEADER + samples * SAMPLE_RECORD;
    const offsets: number[] = [];
    let offset = headerLength;
    for (const track of tracks) {
      offsets.push(offset);
      if (this.#options.complete !== 'fragments') {
        track.chunkOffsets.push(this.#length + offset);
        track.chunkSamples.push(track.ready.length);
      }
      for (const { data } of track.ready) offset += data.length;
    }
    const header = box(
      'moof',
      fullBox('mfhd', 0, 0, u32(this.#fragment)),
      ...tracks.map((track, index) => trackFragment(track, offsets[index]!)),
    );
    const parts = [header, u32(offset - headerLength + 8), ascii('mdat')];
    for (const track of tracks) {
      for (const { data } of track.ready) parts.push(data);
      track.ready.length = 0;
    }
    this.#append(concat(parts));
  }

  #append(bytes: Uint8Array): void {
    this.#output.append(bytes);
    this.#length += bytes.length;
  }
}

/** One `traf` (8.8.6): all samples of a track that are ready. */
function trackFragment(track: Mp4Track, dataOffset: number): Uint8Array {
  const samples = track.ready;
  return box(
    'traf',
    fullBox('tfhd', 0, DEFAULT_BASE_IS_MOOF, u32(track.id)),
    fullBox('tfdt', 1, 0, u64(Math.max(samples[0]!.dts, 0))),
    fullBox('trun', 1, RUN_FLAGS, u32(samples.length), u32(dataOffset), sampleRecords(samples)),
  );
}

/** In one piece: there are some for every frame of a recording. */
function sampleRecords(samples: readonly Sample[]): Uint8Array {
  const bytes = new Uint8Array(samples.length * SAMPLE_RECORD);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { duration, data, keyFrame, ctsOffset } of samples) {
    view.setUint32(at, duration);
    view.setUint32(at + 4, data.length);
    view.setUint32(at + 8, keyFrame ? SYNC_SAMPLE : NON_SYNC_SAMPLE);
    view.setInt32(at + 12, ctsOffset);
    at += SAMPLE_RECORD;
  }
  return bytes;
}
