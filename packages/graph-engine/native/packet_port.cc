#include "packet_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>

#include "arguments.h"

#ifndef SO_RXQ_OVFL
#define SO_RXQ_OVFL 40
#endif

namespace rivero {

namespace {

// Of src/packet-port.ts.
constexpr size_t kSlots = 64;
constexpr size_t kSlotSize = 2048;
// Before a received datagram, so that its header can grow.
constexpr size_t kHeadroom = 64;
constexpr size_t kMaxDatagram = 1600;
constexpr size_t kFields = 3;
constexpr size_t kMaxOutgoing = 256;

// About a third of a second at 10 Mbit/s; the kernel counts its own overhead, too.
constexpr int kSocketBuffer = 1 << 20;

int64_t WallMicros() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

class PacketPort;
using PacketPortPointer = std::shared_ptr<PacketPort>;

class PacketPort {
 public:
  PacketPort(Napi::Env env, int descriptor, Napi::Uint8Array slab, Napi::Int32Array table, Napi::Function listener)
      : env_(env),
        descriptor_(descriptor),
        slab_(Napi::Persistent(slab)),
        table_(Napi::Persistent(table)),
        listener_(Napi::Persistent(listener)),
        context_(std::make_unique<Napi::AsyncContext>(env, "packets")) {
    poll_.data = this;
  }

  static PacketPortPointer Open(const Napi::CallbackInfo& info, int descriptor) {
    const auto port = std::make_shared<PacketPort>(info.Env(), descriptor, info[0].As<Napi::Uint8Array>(),
                                                   info[1].As<Napi::Int32Array>(), info[2].As<Napi::Function>());
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(info.Env(), &loop) != napi_ok || uv_poll_init(loop, &port->poll_, descriptor) != 0) {
      close(descriptor);
      return nullptr;
    }
    port->self_ = port;
    // A handle of libuv must be gone before the environment is.
    napi_add_async_cleanup_hook(
        info.Env(), [](napi_async_cleanup_hook_handle, void* data) { static_cast<PacketPort*>(data)->Close(); }, port.get(), &port->hook_);
    return port;
  }

  uint16_t port() const {
    sockaddr_in bound = {};
    socklen_t length = sizeof bound;
    getsockname(descriptor_, reinterpret_cast<sockaddr*>(&bound), &length);
    return ntohs(bound.sin_port);
  }

