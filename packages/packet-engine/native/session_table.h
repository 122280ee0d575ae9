// The sessions of an engine: keys, destination and the remote addresses they may be reached from.
#pragma once

#include <cstring>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "rate_limit.h"
#include "socket_address.h"
#include "srtp_session.h"

namespace rivero {

// Hands out small numbers; the one given back longest ago is used next, so that a stale number stays invalid long.
class IndexPool {
 public:
  explicit IndexPool(uint32_t limit) : used_(limit, 0) {}
  bool Allocate(uint32_t* index);
  void Free(uint32_t index);
  bool IsUsed(uint32_t index) const { return index < used_.size() && used_[index] != 0; }
  uint32_t high_water() const { return next_; }
  uint32_t limit() const { return static_cast<uint32_t>(used_.size()); }

 private:
  std::vector<uint8_t> used_;
  std::deque<uint32_t> free_;
  uint32_t next_ = 0;
};

// Symmetric RTP (RFC 4961) without ICE: the first valid source of a socket is the peer.
struct Latch {
  uint32_t session;
  RemoteKey preferred;          // as signaled: taken at any time
  bool same_address;            // others must differ in the port only
  bool takes_rtcp;
  uint8_t payload_types[16];    // bits: RTP with others proves nothing
  bool locked = false;
  RemoteKey current;            // when locked

  bool MayTake(const RemoteKey& from, const uint8_t* packet, bool rtcp) const {
    if (locked || (same_address && memcmp(from.address, preferred.address, sizeof from.address) != 0)) return false;
    return rtcp ? takes_rtcp : (payload_types[(packet[1] & 0x7f) / 8] >> (packet[1] & 7) & 1) != 0;
  }
};

// Came from an allowed address before there were keys.
struct EarlyPacket {
  uint32_t socket;
  SocketAddress from;
  int64_t arrival_ns;
  std::vector<uint8_t> data;
};

struct Session {
  static constexpr int32_t kNoSocket = -1;

  std::unique_ptr<SrtpSender> sender;
  std::unique_ptr<SrtpReceiver> receiver;
  int32_t remote_socket = kNoSocket;
  uint16_t transport_sequence = 0;
  uint8_t traffic_class = 0;  // of IP: DSCP << 2
  uint32_t* sent = nullptr;   // see sent_log.h
  SocketAddress remote;
  int32_t rtcp_socket = kNoSocket;  // RTCP goes its own way when there is one
  SocketAddress rtcp_remote;
  // Of the keys in use, to notice when the same ones are set again.
  uint8_t send_digest[32] = {};
  uint8_t receive_digest[32] = {};
  std::vector<RemoteKey> allowed;
  std::vector<EarlyPacket> early;
  RateLimit media;    // what proved to be the peer's
  RateLimit control;  // STUN and DTLS
};

class SessionTable {
 public:
  static constexpr size_t kMaxRemotesPerSession = 64;
  static constexpr uint32_t kUnknown = 0xffffffff;
  static constexpr size_t kMaxEarlyPerSession = 64;
  static constexpr size_t kMaxEarly = 1024;  // of all sessions

  explicit SessionTable(uint32_t limit);

  bool Add(uint32_t* index) { return pool_.Allocate(index); }
  void Remove(uint32_t index);  // wipes the keys
  // index: one in use.
  Session* At(uint32_t index) { return &sessions_[index]; }
  Session* Find(uint32_t index) { return pool_.IsUsed(index) ? &sessions_[index] : nullptr; }

  // Setting a key that is in use again changes nothing: starting its indexes anew would repeat nonces.
  // send_mki names the key to send with; receive_mkis: see SrtpReceiver.
  bool SetKeys(uint32_t index, SrtpProfile profile, ByteView send_key, ByteView receive_key, uint32_t max_streams,
               ByteView send_mki, ByteView receive_mkis);

  // A peer may send right behind its last DTLS flight, and the network may turn the two round: what comes from an allowed
  // address before the keys is kept for them. False when there is too much already.
  bool KeepEarly(uint32_t index, EarlyPacket packet);
  // A session whose early packets can be decrypted now; kUnknown when there is none. They are given away.
  uint32_t TakeEarly(std::vector<EarlyPacket>* packets);

  // Neither encryption nor authentication, for peers that were so agreed with.
  void SetPlain(uint32_t index, uint32_t max_streams);

  // An address belongs to the session that claimed it last. False when the session has too many.
  bool Allow(uint32_t index, const RemoteKey& key);
  void Disallow(uint32_t index, const RemoteKey& key);
  uint32_t FindByRemote(const RemoteKey& key) const;
  // From now on the socket is the session's: the preferred source is taken, and as long as it is silent the first other
  // one from which something valid comes. What the session had on this socket before is forgotten.
  void SetLatch(uint32_t socket, const Latch& latch);
  Latch* FindLatch(uint32_t socket) { return socket < latches_.size() ? latches_[socket].get() : nullptr; }
  // Something valid has come from there: it is the peer. All others are refused but the preferred one.
  void Lock(Latch* latch, const RemoteKey& from);
  // Forgets all addresses and destinations of a socket that is going away.
  void ForgetSocket(uint32_t socket);
  void Clear();

 private:
  IndexPool pool_;
  void DropEarly(Session* session);

  std::vector<Session> sessions_;
  size_t early_ = 0;
  std::vector<uint32_t> ready_;  // sessions that got keys while they had early packets
  std::unordered_map<RemoteKey, uint32_t, RemoteKeyHash> by_remote_;
  std::vector<std::unique_ptr<Latch>> latches_;  // by socket
};

}  // namespace rivero
