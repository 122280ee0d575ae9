const OBU_SEQUENCE_HEADER = 1;
const OBU_TEMPORAL_DELIMITER = 2;

/**
 * Is this payload the first packet of a new coded video sequence? True when the aggregation header has N set, the first OBU
 * does not continue one, and it is a sequence header (AV1 RTP payload format sections 4.4 and 5).
 */
export function isAv1KeyFrameStart(slab: Uint8Array, offset: number, length: number): boolean {
  if (length < 2) return false;
  const header = slab[offset]!;
  if ((header & 0x88) !== 0x08) return false;
  const elements = (header >>> 4) & 0x03;
  const end = offset + length;
  let at = offset + 1;
  for (let index = 1; at < end; index++) {
    let size = end - at;
    // with W set the last element has no length field
    if (elements === 0 || index < elements) {
      let value = 0;
      let shift = 0;
      for (;;) {
        if (at >= end || shift > 21) return false;
        const byte = slab[at++]!;
        value |= (byte & 0x7f) << shift;
        shift += 7;
        if ((byte & 0x80) === 0) break;
      }
      if (value > end - at) return false;
      size = value;
    }
    if (size > 0) {
      const type = (slab[at]! >>> 3) & 0x0f;
      // a temporal delimiter should have been left out by the sender, and some leave it in
      if (type !== OBU_TEMPORAL_DELIMITER) return type === OBU_SEQUENCE_HEADER;
    }
    if (elements !== 0 && index >= elements) return false;
    at += size;
  }
  return false;
}
