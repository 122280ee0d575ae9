// Finished packets on their way into the kernel: joined by UDP_SEGMENT where possible, sent by sendmmsg.
#pragma once

#include <sys/socket.h>

#include <memory>

#include "udp_socket.h"

namespace rivero {

class SendBatch {
 public:
  // More than any packet: header, extensions, a slot of payload, tag.
  static constexpr size_t kMaxPacketLength = 2304;

  SendBatch(double* counters, bool segmentation);
  SendBatch(const SendBatch&) = delete;

  // All packets until the next Begin leave by this socket. What was there before is sent.
  void Begin(UdpSocket* socket);
  // Where the next packet is to be written: kMaxPacketLength bytes. Sends first when the batch is full.
  uint8_t* Next();
  // The packet written at Next() is complete. to must stay valid until it is sent; packets with the same to
  // that follow each other may be joined. traffic_class: of IP, 0 is none.
  void Commit(size_t length, const SocketAddress* to, uint8_t traffic_class);
  void Send();
  const UdpSocket* socket() const { return socket_; }  // the one of the last Begin

  static constexpr size_t kMaxMessages = 128;

 private:
  static constexpr size_t kBufferLength = 192 * 1024;
  static constexpr size_t kMaxSegments = 64;          // UDP_MAX_SEGMENTS of older kernels
  static constexpr size_t kMaxJoinedLength = 65000;   // a datagram before it is cut, IP header included
  static constexpr size_t kTrafficClassLength = CMSG_SPACE(sizeof(int));
  static constexpr size_t kControlLength = kTrafficClassLength + CMSG_SPACE(sizeof(uint16_t));

  struct Message {
    uint16_t segment_length;  // of every packet but the last
    uint16_t last_length;
    uint16_t segments;
    uint8_t traffic_class;
  };

  bool TryJoin(size_t length, const SocketAddress* to);
  void AddControls();
  void SendSeparately(size_t index);
  void CountSent(size_t index);
  void CountDropped(int error, size_t index);

  double* counters_;
  bool segmentation_wanted_;
  UdpSocket* socket_ = nullptr;
  std::unique_ptr<uint8_t[]> buffer_;
  size_t used_ = 0;
  size_t count_ = 0;
  mmsghdr headers_[kMaxMessages] = {};
  iovec vectors_[kMaxMessages] = {};
  Message messages_[kMaxMessages] = {};
  alignas(cmsghdr) char controls_[kMaxMessages][kControlLength] = {};
};

}  // namespace rivero
