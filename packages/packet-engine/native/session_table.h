// The sessions of an engine: keys, destination and the remote addresses they may be reached from.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

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

struct Session {
  static constexpr int32_t kNoSocket = -1;

  std::unique_ptr<SrtpSender> sender;
  std::unique_ptr<SrtpReceiver> receiver;
  int32_t remote_socket = kNoSocket;
  uint16_t transport_sequence = 0;
  SocketAddress remote;
  uint8_t key_digest[32] = {};  // of the keys in use, to notice when the same ones are set again
  std::vector<RemoteKey> allowed;
};

class SessionTable {
 public:
  static constexpr size_t kMaxRemotesPerSession = 64;
  static constexpr uint32_t kUnknown = 0xffffffff;

  explicit SessionTable(uint32_t limit);

  bool Add(uint32_t* index) { return pool_.Allocate(index); }
  void Remove(uint32_t index);  // wipes the keys
  Session* Find(uint32_t index) { return pool_.IsUsed(index) ? &sessions_[index] : nullptr; }

  // Setting the keys in use again changes nothing: starting their indexes anew would repeat nonces.
  bool SetKeys(uint32_t index, SrtpProfile profile, ByteView send_key, ByteView receive_key, uint32_t max_streams);

  // An address belongs to the session that claimed it last. False when the session has too many.
  bool Allow(uint32_t index, const RemoteKey& key);
  void Disallow(uint32_t index, const RemoteKey& key);
  uint32_t FindByRemote(const RemoteKey& key) const;
  // Forgets all addresses and destinations of a socket that is going away.
  void ForgetSocket(uint32_t socket);
  void Clear();

 private:
  IndexPool pool_;
  std::vector<Session> sessions_;
  std::unordered_map<RemoteKey, uint32_t, RemoteKeyHash> by_remote_;
};

}  // namespace rivero
