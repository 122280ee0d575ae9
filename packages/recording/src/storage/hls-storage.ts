import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ContainerFrame, type ContainerWriter, Mp4Writer, type TrackFormat } from '@rivero/containers';
import type { RecordingProfile } from '../profile.js';
import { type ResourceErrorType, type Storage, StorageError } from './storage.js';

/** A segment ends at the first key frame after this time, ns. */
const SEGMENT_NANOS = 2_000_000_000;
/** Without key frames it ends all the same, ns. */
const MAX_SEGMENT_NANOS = 8_000_000_000;
/** Bytes that may wait for a slow disk. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** How often the sources of an HLS recording should send key frames, ms. */
export const HLS_KEY_FRAME_MS = SEGMENT_NANOS / 1e6;

interface Segment {
  name: string;
  seconds: number;
  init: number;
}

/**
 * A recording as HTTP Live Streaming (RFC 8216) with fragmented MP4: a playlist, and beside it an initialization section and segments,
 * with the playlist's name in theirs. The playlist lists a segment once it is whole, so it can be played while it grows; whatever
 * happens, what is listed stays playable. A track that comes later begins another initialization section.
 */
export class HlsStorage implements Storage {
  onError: ((error: StorageError) => void) | undefined;
  /** How many tracks there will be: the first segment is to have them all, if they come in time. */
  expectedTracks = 0;
  readonly #playlist: string;
  readonly #folder: string;
  readonly #name: string;
  readonly #segments: Segment[] = [];
  #init: Uint8Array[] = [];
  #initNumber = 0;
  #segment: Uint8Array[] = [];
  #inHeader = true;
  #pendingBytes = 0;
  #work: Promise<void> = Promise.resolve();
  #error: StorageError | undefined;
  #closing: Promise<void> | undefined;

  /** @param playlist path of the `.m3u8` file */
  constructor(playlist: string) {
    this.#playlist = playlist;
    this.#folder = dirname(playlist);
    this.#name = basename(playlist).replace(/\.m3u8$/i, '');
  }

  async open(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true });
      // What an earlier recording has left under this name would be played with the first segment.
      await rm(this.#playlist, { force: true });
      await writeFile(`${this.#playlist}.new`, '');
    } catch (error) {
      throw asStorageError(error, 'RESOURCE_ERROR_OPEN_WRITE');
    }
  }

  /** From the Mp4Writer: the header's boxes, then a fragment at a time. */
  append(bytes: Uint8Array): void {
    if (this.#inHeader && boxType(bytes) !== 'moof') this.#init.push(bytes);
    else {
      this.#inHeader = false;
      this.#segment.push(bytes);
    }
  }

  /** The header with one track more. */
  patch(_offset: number, bytes: Uint8Array): void {
    const fileType = this.#init.slice(0, 1);
    this.#init = [...fileType, bytes];
    if (this.#initNumber > 0) this.#writeInit();
  }

  /** Whether the header has been written: it can't become another one. */
  get hasBegun(): boolean {
    return this.#initNumber > 0;
  }

  /** All fragments since the last segment are one. */
  endSegment(nanos: number): void {
    if (this.#segment.length === 0) return;
    if (this.#initNumber === 0) this.#writeInit();
    const name = `${this.#name}-${this.#segments.length}.m4s`;
    this.#write(name, this.#segment);
    this.#segment = [];
    this.#segments.push({ name, seconds: nanos / 1e9, init: this.#initNumber });
    this.#list(false);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#segments.length > 0) this.#list(true);
    await this.#work;
    await rm(`${this.#playlist}.new`, { force: true });
    if (this.#error !== undefined && this.onError === undefined) throw this.#error;
  }

  #writeInit(): void {
    this.#initNumber++;
    this.#write(this.#initName(this.#initNumber), this.#init);
  }

  #initName(number: number): string {
    return `${this.#name}-init-${number}.mp4`;
  }

  #list(ended: boolean): void {
    const longest = Math.max(...this.#segments.map(({ seconds }) => seconds));
    const lines = [
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      `#EXT-X-TARGETDURATION:${Math.ceil(longest)}`,
      '#EXT-X-MEDIA-SEQUENCE:0',
      '#EXT-X-PLAYLIST-TYPE:EVENT',
    ];
    let init = 0;
    for (const segment of this.#segments) {
      if (segment.init !== init) {
        if (init > 0) lines.push('#EXT-X-DISCONTINUITY');
        lines.push(`#EXT-X-MAP:URI="${encodeURIComponent(this.#initName(segment.init))}"`);
        init = segment.init;
      }
      lines.push(`#EXTINF:${segment.seconds.toFixed(3)},`, encodeURIComponent(segment.name));
    }
    if (ended) lines.push('#EXT-X-ENDLIST');
    const text = Buffer.from(`${lines.join('\n')}\n`);
    // In one step: nobody reads half a playlist.
    this.#do(text.length, async () => {
      await writeFile(`${this.#playlist}.new`, text);
      await rename(`${this.#playlist}.new`, this.#playlist);
    });
  }

  #write(name: string, parts: readonly Uint8Array[]): void {
    const bytes = Buffer.concat(parts);
    this.#do(bytes.length, () => writeFile(join(this.#folder, name), bytes));
  }

  #do(bytes: number, step: () => Promise<void>): void {
    this.#pendingBytes += bytes;
    if (this.#pendingBytes > MAX_PENDING_BYTES)
      this.#fail(new StorageError('RESOURCE_ERROR_WRITE', `${this.#playlist}: the disk is too slow`));
    this.#work = this.#work.then(async () => {
      this.#pendingBytes -= bytes;
      if (this.#error !== undefined) return;
      try {
        await step();
      } catch (error) {
        this.#fail(asStorageError(error, 'RESOURCE_ERROR_WRITE'));
      }
    });
  }

  #fail(error: StorageError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.onError?.(error);
  }
}

