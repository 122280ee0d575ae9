#include "send_path.h"

#include <algorithm>
#include <cstring>

#include "send_group.h"

namespace rivero {

using namespace layout;

SendPath::SendPath(const SharedMemory& shared, const EngineLimits& limits, bool segmentation, uint32_t sender_threads,
                   SessionTable* sessions, const IndexPool* consumers, UdpSocket* const* sockets)
    : slots_(limits.slots),
      commands_(shared.commands.as<int32_t>()),
      records_(shared.consumers.as<uint32_t>()),
      counters_(shared.counters.as<double>()),
      sessions_(sessions),
      consumers_(consumers),
      sockets_(sockets),
      sent_(limits.consumers),
      groups_(kMaxSockets + 1, limits.sessions, limits.commands),
      maker_(shared, sent_.data(), counters_),
      batch_(counters_, segmentation),
      threads_({shared, limits, segmentation, sessions, sockets, sent_.data()}, sender_threads),
      outbox_(shared) {}

uint32_t SendPath::Flush(uint32_t count) {
  const bool hand_over = threads_.Takes(count);
  uint32_t made = 0;
  groups_.Clear();
  Route(count, hand_over, &made);
  if (hand_over) threads_.Post();
  maker_.BeginFlush();
  const auto entry_of = [this](uint32_t command) { return EntryOf(command); };
  for (uint32_t socket = groups_.first_socket(); socket != kEnd; socket = groups_.next_socket(socket)) {
    if (socket == kVirtual) continue;
    made += SendGroup(groups_, socket, entry_of, sessions_, sockets_[socket], &maker_, &batch_);
  }
  virtual_session_ = groups_.first_session(kVirtual);
  virtual_command_ = virtual_session_ == kEnd ? kEnd : groups_.first_command(virtual_session_);
  return made + ContinueFlush();
}

// Looks at every command: it goes to the sender threads, or into a group.
void SendPath::Route(uint32_t count, bool hand_over, uint32_t* handed_over) {
  for (uint32_t i = 0; i < count; i++) {
    const int32_t* entry = EntryOf(i);
    const uint32_t word = static_cast<uint32_t>(entry[command::kConsumerAndFlags]);
    const uint32_t consumer = word & command::kConsumerMask;
    const bool more = word >> command::kFlagShift != 0;
    const uint32_t position = i;
    if (more && ++i == count) {  // its second entry is missing
      counters_[counter::kDroppedBadCommand]++;
      return;
    }
    if (!consumers_->IsUsed(consumer) || static_cast<uint32_t>(entry[command::kSlot]) >= slots_) {
      counters_[counter::kDroppedBadCommand]++;
      continue;
    }
    const uint32_t index = records_[size_t{consumer} * consumer::kStride + consumer::kSession];
    const Session* session = sessions_->Find(index);
    if (!session || !session->sender || session->remote_socket == Session::kNoSocket) {
      counters_[counter::kDroppedNoDestination]++;
      continue;
    }
    const uint32_t socket = std::min(static_cast<uint32_t>(session->remote_socket), kVirtual);
    if (hand_over && socket != kVirtual) {
      threads_.Add(entry, more ? 2 : 1, index);
      ++*handed_over;
    } else {
      groups_.Add(position, index, socket);
    }
  }
  counters_[counter::kHandedOver] += *handed_over;
}

uint32_t SendPath::ContinueFlush() {
  uint32_t made = 0;
  while (virtual_session_ != kEnd) {
    Session* session = sessions_->Find(virtual_session_);
    // Between two calls anything may have been closed.
    const bool usable = session && session->sender && session->remote_socket >= static_cast<int32_t>(kMaxSockets);
    while (virtual_command_ != kEnd) {
      if (outbox_.full()) return made;
      const int32_t* entry = EntryOf(virtual_command_);
      virtual_command_ = groups_.next_command(virtual_command_);
      const uint32_t consumer = static_cast<uint32_t>(entry[command::kConsumerAndFlags]) & command::kConsumerMask;
      if (!usable || !consumers_->IsUsed(consumer) || static_cast<uint32_t>(entry[command::kSlot]) >= slots_) {
        counters_[counter::kDroppedNoDestination]++;
        continue;
      }
      const size_t length = maker_.Make(entry, session, outbox_.Next());
      if (length == 0) continue;
      outbox_.Commit(length, virtual_session_);
      counters_[counter::kPacketsSent]++;
      counters_[counter::kBytesSent] += static_cast<double>(length);
      made++;
    }
    virtual_session_ = groups_.next_session(virtual_session_);
    virtual_command_ = virtual_session_ == kEnd ? kEnd : groups_.first_command(virtual_session_);
  }
  return made;
}

bool SendPath::SendRtcp(uint32_t index, ByteView packet) {
  Session* session = sessions_->Find(index);
  if (!session->sender ||
      (session->remote_socket == Session::kNoSocket && session->rtcp_socket == Session::kNoSocket)) {
    counters_[counter::kDroppedNoDestination]++;
    return false;
  }
  uint8_t buffer[kSlotSize + kMaxSrtcpTrailer];
  if (packet.length > kSlotSize) return false;
  memcpy(buffer, packet.data, packet.length);
  const size_t length = session->sender->ProtectRtcp(buffer, packet.length);
  if (length == 0) {
    counters_[counter::kDroppedBadCommand]++;
    return false;
  }
  const bool separate = session->rtcp_socket != Session::kNoSocket;
  if (!separate && session->remote_socket >= static_cast<int32_t>(kMaxSockets)) {
    if (outbox_.full()) {
      counters_[counter::kDroppedSendQueueFull]++;
      return false;
    }
    memcpy(outbox_.Next(), buffer, length);
    outbox_.Commit(length, index);
    counters_[counter::kPacketsSent]++;
    counters_[counter::kBytesSent] += static_cast<double>(length);
    return true;
  }
  UdpSocket* const socket = sockets_[separate ? session->rtcp_socket : session->remote_socket];
  if (!corked_ || batch_.socket() != socket) batch_.Begin(socket);
  memcpy(batch_.Next(), buffer, length);
  SocketAddress& to = rtcp_remotes_[next_rtcp_remote_++ % SendBatch::kMaxMessages];
  to = separate ? session->rtcp_remote : session->remote;
  batch_.Commit(length, &to, session->traffic_class);
  if (corked_) return true;
  const double before = counters_[counter::kPacketsSent];
  batch_.Send();
  return counters_[counter::kPacketsSent] > before;
}

void SendPath::UncorkRtcp() {
  corked_ = false;
  batch_.Send();
}

}  // namespace rivero
