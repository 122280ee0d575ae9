// The open bitstream units of AV1 (AV1 specification, section 5.3), as far as RTP needs them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rivero::av1 {

constexpr uint8_t kSequenceHeader = 1;
constexpr uint8_t kTemporalDelimiter = 2;
constexpr uint8_t kTileList = 8;
constexpr uint8_t kPadding = 15;

constexpr uint8_t kHasSize = 0x02;
constexpr uint8_t kHasExtension = 0x04;
constexpr uint8_t kForbidden = 0x80;

// Sizes are smaller than this; no stream of live video comes near it.
constexpr size_t kMaxUnit = 16 * 1024 * 1024;
constexpr size_t kMaxLeb128 = 4;  // bytes that a size below kMaxUnit takes

struct Obu {
  uint8_t type;
  size_t header;  // 1, or 2 with an extension
  const uint8_t* start;
  const uint8_t* payload;
  size_t payload_size;
};

// What RTP does not carry (AV1 RTP payload format, section 5).
inline bool IsLeftOut(uint8_t type) { return type == kTemporalDelimiter || type == kTileList || type == kPadding; }

// A size (section 4.10.5) at `*at`, which moves behind it; false when there is none below kMaxUnit.
inline bool ReadLeb128(const uint8_t** at, const uint8_t* end, size_t* value) {
  size_t result = 0;
  for (unsigned i = 0; i < 8 && *at < end; i++) {
    const uint8_t byte = *(*at)++;
    if (i < kMaxLeb128) {
      result |= static_cast<size_t>(byte & 0x7f) << (7 * i);
    } else if ((byte & 0x7f) != 0) {
      return false;
    }
    if ((byte & 0x80) == 0) {
      *value = result;
      return result < kMaxUnit;
    }
  }
  return false;
}

// Writes a size below kMaxUnit; returns how many bytes it took.
inline size_t WriteLeb128(uint8_t* to, size_t value) {
  size_t length = 0;
  do {
    const uint8_t byte = value & 0x7f;
    value >>= 7;
    to[length++] = value == 0 ? byte : byte | 0x80;
  } while (value != 0);
  return length;
}

inline size_t Leb128Length(size_t value) {
  size_t length = 1;
  while ((value >>= 7) != 0) length++;
  return length;
}

// The unit at `*at`, which moves behind it. One without a size reaches to the end. False when it is none.
inline bool ReadObu(const uint8_t** at, const uint8_t* end, Obu* obu) {
  const uint8_t* next = *at;
  if (next >= end || (*next & kForbidden) != 0) return false;
  const uint8_t first = *next;
  obu->start = next;
  obu->type = (first >> 3) & 0x0f;
  obu->header = (first & kHasExtension) != 0 ? 2 : 1;
  if (static_cast<size_t>(end - next) < obu->header) return false;
  next += obu->header;
  size_t size = static_cast<size_t>(end - next);
  if ((first & kHasSize) != 0) {
    if (!ReadLeb128(&next, end, &size) || size > static_cast<size_t>(end - next)) return false;
  }
  obu->payload = next;
  obu->payload_size = size;
  *at = next + size;
  return true;
}

}  // namespace rivero::av1
