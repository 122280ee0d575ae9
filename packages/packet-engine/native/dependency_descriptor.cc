#include "dependency_descriptor.h"

#include <cstring>

namespace rivero {

namespace {

constexpr size_t kMandatoryLength = 3;
constexpr size_t kFlags = 5;
constexpr uint32_t kStructureFlag = 0x10;
constexpr uint32_t kActiveTargetsFlag = 0x08;
constexpr size_t kMaxLength = 255;
constexpr uint32_t kMaxTemplates = 64;
constexpr uint32_t kMaxTargets = 16;

class BitReader {
 public:
  BitReader(const uint8_t* data, size_t bits, size_t position) : data_(data), end_(bits), position_(position) {}

  uint32_t Read(uint32_t count) {
    uint32_t value = 0;
    for (; count > 0; count--) {
      if (position_ >= end_) {
        ok_ = false;
        return 0;
      }
      value = value << 1 | (data_[position_ >> 3] >> (7 - (position_ & 7)) & 1);
      position_++;
    }
    return value;
  }

  // ns(n) of the AV1 specification, section 4.10.7
  uint32_t ReadBelow(uint32_t limit) {
    uint32_t width = 0;
    for (uint32_t rest = limit; rest > 0; rest >>= 1) width++;
    const uint32_t shorter = (1u << width) - limit;
    const uint32_t value = Read(width - 1);
    return value < shorter ? value : (value << 1 | Read(1)) - shorter;
  }

  void Skip(size_t count) {
    if (count > end_ - position_) {
      ok_ = false;
      return;
    }
    position_ += count;
  }

  bool ok() const { return ok_; }
  size_t position() const { return position_; }

 private:
  const uint8_t* data_;
  size_t end_;
  size_t position_;
  bool ok_ = true;
};

// template_dependency_structure() of appendix A.8.2. Returns its number of decode targets, 0 where it is malformed.
uint32_t SkipStructure(BitReader* bits) {
  bits->Skip(6);
  const uint32_t targets = bits->Read(5) + 1;
  uint32_t templates = 0;
  uint32_t spatial = 1;
  for (uint32_t next = 0; next != 3; ) {
    if (!bits->ok() || templates == kMaxTemplates) return 0;
    templates++;
    next = bits->Read(2);
    if (next == 2) spatial++;
  }
  bits->Skip(size_t{templates} * targets * 2);
  for (uint32_t i = 0; i < templates; i++) {
    while (bits->Read(1) != 0) bits->Skip(4);
  }
  const uint32_t chains = bits->ReadBelow(targets + 1);
  if (chains > 0) {
    for (uint32_t i = 0; i < targets; i++) bits->ReadBelow(chains);
    bits->Skip(size_t{templates} * chains * 4);
  }
  if (bits->Read(1) != 0) bits->Skip(size_t{spatial} * 32);
  return bits->ok() ? targets : 0;
}

// Into zeroed memory.
class BitWriter {
 public:
  BitWriter(uint8_t* data, size_t position) : data_(data), position_(position) {}

  void Write(uint32_t value, uint32_t count) {
    while (count-- > 0) {
      data_[position_ >> 3] |= static_cast<uint8_t>((value >> count & 1) << (7 - (position_ & 7)));
      position_++;
    }
  }

  void Copy(const uint8_t* from, size_t begin, size_t end) {
    BitReader bits(from, end, begin);
    while (bits.position() < end) Write(bits.Read(1), 1);
  }

  size_t length() const { return (position_ + 7) / 8; }

 private:
  uint8_t* data_;
  size_t position_;
};

}  // namespace

size_t WriteActiveTargets(const uint8_t* in, size_t length, uint32_t targets, uint32_t mask, uint8_t* out) {
  if (length < kMandatoryLength || length > kMaxLength || targets == 0 || targets > kMaxTargets) return 0;
  const size_t begin = kMandatoryLength * 8;
  const size_t end = length * 8;
  BitReader bits(in, end, begin);
  const uint32_t flags = length > kMandatoryLength ? bits.Read(kFlags) : 0;
  if ((flags & kStructureFlag) != 0 && SkipStructure(&bits) != targets) return 0;
  const size_t place = bits.position();
  if ((flags & kActiveTargetsFlag) != 0) bits.Skip(targets);
  if (!bits.ok()) return 0;
  // What comes after the flags: as many bits as before and the mask, with room for the flags where there were none.
  if (length > kMaxLength - 3) return 0;
  memcpy(out, in, kMandatoryLength);
  memset(out + kMandatoryLength, 0, length);
  BitWriter written(out, begin);
  written.Write(flags | kActiveTargetsFlag, kFlags);
  if (flags != 0 || length > kMandatoryLength) written.Copy(in, begin + kFlags, place);
  written.Write(mask, targets);
  if (length > kMandatoryLength) written.Copy(in, bits.position(), end);
  return written.length();
}

}  // namespace rivero
