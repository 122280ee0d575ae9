// Wall clock time, and as the abs-send-time header extension carries it.
#pragma once

#include <cstdint>
#include <ctime>

namespace rivero {

inline int64_t WallClockNs() {
  timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return int64_t{time.tv_sec} * 1000000000 + time.tv_nsec;
}

// Seconds modulo 64 as a 6.18 fixed-point number (http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time).
inline uint32_t AbsSendTime(int64_t ns) {
  const uint64_t seconds = static_cast<uint64_t>(ns) / 1000000000;
  const uint64_t fraction = static_cast<uint64_t>(ns) % 1000000000;
  return static_cast<uint32_t>((seconds % 64) << 18 | (fraction << 18) / 1000000000);
}

}  // namespace rivero
