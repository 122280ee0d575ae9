#include "load.h"

#include <algorithm>
#include <utility>

namespace bench {

namespace {
constexpr int kSocketBuffer = 4 << 20;
constexpr int64_t kStallNs = 50000000;
constexpr int64_t kQuietNs = 20000000;   // nothing more is expected
constexpr int64_t kPatienceNs = 500000000;  // the forwarder may have lost its processor to others
}  // namespace

Load::~Load() {
  for (const Peer& peer : peers_) close(peer.descriptor);
  for (const int sink : sinks_) close(sink);
}

int Load::AddPeer() {
  Peer peer;
  peer.descriptor = OpenUdp(kSocketBuffer, &peer.port);
  if (peer.descriptor < 0) return -1;
  const int on = 1;
  setsockopt(peer.descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  peers_.push_back(std::move(peer));
  return static_cast<int>(peers_.size()) - 1;
}

uint16_t Load::AddSink() {
  uint16_t port = 0;
  const int descriptor = OpenUdp(1, &port);  // the kernel makes it its minimum
  if (descriptor < 0) return 0;
  sinks_.push_back(descriptor);
  return port;
}

void Load::SetSource(uint32_t peer, bool gcm, const uint8_t* keys, uint32_t ssrc, uint8_t payload_type) {
  Source source;
  source.peer = peer;
  if (keys) source.key = std::make_unique<SrtpKey>(gcm, keys, keys + 16, keys + 30);
  source.ssrc = ssrc;
  source.payload_type = payload_type;
  source.index = 1000;
  sources_.push_back(std::move(source));
}

bool Load::SendRaw(uint32_t peer, const uint8_t* data, size_t length) {
  const auto* to = reinterpret_cast<const sockaddr*>(&target_);
  return sendto(peers_[peer].descriptor, data, length, MSG_DONTWAIT, to, sizeof target_) >= 0;
}

// Packets look like those of a browser's VP8: abs-send-time and MID in the header, frames of kFrame packets.
void Load::SendBurst(Source* source, const Traffic& traffic, bool key_frame) {
  static uint8_t packets[64][kPacket];
  mmsghdr messages[64] = {};
  iovec vectors[64];
  uint8_t payload[kPacket];
  const uint32_t count = std::min<uint32_t>(traffic.burst, 64);
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t index = source->index++;
    const uint32_t position = static_cast<uint32_t>(index % kFrame);
    if (position == 0) source->timestamp += 3000;
    uint8_t* packet = packets[i];
    static const uint8_t extensions[12] = {0xbe, 0xde, 0, 2, 0x22, 0, 0, 0, 0x40, '0', 0, 0};
    packet[0] = 0x90;
    packet[1] = static_cast<uint8_t>((position == kFrame - 1 ? 0x80 : 0) | source->payload_type);
    Write16(packet + 2, static_cast<uint32_t>(index));
    Write32(packet + 4, source->timestamp);
    Write32(packet + 8, source->ssrc);
    memcpy(packet + 12, extensions, sizeof extensions);
    // RFC 7741: descriptor with S at the beginning of a frame; RFC 6386 section 9.1: key frames begin so.
    for (size_t k = 0; k < traffic.payload_length; k++) payload[k] = static_cast<uint8_t>(index + k);
    static const uint8_t key_start[] = {0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00};
    static const uint8_t delta_start[] = {0x10, 0x11, 0x02, 0x00};
    if (position == 0 && key_frame) memcpy(payload, key_start, sizeof key_start);
    if (position == 0 && !key_frame) memcpy(payload, delta_start, sizeof delta_start);
    if (position != 0) payload[0] = 0;
    size_t length = 24 + traffic.payload_length;
    if (source->key) {
      length = source->key->Protect(packet, 24, payload, traffic.payload_length, source->ssrc, index);
    } else {
      memcpy(packet + 24, payload, traffic.payload_length);
    }
    vectors[i] = {packet, length};
    messages[i].msg_hdr = {&target_, sizeof target_, &vectors[i], 1, nullptr, 0, 0};
  }
  if (timing_) sent_ns_.insert(sent_ns_.end(), count, ClockNs(CLOCK_REALTIME));
  uint32_t next = 0;
  while (next < count) {
    const int sent = sendmmsg(peers_[source->peer].descriptor, messages + next, count - next, 0);
    if (sent <= 0) break;
    next += static_cast<uint32_t>(sent);
  }
  result_.sent += next;
}

void Load::OnDatagram(uint32_t number, const uint8_t* data, size_t length, uint16_t from_port,
                      int64_t arrival_ns) {
  Peer& peer = peers_[number];
  const bool rtp_or_rtcp = length >= 12 && data[0] >= 128 && data[0] <= 191;
  if (!rtp_or_rtcp) {
    datagrams_.push_back({number, from_port, std::vector<uint8_t>(data, data + length)});
    return;
  }
  if (data[1] >= 192 && data[1] <= 223) {
    result_.rtcp++;
    return;
  }
  result_.received++;
  result_.bytes += static_cast<double>(length);
  if (peer.captures > 0) {
    peer.captures--;
    datagrams_.push_back({number, from_port, std::vector<uint8_t>(data, data + length)});
  }
  const uint32_t ssrc = Read32(data + 8);
  const uint16_t sequence = static_cast<uint16_t>(Read16(data + 2));
  for (Stream& stream : peer.streams) {
    if (stream.ssrc != ssrc) continue;
    if (timing_) Time(static_cast<uint16_t>(sequence - stream.first), arrival_ns);
    const int16_t step = static_cast<int16_t>(sequence - stream.highest);
    if (step <= 0) {
      result_.reordered++;
      return;
    }
    result_.missing += step - 1;
    stream.highest = sequence;
    return;
  }
  peer.streams.push_back({ssrc, sequence, sequence});
  if (timing_) Time(0, arrival_ns);
}

// What a receiver gets first is what was sent first, when nothing is lost: the caller looks at that.
void Load::Time(uint16_t since_first, int64_t arrival_ns) {
  if (since_first >= sent_ns_.size() || arrival_ns == 0) return;
  times_us_.push_back(static_cast<float>(arrival_ns - sent_ns_[since_first]) / 1000);
}

void Load::SummarizeTimes() {
  if (times_us_.empty()) return;
  std::sort(times_us_.begin(), times_us_.end());
  const auto quantile = [this](double q) {
    return static_cast<double>(times_us_[static_cast<size_t>(q * static_cast<double>(times_us_.size() - 1))]);
  };
  result_.timed = static_cast<double>(times_us_.size());
  result_.median_us = quantile(0.5);
  result_.p99_us = quantile(0.99);
  result_.p999_us = quantile(0.999);
  result_.max_us = quantile(1);
}

namespace {

int64_t ArrivalNs(msghdr* message) {
  for (cmsghdr* control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time;
    memcpy(&time, CMSG_DATA(control), sizeof time);
    return int64_t{time.tv_sec} * 1000000000 + time.tv_nsec;
  }
  return 0;
}

}  // namespace

std::vector<Load::Datagram> Load::TakeDatagrams() {
  for (Peer& peer : peers_) peer.captures = 0;
  return std::exchange(datagrams_, {});
}

bool Load::ReadPeer(uint32_t peer) {
  mmsghdr messages[kRead] = {};
  iovec vectors[kRead];
  sockaddr_in from[kRead];
  alignas(cmsghdr) char controls[kRead][64];
  for (uint32_t i = 0; i < kRead; i++) {
    vectors[i] = {buffers_[i], kPacket};
    messages[i].msg_hdr = {&from[i], sizeof from[i], &vectors[i], 1, controls[i], sizeof controls[i], 0};
  }
  const int received = recvmmsg(peers_[peer].descriptor, messages, kRead, MSG_DONTWAIT, nullptr);
  for (int i = 0; i < received; i++) {
    const int64_t arrival = timing_ ? ArrivalNs(&messages[i].msg_hdr) : 0;
    OnDatagram(peer, buffers_[i], messages[i].msg_len, ntohs(from[i].sin_port), arrival);
  }
  return received > 0;
}

void Load::Poll() {
  for (uint32_t i = 0; i < peers_.size(); i++) {
    while (ReadPeer(i)) {
    }
  }
}

int64_t Load::ReadUntil(double expected, int64_t patience_ns, int64_t rest_ns) {
  int64_t last = NowNs();
  for (;;) {
    const double before = result_.received;  // RTCP never ends
    for (uint32_t i = 0; i < peers_.size(); i++) ReadPeer(i);
    const int64_t now = NowNs();
    if (result_.received > before) last = now;
    if (rest_ns > 0) SleepUntil(now + rest_ns);
    if (now - last > (result_.received < expected ? patience_ns : kQuietNs)) return last;
  }
}

Load::Result Load::Run(const Traffic& traffic) {
  result_ = Result();
  const int64_t start = NowNs();
  const int64_t end = start + traffic.duration_ns;
  const size_t count = sources_.size();
  for (size_t i = 0; i < count; i++) {
    // Sources take turns within the interval.
    sources_[i].next_ns = start + traffic.interval_ns * static_cast<int64_t>(i) / static_cast<int64_t>(count);
    sources_[i].index += (kFrame - sources_[i].index % kFrame) % kFrame;  // at the beginning of a frame
  }
  std::vector<uint8_t> wants_key_frame(count, traffic.key_frame);
  timing_ = traffic.timing && count == 1;
  sent_ns_.clear();
  times_us_.clear();
  for (Peer& peer : peers_) {
    if (timing_) peer.streams.clear();
  }
  size_t turn = 0;
  double expected = 0;
  int64_t last_sent = start;
  for (int64_t now = start; now < end; now = NowNs()) {
    if (traffic.interval_ns > 0) {
      for (size_t i = 0; i < count; i++) {
        if (sources_[i].next_ns > now) continue;
        SendBurst(&sources_[i], traffic, wants_key_frame[i]);
        wants_key_frame[i] = 0;
        sources_[i].next_ns += traffic.interval_ns;
      }
    } else {
      const double open = static_cast<double>(traffic.window) * traffic.burst * traffic.fan_out;
      if (now - last_sent > kStallNs) {  // lost: begin to count anew
        result_.stalls++;
        expected = result_.received;
      }
      if (expected - result_.received < open) {
        const double before = result_.sent;
        SendBurst(&sources_[turn], traffic, wants_key_frame[turn]);
        wants_key_frame[turn] = 0;
        turn = (turn + 1) % count;
        expected += (result_.sent - before) * traffic.fan_out;
        last_sent = now;
      }
    }
    const double before_reading = result_.received;
    // A part of the sockets at a time, so that sending keeps its times.
    for (uint32_t i = 0; i < std::min<size_t>(peers_.size(), 16); i++) {
      next_read_ = (next_read_ + 1) % static_cast<uint32_t>(peers_.size());
      ReadPeer(next_read_);
    }
    if (traffic.rest_ns > 0 && result_.received == before_reading) SleepUntil(NowNs() + traffic.rest_ns);
  }
  const int64_t last = ReadUntil(result_.sent * traffic.fan_out, kPatienceNs, traffic.rest_ns);
  result_.wall_ns = static_cast<double>(last - start);
  timing_ = false;
  SummarizeTimes();
  return result_;
}

Load::Result Load::Drain(int64_t duration_ns) {
  result_ = Result();
  const int64_t start = NowNs();
  while (NowNs() - start < duration_ns) {
    for (uint32_t i = 0; i < peers_.size(); i++) ReadPeer(i);
  }
  ReadUntil(0, kQuietNs);
  for (Peer& peer : peers_) peer.streams.clear();  // the floor's, with SSRCs of their own
  return result_;
}

}  // namespace bench
