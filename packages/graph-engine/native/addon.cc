// The entry of the addon: GStreamer starts with it, and its pipelines stop before the process ends.
#include <gst/gst.h>
#include <napi.h>

#include <atomic>
#include <cstdlib>

#include "amr_depay.h"
#include "amr_pay.h"
#include "arguments.h"
#include "av1_depay.h"
#include "av1_pay.h"
#include "frame_gate.h"
#include "handle.h"
#include "js_thread.h"
#include "packet_port.h"
#include "registry.h"
#include "speex_depay.h"
#include "speex_pay.h"
#include "strand.h"
#include "tls_trust.h"

namespace rivero {

namespace {

constexpr int kStopTimeout = 3000;  // ms

std::atomic<bool> loaded{false};

// Streaming threads that run on while the process takes itself apart would crash it.
void StopEverything() {
  if (!js_thread::IsOpen()) return;
  js_thread::Close();
  frame_gates::CloseAll();
  Handle::StopPipelines();
  WaitForStrands(kStopTimeout);
}

Napi::Value Diagnostics(const Napi::CallbackInfo& info) {
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("pending", static_cast<double>(js_thread::PendingTasks()));
  object.Set("handles", static_cast<double>(Handle::Count()));
  return object;
}

}  // namespace

static Napi::Object Load(Napi::Env env, Napi::Object exports) {
  if (loaded.exchange(true)) {
    // Another thread: GStreamer is the first one's, which lends frames to this one. Packets come past GStreamer.
    frame_gates::ExportToWorker(env, exports);
    packet_ports::ExportToWorker(env, exports);
    return exports;
  }
  GError* error = nullptr;
  if (!gst_init_check(nullptr, nullptr, &error)) {
    ThrowCoded(env, "INVALID_STATE", std::string("GStreamer does not start: ") + (error == nullptr ? "" : error->message));
    g_clear_error(&error);
    return exports;
  }
  RegisterAmrDepay();
  RegisterAmrPay();
  RegisterAv1Depay();
  RegisterAv1Pay();
  RegisterSpeexDepay();
  RegisterSpeexPay();
  js_thread::Open(env);
  env.AddCleanupHook(StopEverything);
  std::atexit(StopEverything);
  Handle::Export(env, exports);
  ExportRegistry(env, exports);
  ExportTlsTrust(env, exports);
  exports.Set("diagnostics", Napi::Function::New(env, Diagnostics, "diagnostics"));
  return exports;
}

}  // namespace rivero

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return rivero::Load(env, exports); }

NODE_API_MODULE(graph_engine, Init)
