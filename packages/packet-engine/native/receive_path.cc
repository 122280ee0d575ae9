#include "receive_path.h"

#include <openssl/rand.h>

#include <ctime>
#include <utility>

#include "dtls_records.h"
#include "rtp_header.h"
#include "wall_clock.h"

namespace rivero {

using namespace layout;

namespace {

// What was kept longer than this for the keys is of no use any more.
constexpr int64_t kMaxEarlyAgeNs = 3'000'000'000;

enum class Protocol { kStun, kDtls, kRtp, kRtcp, kOther };

Protocol Classify(const uint8_t* data, size_t length) {
  if (length < 2) return Protocol::kOther;
  const uint8_t first = data[0];  // RFC 7983 section 7
  if (first <= 3) return Protocol::kStun;
  if (first >= 20 && first <= 63) return Protocol::kDtls;
  if (first < 128 || first > 191) return Protocol::kOther;
  return data[1] >= 192 && data[1] <= 223 ? Protocol::kRtcp : Protocol::kRtp;  // RFC 5761 section 4
}

// RFC 8489 section 5: fixed header, magic cookie, a length that fits.
bool IsStunMessage(const uint8_t* data, size_t length) {
  return length >= 20 && length % 4 == 0 && ReadU32(data + 4) == 0x2112a442 && ReadU16(data + 2) + size_t{20} == length;
}

uint64_t RandomSeed() {
  uint64_t seed = 0x51ed270b1f3c9a77u;
  RAND_bytes(reinterpret_cast<uint8_t*>(&seed), sizeof seed);
  return seed;
}

int64_t KernelTimestampNs(msghdr* message) {
  for (cmsghdr* control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time;
    memcpy(&time, CMSG_DATA(control), sizeof time);
    return int64_t{time.tv_sec} * 1000000000 + time.tv_nsec;
  }
  return WallClockNs();
}

}  // namespace

ReceivePath::ReceivePath(const SharedMemory& shared, const EngineLimits& limits, SessionTable* sessions,
                         SenderThreads* senders)
    : sessions_(sessions),
      limits_(limits),
      strangers_(RandomSeed()),
      senders_(senders),
      slab_(shared.slab.as<uint8_t>()),
      descriptors_(shared.descriptors.as<int32_t>()),
      addresses_(shared.addresses.as<uint8_t>()),
      slot_meta_(shared.slot_meta.as<uint32_t>()),
      counters_(shared.counters.as<double>()),
      ring_(limits.slots),
      ring_mask_(limits.slots - 1) {
  for (uint32_t i = 0; i < limits.slots; i++) ring_[i] = i;
  for (uint32_t i = 0; i < kBatchSize; i++) {
    msghdr& header = messages_[i].msg_hdr;
    header.msg_name = &sources_[i];
    header.msg_iov = &vectors_[i];
    header.msg_iovlen = 1;
    header.msg_control = controls_[i];
  }
}

// One that may be written: nothing in it is still to be sent.
uint32_t ReceivePath::EmptySlotAt(uint32_t position) {
  const uint32_t slot = SlotAt(position);
  senders_->SettleSlot(slot);
  return slot;
}

void ReceivePath::PrepareMessages() {
  for (uint32_t i = 0; i < kBatchSize; i++) {
    const uint32_t slot = EmptySlotAt(head_ + i);
    vectors_[i] = {slab_ + size_t{slot} * kSlotSize, kSlotSize};
    messages_[i].msg_hdr.msg_namelen = sizeof sources_[i];
    messages_[i].msg_hdr.msg_controllen = kControlLength;
    messages_[i].msg_hdr.msg_flags = 0;
  }
}

uint32_t ReceivePath::ReceiveBatch(UdpSocket* socket, uint32_t* delivered) {
  *delivered = 0;
  PrepareMessages();
  const int received = recvmmsg(socket->descriptor(), messages_, kBatchSize, MSG_DONTWAIT, nullptr);
  counters_[counter::kReceiveCalls]++;
  if (received <= 0) return 0;

  Batch batch;
  for (uint32_t i = 0; i < static_cast<uint32_t>(received); i++) {
    msghdr& header = messages_[i].msg_hdr;
    const Datagram datagram = {SlotAt(head_ + i), static_cast<uint8_t*>(vectors_[i].iov_base), messages_[i].msg_len,
                               &sources_[i], KernelTimestampNs(&header)};
    Count(datagram.length);
    Take(socket->index(), datagram, (header.msg_flags & MSG_TRUNC) != 0, &batch);
  }
  head_ += batch.kept;
  *delivered = batch.delivered;
  return static_cast<uint32_t>(received);
}

uint32_t ReceivePath::ReceiveVirtual(uint32_t socket, const SocketAddress& from, const ByteView* datagrams,
                                     uint32_t count) {
  const int64_t now = WallClockNs();
  Batch batch;
  for (uint32_t i = 0; i < count && i < kBatchSize; i++) {
    const uint32_t slot = EmptySlotAt(head_ + i);
    uint8_t* data = slab_ + size_t{slot} * kSlotSize;
    const bool truncated = datagrams[i].length > kSlotSize;
    Count(datagrams[i].length);
    if (!truncated && datagrams[i].length > 0) memcpy(data, datagrams[i].data, datagrams[i].length);
    Take(socket, {slot, data, datagrams[i].length, &from, now}, truncated, &batch);
  }
  head_ += batch.kept;
  if (batch.delivered > 0) counters_[counter::kBatches]++;
  return batch.delivered;
}

bool ReceivePath::ReceiveEarly(uint32_t* delivered) {
  static_assert(SessionTable::kMaxEarlyPerSession <= kBatchSize);
  std::vector<EarlyPacket> packets;
  if (sessions_->TakeEarly(&packets) == SessionTable::kUnknown) return false;
  const int64_t oldest = WallClockNs() - kMaxEarlyAgeNs;
  Batch batch;
  for (const EarlyPacket& packet : packets) {
    if (packet.arrival_ns < oldest) {
      Drop(counter::kDroppedNoKeys);
      continue;
    }
    const uint32_t slot = EmptySlotAt(head_ + batch.taken);
    uint8_t* data = slab_ + size_t{slot} * kSlotSize;
    memcpy(data, packet.data.data(), packet.data.size());
    Take(packet.socket, {slot, data, packet.data.size(), &packet.from, packet.arrival_ns}, false, &batch);
  }
  head_ += batch.kept;
  if (batch.delivered > 0) counters_[counter::kBatches]++;
  *delivered = batch.delivered;
  return true;
}

bool ReceivePath::KeepEarly(uint32_t session, uint32_t socket, const Datagram& datagram) {
  const uint8_t* data = datagram.data;
  return sessions_->KeepEarly(session, {socket, *datagram.from, datagram.arrival_ns, {data, data + datagram.length}});
}

void ReceivePath::Take(uint32_t socket, const Datagram& datagram, bool truncated, Batch* batch) {
  const uint32_t position = batch->taken++;
  NumberSlot(datagram);
  int32_t* descriptor = descriptors_ + batch->delivered * descriptor::kStride;
  if (truncated) {
    Drop(counter::kDroppedMalformed);
  } else if (Accept(socket, datagram, descriptor)) {
    DescribeSource(*datagram.from, batch->delivered);
    batch->delivered++;
    if (descriptor[descriptor::kKind] == PacketKind::kRtp) {
      std::swap(ring_[(head_ + batch->kept) & ring_mask_], ring_[(head_ + position) & ring_mask_]);
      batch->kept++;
    }
  }
}

void ReceivePath::Count(size_t length) {
  counters_[counter::kPacketsReceived]++;
  counters_[counter::kBytesReceived] += static_cast<double>(length);
}

// Whatever was in the slot is gone: give it a new number, even when the datagram will be dropped.
void ReceivePath::NumberSlot(const Datagram& datagram) {
  if (++receive_number_ == 0) receive_number_ = 1;
  uint32_t* meta = slot_meta_ + size_t{datagram.slot} * slot_meta::kStride;
  meta[slot_meta::kReceiveNumber] = receive_number_;
  meta[slot_meta::kOffsetAndMarker] = 0;
  meta[slot_meta::kPayloadLength] = 0;
  meta[slot_meta::kAbsSendTime] = AbsSendTime(datagram.arrival_ns);
}

bool ReceivePath::Accept(uint32_t socket, const Datagram& datagram, int32_t* out) {
  const Protocol protocol = Classify(datagram.data, datagram.length);
  const RemoteKey source(socket, *datagram.from);
  uint32_t session = sessions_->FindByRemote(source);
  Latch* const latch = sessions_->FindLatch(socket);
  out[descriptor::kSession] = static_cast<int32_t>(session);  // kUnknown becomes -1
  out[descriptor::kSlot] = static_cast<int32_t>(datagram.slot);
  out[descriptor::kLength] = static_cast<int32_t>(datagram.length);
  out[descriptor::kArrivalUs] = static_cast<int32_t>(datagram.arrival_ns / 1000);
  out[descriptor::kSocket] = static_cast<int32_t>(socket);
  for (uint32_t field : {descriptor::kExtendedSequence, descriptor::kTimestamp, descriptor::kSsrc,
                         descriptor::kPayloadOffset, descriptor::kPayloadLength, descriptor::kTypeAndMarker, descriptor::kLatched}) {
    out[field] = 0;
  }
  out[descriptor::kStream] = -1;

  if (protocol == Protocol::kOther) return Drop(counter::kDroppedMalformed);
  if (protocol == Protocol::kStun) {
    out[descriptor::kKind] = PacketKind::kStun;
    if (!IsStunMessage(datagram.data, datagram.length)) return Drop(counter::kDroppedMalformed);
    if (session != SessionTable::kUnknown) return WithinRate(&sessions_->Find(session)->control, datagram);
    return strangers_.Take(datagram.arrival_ns, source, limits_.stun_per_second) || Drop(counter::kDroppedRate);
  }
  const bool rtcp = protocol == Protocol::kRtcp;
  const bool allowed = session != SessionTable::kUnknown;
  if (!allowed && latch && protocol != Protocol::kDtls &&
      latch->MayTake(source, datagram.data, rtcp)) {
    session = latch->session;
    out[descriptor::kSession] = static_cast<int32_t>(session);
  }
  if (session == SessionTable::kUnknown) return Drop(counter::kDroppedUnknownAddress);
  if (protocol == Protocol::kDtls) {
    out[descriptor::kKind] = PacketKind::kDtls;
    if (!AreDtlsRecords(datagram.data, datagram.length)) return Drop(counter::kDroppedMalformed);
    return WithinRate(&sessions_->Find(session)->control, datagram);
  }
  if (!sessions_->Find(session)->receiver) {
    return (allowed && KeepEarly(session, socket, datagram)) ? false : Drop(counter::kDroppedNoKeys);
  }
  if (!(rtcp ? AcceptRtcp(session, datagram, out) : AcceptRtp(session, datagram, out))) return false;
  // Not before it proved to be the peer's: forged packets must not take the place of genuine ones.
  if (!WithinRate(&sessions_->Find(session)->media, datagram)) return false;
  if (latch && latch->session == session && !(latch->locked && latch->current == source)) {
    sessions_->Lock(latch, source);
    out[descriptor::kLatched] = 1;
  }
  return true;
}

bool ReceivePath::AcceptRtp(uint32_t session, const Datagram& datagram, int32_t* out) {
  UnprotectedRtp rtp;
  const SrtpResult result = sessions_->Find(session)->receiver->UnprotectRtp(datagram.data, datagram.length, &rtp);
  if (result != SrtpResult::kOk) return DropFor(result);
  const uint8_t* packet = datagram.data;
  size_t unpadded = rtp.length;
  if (!RemovePadding(packet, rtp.header_length, &unpadded)) return Drop(counter::kDroppedMalformed);
  const uint32_t payload_length = static_cast<uint32_t>(unpadded - rtp.header_length);
  const uint32_t marker = packet[1] >> 7;

  out[descriptor::kKind] = PacketKind::kRtp;
  out[descriptor::kLength] = static_cast<int32_t>(rtp.length);
  out[descriptor::kExtendedSequence] = static_cast<int32_t>(rtp.index);
  out[descriptor::kTimestamp] = static_cast<int32_t>(ReadU32(packet + 4));
  out[descriptor::kSsrc] = static_cast<int32_t>(ReadU32(packet + 8));
  out[descriptor::kStream] = static_cast<int32_t>(rtp.stream);
  out[descriptor::kPayloadOffset] = static_cast<int32_t>(rtp.header_length);
  out[descriptor::kPayloadLength] = static_cast<int32_t>(payload_length);
  out[descriptor::kTypeAndMarker] = packet[1];

  uint32_t* meta = slot_meta_ + size_t{datagram.slot} * slot_meta::kStride;
  meta[slot_meta::kOffsetAndMarker] = static_cast<uint32_t>(rtp.header_length) | marker << 16;
  meta[slot_meta::kPayloadLength] = payload_length;
  return true;
}

bool ReceivePath::AcceptRtcp(uint32_t session, const Datagram& datagram, int32_t* out) {
  size_t length = 0;
  const SrtpResult result = sessions_->Find(session)->receiver->UnprotectRtcp(datagram.data, datagram.length, &length);
  if (result != SrtpResult::kOk) return DropFor(result);
  out[descriptor::kKind] = PacketKind::kRtcp;
  out[descriptor::kLength] = static_cast<int32_t>(length);
  out[descriptor::kSsrc] = static_cast<int32_t>(ReadU32(datagram.data + 4));
  return true;
}

bool ReceivePath::Drop(counter::Field reason) {
  counters_[reason]++;
  return false;
}

bool ReceivePath::WithinRate(RateLimit* limit, const Datagram& datagram) {
  return limit->Take(datagram.arrival_ns, limits_.packets_per_second) || Drop(counter::kDroppedRate);
}

bool ReceivePath::DropFor(SrtpResult result) {
  switch (result) {
    case SrtpResult::kAuthenticationFailed: return Drop(counter::kDroppedAuthentication);
    case SrtpResult::kReplayed: return Drop(counter::kDroppedReplayed);
    case SrtpResult::kStreamLimit: return Drop(counter::kDroppedSsrcLimit);
    default: return Drop(counter::kDroppedMalformed);
  }
}

void ReceivePath::DescribeSource(const SocketAddress& from, uint32_t position) {
  uint8_t* out = addresses_ + position * kAddressStride;
  out[0] = from.is_v6() ? 6 : 4;
  out[1] = 0;
  WriteU16(out + 2, from.port());
  from.CopyAddress(out + 4);
}

}  // namespace rivero
