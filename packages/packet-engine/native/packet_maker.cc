#include "packet_maker.h"

#include <cstring>

#include "header_extensions.h"
#include "rtp_header.h"
#include "wall_clock.h"

namespace rivero {

using namespace layout;

void PacketMaker::BeginFlush() {
  now_abs_send_time_ = AbsSendTime(WallClockNs());
  sent_log_.BeginFlush();
}

size_t PacketMaker::Make(const int32_t* entry, Session* session, uint8_t* out) {
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

  const uint16_t transport_sequence = session->transport_sequence;
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
    FillExtensions(record, extension, meta, received, offset, session, block);
    if (const uint32_t append = record[consumer::kAppendExtension]) {
      const int32_t* more = entry + command::kStride;  // there with flags only
      const int32_t frame_number = flags & command::kFrameNumber ? more[command::kNewFrameNumber] & 0xffff : -1;
      const bool tells = (flags & command::kActiveTargets) != 0;
      const uint32_t targets = tells ? static_cast<uint32_t>(more[command::kOriginalSequence]) >> 16 : 0;
      const uint32_t mask = tells ? static_cast<uint32_t>(more[command::kNewFrameNumber]) >> 16 : 0;
      extension = AppendExtension(received, offset, append, frame_number, targets, mask, block, extension);
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
  if (session->transport_sequence != transport_sequence) sent_log_.Note(session->sent, transport_sequence, total);

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
size_t PacketMaker::WriteStart(uint32_t flags, const int32_t* more, uint8_t* start, ByteView* payload) {
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

void PacketMaker::FillExtensions(const uint32_t* record, size_t length, const uint32_t* meta, const uint8_t* received,
                                 size_t received_header, Session* session, uint8_t* block) const {
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
uint64_t PacketMaker::ContinueIndex(const ReplayWindow& sent, uint32_t extended_sequence) {
  if (!sent.started()) return extended_sequence;
  const int32_t step = static_cast<int32_t>(extended_sequence - static_cast<uint32_t>(sent.highest()));
  const int64_t index = static_cast<int64_t>(sent.highest()) + step;
  return index < 0 ? extended_sequence : static_cast<uint64_t>(index);
}

}  // namespace rivero
