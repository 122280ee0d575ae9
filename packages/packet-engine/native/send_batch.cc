#include "send_batch.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <cerrno>

#include "layout.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace rivero {

using namespace layout;

SendBatch::SendBatch(double* counters, bool segmentation)
    : counters_(counters), segmentation_wanted_(segmentation), buffer_(new uint8_t[kBufferLength]) {}

void SendBatch::Begin(UdpSocket* socket) {
  Send();
  socket_ = socket;
}

uint8_t* SendBatch::Next() {
  if (count_ == kMaxMessages || kBufferLength - used_ < kMaxPacketLength) Send();
  return buffer_.get() + used_;
}

void SendBatch::Commit(size_t length, const SocketAddress* to, uint8_t traffic_class) {
  if (!TryJoin(length, to)) {
    vectors_[count_] = {buffer_.get() + used_, length};
    const uint16_t short_length = static_cast<uint16_t>(length);
    messages_[count_] = {short_length, short_length, 1, traffic_class};
    msghdr& header = headers_[count_].msg_hdr;
    header.msg_name = const_cast<sockaddr*>(&to->generic);
    header.msg_namelen = to->length();
    header.msg_iov = &vectors_[count_];
    header.msg_iovlen = 1;
    header.msg_control = nullptr;
    header.msg_controllen = 0;
    count_++;
  }
  used_ += length;
}

// The kernel cuts one long datagram into packets of segment_length; only the last one may be shorter.
bool SendBatch::TryJoin(size_t length, const SocketAddress* to) {
  if (count_ == 0 || !segmentation_wanted_ || !socket_->segmentation()) return false;
  Message& message = messages_[count_ - 1];
  if (headers_[count_ - 1].msg_hdr.msg_name != &to->generic || message.last_length != message.segment_length ||
      length > message.segment_length || message.segments == kMaxSegments ||
      vectors_[count_ - 1].iov_len + length > kMaxJoinedLength) {
    return false;
  }
  vectors_[count_ - 1].iov_len += length;
  message.last_length = static_cast<uint16_t>(length);
  message.segments++;
  return true;
}

template <class Value>
static size_t WriteControl(char* at, int level, int type, Value value) {
  auto* control = reinterpret_cast<cmsghdr*>(at);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof value);
  memcpy(CMSG_DATA(control), &value, sizeof value);
  return CMSG_SPACE(sizeof value);
}

void SendBatch::AddControls() {
  for (size_t i = 0; i < count_; i++) {
    const Message& message = messages_[i];
    if (message.segments == 1 && message.traffic_class == 0) continue;
    msghdr& header = headers_[i].msg_hdr;
    size_t length = 0;
    if (message.traffic_class != 0) {
      const bool v6 = static_cast<const sockaddr*>(header.msg_name)->sa_family == AF_INET6;
      length = WriteControl(controls_[i], v6 ? int{IPPROTO_IPV6} : int{IPPROTO_IP}, v6 ? IPV6_TCLASS : IP_TOS,
                            int{message.traffic_class});
    }
    if (message.segments > 1) {
      length += WriteControl(controls_[i] + length, SOL_UDP, UDP_SEGMENT, message.segment_length);
    }
    header.msg_control = controls_[i];
    header.msg_controllen = length;
  }
}

void SendBatch::Send() {
  if (count_ > 0) AddControls();
  size_t next = 0;
  while (next < count_) {
    const int sent =
        sendmmsg(socket_->descriptor(), headers_ + next, static_cast<unsigned>(count_ - next), MSG_DONTWAIT);
    const int error = errno;
    counters_[counter::kSendCalls]++;
    if (sent > 0) {
      for (int i = 0; i < sent; i++) CountSent(next++);
    } else if (error == EINTR) {
      continue;
    } else if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS) {
      while (next < count_) CountDropped(error, next++);  // like a full queue anywhere else in the network
    } else if (messages_[next].segments > 1 && (error == EIO || error == EINVAL || error == EMSGSIZE)) {
      // EIO: the device cannot do it. EINVAL, EMSGSIZE: these packets do not fit the route's MTU.
      if (error == EIO) socket_->DisableSegmentation();
      counters_[counter::kGsoFallbacks]++;
      SendSeparately(next++);
    } else {
      CountDropped(error, next++);  // concerns this destination only
    }
  }
  count_ = 0;
  used_ = 0;
}

void SendBatch::SendSeparately(size_t index) {
  const Message message = messages_[index];
  const auto* start = static_cast<const uint8_t*>(vectors_[index].iov_base);
  msghdr header = headers_[index].msg_hdr;
  header.msg_iov = &vectors_[index];
  // What is left of the control data is the traffic class, which stands first.
  header.msg_controllen = message.traffic_class != 0 ? kTrafficClassLength : 0;
  if (message.traffic_class == 0) header.msg_control = nullptr;
  for (uint16_t i = 0; i < message.segments; i++) {
    const size_t length = i + 1 == message.segments ? message.last_length : message.segment_length;
    messages_[index].segments = 1;
    vectors_[index] = {const_cast<uint8_t*>(start), length};
    const ssize_t sent = sendmsg(socket_->descriptor(), &header, MSG_DONTWAIT);
    const int error = errno;
    counters_[counter::kSendCalls]++;
    if (sent >= 0) {
      CountSent(index);
    } else {
      CountDropped(error, index);
    }
    start += length;
  }
}

void SendBatch::CountSent(size_t index) {
  counters_[counter::kMessagesSent]++;
  counters_[counter::kPacketsSent] += messages_[index].segments;
  counters_[counter::kBytesSent] += static_cast<double>(vectors_[index].iov_len);
}

void SendBatch::CountDropped(int error, size_t index) {
  const bool queue_full = error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
  counters_[queue_full ? counter::kDroppedSendQueueFull : counter::kDroppedSendError] += messages_[index].segments;
}

}  // namespace rivero
