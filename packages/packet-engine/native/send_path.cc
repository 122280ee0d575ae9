#include "send_path.h"

#include <algorithm>
#include <cstring>

#include "header_extensions.h"
#include "rtp_header.h"
#include "wall_clock.h"

namespace rivero {

using namespace layout;

SendPath::SendPath(const SharedMemory& shared, const EngineLimits& limits, bool segmentation, SessionTable* sessions,
                   const IndexPool* consumers, UdpSocket* const* sockets)
    : slab_(shared.slab.as<uint8_t>()),
      slots_(limits.slots),
      slot_meta_(shared.slot_meta.as<uint32_t>()),
      commands_(shared.commands.as<int32_t>()),
      records_(shared.consumers.as<uint32_t>()),
      counters_(shared.counters.as<double>()),
      sessions_(sessions),
      consumers_(consumers),
      sockets_(sockets),
      batch_(counters_, segmentation),
      outbox_(shared),
      sent_(limits.consumers),
      socket_lists_(kMaxSockets + 1),
      next_socket_(kMaxSockets, kEnd),
      session_epoch_(limits.sessions, 0),
      next_session_(limits.sessions, kEnd),
      command_lists_(limits.sessions),
      next_command_(limits.commands, kEnd) {}

void SendPath::Append(List* list, uint32_t* next, uint32_t item) {
  next[item] = kEnd;
  if (list->head == kEnd) {
    list->head = item;
  } else {
    next[list->tail] = item;
  }
  list->tail = item;
}

void SendPath::GroupBySession(uint32_t count) {
  if (++epoch_ == 0) {
    std::fill(session_epoch_.begin(), session_epoch_.end(), 0);
    std::fill(socket_lists_.begin(), socket_lists_.end(), SocketList());
    epoch_ = 1;
  }
  touched_sockets_ = List();
  for (uint32_t i = 0; i < count; i++) {
    const int32_t* entry = commands_ + size_t{i} * command::kStride;
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
    if (session_epoch_[index] != epoch_) {
      session_epoch_[index] = epoch_;
      command_lists_[index] = List();
      const uint32_t list = std::min(static_cast<uint32_t>(session->remote_socket), kMaxSockets);
      SocketList& socket = socket_lists_[list];
      if (socket.epoch != epoch_) {
        socket = {epoch_, List()};
        if (list < kMaxSockets) Append(&touched_sockets_, next_socket_.data(), list);
      }
      Append(&socket.sessions, next_session_.data(), index);
    }
    Append(&command_lists_[index], next_command_.data(), position);
  }
}

uint32_t SendPath::Flush(uint32_t count) {
  now_abs_send_time_ = AbsSendTime(WallClockNs());
  GroupBySession(count);
  uint32_t made = 0;
  for (uint32_t socket = touched_sockets_.head; socket != kEnd; socket = next_socket_[socket]) {
    FlushSocket(socket, &made);
  }
  const SocketList& virtual_list = socket_lists_[kMaxSockets];
  virtual_session_ = virtual_list.epoch == epoch_ ? virtual_list.sessions.head : kEnd;
  virtual_command_ = virtual_session_ == kEnd ? kEnd : command_lists_[virtual_session_].head;
  return made + ContinueFlush();
}

void SendPath::FlushSocket(uint32_t socket, uint32_t* made) {
  batch_.Begin(sockets_[socket]);
  for (uint32_t index = socket_lists_[socket].sessions.head; index != kEnd; index = next_session_[index]) {
    Session* session = sessions_->Find(index);
    for (uint32_t i = command_lists_[index].head; i != kEnd; i = next_command_[i]) {
      const size_t length = MakePacket(commands_ + size_t{i} * command::kStride, session, batch_.Next());
      if (length == 0) continue;
      batch_.Commit(length, &session->remote);
      ++*made;
    }
  }
  batch_.Send();
}

uint32_t SendPath::ContinueFlush() {
  uint32_t made = 0;
  while (virtual_session_ != kEnd) {
    Session* session = sessions_->Find(virtual_session_);
    // Between two calls anything may have been closed.
    const bool usable = session && session->sender && session->remote_socket >= static_cast<int32_t>(kMaxSockets);
    while (virtual_command_ != kEnd) {
      if (outbox_.full()) return made;
      const int32_t* entry = commands_ + size_t{virtual_command_} * command::kStride;
      virtual_command_ = next_command_[virtual_command_];
      const uint32_t consumer = static_cast<uint32_t>(entry[command::kConsumerAndFlags]) & command::kConsumerMask;
      if (!usable || !consumers_->IsUsed(consumer) || static_cast<uint32_t>(entry[command::kSlot]) >= slots_) {
        counters_[counter::kDroppedNoDestination]++;
        continue;
      }
      const size_t length = MakePacket(entry, session, outbox_.Next());
      if (length == 0) continue;
      outbox_.Commit(length, virtual_session_);
      counters_[counter::kPacketsSent]++;
      counters_[counter::kBytesSent] += static_cast<double>(length);
      made++;
    }
    virtual_session_ = next_session_[virtual_session_];
    virtual_command_ = virtual_session_ == kEnd ? kEnd : command_lists_[virtual_session_].head;
  }
  return made;
}

size_t SendPath::MakePacket(const int32_t* entry, Session* session, uint8_t* out) {
  const uint32_t word = static_cast<uint32_t>(entry[command::kConsumerAndFlags]);
  const uint32_t consumer = word & command::kConsumerMask;
  const uint32_t slot = static_cast<uint32_t>(entry[command::kSlot]);
  uint32_t* record = records_ + size_t{consumer} * consumer::kStride;
  const uint32_t* meta = slot_meta_ + size_t{slot} * slot_meta::kStride;
  const uint8_t* received = slab_ + size_t{slot} * kSlotSize;
  const size_t offset = meta[slot_meta::kOffsetAndMarker] & 0xffff;
  const size_t length = meta[slot_meta::kPayloadLength];
  size_t extension = record[consumer::kExtensionLength];
  // Shared memory may hold anything: check all that is used as a length or an offset.
  if (offset < kRtpFixedHeaderLength || length > kSlotSize || offset + length > kSlotSize ||
      extension > consumer::kMaxExtensionLength || extension % 4 != 0) {
    counters_[counter::kDroppedBadCommand]++;
    return 0;
  }

  const uint32_t sequence = static_cast<uint32_t>(entry[command::kExtendedSequence]);
  SentPackets& sent = sent_[consumer];
  const uint64_t index = ContinueIndex(sent.indexes, sequence);
  const bool deterministic = (record[consumer::kFlags] & consumer::kDeterministic) != 0;
  if (sent.MayNotSend(index, deterministic)) {
    counters_[counter::kDroppedRepeated]++;
    return 0;
  }

  const uint32_t timestamp = static_cast<uint32_t>(entry[command::kTimestamp]);
  const uint32_t flags = word >> command::kFlagShift;
  const uint32_t marker = (meta[slot_meta::kOffsetAndMarker] >> 16 & 1) | (flags & command::kMarker ? 1 : 0);
  out[0] = extension > 0 ? 0x90 : 0x80;
  out[1] = static_cast<uint8_t>(marker << 7 | (record[consumer::kPayloadType] & 0x7f));
  WriteU16(out + 2, static_cast<uint16_t>(sequence));
  WriteU32(out + 4, timestamp);
  WriteU32(out + 8, record[consumer::kSsrc]);
  if (extension > 0) {
    uint8_t* block = out + kRtpFixedHeaderLength;
    memcpy(block, record + consumer::kExtensionTemplate, extension);
    FillExtensions(record, meta, received, offset, session, block);
    if (record[consumer::kAppendExtension] != 0) {
      const int32_t frame_number =
          flags & command::kFrameNumber ? entry[command::kStride + command::kNewFrameNumber] & 0xffff : -1;
      extension = AppendExtension(received, offset, record[consumer::kAppendExtension], frame_number, block, extension);
    }
  }

  uint8_t start[2 + command::kMaxPatchEnd];
  ByteView payload = {received + offset, flags & command::kEmpty ? 0 : length};
  const ByteView prefix = {start, WriteStart(flags, entry + command::kStride, start, &payload)};
  sent.indexes.Accept(index);
  if (!deterministic) sent.varied = true;
  const size_t total =
      session->sender->ProtectRtp(out, kRtpFixedHeaderLength + extension, prefix, payload, index);
  if (total == 0) {
    counters_[counter::kDroppedBadCommand]++;
    return 0;
  }

  record[consumer::kPacketsSent]++;
  const uint64_t octets = static_cast<uint64_t>(record[consumer::kOctetsSentHigh]) << 32 |
                          record[consumer::kOctetsSentLow];
  const uint64_t octets_now = octets + prefix.length + payload.length;
  record[consumer::kOctetsSentLow] = static_cast<uint32_t>(octets_now);
  record[consumer::kOctetsSentHigh] = static_cast<uint32_t>(octets_now >> 32);
  record[consumer::kLastTimestamp] = timestamp;
  return total;
}

// What stands before the untouched rest of the payload: the original sequence number of a retransmission, and the
// patched beginning. Returns its length; a patch outside of the payload is left out.
size_t SendPath::WriteStart(uint32_t flags, const int32_t* more, uint8_t* start, ByteView* payload) {
  size_t length = 0;
  if (flags & command::kRtx) {
    WriteU16(start, static_cast<uint16_t>(more[command::kOriginalSequence]));
    length = 2;
  }
  if (flags & command::kPatch) {
    const uint32_t place = static_cast<uint32_t>(more[command::kPatchPlace]);
    const uint32_t bytes = static_cast<uint32_t>(more[command::kPatchBytes]);
    const size_t offset = place & 0xff;
    const size_t count = place >> 8;
    const size_t end = offset + count;
    if (count > 4 || end > command::kMaxPatchEnd || end > payload->length) return length;
    memcpy(start + length, payload->data, end);
    for (size_t i = 0; i < count; i++) start[length + offset + i] = static_cast<uint8_t>(bytes >> 8 * i);
    length += end;
    *payload = {payload->data + end, payload->length - end};
  }
  return length;
}

void SendPath::FillExtensions(const uint32_t* record, const uint32_t* meta, const uint8_t* received,
                              size_t received_header, Session* session, uint8_t* block) const {
  const size_t length = record[consumer::kExtensionLength];
  const bool deterministic = (record[consumer::kFlags] & consumer::kDeterministic) != 0;
  CopyExtensions(received, received_header, record + consumer::kCopyExtensions, block, length);
  const size_t send_time = record[consumer::kAbsSendTimeOffset];
  if (send_time > 0 && send_time < length && send_time + 3 <= length) {
    WriteU24(block + send_time, deterministic ? meta[slot_meta::kAbsSendTime] : now_abs_send_time_);
  }
  const size_t transport_sequence = record[consumer::kTransportSequenceOffset];
  if (transport_sequence > 0 && transport_sequence < length && transport_sequence + 2 <= length) {
    // A counter would make a second sending of the same packet differ: nonce reuse.
    if (deterministic) {
      BlankExtension(block, length, transport_sequence, 2);
    } else {
      WriteU16(block + transport_sequence, session->transport_sequence++);
    }
  }
}

// TypeScript counts in 32 bits; the 48-bit index of SRTP goes on where they wrap.
uint64_t SendPath::ContinueIndex(const ReplayWindow& sent, uint32_t extended_sequence) {
  if (!sent.started()) return extended_sequence;
  const int32_t step = static_cast<int32_t>(extended_sequence - static_cast<uint32_t>(sent.highest()));
  const int64_t index = static_cast<int64_t>(sent.highest()) + step;
  return index < 0 ? extended_sequence : static_cast<uint64_t>(index);
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
  batch_.Begin(sockets_[separate ? session->rtcp_socket : session->remote_socket]);
  memcpy(batch_.Next(), buffer, length);
  batch_.Commit(length, separate ? &session->rtcp_remote : &session->remote);
  const double before = counters_[counter::kPacketsSent];
  batch_.Send();
  return counters_[counter::kPacketsSent] > before;
}

}  // namespace rivero
