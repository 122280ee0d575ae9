// What goes into a chain of elements and comes out of it, what is lost on the way, and how long it takes.
#include <algorithm>
#include <atomic>

#include "arguments.h"
#include "connection.h"
#include "frame_gate.h"
#include "handle.h"

namespace rivero {

namespace {

constexpr auto kBuffers = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
constexpr size_t kFigures = 6;

// Streaming threads write, JavaScript reads.
struct Meter {
  std::atomic<uint64_t> in{0};
  std::atomic<uint64_t> begun{0};
  std::atomic<uint64_t> out{0};
  std::atomic<uint64_t> timed{0};
  std::atomic<gint64> total{0};
  std::atomic<gint64> max{0};
  // When the buffer that is worked on began, µs; 0 for none.
  std::atomic<gint64> since{0};
};
using MeterPointer = std::shared_ptr<Meter>;

uint64_t CountOf(GstPadProbeInfo* info) {
  if (GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) return 1;
  return gst_buffer_list_length(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
}

Meter* MeterOf(gpointer data) { return static_cast<MeterPointer*>(data)->get(); }

GstPadProbeReturn AtEntry(GstPad*, GstPadProbeInfo* info, gpointer data) {
  MeterOf(data)->in += CountOf(info);
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn AtBegin(GstPad*, GstPadProbeInfo* info, gpointer data) {
  Meter* meter = MeterOf(data);
  meter->begun += CountOf(info);
  meter->since = g_get_monotonic_time();
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn AtEnd(GstPad*, GstPadProbeInfo* info, gpointer data) {
  Meter* meter = MeterOf(data);
  meter->out += CountOf(info);
  const gint64 since = meter->since.exchange(0);
  if (since == 0) return GST_PAD_PROBE_OK;
  const gint64 took = g_get_monotonic_time() - since;
  meter->timed++;
  meter->total += took;
  if (took > meter->max) meter->max = took;
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn RefuseToWait(GstPad*, GstPadProbeInfo* info, gpointer) {
  return GST_QUERY_IS_SERIALIZED(GST_PAD_PROBE_INFO_QUERY(info)) ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

ConnectionPointer Probe(GstPad* pad, GstPadProbeCallback callback, const MeterPointer& meter) {
  const ConnectionPointer connection = Connection::Make(Connection::Kind::kProbe, G_OBJECT(pad), nullptr);
  connection->SetId(gst_pad_add_probe(pad, kBuffers, callback, new MeterPointer(meter),
                                      [](gpointer data) { delete static_cast<MeterPointer*>(data); }));
  return connection;
}

}  // namespace

void Handle::AppendMeterMethods(std::vector<Method>* methods) {
  methods->push_back(InstanceMethod("frameMeter", &Handle::FrameMeter));
  methods->push_back(InstanceMethod("refuseWaiting", &Handle::RefuseWaiting));
  methods->push_back(InstanceMethod("frameGate", &Handle::MakeFrameGate));
}

Napi::Value Handle::FrameMeter(Info info) {
  const Napi::Env env = info.Env();
  GstPad* pad = Pad(info);
  GObject* begin = Argument(info, 0, GST_TYPE_PAD);
  GObject* end = Argument(info, 1, GST_TYPE_PAD);
  if (pad == nullptr || begin == nullptr || end == nullptr) return env.Undefined();
  const auto meter = std::make_shared<Meter>();
  const ConnectionPointer probes[] = {Probe(pad, AtEntry, meter), Probe(GST_PAD(begin), AtBegin, meter),
                                      Probe(GST_PAD(end), AtEnd, meter)};
  Napi::Object object = Napi::Object::New(env);
  object.Set("remove", Napi::Function::New(env, [first = probes[0], second = probes[1], third = probes[2]](Info) {
               for (const auto& probe : {first, second, third}) probe->Disconnect();
             }));
  object.Set("read", Napi::Function::New(env, [meter](Info call) {
               if (!call[0].IsTypedArray()) return;
               auto array = call[0].As<Napi::Float64Array>();
               if (array.TypedArrayType() != napi_float64_array || array.ElementLength() < kFigures) return;
               double* into = array.Data();
               into[0] = static_cast<double>(meter->in);
               into[1] = static_cast<double>(meter->begun);
               into[2] = static_cast<double>(meter->out);
               into[3] = static_cast<double>(meter->timed);
               into[4] = static_cast<double>(meter->total);
               into[5] = static_cast<double>(meter->max);
             }));
  return object;
}

Napi::Value Handle::RefuseWaiting(Info info) {
  GstPad* pad = Pad(info);
  if (pad == nullptr) return info.Env().Undefined();
  const ConnectionPointer connection = Connection::Make(Connection::Kind::kProbe, object_, nullptr);
  connection->SetId(gst_pad_add_probe(
      pad, static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_PUSH), RefuseToWait, nullptr, nullptr));
  return ProbeObject(info.Env(), connection);
}

Napi::Value Handle::MakeFrameGate(Info info) {
  GstPad* pad = Pad(info);
  return pad == nullptr ? info.Env().Undefined() : frame_gates::Make(info.Env(), pad);
}

}  // namespace rivero
