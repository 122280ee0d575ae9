// From the slab to the network: the commands of TypeScript, grouped by receiver, become encrypted packets.
#pragma once

#include <vector>

#include "layout.h"
#include "send_batch.h"
#include "session_table.h"
#include "shared_memory.h"
#include "virtual_outbox.h"

namespace rivero {

constexpr uint32_t kMaxSockets = layout::kFirstVirtualSocket;

class SendPath {
 public:
  SendPath(const SharedMemory& shared, const EngineLimits& limits, bool segmentation, SessionTable* sessions,
           const IndexPool* consumers, UdpSocket* const* sockets);

  // Sends what the first count entries of the command array say. Within one receiver the order is kept. Returns the
  // number of packets that were made.
  // Packets for virtual sockets are in the outbox then; when it is full some are still to be made.
  uint32_t Flush(uint32_t count);

  // Goes on with the packets for virtual sockets after the outbox was emptied. Returns the number of packets made.
  uint32_t ContinueFlush();

  // Encrypts a compound RTCP packet and sends it now.
  bool SendRtcp(uint32_t session, ByteView packet);

  // Forgets what a consumer number has sent, for its next user.
  void ResetConsumer(uint32_t consumer) { sent_[consumer] = SentPackets(); }

 private:
  static constexpr uint32_t kEnd = 0xffffffff;

  // A list threaded through an array of "next" numbers; what was there before the current flush is stale.
  struct List {
    uint32_t head = kEnd;
    uint32_t tail = kEnd;
  };
  struct SocketList {
    uint32_t epoch = 0;  // the flush that the list is of
    List sessions;
  };
  static void Append(List* list, uint32_t* next, uint32_t item);

  // What a consumer has sent. A nonce must not be used again for other bytes: an index may be repeated only when all
  // packets were made deterministically.
  struct SentPackets {
    ReplayWindow indexes;  // of 48 bits
    bool varied = false;

    bool MayNotSend(uint64_t index, bool deterministic) const {
      return (varied || !deterministic) && indexes.IsReplay(index);
    }
  };

  void GroupBySession(uint32_t count);
  void FlushSocket(uint32_t socket, uint32_t* made);
  // Makes a packet at out; 0 when it cannot be made, else its length.
  size_t MakePacket(const int32_t* entry, Session* session, uint8_t* out);
  static size_t WriteStart(uint32_t flags, const int32_t* more, uint8_t* start, ByteView* payload);
  void FillExtensions(const uint32_t* record, const uint32_t* meta, const uint8_t* received, size_t received_header,
                      Session* session, uint8_t* block) const;
  static uint64_t ContinueIndex(const ReplayWindow& sent, uint32_t extended_sequence);

  const uint8_t* slab_;
  uint32_t slots_;
  const uint32_t* slot_meta_;
  const int32_t* commands_;
  uint32_t* records_;
  double* counters_;
  SessionTable* sessions_;
  const IndexPool* consumers_;
  UdpSocket* const* sockets_;
  SendBatch batch_;
  VirtualOutbox outbox_;
  uint32_t virtual_session_ = kEnd;  // where ContinueFlush goes on
  uint32_t virtual_command_ = kEnd;
  uint32_t now_abs_send_time_ = 0;
  std::vector<SentPackets> sent_;  // by consumer

  // Grouping: sockets -> sessions -> commands, made anew in every flush without allocating.
  uint32_t epoch_ = 0;
  std::vector<SocketList> socket_lists_;  // the last one: all virtual sockets
  std::vector<uint32_t> next_socket_;
  List touched_sockets_;                  // of the kernel, that something leaves by
  std::vector<uint32_t> session_epoch_;
  std::vector<uint32_t> next_session_;
  std::vector<List> command_lists_;
  std::vector<uint32_t> next_command_;
};

}  // namespace rivero
