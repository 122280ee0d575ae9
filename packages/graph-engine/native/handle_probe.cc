// Probes: holding, counting and dropping buffers, hearing of events.
#include <gst/video/video-event.h>

#include <algorithm>
#include <atomic>

#include "arguments.h"
#include "connection.h"
#include "handle.h"
#include "probes.h"
#include "values.h"

namespace rivero {

namespace {

constexpr auto kBuffers = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);

// The streaming thread writes, JavaScript reads.
struct BufferCounters {
  std::atomic<uint64_t> buffers{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<uint64_t> dropped{0};
  std::atomic<uint64_t> key_frames{0};
  std::atomic<GstClockTime> last_time{GST_CLOCK_TIME_NONE};
  std::atomic<uint64_t> reordered{0};
  // Of the streaming thread alone: the latest presentation time since the last key frame.
  GstClockTime latest{GST_CLOCK_TIME_NONE};
  // 0 nothing, 1 everything, 2 until the next key frame, 3 what has no presentation time
  std::atomic<int> drop{0};
};
using CountersPointer = std::shared_ptr<BufferCounters>;

bool IsKeyFrame(GstBuffer* buffer) { return !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT); }

GstBuffer* FirstBufferOf(GstPadProbeInfo* info) {
  if (GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) return GST_PAD_PROBE_INFO_BUFFER(info);
  GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
  return gst_buffer_list_length(list) == 0 ? nullptr : gst_buffer_list_get(list, 0);
}

void CountBuffer(BufferCounters* counters, GstBuffer* buffer) {
  counters->buffers.fetch_add(1, std::memory_order_relaxed);
  counters->bytes.fetch_add(gst_buffer_get_size(buffer), std::memory_order_relaxed);
  if (IsKeyFrame(buffer)) counters->key_frames.fetch_add(1, std::memory_order_relaxed);
  if (!GST_BUFFER_PTS_IS_VALID(buffer)) return;
  const GstClockTime time = GST_BUFFER_PTS(buffer);
  counters->last_time = time;
  if (!IsKeyFrame(buffer) && GST_CLOCK_TIME_IS_VALID(counters->latest) && time < counters->latest) {
    counters->reordered.fetch_add(1, std::memory_order_relaxed);
  } else {
    counters->latest = time;
  }
}

GstPadProbeReturn CountOrDrop(GstPad*, GstPadProbeInfo* info, gpointer data) {
  BufferCounters* counters = static_cast<CountersPointer*>(data)->get();
  const bool is_list = GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER_LIST;
  GstBuffer* first = FirstBufferOf(info);
  if (first == nullptr) return GST_PAD_PROBE_OK;
  int mode = counters->drop;
  if (mode == 2 && IsKeyFrame(first)) {
    // Unless JavaScript has just said otherwise.
    counters->drop.compare_exchange_strong(mode, 0);
    mode = 0;
  }
  if (mode == 3 && GST_BUFFER_PTS_IS_VALID(first)) mode = 0;
  if (mode != 0) {
    counters->dropped += is_list ? gst_buffer_list_length(GST_PAD_PROBE_INFO_BUFFER_LIST(info)) : 1;
    return GST_PAD_PROBE_DROP;
  }
  if (!is_list) {
    CountBuffer(counters, first);
    return GST_PAD_PROBE_OK;
  }
  GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
  for (guint i = 0; i < gst_buffer_list_length(list); i++) CountBuffer(counters, gst_buffer_list_get(list, i));
  return GST_PAD_PROBE_OK;
}

struct EventListener {
  CallbackPointer callback;
  std::vector<std::string> types;
  bool drop = false;
  // Unless empty, only events with 0 in this field (of 64 bits, unsigned).
  std::string zero;
  gint64 interval;
  // Events of one pad come one after the other, upstream ones from any thread.
  std::atomic<gint64> last{0};
};

std::string EventName(GstEvent* event) {
  if (gst_video_event_is_force_key_unit(event)) return "force-key-unit";
  const GstStructure* structure = gst_event_get_structure(event);
  const bool is_custom = GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_UPSTREAM ||
                         GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM ||
                         GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM_OOB ||
                         GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM_STICKY ||
                         GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_BOTH;
  if (is_custom && structure != nullptr) return gst_structure_get_name(structure);
  return GST_EVENT_TYPE_NAME(event);
}

GstPadProbeReturn HearEvent(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto* listener = static_cast<EventListener*>(data);
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  const std::string name = EventName(event);
  if (std::find(listener->types.begin(), listener->types.end(), name) == listener->types.end()) return GST_PAD_PROBE_OK;
  if (!listener->zero.empty()) {
    const GstStructure* structure = gst_event_get_structure(event);
    guint64 value = 0;
    if (structure == nullptr || !gst_structure_get_uint64(structure, listener->zero.c_str(), &value) || value != 0) {
      return GST_PAD_PROBE_OK;
    }
  }
  const GstPadProbeReturn result = listener->drop ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
  const gint64 now = g_get_monotonic_time();
  gint64 last = listener->last;
  if (last != 0 && now - last < listener->interval) return result;
  if (!listener->last.compare_exchange_strong(last, now)) return result;
  gst_event_ref(event);
  js_thread::Post([callback = listener->callback, event, name](Napi::Env env) {
    const GstStructure* structure = gst_event_get_structure(event);
    const Napi::Value fields = structure == nullptr ? env.Undefined() : Napi::Value(FromStructure(env, structure));
    gst_event_unref(event);
    callback->Call(env, {Napi::String::New(env, name), fields});
  });
  return result;
}

// Settles its promise at the first call of the probe, or when the probe goes without one.
struct Once {
  std::shared_ptr<Settlement> settlement;
  ConnectionPointer connection;
  bool unlink = false;
  std::atomic<bool> done{false};
};

void SettleOnce(Once* once, Outcome outcome) {
  if (once->done.exchange(true)) return;
  if (once->connection != nullptr) once->connection->MarkDone();
  once->settlement->Settle(std::move(outcome));
}

void DeleteOnce(gpointer data) {
  auto* once = static_cast<Once*>(data);
  SettleOnce(once, Outcome::Success());
  delete once;
}

GstPadProbeReturn AtIdle(GstPad* pad, GstPadProbeInfo*, gpointer data) {
  auto* once = static_cast<Once*>(data);
  if (once->done) return GST_PAD_PROBE_OK;
  GstPad* peer = once->unlink ? gst_pad_get_peer(pad) : nullptr;
  if (peer != nullptr) {
    const bool is_source = GST_PAD_DIRECTION(pad) == GST_PAD_SRC;
    gst_pad_unlink(is_source ? pad : peer, is_source ? peer : pad);
    gst_object_unref(peer);
  }
  SettleOnce(once, Outcome::Success());
  return GST_PAD_PROBE_REMOVE;
}

GstPadProbeReturn AtFirstBuffer(GstPad*, GstPadProbeInfo* info, gpointer data) {
  GstBuffer* buffer = FirstBufferOf(info);
  if (buffer == nullptr) return GST_PAD_PROBE_OK;
  const double time = TimeNumber(GST_BUFFER_PTS(buffer));
  SettleOnce(static_cast<Once*>(data),
             Outcome::Success([time](Napi::Env env) { return Napi::Number::New(env, time); }));
  return GST_PAD_PROBE_REMOVE;
}

GstPadProbeReturn Wait(GstPad*, GstPadProbeInfo* info, gpointer) {
  if (!(GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_EVENT_BOTH)) return GST_PAD_PROBE_OK;
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  const bool describes = GST_EVENT_IS_STICKY(event) && GST_EVENT_TYPE(event) != GST_EVENT_EOS;
  return describes ? GST_PAD_PROBE_PASS : GST_PAD_PROBE_OK;
}

}  // namespace

