// appsink and appsrc: buffers to and from JavaScript without a copy.
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <atomic>

#include "arguments.h"
#include "handle.h"
#include "js_thread.h"
#include "sample_store.h"
#include "values.h"

namespace rivero {

namespace {

struct SampleListener {
  CallbackPointer callback;
  int max_pending;
  std::atomic<int> pending{0};
  std::atomic<uint64_t> dropped{0};
};
using ListenerPointer = std::shared_ptr<SampleListener>;

using StorePointer = std::shared_ptr<SampleStore>;

GQuark StoreQuark() {
  static const GQuark quark = g_quark_from_static_string("rivero-sample-store");
  return quark;
}

GQuark ListenerQuark() {
  static const GQuark quark = g_quark_from_static_string("rivero-sample-listener");
  return quark;
}

// A sample whose memory JavaScript sees. Given back once, by whoever comes first: release or the garbage collector.
class MappedSample {
 public:
  MappedSample(GstSample* sample, ListenerPointer listener) : sample_(sample), listener_(std::move(listener)) {
    mapped_ = gst_buffer_map(gst_sample_get_buffer(sample_), &map_, GST_MAP_READ);
  }
  ~MappedSample() { Release(); }
  void Release() {
    if (sample_ == nullptr) return;
    if (mapped_) gst_buffer_unmap(gst_sample_get_buffer(sample_), &map_);
    gst_sample_unref(sample_);
    sample_ = nullptr;
    listener_->pending--;
  }
  bool mapped() const { return mapped_; }
  GstSample* sample() const { return sample_; }
  void* data() const { return map_.data; }
  size_t size() const { return map_.size; }

 private:
  GstSample* sample_;
  ListenerPointer listener_;
  GstMapInfo map_ = GST_MAP_INFO_INIT;
  bool mapped_;
};

Napi::ArrayBuffer Share(Napi::Env env, const std::shared_ptr<MappedSample>& mapped) {
  // Memory of no length would count as detached.
  if (mapped->size() == 0) return Napi::ArrayBuffer::New(env, 0);
  auto* owner = new std::shared_ptr<MappedSample>(mapped);
  const auto drop = [](Napi::Env, void*, std::shared_ptr<MappedSample>* held) { delete held; };
  return Napi::ArrayBuffer::New(env, mapped->data(), mapped->size(), drop, owner);
}

void Deliver(Napi::Env env, GstSample* sample, const ListenerPointer& listener) {
  const auto mapped = std::make_shared<MappedSample>(sample, listener);
  if (!mapped->mapped()) return;
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  GstCaps* caps = gst_sample_get_caps(sample);
  const Napi::ArrayBuffer data = Share(env, mapped);
  Napi::Object object = Napi::Object::New(env);
  object.Set("data", data);
  object.Set("pts", TimeNumber(RunningTime(sample, GST_BUFFER_PTS(buffer))));
  object.Set("dts", TimeNumber(RunningTime(sample, GST_BUFFER_DTS(buffer))));
  object.Set("duration", TimeNumber(GST_BUFFER_DURATION(buffer)));
  object.Set("caps", caps == nullptr ? "" : TakeString(gst_caps_to_string(caps)));
  object.Set("discontinuous", Napi::Boolean::New(env, GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT)));
  object.Set("keyFrame", Napi::Boolean::New(env, !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT)));
  object.Set("release", Napi::Function::New(env, [mapped](const Napi::CallbackInfo& info) {
               // Without the detachment JavaScript could read memory that is somebody else's by then.
               const Napi::Value held = info.This().As<Napi::Object>().Get("data");
               if (!held.IsArrayBuffer()) return;
               if (mapped->size() > 0 && !held.As<Napi::ArrayBuffer>().IsDetached()) {
                 if (held.As<Napi::ArrayBuffer>().Data() != mapped->data()) return;
                 held.As<Napi::ArrayBuffer>().Detach();
               }
               mapped->Release();
             }));
  listener->callback->Call(env, {object});
}

GstFlowReturn TakeSample(GstAppSink* sink, gpointer data) {
  const ListenerPointer listener = *static_cast<ListenerPointer*>(data);
  GstSample* sample = gst_app_sink_pull_sample(sink);
  if (sample == nullptr) return GST_FLOW_EOS;
  if (gst_sample_get_buffer(sample) == nullptr || listener->pending >= listener->max_pending) {
    listener->dropped++;
    gst_sample_unref(sample);
    return GST_FLOW_OK;
  }
  listener->pending++;
  js_thread::Post([sample, listener](Napi::Env env) { Deliver(env, sample, listener); });
  return GST_FLOW_OK;
}

}  // namespace

