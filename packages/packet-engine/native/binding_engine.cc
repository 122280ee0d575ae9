// The Engine class of the addon: checks arguments, then calls Engine.
#include <napi.h>

#include <memory>

#include "arguments.h"
#include "binding.h"
#include "engine.h"

namespace rivero {

namespace {

// Calls into JavaScript from the loop and reports what it throws as an uncaught exception.
class BatchCallback {
 public:
  BatchCallback(Napi::Env env, Napi::Function function)
      : env_(env), function_(Napi::Persistent(function)), context_(env, "PacketEngine") {}

  void operator()(uint32_t count) {
    Napi::HandleScope scope(env_);
    napi_value argument = Napi::Number::New(env_, count);
    napi_value function = function_.Value();
    if (napi_make_callback(env_, context_, Napi::Object::New(env_), function, 1, &argument, nullptr) !=
        napi_pending_exception) {
      return;
    }
    napi_value error;
    if (napi_get_and_clear_last_exception(env_, &error) == napi_ok) napi_fatal_exception(env_, error);
  }

 private:
  Napi::Env env_;
  Napi::FunctionReference function_;
  Napi::AsyncContext context_;
};

// libuv handles must be gone before the environment is: keeps the engine alive and closes it when the
// environment ends first.
class CleanupHook {
 public:
  static CleanupHook* Register(napi_env env, std::shared_ptr<Engine> engine) {
    auto* hook = new CleanupHook(std::move(engine));
    napi_add_async_cleanup_hook(env, [](napi_async_cleanup_hook_handle, void* data) {
      static_cast<CleanupHook*>(data)->Close();
    }, hook, &hook->handle_);
    return hook;
  }

  // Idempotent until the last handle is closed; then the hook deletes itself.
  void Close() {
    engine_->Close([this] {
      napi_remove_async_cleanup_hook(handle_);
      delete this;
    });
  }

 private:
  explicit CleanupHook(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}
  std::shared_ptr<Engine> engine_;
  napi_async_cleanup_hook_handle handle_ = nullptr;
};

constexpr uint32_t kMaxSocketNumber = layout::kFirstVirtualSocket + layout::kMaxVirtualSockets - 1;

bool ReadAddress(const Napi::CallbackInfo& info, size_t position, SocketAddress* out) {
  std::string text;
  uint32_t port;
  if (!ReadString(info, position, "address", &text) || !ReadInteger(info, position + 1, "port", 0, 65535, &port)) {
    return false;
  }
  return ParseSocketAddress(text, static_cast<uint16_t>(port), out) ||
         InvalidArgument(info, "address", "a numeric IPv4 or IPv6 address");
}

class EngineBinding : public Napi::ObjectWrap<EngineBinding> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("Engine", DefineClass(env, "Engine", {
        InstanceMethod<&EngineBinding::SharedBuffers>("sharedBuffers"),
        InstanceMethod<&EngineBinding::AddSocket>("addSocket"),
        InstanceMethod<&EngineBinding::AddVirtualSocket>("addVirtualSocket"),
        InstanceMethod<&EngineBinding::ReceiveVirtual>("receiveVirtual"),
        InstanceMethod<&EngineBinding::ReceiveEarly>("receiveEarly"),
        InstanceMethod<&EngineBinding::RemoveSocket>("removeSocket"),
        InstanceMethod<&EngineBinding::Start>("start"),
        InstanceMethod<&EngineBinding::Close>("close"),
        InstanceMethod<&EngineBinding::AddSession>("addSession"),
        InstanceMethod<&EngineBinding::RemoveSession>("removeSession"),
        InstanceMethod<&EngineBinding::AllowRemote>("allowRemote"),
        InstanceMethod<&EngineBinding::DisallowRemote>("disallowRemote"),
        InstanceMethod<&EngineBinding::SetRemote>("setRemote"),
        InstanceMethod<&EngineBinding::LatchRemote>("latchRemote"),
        InstanceMethod<&EngineBinding::SetRtcpRemote>("setRtcpRemote"),
        InstanceMethod<&EngineBinding::SetSrtpKeys>("setSrtpKeys"),
        InstanceMethod<&EngineBinding::SetPlain>("setPlain"),
        InstanceMethod<&EngineBinding::SetDscp>("setDscp"),
        InstanceMethod<&EngineBinding::ReleaseReceiveStream>("resetReceiveStream"),
        InstanceMethod<&EngineBinding::AddConsumer>("addConsumer"),
        InstanceMethod<&EngineBinding::RemoveConsumer>("removeConsumer"),
        InstanceMethod<&EngineBinding::Flush>("flush"),
        InstanceMethod<&EngineBinding::ContinueFlush>("continueFlush"),
        InstanceMethod<&EngineBinding::SendRtcp>("sendRtcp"),
        InstanceMethod<&EngineBinding::CorkRtcp>("corkRtcp"),
        InstanceMethod<&EngineBinding::UncorkRtcp>("uncorkRtcp"),
        InstanceMethod<&EngineBinding::Settle>("settle"),
        InstanceMethod<&EngineBinding::CollectCounters>("collectCounters"),
        InstanceMethod<&EngineBinding::SendRaw>("sendRaw"),
        InstanceMethod<&EngineBinding::FormatAddress>("formatAddress"),
    }));
  }

