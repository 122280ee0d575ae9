import { ascii, concat, u16, u32, u64 } from '../bytes.js';
import type { NumberList } from '../number-list.js';
import { box, fullBox, UNITY_MATRIX } from './box.js';
import type { Mp4Track } from './mp4-track.js';
import { sampleEntry } from './sample-entry.js';

/** Ticks of the movie: ms. */
const MOVIE_TIMESCALE = 1000;

/** Seconds from 1904 to 1970. */
const MP4_EPOCH_SECONDS = 2_082_844_800;

export interface MovieOptions {
  /** When the recording began, ms since 1970. */
  date: number | undefined;
  /** With the index of all samples: what completes a file. Without it: the header before fragments. */
  complete: boolean;
}

/** The `moov` box (ISO 14496-12 8.2). */
export function movieBox(tracks: readonly Mp4Track[], options: MovieOptions): Uint8Array {
  const date = options.date === undefined ? 0 : Math.round(options.date / 1000) + MP4_EPOCH_SECONDS;
  const duration = options.complete ? Math.max(0, ...tracks.map(presentationEnd)) : 0;
  const parts = [
    fullBox(
      'mvhd',
      1,
      0,
      u64(date),
      u64(date),
      u32(MOVIE_TIMESCALE),
      u64(duration),
      u32(0x10000),
      u16(0x100),
      new Uint8Array(10),
      UNITY_MATRIX,
      new Uint8Array(24),
      u32(tracks.length + 1),
    ),
    ...tracks.map((track) => trackBox(track, date, options)),
  ];
  if (!options.complete) {
    parts.push(
      box('mvex', ...tracks.map(({ id }) => fullBox('trex', 0, 0, u32(id), u32(1), u32(0), u32(0), u32(0)))),
    );
  }
  return box('moov', ...parts);
}

/** When a track ends, ms from the start of the movie. */
function presentationEnd(track: Mp4Track): number {
  return Math.round(
    ((Math.max(track.start, 0) + track.startCts + track.duration) * MOVIE_TIMESCALE) / track.timescale,
  );
}

function trackBox(track: Mp4Track, date: number, { complete }: MovieOptions): Uint8Array {
  const { format, id } = track;
  const video = format.kind === 'video';
  const header = fullBox(
    'tkhd',
    1,
    3,
    u64(date),
    u64(date),
    u32(id),
    u32(0),
    u64(complete ? presentationEnd(track) : 0),
    new Uint8Array(8),
    u16(0),
    u16(video ? 0 : 1),
    u16(video ? 0 : 0x100),
    u16(0),
    UNITY_MATRIX,
    u32((format.width ?? 0) * 0x10000),
    u32((format.height ?? 0) * 0x10000),
  );
  const media = box(
    'mdia',
    fullBox(
      'mdhd',
      1,
      0,
      u64(date),
      u64(date),
      u32(track.timescale),
      u64(complete ? track.duration : 0),
      // Language: undetermined.
      u16(0x55c4),
      u16(0),
    ),
    fullBox(
      'hdlr',
      0,
      0,
      u32(0),
      ascii(video ? 'vide' : 'soun'),
      new Uint8Array(12),
      ascii(format.name ?? (video ? 'video' : 'audio')),
      new Uint8Array(1),
    ),
    box(
      'minf',
      video ? fullBox('vmhd', 0, 1, new Uint8Array(8)) : fullBox('smhd', 0, 0, new Uint8Array(4)),
      box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
      sampleTable(track, complete),
    ),
  );
  const edits = complete ? editList(track) : [];
  return box('trak', header, ...edits, media);
}

/** A track that begins later than the movie has an empty edit before it (8.6.6). */
function editList(track: Mp4Track): Uint8Array[] {
  const startMs = Math.round((Math.max(track.start + track.startCts, 0) * MOVIE_TIMESCALE) / track.timescale);
  if (startMs === 0 && track.startCts === 0) return [];
  const lengthMs = Math.round((track.duration * MOVIE_TIMESCALE) / track.timescale);
  const entries: Uint8Array[] = [];
  if (startMs > 0) entries.push(concat([u64(startMs), u64All(), u32(0x10000)]));
  entries.push(concat([u64(lengthMs), u64(Math.max(track.startCts, 0)), u32(0x10000)]));
  return [box('edts', fullBox('elst', 1, 0, u32(entries.length), ...entries))];
}

/** Media time -1: nothing is shown. */
function u64All(): Uint8Array {
  return new Uint8Array(8).fill(0xff);
}

function sampleTable(track: Mp4Track, complete: boolean): Uint8Array {
  const description = fullBox('stsd', 0, 0, u32(1), sampleEntry(track.format));
  if (!complete) {
    return box(
      'stbl',
      description,
      fullBox('stts', 0, 0, u32(0)),
      fullBox('stsc', 0, 0, u32(0)),
      fullBox('stsz', 0, 0, u32(0), u32(0)),
      fullBox('stco', 0, 0, u32(0)),
    );
  }
  const parts = [description, fullBox('stts', 0, 0, ...runs(track.durations))];
  if (track.hasCts) parts.push(fullBox('ctts', 1, 0, ...runs(track.ctsOffsets)));
  if (track.syncSamples.length < track.sizes.length) {
    parts.push(fullBox('stss', 0, 0, u32(track.syncSamples.length), table(track.syncSamples)));
  }
  parts.push(
    fullBox('stsc', 0, 0, ...chunkRuns(track.chunkSamples)),
    fullBox('stsz', 0, 0, u32(0), u32(track.sizes.length), table(track.sizes)),
    fullBox('co64', 0, 0, u32(track.chunkOffsets.length), table64(track.chunkOffsets)),
  );
  return box('stbl', ...parts);
}

function table(values: NumberList): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (let index = 0; index < values.length; index++) view.setUint32(index * 4, values.at(index));
  return new Uint8Array(view.buffer);
}

function table64(values: NumberList): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  for (let index = 0; index < values.length; index++) view.setBigUint64(index * 8, BigInt(values.at(index)));
  return new Uint8Array(view.buffer);
}

/** Equal neighbours as (count, value). */
function runs(values: NumberList): Uint8Array[] {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  let entries = 0;
  for (let index = 0; index < values.length; ) {
    const value = values.at(index);
    let next = index + 1;
    while (next < values.length && values.at(next) === value) next++;
    view.setUint32(entries * 8, next - index);
    view.setInt32(entries * 8 + 4, value);
    entries++;
    index = next;
  }
  return [u32(entries), new Uint8Array(view.buffer, 0, entries * 8)];
}

/** Chunks of equal length as (first chunk, samples, description). */
function chunkRuns(samples: NumberList): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let index = 0; index < samples.length; index++) {
    if (index > 0 && samples.at(index) === samples.at(index - 1)) continue;
    entries.push(concat([u32(index + 1), u32(samples.at(index)), u32(1)]));
  }
  return [u32(entries.length), ...entries];
}