void Handle::AppendAppMethods(std::vector<Method>* methods) {
  methods->push_back(InstanceMethod("onSample", &Handle::OnSample));
  methods->push_back(InstanceMethod("collect", &Handle::Collect));
  methods->push_back(InstanceMethod("takeSamples", &Handle::TakeSamples));
  methods->push_back(InstanceMethod("sampleDrops", &Handle::SampleDrops));
  methods->push_back(InstanceMethod("push", &Handle::Push));
}

void Handle::OnSample(Info info) {
  Napi::Function function;
  double max_pending = 0;
  if (!ReadFunction(info, 0, "listener", &function) || !ReadNumber(info, 1, "maxPending", &max_pending)) return;
  if (!GST_IS_APP_SINK(object_)) {
    ThrowCoded(info.Env(), "INVALID_ARGUMENT", "this is no appsink");
    return;
  }
  const auto listener = std::make_shared<SampleListener>();
  listener->callback = MakeCallback(function);
  listener->max_pending = static_cast<int>(max_pending);
  const auto drop = [](gpointer data) { delete static_cast<ListenerPointer*>(data); };
  g_object_set_qdata_full(object_, ListenerQuark(), new ListenerPointer(listener), drop);
  GstAppSinkCallbacks callbacks = {};
  callbacks.new_sample = TakeSample;
  gst_app_sink_set_callbacks(GST_APP_SINK(object_), &callbacks, new ListenerPointer(listener), drop);
}

void Handle::Collect(Info info) {
  double max_pending = 0;
  if (!ReadNumber(info, 0, "maxPending", &max_pending)) return;
  if (!GST_IS_APP_SINK(object_)) {
    ThrowCoded(info.Env(), "INVALID_ARGUMENT", "this is no appsink");
    return;
  }
  auto* store = new StorePointer(SampleStore::Attach(GST_APP_SINK(object_), static_cast<size_t>(max_pending)));
  g_object_set_qdata_full(object_, StoreQuark(), store, [](gpointer data) { delete static_cast<StorePointer*>(data); });
}

Napi::Value Handle::TakeSamples(Info info) {
  const auto* store = static_cast<StorePointer*>(g_object_get_qdata(object_, StoreQuark()));
  return store == nullptr ? info.Env().Undefined() : (*store)->Take(info.Env());
}

Napi::Value Handle::SampleDrops(Info info) {
  const auto* listener = static_cast<ListenerPointer*>(g_object_get_qdata(object_, ListenerQuark()));
  const auto* store = static_cast<StorePointer*>(g_object_get_qdata(object_, StoreQuark()));
  const uint64_t dropped = store != nullptr ? (*store)->dropped() : listener != nullptr ? (*listener)->dropped.load() : 0;
  return Napi::Number::New(info.Env(), static_cast<double>(dropped));
}

Napi::Value Handle::Push(Info info) {
  const Napi::Env env = info.Env();
  int64_t pts = 0;
  int64_t duration = 0;
  if (!GST_IS_APP_SRC(object_) || !info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    ThrowCoded(env, "INVALID_ARGUMENT", "an appsrc takes a Uint8Array");
    return env.Undefined();
  }
  if (!ReadTime(info, 1, "time", &pts) || !ReadTime(info, 2, "duration", &duration)) return env.Undefined();
  auto array = info[0].As<Napi::Uint8Array>();
  GstBuffer* buffer = gst_buffer_new();
  if (array.ByteLength() > 0) {
    // The bytes stay where they are; JavaScript's hold on them ends on its own thread.
    auto* reference = new Napi::ObjectReference(Napi::Persistent(array.As<Napi::Object>()));
    gst_buffer_append_memory(
        buffer, gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY, array.Data(), array.ByteLength(), 0, array.ByteLength(),
                                       reference, [](gpointer data) {
                                         auto* held = static_cast<Napi::ObjectReference*>(data);
                                         js_thread::Post([held](Napi::Env) { delete held; });
                                       }));
  }
  GST_BUFFER_PTS(buffer) = pts < 0 ? GST_CLOCK_TIME_NONE : static_cast<GstClockTime>(pts);
  GST_BUFFER_DURATION(buffer) = duration < 0 ? GST_CLOCK_TIME_NONE : static_cast<GstClockTime>(duration);
  return Napi::String::New(env, gst_flow_get_name(gst_app_src_push_buffer(GST_APP_SRC(object_), buffer)));
}

}  // namespace rivero
