// Frames of AMR and AMR-WB, and the bits of the bandwidth-efficient payload format (RFC 4867, sections 3.6, 4.3 and 5.3).
#pragma once

#include <cstddef>
#include <cstdint>

namespace rivero::amr {

constexpr size_t kMaxFrames = 20;  // in a packet: 400 ms
constexpr size_t kFrameTypes = 16;
constexpr int kUnknown = -1;

// Bits of speech, by frame type.
using FrameBits = int[kFrameTypes];
constexpr FrameBits kNarrowband = {95, 103, 118, 134, 148, 159, 204, 244, 39, kUnknown, kUnknown, kUnknown, kUnknown, kUnknown, kUnknown, 0};
constexpr FrameBits kWideband = {132, 177, 253, 285, 317, 365, 397, 461, 477, 40, kUnknown, kUnknown, kUnknown, kUnknown, 0, 0};

inline size_t BytesOf(int bits) { return (static_cast<size_t>(bits) + 7) / 8; }

class BitReader {
 public:
  BitReader(const uint8_t* bytes, size_t length) : bytes_(bytes), end_(length * 8) {}

  size_t left() const { return end_ - at_; }

  // @param count up to 8, and not more than there are left
  unsigned Read(size_t count) {
    unsigned value = 0;
    for (size_t i = 0; i < count; i++, at_++) value = value << 1 | (bytes_[at_ / 8] >> (7 - at_ % 8) & 1u);
    return value;
  }

 private:
  const uint8_t* bytes_;
  size_t end_;
  size_t at_ = 0;
};

// Into memory that is zero.
class BitWriter {
 public:
  explicit BitWriter(uint8_t* bytes) : bytes_(bytes) {}

  void Write(unsigned value, size_t count) {
    for (size_t i = count; i-- > 0; at_++) bytes_[at_ / 8] |= static_cast<uint8_t>((value >> i & 1u) << (7 - at_ % 8));
  }

 private:
  uint8_t* bytes_;
  size_t at_ = 0;
};

// From whole octets, the first bit in front.
inline void CopyBits(BitReader* from, BitWriter* to, size_t count) {
  for (; count >= 8; count -= 8) to->Write(from->Read(8), 8);
  to->Write(from->Read(count), count);
}

}  // namespace rivero::amr
