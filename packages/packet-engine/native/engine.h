// The packet engine: sockets, sessions and consumers of one media worker. See src/packet-engine.ts for its contract.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>

#include "receive_path.h"
#include "send_path.h"
#include "session_table.h"
#include "shared_memory.h"
#include "udp_socket.h"

namespace rivero {

class Engine : public std::enable_shared_from_this<Engine> {
 public:
  struct Options {
    EngineLimits limits;
    bool segmentation;
    uint32_t sender_threads;
  };

  explicit Engine(const Options& options);
  Engine(const Engine&) = delete;

  const SharedMemory& shared() const { return shared_; }
  const EngineLimits& limits() const { return limits_; }
  size_t private_memory() const;  // about, in bytes: what does not show in the shared buffers

  // Null or the code of an error. The result has the real port.
  const char* AddSocket(const SocketAddress& address, const UdpSocket** result);
  bool RemoveSocket(uint32_t socket);
  const UdpSocket* FindSocket(uint32_t socket) const { return socket < kMaxSockets ? sockets_[socket] : nullptr; }

  // A socket whose datagrams come from TypeScript and go there. Null or the code of an error.
  const char* AddVirtualSocket(bool v6, uint32_t* index);
  // Of a socket of either kind: 4 or 6, 0 when there is none.
  int SocketFamily(uint32_t socket) const;
  uint32_t ReceiveVirtual(uint32_t socket, const SocketAddress& from, const ByteView* datagrams, uint32_t count) {
    return closed_ ? 0 : receive_.ReceiveVirtual(socket, from, datagrams, count);
  }

  // Descriptors of packets that came before their keys; 0 when there are none that can be decrypted now.
  uint32_t ReceiveEarly() {
    uint32_t delivered = 0;
    while (!closed_ && delivered == 0 && receive_.ReceiveEarly(&delivered)) {
    }
    return delivered;
  }

  // on_batch gets the number of descriptors and may call anything here, Close too.
  const char* Start(uv_loop_t* loop, std::function<void(uint32_t)> on_batch);
  // on_closed is called once libuv has let go of all handles, possibly at once.
  void Close(std::function<void()> on_closed);
  bool closed() const { return closed_; }

  SessionTable& sessions() { return sessions_; }
  // A session that is about to be changed: nothing is being sent for it. Null when there is none.
  Session* Change(uint32_t session);
  bool AddSession(uint32_t* session);
  void RemoveSession(uint32_t session);  // its consumers lose their destination

  bool AddConsumer(uint32_t* consumer);
  bool RemoveConsumer(uint32_t consumer);

  uint32_t Flush(uint32_t commands) { return closed_ ? 0 : send_.Flush(commands); }
  uint32_t ContinueFlush() { return closed_ ? 0 : send_.ContinueFlush(); }
  bool SendRtcp(uint32_t session, ByteView packet) { return !closed_ && send_.SendRtcp(session, packet); }
  void CorkRtcp() { send_.CorkRtcp(); }
  void UncorkRtcp() { send_.UncorkRtcp(); }
  // Returns when everything that was handed over is sent and counted.
  void Settle() {
    send_.threads().SettleAll();
    CollectCounters();
  }
  void CollectCounters() { send_.threads().Collect(); }
  bool SendRaw(uint32_t socket, SocketAddress to, ByteView data);

 private:
  const char* WatchSocket(UdpSocket* socket);
  void OnReadable(UdpSocket* socket);
  void CloseSocket(uint32_t socket);
  void FinishClosing();
  uint32_t* Record(uint32_t consumer) const;

  EngineLimits limits_;
  SharedMemory shared_;
  SessionTable sessions_;
  IndexPool consumers_;
  UdpSocket* sockets_[kMaxSockets] = {};
  IndexPool virtual_sockets_{layout::kMaxVirtualSockets};
  std::vector<uint8_t> virtual_is_v6_;
  SendPath send_;
  ReceivePath receive_;
  uv_loop_t* loop_ = nullptr;
  std::function<void(uint32_t)> on_batch_;
  std::function<void()> on_closed_;
  uint32_t closing_sockets_ = 0;
  bool closed_ = false;
};

// Gives a link-local destination the scope of the socket that it leaves by.
void CompleteScope(const UdpSocket& socket, SocketAddress* to);

}  // namespace rivero
