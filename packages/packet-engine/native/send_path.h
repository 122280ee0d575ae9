// From the slab to the network: the commands of TypeScript, grouped by receiver, become encrypted packets.
#pragma once

#include <vector>

#include "command_groups.h"
#include "layout.h"
#include "packet_maker.h"
#include "send_batch.h"
#include "sender_threads.h"
#include "session_table.h"
#include "shared_memory.h"
#include "virtual_outbox.h"

namespace rivero {

constexpr uint32_t kMaxSockets = layout::kFirstVirtualSocket;

class SendPath {
 public:
  // sender_threads: how many may be used for large flushes; 0: none.
  SendPath(const SharedMemory& shared, const EngineLimits& limits, bool segmentation, uint32_t sender_threads,
           SessionTable* sessions, const IndexPool* consumers, UdpSocket* const* sockets);

  // Sends what the first count entries of the command array say, or hands it over to the sender threads. Within one
  // receiver the order is kept. Returns the number of packets that were made or handed over.
  // Packets for virtual sockets are in the outbox then; when it is full some are still to be made.
  uint32_t Flush(uint32_t count);

  // Goes on with the packets for virtual sockets after the outbox was emptied. Returns the number of packets made.
  uint32_t ContinueFlush();

  // Encrypts a compound RTCP packet and sends it, now or when RTCP is uncorked. False when it was dropped.
  bool SendRtcp(uint32_t session, ByteView packet);
  // Between the two calls RTCP is collected and sent by as few system calls as possible.
  void CorkRtcp() { corked_ = true; }
  void UncorkRtcp();

  SenderThreads& threads() { return threads_; }

  // Forgets what a consumer number has sent, for its next user.
  void ResetConsumer(uint32_t consumer) { sent_[consumer] = SentPackets(); }

 private:
  static constexpr uint32_t kEnd = CommandGroups::kEnd;
  static constexpr uint32_t kVirtual = kMaxSockets;  // all virtual sockets as one

  void Route(uint32_t count, bool hand_over, uint32_t* handed_over);
  const int32_t* EntryOf(uint32_t command) const { return commands_ + size_t{command} * layout::command::kStride; }

  uint32_t slots_;
  const int32_t* commands_;
  const uint32_t* records_;
  double* counters_;
  SessionTable* sessions_;
  const IndexPool* consumers_;
  UdpSocket* const* sockets_;
  std::vector<SentPackets> sent_;  // by consumer
  CommandGroups groups_;
  PacketMaker maker_;
  SendBatch batch_;
  SenderThreads threads_;
  VirtualOutbox outbox_;
  uint32_t virtual_session_ = kEnd;  // where ContinueFlush goes on
  uint32_t virtual_command_ = kEnd;
  bool corked_ = false;
  // Where corked RTCP goes: sessions may change meanwhile.
  SocketAddress rtcp_remotes_[SendBatch::kMaxMessages];
  uint32_t next_rtcp_remote_ = 0;
};

}  // namespace rivero
