// What a datagram must look like before OpenSSL may see it.
#pragma once

#include "bytes.h"

namespace rivero {

// True for one or more complete DTLS 1.x records (RFC 6347 section 4.1) and nothing else, of known content types.
//
// Encrypted records (epoch 1 and later) must have room for the explicit nonce and the tag of AES-GCM, the only cipher
// offered: OpenSSL ends the association when they have not, instead of dropping them as it does with wrong tags.
inline bool AreDtlsRecords(const uint8_t* data, size_t length) {
  constexpr size_t kHeader = 13;
  constexpr size_t kNonceAndTag = 8 + 16;
  if (length == 0) return false;
  while (length > 0) {
    if (length < kHeader || data[0] < 20 || data[0] > 23 || data[1] != 0xfe) return false;
    const bool encrypted = ReadU16(data + 3) > 0;
    const size_t content = ReadU16(data + 11);
    if (content == 0 || (encrypted && content < kNonceAndTag) || content > length - kHeader) return false;
    data += kHeader + content;
    length -= kHeader + content;
  }
  return true;
}

}  // namespace rivero
