// What a datagram must look like before OpenSSL may see it, and the records in it.
#pragma once

#include "bytes.h"

namespace rivero {

constexpr size_t kRecordHeader = 13;

// True for one or more complete DTLS 1.x records (RFC 6347 section 4.1) and nothing else, of known content types.
//
// Encrypted records (epoch 1 and later) must have room for the explicit nonce and the tag of AES-GCM, the only cipher
// offered: OpenSSL ends the association when they have not, instead of dropping them as it does with wrong tags.
inline bool AreDtlsRecords(const uint8_t* data, size_t length) {
  constexpr size_t kNonceAndTag = 8 + 16;
  if (length == 0) return false;
  while (length > 0) {
    if (length < kRecordHeader || data[0] < 20 || data[0] > 23 || data[1] != 0xfe) return false;
    const bool encrypted = ReadU16(data + 3) > 0;
    const size_t content = ReadU16(data + 11);
    if (content == 0 || (encrypted && content < kNonceAndTag) || content > length - kRecordHeader) return false;
    data += kRecordHeader + content;
    length -= kRecordHeader + content;
  }
  return true;
}

// Goes through the records of a datagram for which AreDtlsRecords is true.
class RecordReader {
 public:
  explicit RecordReader(ByteView datagram) : rest_(datagram) {}
  bool done() const { return rest_.length == 0; }
  ByteView record() const { return {rest_.data, kRecordHeader + ReadU16(rest_.data + 11)}; }
  void Next() {
    const size_t length = record().length;
    rest_ = {rest_.data + length, rest_.length - length};
  }

 private:
  ByteView rest_;
};

}  // namespace rivero
