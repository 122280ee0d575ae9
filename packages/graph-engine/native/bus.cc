#include "bus.h"

#include <mutex>

#include "messages.h"
#include "values.h"

namespace rivero {

namespace {

struct BusListener {
  std::mutex mutex;
  CallbackPointer callback;
};

GQuark ListenerQuark() {
  static const GQuark quark = g_quark_from_static_string("rivero-bus-listener");
  return quark;
}

// On the thread that posts; the bus does not keep the message.
GstBusSyncReply Announce(GstBus*, GstMessage* message, gpointer data) {
  auto* listener = static_cast<BusListener*>(data);
  CallbackPointer callback;
  {
    std::lock_guard<std::mutex> lock(listener->mutex);
    callback = listener->callback;
  }
  if (callback == nullptr || !IsAnnounced(message)) {
    gst_message_unref(message);
    return GST_BUS_DROP;
  }
  GstObject* source = GST_MESSAGE_SRC(message);
  const std::string path = source == nullptr ? "" : TakeString(gst_object_get_path_string(source));
  js_thread::Post([callback, message, path](Napi::Env env) {
    const Napi::Object object = FromMessage(env, message, path);
    gst_message_unref(message);
    callback->Call(env, {object});
  });
  return GST_BUS_DROP;
}

}  // namespace

void DrainBus(GstElement* pipeline) {
  auto* listener = new BusListener();
  g_object_set_qdata(G_OBJECT(pipeline), ListenerQuark(), listener);
  GstBus* bus = gst_element_get_bus(pipeline);
  // The bus may outlive the pipeline: the listener is the bus's.
  gst_bus_set_sync_handler(bus, Announce, listener, [](gpointer data) { delete static_cast<BusListener*>(data); });
  gst_object_unref(bus);
}

void SetBusListener(GstElement* pipeline, CallbackPointer callback) {
  auto* listener = static_cast<BusListener*>(g_object_get_qdata(G_OBJECT(pipeline), ListenerQuark()));
  if (listener == nullptr) return;
  std::lock_guard<std::mutex> lock(listener->mutex);
  if (listener->callback != nullptr) {
    listener->callback->Disable();
    js_thread::Release();
  }
  listener->callback = std::move(callback);
  if (listener->callback != nullptr) js_thread::Hold();
}

}  // namespace rivero
