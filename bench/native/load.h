// The other side of the product: peers with a socket each, some of which send SRTP video and all of which receive.
// Sockets are polled, never waited for: waking somebody up would be charged to the sender.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "posix.h"
#include "srtp_crypto.h"

namespace bench {

class Load {
 public:
  struct Traffic {
    uint32_t burst;           // packets that a source sends at a time; 1 for smooth input
    uint32_t payload_length;  // bytes
    int64_t interval_ns;      // between two bursts of one source; 0: as soon as `window` allows
    uint32_t window;          // without interval: bursts of all sources that may be on their way
    uint32_t fan_out;         // receivers of each packet
    int64_t duration_ns;
    bool key_frame;           // begin with a key frame
    bool timing;              // measures how long packets of the only source take
    int64_t rest_ns;          // pause after looking at the sockets in vain; 0: none
  };
  struct Result {
    double sent = 0;      // packets
    double received = 0;  // RTP packets
    double bytes = 0;     // of them, UDP payload
    double rtcp = 0;
    double missing = 0;   // gaps in sequence numbers
    double reordered = 0;
    double stalls = 0;    // times that the window did not open for 50 ms
    double wall_ns = 0;   // until the last packet came
    // With timing, µs from before the packet was sent until the kernel received what was made of it.
    double timed = 0;     // packets
    double median_us = 0;
    double p99_us = 0;
    double p999_us = 0;
    double max_us = 0;
  };
  // A datagram for TypeScript: STUN, DTLS, or an RTP packet that was asked for.
  struct Datagram {
    uint32_t peer;
    uint16_t from_port;
    std::vector<uint8_t> data;
  };

  ~Load();
  // Returns the peer's number, -1 when there is no socket.
  int AddPeer();
  // A socket that nobody reads: what does not fit its small buffer ends in the kernel. Returns its port, 0 when there is none.
  uint16_t AddSink();
  uint16_t port(uint32_t peer) const { return peers_[peer].port; }
  void SetTarget(uint16_t port) { target_ = Loopback(port); }
  // keys: null for RTP as it is.
  void SetSource(uint32_t peer, bool gcm, const uint8_t* keys, uint32_t ssrc, uint8_t payload_type);
  bool SendRaw(uint32_t peer, const uint8_t* data, size_t length);
  // Of what the peer gets next, some packets are kept for TakeDatagrams.
  void CaptureNext(uint32_t peer) { peers_[peer].captures = 16; }
  std::vector<Datagram> TakeDatagrams();
  // Receives what is there already.
  void Poll();
  // Sends and receives for the duration, then receives what is on its way.
  Result Run(const Traffic& traffic);
  // Only receives, for the duration.
  Result Drain(int64_t duration_ns);

  size_t peers() const { return peers_.size(); }

 private:
  struct Stream {
    uint32_t ssrc;
    uint16_t highest;
    uint16_t first;  // of the run
  };
  struct Peer {
    int descriptor;
    uint16_t port;
    uint32_t captures = 0;
    std::vector<Stream> streams;
  };
  struct Source {
    uint32_t peer;
    std::unique_ptr<SrtpKey> key;
    uint32_t ssrc;
    uint8_t payload_type;
    uint64_t index = 0;
    uint32_t timestamp = 0;
    int64_t next_ns = 0;
  };

  static constexpr uint32_t kFrame = 20;  // packets of one video frame
  static constexpr uint32_t kRead = 32;
  static constexpr size_t kPacket = 2048;

  void SendBurst(Source* source, const Traffic& traffic, bool key_frame);
  bool ReadPeer(uint32_t peer);
  void OnDatagram(uint32_t peer, const uint8_t* data, size_t length, uint16_t from_port, int64_t arrival_ns);
  void Time(uint16_t since_first, int64_t arrival_ns);
  void SummarizeTimes();
  // Returns when the last packet came.
  int64_t ReadUntil(double expected, int64_t patience_ns, int64_t rest_ns = 0);

  std::vector<Peer> peers_;
  std::vector<int> sinks_;
  std::vector<Source> sources_;
  std::vector<Datagram> datagrams_;
  sockaddr_in target_ = {};
  Result result_;
  bool timing_ = false;
  std::vector<int64_t> sent_ns_;  // by packet of the run
  std::vector<float> times_us_;
  uint32_t next_read_ = 0;
  uint8_t buffers_[kRead][kPacket];
};

}  // namespace bench
