#include "engine.h"

#include <cerrno>
#include <utility>

#include "wall_clock.h"

namespace rivero {

using namespace layout;

namespace {
// A wake-up ends after this much, so that timers and other sockets get their turn.
constexpr int kMaxBatchesPerWakeUp = 4;
constexpr uint64_t kMaxNsPerWakeUp = 2000000;
}  // namespace

Engine::Engine(const Options& options)
    : limits_(options.limits),
      shared_(limits_),
      sessions_(limits_.sessions),
      consumers_(limits_.consumers),
      send_(shared_, limits_, options.segmentation, options.sender_threads, &sessions_, &consumers_, sockets_),
      receive_(shared_, limits_, &sessions_, &send_.threads()) {}

size_t Engine::private_memory() const {
  return sizeof *this + limits_.sessions * sizeof(Session) + limits_.consumers * sizeof(SentPackets) +
         limits_.commands * sizeof(uint32_t);
}

const char* Engine::AddSocket(const SocketAddress& address, const UdpSocket** result) {
  if (closed_) return "CLOSED";
  uint32_t index = 0;
  while (index < kMaxSockets && sockets_[index]) index++;
  if (index == kMaxSockets) return "SOCKET_LIMIT";
  int error = 0;
  UdpSocket* socket = UdpSocket::Open(address, index, &error);
  if (!socket) return SocketErrorCode(error);
  sockets_[index] = socket;
  if (loop_) {
    if (const char* code = WatchSocket(socket)) {
      CloseSocket(index);
      return code;
    }
  }
  *result = socket;
  return nullptr;
}

const char* Engine::WatchSocket(UdpSocket* socket) {
  const int error = socket->Watch(loop_, [this](UdpSocket* readable) { OnReadable(readable); });
  return error == 0 ? nullptr : "SOCKET_ERROR";
}

const char* Engine::AddVirtualSocket(bool v6, uint32_t* index) {
  if (closed_) return "CLOSED";
  if (!virtual_sockets_.Allocate(index)) return "SOCKET_LIMIT";
  if (*index >= virtual_is_v6_.size()) virtual_is_v6_.resize(*index + 1);
  virtual_is_v6_[*index] = v6;
  *index += kFirstVirtualSocket;
  return nullptr;
}

int Engine::SocketFamily(uint32_t socket) const {
  if (const UdpSocket* found = FindSocket(socket)) return found->address().is_v6() ? 6 : 4;
  if (socket < kFirstVirtualSocket || !virtual_sockets_.IsUsed(socket - kFirstVirtualSocket)) return 0;
  return virtual_is_v6_[socket - kFirstVirtualSocket] ? 6 : 4;
}

bool Engine::RemoveSocket(uint32_t socket) {
  if (socket >= kFirstVirtualSocket && SocketFamily(socket) != 0) {
    sessions_.ForgetSocket(socket);
    virtual_sockets_.Free(socket - kFirstVirtualSocket);
    return true;
  }
  if (!FindSocket(socket)) return false;
  CloseSocket(socket);
  return true;
}

void Engine::CloseSocket(uint32_t index) {
  send_.threads().SettleAll();
  send_.UncorkRtcp();
  UdpSocket* socket = sockets_[index];
  sockets_[index] = nullptr;
  sessions_.ForgetSocket(index);
  closing_sockets_++;
  auto self = shared_from_this();  // the engine outlives its handles
  socket->Close([self] {
    self->closing_sockets_--;
    self->FinishClosing();
  });
}

void Engine::FinishClosing() {
  if (!closed_ || closing_sockets_ > 0 || !on_closed_) return;
  on_batch_ = nullptr;  // not earlier: it may be what called Close
  auto on_closed = std::exchange(on_closed_, nullptr);
  on_closed();
}

const char* Engine::Start(uv_loop_t* loop, std::function<void(uint32_t)> on_batch) {
  if (closed_) return "CLOSED";
  if (loop_) return "INVALID_STATE";
  loop_ = loop;
  on_batch_ = std::move(on_batch);
  for (UdpSocket* socket : sockets_) {
    if (!socket) continue;
    if (const char* code = WatchSocket(socket)) return code;
  }
  return nullptr;
}

void Engine::Close(std::function<void()> on_closed) {
  if (closed_) return;
  closed_ = true;
  send_.threads().Stop();
  for (uint32_t i = 0; i < kMaxSockets; i++) {
    if (sockets_[i]) CloseSocket(i);
  }
  sessions_.Clear();
  on_closed_ = std::move(on_closed);
  FinishClosing();
}

void Engine::OnReadable(UdpSocket* socket) {
  auto self = shared_from_this();
  const uint64_t end = uv_hrtime() + kMaxNsPerWakeUp;
  for (int batch = 0; batch < kMaxBatchesPerWakeUp; batch++) {
    uint32_t delivered = 0;
    const uint32_t received = receive_.ReceiveBatch(socket, &delivered);
    if (delivered > 0) {
      shared_.counters.as<double>()[counter::kBatches]++;
      on_batch_(delivered);
      while (const uint32_t early = ReceiveEarly()) on_batch_(early);
    }
    // The callback may have closed the socket or the engine.
    if (received < kBatchSize || !socket->open() || uv_hrtime() > end) return;
  }
}

Session* Engine::Change(uint32_t session) {
  send_.threads().Settle(session);
  return sessions_.Find(session);
}

bool Engine::AddSession(uint32_t* session) {
  if (!sessions_.Add(session)) return false;
  uint32_t* sent = shared_.sent.as<uint32_t>() + size_t{*session} * sent::kStride;
  sent[sent::kNext] = 0;
  sessions_.Find(*session)->sent = sent;
  return true;
}

void Engine::RemoveSession(uint32_t session) {
  send_.threads().Settle(session);
  sessions_.Remove(session);
  // A record that TypeScript forgot must not send to the next session with this number.
  for (uint32_t i = 0; i < consumers_.high_water(); i++) {
    if (Record(i)[consumer::kSession] == session) Record(i)[consumer::kSession] = kNone;
  }
}

uint32_t* Engine::Record(uint32_t consumer) const {
  return shared_.consumers.as<uint32_t>() + size_t{consumer} * consumer::kStride;
}

bool Engine::AddConsumer(uint32_t* consumer) {
  if (!consumers_.Allocate(consumer)) return false;
  uint32_t* record = Record(*consumer);
  memset(record, 0, consumer::kStride * sizeof(uint32_t));
  record[consumer::kSession] = kNone;
  send_.ResetConsumer(*consumer);
  return true;
}

bool Engine::RemoveConsumer(uint32_t consumer) {
  if (!consumers_.IsUsed(consumer)) return false;
  send_.threads().Settle(Record(consumer)[consumer::kSession]);
  Record(consumer)[consumer::kSession] = kNone;
  consumers_.Free(consumer);
  return true;
}

bool Engine::SendRaw(uint32_t index, SocketAddress to, ByteView data) {
  const UdpSocket* socket = FindSocket(index);
  if (!socket || socket->address().is_v6() != to.is_v6()) return false;
  CompleteScope(*socket, &to);
  double* counters = shared_.counters.as<double>();
  counters[counter::kSendCalls]++;
  if (sendto(socket->descriptor(), data.data, data.length, MSG_DONTWAIT, &to.generic, to.length()) < 0) {
    const bool full = errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS;
    counters[full ? counter::kDroppedSendQueueFull : counter::kDroppedSendError]++;
    return false;
  }
  counters[counter::kMessagesSent]++;
  counters[counter::kPacketsSent]++;
  counters[counter::kBytesSent] += static_cast<double>(data.length);
  return true;
}

void CompleteScope(const UdpSocket& socket, SocketAddress* to) {
  if (to->is_v6() && to->v6.sin6_scope_id == 0 && IN6_IS_ADDR_LINKLOCAL(&to->v6.sin6_addr)) {
    to->v6.sin6_scope_id = socket.address().v6.sin6_scope_id;
  }
}

}  // namespace rivero