  // slots, sessions, consumers, commands, SSRCs per session, GSO, sender threads, packets and STUN messages per second
  explicit EngineBinding(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Engine::Options options = {};
    EngineLimits& limits = options.limits;
    if (!ReadInteger(info, 0, "slots", 2 * layout::kBatchSize, 1 << 20, &limits.slots) ||
        !ReadInteger(info, 1, "maxSessions", 1, 1 << 20, &limits.sessions) ||
        !ReadInteger(info, 2, "maxConsumers", 1, layout::command::kConsumerMask, &limits.consumers) ||
        !ReadInteger(info, 3, "maxCommands", 1, 1 << 22, &limits.commands) ||
        !ReadInteger(info, 4, "maxSsrcsPerSession", 1, 65536, &limits.ssrcs_per_session) ||
        !ReadInteger(info, 6, "senderThreads", 0, 64, &options.sender_threads) ||
        !ReadInteger(info, 7, "maxPacketsPerSecond", 0, 1000000000, &limits.packets_per_second) ||
        !ReadInteger(info, 8, "maxStunPerSecond", 0, 1000000000, &limits.stun_per_second)) {
      return;
    }
    if ((limits.slots & (limits.slots - 1)) != 0) {
      InvalidArgument(info, "slots", "a power of two");
      return;
    }
    options.segmentation = info[5].ToBoolean();
    auto engine = std::make_shared<Engine>(options);
    if (!engine->shared().valid()) {
      ThrowCoded(info.Env(), "OUT_OF_MEMORY", "no memory for the packet engine");
      return;
    }
    engine_ = std::move(engine);
    hook_ = CleanupHook::Register(info.Env(), engine_);
    AccountMemory(info.Env(), static_cast<int64_t>(engine_->private_memory()));
  }

  ~EngineBinding() override {
    if (!engine_) return;
    CloseEngine();
    AccountMemory(Env(), -static_cast<int64_t>(engine_->private_memory()));
  }

 private:
  void CloseEngine() {
    if (engine_->closed()) return;
    hook_->Close();
    if (referenced_) Unref();
    referenced_ = false;
  }

  static Napi::Value Buffer(Napi::Env env, const SharedBlock& block) {
    using Owner = std::shared_ptr<void>;
    return Napi::ArrayBuffer::New(env, block.as<void>(), block.length(),
                                  [](Napi::Env, void*, Owner* owner) { delete owner; }, new Owner(block.owner()));
  }

  Napi::Value SharedBuffers(const Napi::CallbackInfo& info) {
    const SharedMemory& shared = engine_->shared();
    Napi::Object result = Napi::Object::New(info.Env());
    if (buffers_taken_) {  // V8 wants one ArrayBuffer for each piece of memory
      ThrowCoded(info.Env(), "INVALID_STATE", "the shared buffers were taken already");
      return result;
    }
    buffers_taken_ = true;
    result.Set("slab", Buffer(info.Env(), shared.slab));
    result.Set("descriptors", Buffer(info.Env(), shared.descriptors));
    result.Set("addresses", Buffer(info.Env(), shared.addresses));
    result.Set("slotMeta", Buffer(info.Env(), shared.slot_meta));
    result.Set("commands", Buffer(info.Env(), shared.commands));
    result.Set("consumers", Buffer(info.Env(), shared.consumers));
    result.Set("counters", Buffer(info.Env(), shared.counters));
    result.Set("outbox", Buffer(info.Env(), shared.outbox));
    result.Set("outboxRecords", Buffer(info.Env(), shared.outbox_records));
    result.Set("sent", Buffer(info.Env(), shared.sent));
    return result;
  }

