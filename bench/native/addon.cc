// The addon of the benchmarks: the floor, the load, and a few things of the operating system. Types: src/support/native.ts
#include <malloc.h>
#include <napi.h>
#include <sched.h>

#include "floor.h"
#include "load.h"

namespace {

using bench::Floor;
using bench::Load;

double Number(const Napi::Object& object, const char* name) { return object.Get(name).ToNumber().DoubleValue(); }
uint32_t Unsigned(const Napi::Value& value) { return value.ToNumber().Uint32Value(); }

class FloorObject : public Napi::ObjectWrap<FloorObject> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Floor",
                       {InstanceMethod("addReceiver", &FloorObject::AddReceiver), InstanceMethod("run", &FloorObject::Run)});
  }
  explicit FloorObject(const Napi::CallbackInfo& info)
      : ObjectWrap(info), floor_(std::make_unique<Floor>(info[0].ToBoolean().Value())) {}

 private:
  void AddReceiver(const Napi::CallbackInfo& info) { floor_->AddReceiver(static_cast<uint16_t>(Unsigned(info[0]))); }

  Napi::Value Run(const Napi::CallbackInfo& info) {
    const Napi::Object load = info[0].ToObject();
    const Floor::Result result = floor_->Run({static_cast<uint32_t>(Number(load, "burst")), Number(load, "segmentation") != 0,
                                              static_cast<uint32_t>(Number(load, "payloadLength")),
                                              static_cast<int64_t>(Number(load, "intervalNs")),
                                              static_cast<int64_t>(Number(load, "durationNs")), Number(load, "plain") != 0});
    Napi::Object out = Napi::Object::New(info.Env());
    out.Set("packets", result.packets);
    out.Set("failed", result.failed);
    out.Set("cpuNs", result.cpu_ns);
    out.Set("wallNs", result.wall_ns);
    out.Set("calls", result.calls);
    return out;
  }

  std::unique_ptr<Floor> floor_;
};

