// The sliding replay window of SRTP and SRTCP (RFC 3711 section 3.3.2), as the circular bitmap of RFC 6479:
// moving ahead clears whole words, nothing is ever shifted.
#pragma once

#include <cstdint>

namespace rivero {

class ReplayWindow {
 public:
  // Packets older than this many are refused.
  static constexpr uint64_t kSize = 1024 - 64;

  bool started() const { return started_; }
  uint64_t highest() const { return highest_; }

  // True when a packet with this index has been accepted before, or is too old to tell.
  bool IsReplay(uint64_t index) const {
    if (!started_ || index > highest_) return false;
    if (highest_ - index >= kSize) return true;
    return (words_[WordOf(index)] >> (index % 64) & 1) != 0;
  }

  // Only for authenticated packets. An index below the window changes nothing.
  void Accept(uint64_t index) {
    if (started_ && index + kSize <= highest_) return;
    if (!started_) {
      started_ = true;
      highest_ = index;
    } else if (index > highest_) {
      uint64_t steps = index / 64 - highest_ / 64;
      if (steps > kWords) steps = kWords;
      for (uint64_t i = 1; i <= steps; i++) words_[(highest_ / 64 + i) % kWords] = 0;
      highest_ = index;
    }
    words_[WordOf(index)] |= uint64_t{1} << (index % 64);
  }

 private:
  static constexpr uint64_t kWords = 16;
  static uint64_t WordOf(uint64_t index) { return index / 64 % kWords; }

  bool started_ = false;
  uint64_t highest_ = 0;
  uint64_t words_[kWords] = {};
};

}  // namespace rivero
