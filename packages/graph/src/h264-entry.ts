const IDR = 5;
const SEQUENCE_PARAMETER_SET = 7;

/**
 * Whether decoding can begin with these frames of H.264 (NAL units with lengths of four bytes, ISO 14496-15): they hold an IDR picture, or
 * parameter sets. GStreamer's parser calls every picture of I slices a key frame; without parameter sets of its own it can only be decoded
 * after what came before it.
 */
export function isH264Entry(frame: Uint8Array): boolean {
  let at = 0;
  while (at + 4 < frame.length) {
    const type = frame[at + 4]! & 0x1f;
    if (type === IDR || type === SEQUENCE_PARAMETER_SET) return true;
    at += 4 + frame[at]! * 0x1000000 + ((frame[at + 1]! << 16) | (frame[at + 2]! << 8) | frame[at + 3]!);
  }
  return false;
}
