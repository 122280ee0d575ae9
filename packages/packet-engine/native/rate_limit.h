// Bounds on how much comes in a second.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "socket_address.h"

namespace rivero {

// So many a second, and as many at once: the generic cell rate algorithm (ITU-T I.371), which needs one number.
class RateLimit {
 public:
  // False: too many. A rate of 0 is no limit.
  bool Take(int64_t now_ns, uint32_t rate) {
    if (rate == 0) return true;
    const int64_t ahead = due_ns_ - now_ns;
    if (ahead > 2 * kSecond) due_ns_ = now_ns;  // the clock was set back
    else if (ahead > kSecond - kSecond / rate) return false;
    due_ns_ = std::max(due_ns_, now_ns) + kSecond / rate;
    return true;
  }

 private:
  static constexpr int64_t kSecond = 1000000000;
  int64_t due_ns_ = 0;
};

// The same for strangers: each address of its own, and all of them together. Addresses that fall into one place share it;
// which do is random, and an IPv6 subscriber (/64) counts as one.
class StrangerLimit {
 public:
  explicit StrangerLimit(uint64_t seed) : places_(kPlaces), seed_(seed) {}

  bool Take(int64_t now_ns, const RemoteKey& from, uint32_t rate) {
    return places_[Place(from)].Take(now_ns, rate) && all_.Take(now_ns, std::min(rate, kMaxRate / kTogether) * kTogether);
  }

 private:
  static constexpr size_t kPlaces = 4096;
  static constexpr uint32_t kTogether = 20;
  static constexpr uint32_t kMaxRate = 1000000000;

  size_t Place(const RemoteKey& from) const {
    uint64_t prefix;
    memcpy(&prefix, from.address, sizeof prefix);
    uint64_t hash = (seed_ ^ prefix) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
    return (hash >> 32) % kPlaces;
  }

  std::vector<RateLimit> places_;
  RateLimit all_;
  uint64_t seed_;
};

}  // namespace rivero
