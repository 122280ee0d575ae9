#include "floor.h"

#include <openssl/rand.h>

namespace bench {

void Floor::AddReceiver(uint16_t port) {
  uint8_t random[16 + 14 + 20];
  RAND_bytes(random, sizeof random);
  const uint32_t ssrc = static_cast<uint32_t>(receivers_.size()) + 1;
  receivers_.push_back({Loopback(port), std::make_unique<SrtpKey>(gcm_, random, random + 16, random + 30), ssrc, 0, 0});
}

Floor::Result Floor::Run(const Load& load) {
  Result result;
  const int64_t cpu = ThreadCpuNs();
  const int64_t start = NowNs();
  for (int64_t next = start; next < start + load.duration_ns; next = load.interval_ns > 0 ? next + load.interval_ns : NowNs()) {
    if (load.interval_ns > 0) SleepUntil(next);
    SendBurst(load, &result);
  }
  result.cpu_ns = static_cast<double>(ThreadCpuNs() - cpu);
  result.wall_ns = static_cast<double>(NowNs() - start);
  return result;
}

void Floor::SendBurst(const Load& load, Result* result) {
  const bool join = load.segmentation && load.burst > 1;
  for (Receiver& receiver : receivers_) {
    bool fresh = true;  // the next packet begins a message of its own
    for (uint32_t i = 0; i < load.burst; i++) {
      if (kBuffer - used_ < kMaxPacket || (count_ == kMaxMessages && (fresh || !join))) {
        Flush(result);
        fresh = true;
      }
      uint8_t* packet = buffer_.get() + used_;
      static const uint8_t extensions[12] = {0xbe, 0xde, 0, 2, 0x22, 1, 2, 3, 0x40, '0', 0, 0};
      packet[0] = 0x90;
      packet[1] = static_cast<uint8_t>((i + 1 == load.burst ? 0x80 : 0) | 96);
      Write16(packet + 2, static_cast<uint32_t>(receiver.index));
      Write32(packet + 4, receiver.timestamp);
      Write32(packet + 8, receiver.ssrc);
      memcpy(packet + 12, extensions, sizeof extensions);
      size_t length = kHeader + load.payload_length + kPlainTag;
      if (load.plain) {
        memcpy(packet + kHeader, payload_, load.payload_length + kPlainTag);
        receiver.index++;
      } else {
        length = receiver.key->Protect(packet, kHeader, payload_, load.payload_length, receiver.ssrc, receiver.index++);
      }
      used_ += length;
      if (!fresh && join && vectors_[count_ - 1].iov_len + length <= kMaxJoined) {
        vectors_[count_ - 1].iov_len += length;
        packets_[count_ - 1]++;
        continue;
      }
      fresh = false;
      vectors_[count_] = {packet, length};
      packets_[count_] = 1;
      msghdr& header = messages_[count_].msg_hdr;
      header = {&receiver.address, sizeof receiver.address, &vectors_[count_], 1, nullptr, 0, 0};
      if (join) {
        header.msg_control = controls_[count_];
        header.msg_controllen = sizeof controls_[count_];
        cmsghdr* control = CMSG_FIRSTHDR(&header);
        control->cmsg_level = IPPROTO_UDP;
        control->cmsg_type = UDP_SEGMENT;
        control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        const uint16_t segment = static_cast<uint16_t>(length);
        memcpy(CMSG_DATA(control), &segment, sizeof segment);
      }
      count_++;
    }
    receiver.timestamp += 3000;
  }
  Flush(result);
}

void Floor::Flush(Result* result) {
  size_t next = 0;
  while (next < count_) {
    const int sent = sendmmsg(descriptor_, messages_ + next, static_cast<unsigned>(count_ - next), MSG_DONTWAIT);
    result->calls++;
    if (sent <= 0) {
      result->failed += static_cast<double>(packets_[next++]);
      continue;
    }
    for (int i = 0; i < sent; i++) result->packets += static_cast<double>(packets_[next++]);
  }
  count_ = 0;
  used_ = 0;
}

}  // namespace bench