  // From now on what others send does not come in.
  bool Connect(uint16_t port) {
    const sockaddr_in address = Loopback(port);
    return connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  // Calls the listener once something is there.
  void Wait() {
    if (is_closing_) return;
    uv_poll_start(&poll_, UV_READABLE, [](uv_poll_t* poll, int, int) {
      uv_poll_stop(poll);
      static_cast<PacketPort*>(poll->data)->Call();
    });
  }

  // How many datagrams have been received; -1 when JavaScript has given the memory away.
  int Receive() {
    if (is_closing_) return 0;
    uint8_t* slab = Memory();
    if (slab == nullptr) return -1;
    mmsghdr messages[kSlots] = {};
    iovec parts[kSlots];
    alignas(cmsghdr) char controls[kSlots][128];
    for (size_t i = 0; i < kSlots; i++) {
      parts[i] = {slab + i * kSlotSize + kHeadroom, kMaxDatagram};
      msghdr& header = messages[i].msg_hdr;
      header.msg_iov = &parts[i];
      header.msg_iovlen = 1;
      header.msg_control = controls[i];
      header.msg_controllen = sizeof controls[i];
    }
    const int count = recvmmsg(descriptor_, messages, kSlots, MSG_DONTWAIT, nullptr);
    if (count <= 0) return 0;
    const int64_t now = WallMicros();
    int32_t* table = table_.Value().Data();
    for (int i = 0; i < count; i++) {
      msghdr& header = messages[i].msg_hdr;
      const bool is_whole = (header.msg_flags & MSG_TRUNC) == 0;
      table[i * kFields] = static_cast<int32_t>(i * kSlotSize + kHeadroom);
      table[i * kFields + 1] = is_whole ? static_cast<int32_t>(messages[i].msg_len) : 0;
      table[i * kFields + 2] = 0;
      for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
        if (control->cmsg_level != SOL_SOCKET) continue;
        if (control->cmsg_type == SO_RXQ_OVFL) std::memcpy(&drops_, CMSG_DATA(control), sizeof drops_);
        if (control->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec came;
        std::memcpy(&came, CMSG_DATA(control), sizeof came);
        const int64_t age = now - (came.tv_sec * 1000000LL + came.tv_nsec / 1000);
        // The wall clock may have been set.
        table[i * kFields + 2] = age < 0 || age > 60000000 ? 0 : static_cast<int32_t>(age);
      }
    }
    return count;
  }

  // Sends what the table says: begin and length of each. How many have been sent; -1 as above.
  int Send(size_t count) {
    if (is_closing_) return 0;
    uint8_t* slab = Memory();
    if (slab == nullptr) return -1;
    mmsghdr messages[kMaxOutgoing] = {};
    iovec parts[kMaxOutgoing];
    const int32_t* table = table_.Value().Data() + kSlots * kFields;
    if (count > kMaxOutgoing) count = kMaxOutgoing;
    for (size_t i = 0; i < count; i++) {
      const auto begin = static_cast<uint32_t>(table[2 * i]);
      const auto length = static_cast<uint32_t>(table[2 * i + 1]);
      const bool is_inside = length <= kSlotSize && begin <= slab_.Value().ByteLength() - length;
      parts[i] = {slab + (is_inside ? begin : 0), is_inside ? length : 0};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    size_t sent = 0;
    for (int errors = 0; sent < count;) {
      const int step = sendmmsg(descriptor_, messages + sent, count - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (step > 0) {
        sent += step;
        continue;
      }
      // An error of what was sent before is told once.
      if (errno != ECONNREFUSED && errno != EINTR) break;
      if (++errors > 1) break;
    }
    return static_cast<int>(sent);
  }

  uint32_t drops() const { return drops_; }

  // Idempotent.
  void Close() {
    if (is_closing_) return;
    is_closing_ = true;
    uv_poll_stop(&poll_);
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
      const PacketPortPointer self = std::move(static_cast<PacketPort*>(handle->data)->self_);
      close(self->descriptor_);
      self->Forget();
      napi_remove_async_cleanup_hook(self->hook_);
    });
  }

 private:
  // What belongs to the environment.
  void Forget() {
    const Napi::HandleScope scope(env_);
    slab_.Reset();
    table_.Reset();
    listener_.Reset();
    context_.reset();
  }

  uint8_t* Memory() {
    if (slab_.IsEmpty()) return nullptr;
    Napi::Uint8Array slab = slab_.Value();
    return slab.ByteLength() < kSlots * kSlotSize ? nullptr : slab.Data();
  }

  void Call() {
    const Napi::HandleScope scope(env_);
    napi_value result = nullptr;
    const Napi::Value listener = listener_.Value();
    if (napi_make_callback(env_, *context_, env_.Global(), listener, 0, nullptr, &result) != napi_pending_exception) return;
    napi_value error = nullptr;
    if (napi_get_and_clear_last_exception(env_, &error) == napi_ok) napi_fatal_exception(env_, error);
  }

  const Napi::Env env_;
  const int descriptor_;
  Napi::Reference<Napi::Uint8Array> slab_;
  Napi::Reference<Napi::Int32Array> table_;
  Napi::FunctionReference listener_;
  std::unique_ptr<Napi::AsyncContext> context_;
  uv_poll_t poll_ = {};
  napi_async_cleanup_hook_handle hook_ = nullptr;
  uint32_t drops_ = 0;
  bool is_closing_ = false;
  // While libuv has it.
  PacketPortPointer self_;
};

int OpenSocket() {
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  setsockopt(descriptor, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kSocketBuffer, sizeof kSocketBuffer);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
  const sockaddr_in address = Loopback(0);
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
  close(descriptor);
  return -1;
}

bool IsArray(const Napi::Value& value, napi_typedarray_type type, size_t least) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == type &&
         value.As<Napi::TypedArray>().ElementLength() >= least;
}

Napi::Value OpenPackets(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsArray(info[0], napi_uint8_array, kSlots * kSlotSize) ||
      !IsArray(info[1], napi_int32_array, kSlots * kFields + 2 * kMaxOutgoing) || !info[2].IsFunction()) {
    ThrowCoded(env, "INVALID_ARGUMENT", "memory for packets and a listener are needed");
    return env.Undefined();
  }
  const int descriptor = OpenSocket();
  const PacketPortPointer port = descriptor < 0 ? nullptr : PacketPort::Open(info, descriptor);
  if (port == nullptr) {
    ThrowCoded(env, "INVALID_STATE", std::string("no port for packets: ") + std::strerror(errno));
    return env.Undefined();
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("port", Napi::Number::New(env, port->port()));
  object.Set("connect", Napi::Function::New(env, [port](const Napi::CallbackInfo& call) -> Napi::Value {
               double to = 0;
               if (!ReadNumber(call, 0, "port", &to)) return call.Env().Undefined();
               return Napi::Boolean::New(call.Env(), to >= 1 && to <= 65535 && port->Connect(static_cast<uint16_t>(to)));
             }));
  object.Set("wait", Napi::Function::New(env, [port](const Napi::CallbackInfo&) { port->Wait(); }));
  object.Set("receive", Napi::Function::New(env, [port](const Napi::CallbackInfo& call) -> Napi::Value {
               return Napi::Number::New(call.Env(), port->Receive());
             }));
  object.Set("send", Napi::Function::New(env, [port](const Napi::CallbackInfo& call) -> Napi::Value {
               double count = 0;
               if (!ReadNumber(call, 0, "count", &count) || count < 0) return call.Env().Undefined();
               return Napi::Number::New(call.Env(), port->Send(static_cast<size_t>(count)));
             }));
  object.Set("drops", Napi::Function::New(env, [port](const Napi::CallbackInfo& call) -> Napi::Value {
               return Napi::Number::New(call.Env(), port->drops());
             }));
  object.Set("close", Napi::Function::New(env, [port](const Napi::CallbackInfo&) { port->Close(); }));
  return object;
}

}  // namespace

namespace packet_ports {

void ExportToWorker(Napi::Env env, Napi::Object exports) {
  exports.Set("openPackets", Napi::Function::New(env, OpenPackets, "openPackets"));
}

}  // namespace packet_ports

}  // namespace rivero
