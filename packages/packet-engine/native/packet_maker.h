// From a command to an encrypted packet: header and extensions of the receiver's record, payload out of the slab.
#pragma once

#include <vector>

#include "layout.h"
#include "sent_log.h"
#include "session_table.h"
#include "shared_memory.h"

namespace rivero {

// What a consumer has sent. A nonce must not be used again for other bytes: an index may be repeated only when all
// packets were made deterministically.
struct SentPackets {
  bool varied = false;
  ReplayWindow indexes;  // of 48 bits

  bool MayNotSend(uint64_t index, bool deterministic) const {
    return (varied || !deterministic) && indexes.IsReplay(index);
  }
};

// One for each thread that sends. What belongs to a session or a consumer is one thread's at a time.
class PacketMaker {
 public:
  // sent: by consumer. counters: those of the thread.
  PacketMaker(const SharedMemory& shared, SentPackets* sent, double* counters)
      : slab_(shared.slab.as<uint8_t>()),
        slot_meta_(shared.slot_meta.as<uint32_t>()),
        records_(shared.consumers.as<uint32_t>()),
        sent_(sent),
        counters_(counters) {}

  // The packets until the next call are sent now.
  void BeginFlush();

  // Makes a packet at out; 0 when it cannot be made, else its length. The consumer's number is one in use.
  size_t Make(const int32_t* entry, Session* session, uint8_t* out);

  // Has the memory that Make will need brought closer.
  void Prefetch(const int32_t* entry) const {
    const uint32_t consumer = static_cast<uint32_t>(entry[layout::command::kConsumerAndFlags]) & layout::command::kConsumerMask;
    const uint32_t* record = records_ + size_t{consumer} * layout::consumer::kStride;
    __builtin_prefetch(record, 1);
    __builtin_prefetch(record + layout::consumer::kExtensionTemplate);
    __builtin_prefetch(sent_ + consumer, 1);
    __builtin_prefetch(reinterpret_cast<const char*>(sent_ + consumer) + 64, 1);
  }

 private:
  static size_t WriteStart(uint32_t flags, const int32_t* more, uint8_t* start, ByteView* payload);
  void FillExtensions(const uint32_t* record, size_t length, const uint32_t* meta, const uint8_t* received,
                      size_t received_header, Session* session, uint8_t* block) const;
  static uint64_t ContinueIndex(const ReplayWindow& sent, uint32_t extended_sequence);

  const uint8_t* slab_;
  const uint32_t* slot_meta_;
  uint32_t* records_;
  SentPackets* sent_;
  double* counters_;
  uint32_t now_abs_send_time_ = 0;
  SentLog sent_log_;
};

}  // namespace rivero