gulong AddHold(GstPad* pad) { return gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM, Wait, nullptr, nullptr); }

void Handle::AppendProbeMethods(std::vector<Method>* methods) {
  methods->push_back(InstanceMethod("hold", &Handle::Hold));
  methods->push_back(InstanceMethod("idle", &Handle::Idle));
  methods->push_back(InstanceMethod("firstBuffer", &Handle::FirstBuffer));
  methods->push_back(InstanceMethod("bufferProbe", &Handle::BufferProbe));
  methods->push_back(InstanceMethod("eventProbe", &Handle::EventProbe));
}

Napi::Value Handle::Hold(Info info) {
  GstPad* pad = Pad(info);
  if (pad == nullptr) return info.Env().Undefined();
  const ConnectionPointer hold = Connection::Make(Connection::Kind::kHold, object_, nullptr);
  hold->SetId(AddHold(pad));
  return ProbeObject(info.Env(), hold);
}

Napi::Value Handle::Idle(Info info) {
  GstPad* pad = Pad(info);
  bool unlink = false;
  if (pad == nullptr || !ReadBoolean(info, 0, "unlink", &unlink)) return info.Env().Undefined();
  const auto settlement = Settlement::Make(info.Env());
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_IDLE, AtIdle, new Once{settlement, nullptr, unlink}, DeleteOnce);
  return settlement->Promise();
}

