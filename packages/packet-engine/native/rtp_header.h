// The shape of an RTP packet (RFC 3550 section 5.1), as far as encryption needs it.
#pragma once

#include "bytes.h"

namespace rivero {

constexpr size_t kRtpFixedHeaderLength = 12;

// Length of header, CSRCs and extension block, or 0 when they do not fit into the packet or the version is wrong.
inline size_t RtpHeaderLength(const uint8_t* packet, size_t length) {
  if (length < kRtpFixedHeaderLength || packet[0] >> 6 != 2) return 0;
  size_t header = kRtpFixedHeaderLength + 4 * static_cast<size_t>(packet[0] & 0x0f);
  if (packet[0] & 0x10) {
    if (header + 4 > length) return 0;
    header += 4 + 4 * static_cast<size_t>(ReadU16(packet + header + 2));
  }
  return header <= length ? header : 0;
}

// Takes the padding off the payload (after decryption); false when its count is impossible.
inline bool RemovePadding(const uint8_t* packet, size_t header_length, size_t* length) {
  if ((packet[0] & 0x20) == 0) return true;
  if (*length <= header_length) return false;
  const size_t padding = packet[*length - 1];
  if (padding == 0 || padding > *length - header_length) return false;
  *length -= padding;
  return true;
}

}  // namespace rivero