class LoadObject : public Napi::ObjectWrap<LoadObject> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Load",
                       {InstanceMethod("addPeer", &LoadObject::AddPeer), InstanceMethod("addSink", &LoadObject::AddSink), InstanceMethod("port", &LoadObject::Port),
                        InstanceMethod("setTarget", &LoadObject::SetTarget),
                        InstanceMethod("setSource", &LoadObject::SetSource), InstanceMethod("sendRaw", &LoadObject::SendRaw),
                        InstanceMethod("captureNext", &LoadObject::CaptureNext),
                        InstanceMethod("takeDatagrams", &LoadObject::TakeDatagrams),
                        InstanceMethod("poll", &LoadObject::Poll), InstanceMethod("run", &LoadObject::Run),
                        InstanceMethod("drain", &LoadObject::Drain)});
  }
  explicit LoadObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

 private:
  Napi::Value AddPeer(const Napi::CallbackInfo& info) {
    const int peer = load_.AddPeer();
    if (peer < 0) Napi::Error::New(info.Env(), "no more UDP sockets").ThrowAsJavaScriptException();
    return Napi::Number::New(info.Env(), peer);
  }

  Napi::Value AddSink(const Napi::CallbackInfo& info) {
    const uint16_t port = load_.AddSink();
    if (port == 0) Napi::Error::New(info.Env(), "no more UDP sockets").ThrowAsJavaScriptException();
    return Napi::Number::New(info.Env(), port);
  }

  uint32_t Peer(const Napi::CallbackInfo& info) {
    const uint32_t peer = Unsigned(info[0]);
    if (peer < load_.peers()) return peer;
    Napi::RangeError::New(info.Env(), "no such peer").ThrowAsJavaScriptException();
    return UINT32_MAX;
  }

  Napi::Value Port(const Napi::CallbackInfo& info) {
    const uint32_t peer = Peer(info);
    return peer == UINT32_MAX ? info.Env().Undefined() : Napi::Number::New(info.Env(), load_.port(peer));
  }

  void SetTarget(const Napi::CallbackInfo& info) { load_.SetTarget(static_cast<uint16_t>(Unsigned(info[0]))); }

  // (peer, gcm, key 16 | salt 14 | authentication key 20 or nothing, ssrc, payload type)
  void SetSource(const Napi::CallbackInfo& info) {
    const uint32_t peer = Peer(info);
    if (peer == UINT32_MAX) return;
    const auto keys = info[2].As<Napi::Uint8Array>();
    if (keys.ByteLength() != 50 && keys.ByteLength() != 0) {
      Napi::RangeError::New(info.Env(), "50 bytes of keys are needed").ThrowAsJavaScriptException();
      return;
    }
    load_.SetSource(peer, info[1].ToBoolean().Value(), keys.ByteLength() == 0 ? nullptr : keys.Data(), Unsigned(info[3]),
                    static_cast<uint8_t>(Unsigned(info[4])));
  }

  Napi::Value SendRaw(const Napi::CallbackInfo& info) {
    const uint32_t peer = Peer(info);
    if (peer == UINT32_MAX) return info.Env().Undefined();
    const auto data = info[1].As<Napi::Uint8Array>();
    return Napi::Boolean::New(info.Env(), load_.SendRaw(peer, data.Data(), data.ByteLength()));
  }

  void CaptureNext(const Napi::CallbackInfo& info) {
    const uint32_t peer = Peer(info);
    if (peer != UINT32_MAX) load_.CaptureNext(peer);
  }

  Napi::Value TakeDatagrams(const Napi::CallbackInfo& info) {
    const auto datagrams = load_.TakeDatagrams();
    Napi::Array out = Napi::Array::New(info.Env(), datagrams.size());
    for (uint32_t i = 0; i < datagrams.size(); i++) {
      Napi::Object entry = Napi::Object::New(info.Env());
      entry.Set("peer", datagrams[i].peer);
      entry.Set("port", datagrams[i].from_port);
      entry.Set("data", Napi::Buffer<uint8_t>::Copy(info.Env(), datagrams[i].data.data(), datagrams[i].data.size()));
      out.Set(i, entry);
    }
    return out;
  }

  void Poll(const Napi::CallbackInfo&) { load_.Poll(); }

  Napi::Value Run(const Napi::CallbackInfo& info) {
    const Napi::Object traffic = info[0].ToObject();
    return Describe(info.Env(), load_.Run({static_cast<uint32_t>(Number(traffic, "burst")),
                                           static_cast<uint32_t>(Number(traffic, "payloadLength")),
                                           static_cast<int64_t>(Number(traffic, "intervalNs")),
                                           static_cast<uint32_t>(Number(traffic, "window")),
                                           static_cast<uint32_t>(Number(traffic, "fanOut")),
                                           static_cast<int64_t>(Number(traffic, "durationNs")),
                                           Number(traffic, "keyFrame") != 0,
                                           Number(traffic, "timing") != 0,
                                           static_cast<int64_t>(Number(traffic, "restNs"))}));
  }

  Napi::Value Drain(const Napi::CallbackInfo& info) {
    return Describe(info.Env(), load_.Drain(info[0].ToNumber().Int64Value()));
  }

  static Napi::Value Describe(Napi::Env env, const Load::Result& result) {
    Napi::Object out = Napi::Object::New(env);
    out.Set("sent", result.sent);
    out.Set("received", result.received);
    out.Set("bytes", result.bytes);
    out.Set("rtcp", result.rtcp);
    out.Set("missing", result.missing);
    out.Set("reordered", result.reordered);
    out.Set("stalls", result.stalls);
    out.Set("wallNs", result.wall_ns);
    out.Set("timed", result.timed);
    out.Set("medianUs", result.median_us);
    out.Set("p99Us", result.p99_us);
    out.Set("p999Us", result.p999_us);
    out.Set("maxUs", result.max_us);
    return out;
  }

  Load load_;
};

// Keeps the calling thread, and those it will start, on these processors. False when that is not allowed.
Napi::Value PinThread(const Napi::CallbackInfo& info) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (size_t i = 0; i < info.Length(); i++) CPU_SET(Unsigned(info[i]), &set);
  return Napi::Boolean::New(info.Env(), sched_setaffinity(0, sizeof set, &set) == 0);
}

Napi::Value ThreadCpuNs(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(bench::ThreadCpuNs()));
}

// The C heap of the process, all arenas: what is in use, what is free within it, and what was mapped for large blocks.
Napi::Value MallocBytes(const Napi::CallbackInfo& info) {
  const struct mallinfo2 all = mallinfo2();
  Napi::Object out = Napi::Object::New(info.Env());
  out.Set("mallocUsed", static_cast<double>(all.uordblks));
  out.Set("mallocFree", static_cast<double>(all.fordblks));
  out.Set("mallocMapped", static_cast<double>(all.hblkhd));
  return out;
}

Napi::Value MallocTrim(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), malloc_trim(0) == 1);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("Floor", FloorObject::Define(env));
  exports.Set("Load", LoadObject::Define(env));
  exports.Set("pinThread", Napi::Function::New(env, PinThread));
  exports.Set("threadCpuNs", Napi::Function::New(env, ThreadCpuNs));
  exports.Set("mallocBytes", Napi::Function::New(env, MallocBytes));
  exports.Set("mallocTrim", Napi::Function::New(env, MallocTrim));
  return exports;
}

}  // namespace

NODE_API_MODULE(rivero_bench, Init)