Napi::Value Handle::FirstBuffer(Info info) {
  GstPad* pad = Pad(info);
  if (pad == nullptr) return info.Env().Undefined();
  const auto settlement = Settlement::Make(info.Env());
  const ConnectionPointer connection = Connection::Make(Connection::Kind::kProbe, object_, nullptr);
  // The id is not there yet when the first buffer comes at once, nor needed then: the probe has removed itself.
  connection->SetId(gst_pad_add_probe(pad, kBuffers, AtFirstBuffer, new Once{settlement, connection, false}, DeleteOnce));
  return settlement->Promise();
}

Napi::Value Handle::BufferProbe(Info info) {
  const Napi::Env env = info.Env();
  GstPad* pad = Pad(info);
  if (pad == nullptr) return env.Undefined();
  const auto counters = std::make_shared<BufferCounters>();
  const ConnectionPointer connection = Connection::Make(Connection::Kind::kProbe, object_, nullptr);
  connection->SetId(gst_pad_add_probe(pad, kBuffers, CountOrDrop, new CountersPointer(counters),
                                      [](gpointer data) { delete static_cast<CountersPointer*>(data); }));
  Napi::Object probe = ProbeObject(env, connection);
  probe.Set("read", Napi::Function::New(env, [counters](Info call) {
              if (!call[0].IsTypedArray()) return;
              const auto array = call[0].As<Napi::Float64Array>();
              if (array.TypedArrayType() != napi_float64_array || array.ElementLength() < 6) return;
              double* into = const_cast<Napi::Float64Array&>(array).Data();
              into[0] = static_cast<double>(counters->buffers.load());
              into[1] = static_cast<double>(counters->bytes.load());
              into[2] = static_cast<double>(counters->dropped.load());
              into[3] = static_cast<double>(counters->key_frames.load());
              into[4] = TimeNumber(counters->last_time);
              into[5] = static_cast<double>(counters->reordered.load());
            }));
  probe.Set("setDrop", Napi::Function::New(env, [counters](Info call) {
              double mode = 0;
              if (ReadNumber(call, 0, "mode", &mode)) counters->drop = static_cast<int>(mode);
            }));
  return probe;
}

Napi::Value Handle::EventProbe(Info info) {
  GstPad* pad = Pad(info);
  bool upstream = false;
  std::vector<std::string> types;
  bool drop = false;
  std::string zero;
  double interval = 0;
  Napi::Function function;
  if (pad == nullptr || !ReadBoolean(info, 0, "upstream", &upstream) || !ReadStrings(info, 1, "types", &types) ||
      !ReadBoolean(info, 2, "drop", &drop) || !ReadString(info, 3, "zero", &zero) ||
      !ReadNumber(info, 4, "interval", &interval) || !ReadFunction(info, 5, "listener", &function)) {
    return info.Env().Undefined();
  }
  const CallbackPointer callback = MakeCallback(function);
  auto* listener = new EventListener{callback, std::move(types), drop, std::move(zero), static_cast<gint64>(interval * 1000)};
  const int mask = (upstream ? GST_PAD_PROBE_TYPE_EVENT_UPSTREAM : GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) |
                   GST_PAD_PROBE_TYPE_EVENT_FLUSH;
  const ConnectionPointer connection = Connection::Make(Connection::Kind::kProbe, object_, callback);
  connection->SetId(gst_pad_add_probe(pad, static_cast<GstPadProbeType>(mask), HearEvent, listener,
                                      [](gpointer data) { delete static_cast<EventListener*>(data); }));
  return ProbeObject(info.Env(), connection);
}

}  // namespace rivero