  Napi::Value AddSocket(const Napi::CallbackInfo& info) {
    SocketAddress address;
    if (!ReadAddress(info, 0, &address)) return {};
    const UdpSocket* socket = nullptr;
    if (const char* code = engine_->AddSocket(address, &socket)) {
      const std::string where = address.ToString() + " port " + std::to_string(address.port());
      ThrowCoded(info.Env(), code, "cannot open a UDP socket on " + where);
      return {};
    }
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("socket", Napi::Number::New(info.Env(), socket->index()));
    result.Set("port", Napi::Number::New(info.Env(), socket->address().port()));
    return result;
  }

  // family
  Napi::Value AddVirtualSocket(const Napi::CallbackInfo& info) {
    uint32_t family, index;
    if (!ReadInteger(info, 0, "family", 4, 6, &family)) return {};
    if (family == 5) {
      InvalidArgument(info, "family", "4 or 6");
      return {};
    }
    if (const char* code = engine_->AddVirtualSocket(family == 6, &index)) {
      ThrowCoded(info.Env(), code, "cannot add a virtual socket");
      return {};
    }
    return Napi::Number::New(info.Env(), index);
  }

  // virtual socket, address, port, array of datagrams; gives the number of descriptors
  Napi::Value ReceiveVirtual(const Napi::CallbackInfo& info) {
    uint32_t socket;
    SocketAddress from;
    if (!ReadInteger(info, 0, "socket", layout::kFirstVirtualSocket, kMaxSocketNumber, &socket) ||
        !ReadAddress(info, 1, &from)) {
      return {};
    }
    if (engine_->SocketFamily(socket) != (from.is_v6() ? 6 : 4)) {
      InvalidArgument(info, "socket", "an open one of the address's family");
      return {};
    }
    if (!info[3].IsArray() || info[3].As<Napi::Array>().Length() > layout::kBatchSize) {
      InvalidArgument(info, "datagrams", "an array of at most " + std::to_string(layout::kBatchSize));
      return {};
    }
    const auto array = info[3].As<Napi::Array>();
    ByteView datagrams[layout::kBatchSize];
    const uint32_t count = array.Length();
    for (uint32_t i = 0; i < count; i++) {
      const Napi::Value value = array[i];
      if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
        InvalidArgument(info, "datagrams", "Uint8Arrays");
        return {};
      }
      const auto bytes = value.As<Napi::Uint8Array>();
      datagrams[i] = {bytes.Data(), bytes.ByteLength()};
    }
    return Napi::Number::New(info.Env(), engine_->ReceiveVirtual(socket, from, datagrams, count));
  }

  Napi::Value ReceiveEarly(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), engine_->ReceiveEarly());
  }

  void RemoveSocket(const Napi::CallbackInfo& info) {
    uint32_t socket;
    if (ReadInteger(info, 0, "socket", 0, kMaxSocketNumber, &socket)) engine_->RemoveSocket(socket);
  }

  void Start(const Napi::CallbackInfo& info) {
    if (!info[0].IsFunction()) {
      InvalidArgument(info, "onBatch", "a function");
      return;
    }
    uv_loop_t* loop = nullptr;
    napi_get_uv_event_loop(info.Env(), &loop);
    auto callback = std::make_shared<BatchCallback>(info.Env(), info[0].As<Napi::Function>());
    if (const char* code = engine_->Start(loop, [callback](uint32_t count) { (*callback)(count); })) {
      ThrowCoded(info.Env(), code, "cannot start the packet engine");
      return;
    }
    referenced_ = true;
    Ref();  // until it is closed
  }

  void Close(const Napi::CallbackInfo&) { CloseEngine(); }

  Napi::Value AddSession(const Napi::CallbackInfo& info) {
    uint32_t session;
    if (engine_->closed()) {
      ThrowCoded(info.Env(), "CLOSED", "the packet engine is closed");
    } else if (!engine_->AddSession(&session)) {
      ThrowCoded(info.Env(), "SESSION_LIMIT", "too many sessions");
    } else {
      return Napi::Number::New(info.Env(), session);
    }
    return {};
  }

  bool ReadSession(const Napi::CallbackInfo& info, uint32_t* session) {
    if (!ReadInteger(info, 0, "session", 0, engine_->limits().sessions - 1, session)) return false;
    return engine_->sessions().Find(*session) || InvalidArgument(info, "session", "a session in use");
  }

  bool ReadSocket(const Napi::CallbackInfo& info, size_t position, uint32_t* socket) {
    if (!ReadInteger(info, position, "socket", 0, kMaxSocketNumber, socket)) return false;
    return engine_->SocketFamily(*socket) != 0 || InvalidArgument(info, "socket", "an open socket");
  }

  // session, socket, address, port
  bool ReadRemote(const Napi::CallbackInfo& info, uint32_t* session, uint32_t* socket, SocketAddress* remote) {
    if (!ReadSession(info, session) || !ReadSocket(info, 1, socket) || !ReadAddress(info, 2, remote)) return false;
    if (engine_->SocketFamily(*socket) != (remote->is_v6() ? 6 : 4)) {
      return InvalidArgument(info, "address", "of the socket's family");
    }
    if (const UdpSocket* local = engine_->FindSocket(*socket)) CompleteScope(*local, remote);
    return true;
  }

  void RemoveSession(const Napi::CallbackInfo& info) {
    uint32_t session;
    if (!engine_->closed() && ReadSession(info, &session)) engine_->RemoveSession(session);
  }

  Napi::Value AllowRemote(const Napi::CallbackInfo& info) {
    uint32_t session, socket;
    SocketAddress remote;
    if (!ReadRemote(info, &session, &socket, &remote)) return {};
    return Napi::Boolean::New(info.Env(), engine_->sessions().Allow(session, RemoteKey(socket, remote)));
  }

  void DisallowRemote(const Napi::CallbackInfo& info) {
    uint32_t session, socket;
    SocketAddress remote;
    if (!ReadRemote(info, &session, &socket, &remote)) return;
    engine_->sessions().Disallow(session, RemoteKey(socket, remote));
  }

  void SetRemote(const Napi::CallbackInfo& info) {
    uint32_t session, socket;
    SocketAddress remote;
    if (!ReadRemote(info, &session, &socket, &remote)) return;
    Session* changed = engine_->Change(session);
    changed->remote = remote;
    changed->remote_socket = static_cast<int32_t>(socket);
  }

  void SetRtcpRemote(const Napi::CallbackInfo& info) {
    uint32_t session, socket;
    SocketAddress remote;
    if (!ReadRemote(info, &session, &socket, &remote)) return;
    if (!engine_->FindSocket(socket)) {
      InvalidArgument(info, "socket", "a socket of the kernel");
      return;
    }
    engine_->sessions().Find(session)->rtcp_remote = remote;
    engine_->sessions().Find(session)->rtcp_socket = static_cast<int32_t>(socket);
  }

  // session, socket, address, port, whether other sources must have this address too, whether RTCP counts, payload types
  void LatchRemote(const Napi::CallbackInfo& info) {
    uint32_t session, socket;
    SocketAddress remote;
    ByteView payload_types;
    if (!ReadRemote(info, &session, &socket, &remote) || !ReadBytes(info, 6, "payloadTypes", &payload_types)) return;
    if (!engine_->FindSocket(socket) || payload_types.length != sizeof(Latch::payload_types)) {
      InvalidArgument(info, "socket", "a socket of the kernel, and payload types 16 bytes");
      return;
    }
    const RemoteKey preferred(socket, remote);
    Latch latch = {session, preferred, info[4].ToBoolean(), info[5].ToBoolean(), {}, false, preferred};
    memcpy(latch.payload_types, payload_types.data, sizeof latch.payload_types);
    engine_->sessions().SetLatch(socket, latch);
  }

  void SetPlain(const Napi::CallbackInfo& info) {
    uint32_t session;
    if (!ReadSession(info, &session)) return;
    engine_->Change(session);
    engine_->sessions().SetPlain(session, engine_->limits().ssrcs_per_session);
  }

  // session, DSCP
  void SetDscp(const Napi::CallbackInfo& info) {
    uint32_t session, dscp;
    if (!ReadSession(info, &session) || !ReadInteger(info, 1, "dscp", 0, 63, &dscp)) return;
    engine_->Change(session)->traffic_class = static_cast<uint8_t>(dscp << 2);
  }

  // session, profile, key to send with, keys to receive with one after the other, MKI of the first and MKIs of these
  void SetSrtpKeys(const Napi::CallbackInfo& info) {
    uint32_t session, profile;
    ByteView send_key, receive_key, send_mki, receive_mkis;
    if (!ReadSession(info, &session) || !ReadInteger(info, 1, "profile", 0, 0xffff, &profile) ||
        !ReadBytes(info, 2, "sendKey", &send_key) || !ReadBytes(info, 3, "receiveKey", &receive_key) ||
        !ReadBytes(info, 4, "sendMki", &send_mki) || !ReadBytes(info, 5, "receiveMkis", &receive_mkis)) {
      return;
    }
    engine_->Change(session);
    if (!engine_->sessions().SetKeys(session, static_cast<SrtpProfile>(profile), send_key, receive_key,
                                     engine_->limits().ssrcs_per_session, send_mki, receive_mkis)) {
      InvalidArgument(info, "keys", "of a supported profile and of its length");
    }
  }

  void ReleaseReceiveStream(const Napi::CallbackInfo& info) {
    uint32_t session, ssrc;
    if (!ReadSession(info, &session) || !ReadInteger(info, 1, "ssrc", 0, 0xffffffff, &ssrc)) return;
    Session* found = engine_->sessions().Find(session);
    if (found->receiver) found->receiver->ReleaseStream(ssrc);
  }

  Napi::Value AddConsumer(const Napi::CallbackInfo& info) {
    uint32_t consumer;
    if (!engine_->AddConsumer(&consumer)) {
      ThrowCoded(info.Env(), "CONSUMER_LIMIT", "too many consumers");
      return {};
    }
    return Napi::Number::New(info.Env(), consumer);
  }

  void RemoveConsumer(const Napi::CallbackInfo& info) {
    uint32_t consumer;
    if (!ReadInteger(info, 0, "consumer", 0, engine_->limits().consumers - 1, &consumer)) return;
    if (!engine_->RemoveConsumer(consumer)) InvalidArgument(info, "consumer", "a consumer in use");
  }

  Napi::Value Flush(const Napi::CallbackInfo& info) {
    uint32_t count;
    if (!ReadInteger(info, 0, "commandCount", 0, engine_->limits().commands, &count)) return {};
    return Napi::Number::New(info.Env(), engine_->Flush(count));
  }

  Napi::Value ContinueFlush(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), engine_->ContinueFlush());
  }

  Napi::Value SendRtcp(const Napi::CallbackInfo& info) {
    uint32_t session, length;
    ByteView buffer;
    if (!ReadSession(info, &session) || !ReadBytes(info, 1, "buffer", &buffer) ||
        !ReadInteger(info, 2, "length", 0, layout::kSlotSize, &length)) {
      return {};
    }
    if (length > buffer.length) {
      InvalidArgument(info, "length", "within the buffer");
      return {};
    }
    return Napi::Boolean::New(info.Env(), engine_->SendRtcp(session, {buffer.data, length}));
  }

  void CorkRtcp(const Napi::CallbackInfo&) { engine_->CorkRtcp(); }
  void UncorkRtcp(const Napi::CallbackInfo&) { engine_->UncorkRtcp(); }
  void Settle(const Napi::CallbackInfo&) { engine_->Settle(); }
  void CollectCounters(const Napi::CallbackInfo&) { engine_->CollectCounters(); }

  Napi::Value SendRaw(const Napi::CallbackInfo& info) {
    uint32_t socket;
    SocketAddress to;
    ByteView data;
    if (!ReadInteger(info, 0, "socket", 0, kMaxSockets - 1, &socket) || !ReadAddress(info, 1, &to) ||
        !ReadBytes(info, 3, "data", &data)) {
      return {};
    }
    return Napi::Boolean::New(info.Env(), engine_->SendRaw(socket, to, data));
  }

  // The address of a descriptor of the current batch as text.
  Napi::Value FormatAddress(const Napi::CallbackInfo& info) {
    uint32_t position;
    if (!ReadInteger(info, 0, "descriptor", 0, layout::kBatchSize - 1, &position)) return {};
    const uint8_t* bytes = engine_->shared().addresses.as<uint8_t>() + position * layout::kAddressStride;
    SocketAddress address;
    if (bytes[0] == 6) {
      address.v6.sin6_family = AF_INET6;
      memcpy(&address.v6.sin6_addr, bytes + 4, 16);
    } else {
      address.v4.sin_family = AF_INET;
      memcpy(&address.v4.sin_addr, bytes + 4, 4);
    }
    return Napi::String::New(info.Env(), address.ToString());
  }

  std::shared_ptr<Engine> engine_;  // null only when the constructor threw
  CleanupHook* hook_ = nullptr;
  bool referenced_ = false;
  bool buffers_taken_ = false;
};

}  // namespace

void ExportEngine(Napi::Env env, Napi::Object exports) { EngineBinding::Define(env, exports); }

}  // namespace rivero