/** What of a recording goes into segments that begin with key frames. */
class HlsWriter implements ContainerWriter {
  readonly #storage: HlsStorage;
  readonly #writer: Mp4Writer;
  readonly #kinds: TrackFormat['kind'][] = [];
  /** Where the running segment begins, ns; -1 before the first frame. */
  #start = -1;
  #end = 0;

  constructor(storage: HlsStorage, date: number) {
    this.#storage = storage;
    this.#writer = new Mp4Writer(storage, {
      date,
      complete: 'fragments',
      fragmentNanos: Number.POSITIVE_INFINITY,
    });
  }

  addTrack(format: TrackFormat): number {
    // Players take over what changes between segments, not within one.
    if (this.#storage.hasBegun) this.#cut(this.#end);
    this.#kinds.push(format.kind);
    return this.#writer.addTrack(format);
  }

  write(frame: ContainerFrame): void {
    const at = frame.dts ?? frame.pts;
    if (this.#start < 0) this.#start = at;
    // The frame before it is whole only now that its successor is known: it still belongs to the old segment, this one does not.
    this.#writer.write(frame);
    this.#end = Math.max(this.#end, at);
    const length = at - this.#start;
    const canCut = this.#kinds[frame.track] === 'video' ? frame.keyFrame : !this.#kinds.includes('video');
    const complete = this.#storage.hasBegun || this.#kinds.length >= this.#storage.expectedTracks;
    if ((length >= SEGMENT_NANOS && canCut && complete) || length >= MAX_SEGMENT_NANOS) this.#cut(at);
  }

  #cut(at: number): void {
    if (this.#start < 0 || at <= this.#start) return;
    this.#writer.flush();
    this.#storage.endSegment(at - this.#start);
    this.#start = at;
  }

  flush(): void {
    this.#cut(this.#end);
  }

  finish(): void {
    this.#writer.finish();
    this.#storage.endSegment(Math.max(this.#end - this.#start, 1_000_000));
  }
}

/** The profile for HLS: codecs that all browsers play. */
export function hlsProfile(storage: HlsStorage, kinds: RecordingProfile): RecordingProfile {
  return {
    codecs: {
      video: kinds.codecs.video.length > 0 ? ['H264'] : [],
      audio: kinds.codecs.audio.length > 0 ? ['AAC'] : [],
    },
    severalTracks: false,
    contentType: 'application/vnd.apple.mpegurl',
    writer: (_output, date) => new HlsWriter(storage, date),
  };
}

function boxType(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(4, 8));
}

function asStorageError(error: unknown, otherwise: ResourceErrorType): StorageError {
  const { code, message } = error as NodeJS.ErrnoException;
  const type =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'RESOURCE_ERROR_NO_SPACE_LEFT'
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? 'RESOURCE_ERROR_NOT_AUTHORIZED'
        : otherwise;
  return new StorageError(type, message, { cause: error });
}
