import { ascii, concat, u8 } from './bytes.js';
import type { TrackFormat } from './container.js';

const MAGIC = ascii('OpusHead');

/**
 * The identification header of a track (RFC 7845 5.1): the given one where it is one, else made from the format. A recording
 * begins in the middle of a stream, so that nothing is to be skipped at its start.
 */
export function opusHead(format: TrackFormat): Uint8Array {
  const given = format.codecData;
  if (given !== undefined && given.length >= 19 && MAGIC.every((value, index) => given[index] === value)) {
    const head = given.slice();
    head[10] = 0;
    head[11] = 0;
    return head;
  }
  // Version 1, channels, pre-skip 0, 48000 Hz little-endian, gain 0, mapping family 0.
  return concat([MAGIC, u8(1, format.channels ?? 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0)]);
}
