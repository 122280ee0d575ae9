// From the kernel into the slab: batches of datagrams, demultiplexed (RFC 7983, RFC 5761) and decrypted in place.
#pragma once

#include <sys/socket.h>

#include <vector>

#include "layout.h"
#include "sender_threads.h"
#include "session_table.h"
#include "shared_memory.h"
#include "udp_socket.h"

namespace rivero {

class ReceivePath {
 public:
  // senders: a slot may be used again when they are through with it.
  ReceivePath(const SharedMemory& shared, const EngineLimits& limits, SessionTable* sessions, SenderThreads* senders);
  ReceivePath(const ReceivePath&) = delete;

  // Reads one batch and describes what is left of it after demultiplexing. Returns how many datagrams were read, and
  // in *delivered how many descriptors TypeScript has to look at.
  uint32_t ReceiveBatch(UdpSocket* socket, uint32_t* delivered);

  // The same for datagrams that came another way, at most kBatchSize. Returns how many descriptors there are.
  uint32_t ReceiveVirtual(uint32_t socket, const SocketAddress& from, const ByteView* datagrams, uint32_t count);

  // The same for what came before there were keys for it, of one session that has them now. False when there is none.
  bool ReceiveEarly(uint32_t* delivered);

 private:
  struct Datagram {
    uint32_t slot;
    uint8_t* data;
    size_t length;
    const SocketAddress* from;
    int64_t arrival_ns;
  };

  // How far a batch is: datagrams looked at, descriptors made, RTP packets kept.
  struct Batch {
    uint32_t taken = 0;
    uint32_t delivered = 0;
    uint32_t kept = 0;
  };

  uint32_t SlotAt(uint32_t position) const { return ring_[position & ring_mask_]; }
  uint32_t EmptySlotAt(uint32_t position);
  void PrepareMessages();
  void Count(size_t length);
  void NumberSlot(const Datagram& datagram);
  // Describes one datagram of a batch if TypeScript has to look at it.
  void Take(uint32_t socket, const Datagram& datagram, bool truncated, Batch* batch);
  bool Accept(uint32_t socket, const Datagram& datagram, int32_t* descriptor);
  bool AcceptRtp(uint32_t session, const Datagram& datagram, int32_t* descriptor);
  bool AcceptRtcp(uint32_t session, const Datagram& datagram, int32_t* descriptor);
  bool Drop(layout::counter::Field reason);
  bool DropFor(SrtpResult result);
  bool WithinRate(RateLimit* limit, const Datagram& datagram);
  bool KeepEarly(uint32_t session, uint32_t socket, const Datagram& datagram);
  void DescribeSource(const SocketAddress& from, uint32_t position);

  SessionTable* sessions_;
  EngineLimits limits_;
  StrangerLimit strangers_;
  SenderThreads* senders_;
  uint8_t* slab_;
  int32_t* descriptors_;
  uint8_t* addresses_;
  uint32_t* slot_meta_;
  double* counters_;

  // The order in which slots are filled. Only RTP packets move the head on; the slot of anything else is used again in
  // the next batch, so that garbage cannot push packets out of the retransmission cache.
  std::vector<uint32_t> ring_;
  uint32_t ring_mask_;
  uint32_t head_ = 0;
  uint32_t receive_number_ = 0;

  static constexpr size_t kControlLength = 64;
  mmsghdr messages_[layout::kBatchSize] = {};
  iovec vectors_[layout::kBatchSize] = {};
  SocketAddress sources_[layout::kBatchSize];
  alignas(cmsghdr) char controls_[layout::kBatchSize][kControlLength] = {};
};

}  // namespace rivero
