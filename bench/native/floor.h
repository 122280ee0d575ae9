// The floor: what sending SRTP to many receivers costs at least. One keyed cipher context per receiver, packets
// encrypted straight into the send buffer, sendmmsg. No receiving, no RTP state, no decisions.
#pragma once

#include <memory>
#include <vector>

#include "posix.h"
#include "srtp_crypto.h"

namespace bench {

class Floor {
 public:
  struct Load {
    uint32_t burst;       // packets to each receiver at a time
    bool segmentation;    // join the packets of a burst to one receiver by UDP_SEGMENT
    uint32_t payload_length;
    int64_t interval_ns;  // between bursts; 0: without pause
    int64_t duration_ns;
    bool plain;  // without encryption: what the kernel takes for itself
  };
  struct Result {
    double packets = 0;
    double failed = 0;
    double cpu_ns = 0;   // of the calling thread
    double wall_ns = 0;
    double calls = 0;
  };

  explicit Floor(bool gcm) : gcm_(gcm), descriptor_(OpenUdp(4 << 20, &port_)) {}
  ~Floor() { close(descriptor_); }
  Floor(const Floor&) = delete;

  void AddReceiver(uint16_t port);
  Result Run(const Load& load);

 private:
  static constexpr size_t kHeader = 24;  // with one header extension block, as the product sends it
  static constexpr size_t kPlainTag = 16;  // as many bytes go out with and without encryption
  static constexpr size_t kMaxMessages = 128;
  static constexpr size_t kBuffer = 192 * 1024;
  static constexpr size_t kMaxPacket = 2048;
  static constexpr size_t kMaxJoined = 65000;

  struct Receiver {
    sockaddr_in address;
    std::unique_ptr<SrtpKey> key;
    uint32_t ssrc;
    uint32_t timestamp;
    uint64_t index;
  };

  void SendBurst(const Load& load, Result* result);
  void Flush(Result* result);

  bool gcm_;
  uint16_t port_ = 0;
  int descriptor_;
  std::vector<Receiver> receivers_;
  std::unique_ptr<uint8_t[]> buffer_{new uint8_t[kBuffer]};
  uint8_t payload_[kMaxPacket] = {};
  size_t used_ = 0;
  size_t count_ = 0;
  size_t packets_[kMaxMessages] = {};
  mmsghdr messages_[kMaxMessages] = {};
  iovec vectors_[kMaxMessages] = {};
  alignas(cmsghdr) char controls_[kMaxMessages][CMSG_SPACE(sizeof(uint16_t))] = {};
};

}  // namespace bench
