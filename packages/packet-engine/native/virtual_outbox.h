// Packets that leave by virtual sockets: TypeScript takes them out of shared memory, a batch at a time.
#pragma once

#include <algorithm>

#include "layout.h"
#include "shared_memory.h"

namespace rivero {

class VirtualOutbox {
 public:
  explicit VirtualOutbox(const SharedMemory& shared)
      : bytes_(shared.outbox.as<uint8_t>()), records_(shared.outbox_records.as<uint32_t>()) {}

  bool full() const { return count() == layout::outbox::kPackets; }
  // Where the next packet is to be written: outbox::kPacketStride bytes. Not to be called when it is full.
  uint8_t* Next() { return bytes_ + size_t{count()} * layout::outbox::kPacketStride; }
  void Commit(size_t length, uint32_t session) {
    const uint32_t position = count();
    uint32_t* record = records_ + layout::outbox::kFirstRecord + size_t{position} * layout::outbox::kRecordStride;
    record[layout::outbox::kSession] = session;
    record[layout::outbox::kLength] = static_cast<uint32_t>(length);
    records_[layout::outbox::kCount] = position + 1;
  }

 private:
  // TypeScript empties it by writing 0 there; shared memory may hold anything.
  uint32_t count() const { return std::min(records_[layout::outbox::kCount], layout::outbox::kPackets); }

  uint8_t* bytes_;
  uint32_t* records_;
};

}  // namespace rivero
