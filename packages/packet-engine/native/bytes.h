// Big-endian reads and writes, and a view of bytes that somebody else owns.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rivero {

struct ByteView {
  const uint8_t* data = nullptr;
  size_t length = 0;
};

inline uint16_t ReadU16(const uint8_t* p) { return static_cast<uint16_t>(p[0] << 8 | p[1]); }

inline uint32_t ReadU32(const uint8_t* p) {
  return static_cast<uint32_t>(p[0]) << 24 | static_cast<uint32_t>(p[1]) << 16 |
         static_cast<uint32_t>(p[2]) << 8 | p[3];
}

inline void WriteU16(uint8_t* p, uint16_t value) {
  p[0] = static_cast<uint8_t>(value >> 8);
  p[1] = static_cast<uint8_t>(value);
}

inline void WriteU24(uint8_t* p, uint32_t value) {
  p[0] = static_cast<uint8_t>(value >> 16);
  p[1] = static_cast<uint8_t>(value >> 8);
  p[2] = static_cast<uint8_t>(value);
}

inline void WriteU32(uint8_t* p, uint32_t value) {
  WriteU16(p, static_cast<uint16_t>(value >> 16));
  WriteU16(p + 2, static_cast<uint16_t>(value));
}

}  // namespace rivero
