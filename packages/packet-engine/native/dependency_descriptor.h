// Dependency descriptors (AV1 RTP specification, appendix A): which decode targets a receiver gets is written into them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rivero {

// Copies a descriptor of `length` bytes with `mask` as its active_decode_targets_bitmask, one bit for each of `targets`
// (1 to 16). Returns its length at `out`, at most 3 bytes more; 0 where it cannot be read, its structure is of another
// number of targets, or it would be longer than 255 bytes.
size_t WriteActiveTargets(const uint8_t* in, size_t length, uint32_t targets, uint32_t mask, uint8_t* out);

}  // namespace rivero
