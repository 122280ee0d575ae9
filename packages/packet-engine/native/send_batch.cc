#include "send_batch.h"

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

void SendBatch::Commit(size_t length, const SocketAddress* to) {
  if (!TryJoin(length, to)) {
    vectors_[count_] = {buffer_.get() + used_, length};
    const uint16_t short_length = static_cast<uint16_t>(length);
    messages_[count_] = {short_length, short_length, 1};
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

void SendBatch::AddSegmentControls() {
  for (size_t i = 0; i < count_; i++) {
    if (messages_[i].segments == 1) continue;
    msghdr& header = headers_[i].msg_hdr;
    header.msg_control = controls_[i];
    header.msg_controllen = kControlLength;
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    memcpy(CMSG_DATA(control), &messages_[i].segment_length, sizeof(uint16_t));
  }
}

void SendBatch::Send() {
  if (count_ > 0) AddSegmentControls();
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
  const msghdr& header = headers_[index].msg_hdr;
  const auto* to = static_cast<const sockaddr*>(header.msg_name);
  for (uint16_t i = 0; i < message.segments; i++) {
    const size_t length = i + 1 == message.segments ? message.last_length : message.segment_length;
    const ssize_t sent = sendto(socket_->descriptor(), start, length, MSG_DONTWAIT, to, header.msg_namelen);
    const int error = errno;
    messages_[index].segments = 1;
    vectors_[index].iov_len = length;
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
