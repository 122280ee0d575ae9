// What was sent under which transport-wide sequence number, for the feedback about it: a ring for each session in shared
// memory, written here and read by TypeScript.
#pragma once

#include <uv.h>

#include "layout.h"

namespace rivero {

class SentLog {
 public:
  // The packets until the next call leave now.
  void BeginFlush() { noted_ = 0; }

  void Note(uint32_t* ring, uint16_t sequence, size_t bytes) {
    using namespace layout::sent;
    // A long flush takes milliseconds; reading the clock for every packet would cost, too.
    if ((noted_++ & 15) == 0) now_ = static_cast<uint32_t>(uv_hrtime() / 1000 >> kTimeUnitShift) << kTimeShift;
    ring[kFirst + (sequence & (kPackets - 1))] = now_ | static_cast<uint32_t>(bytes < kMaxBytes ? bytes : kMaxBytes);
    ring[kNext] = static_cast<uint16_t>(sequence + 1);
  }

 private:
  uint32_t noted_ = 0;
  uint32_t now_ = 0;
};

}  // namespace rivero
