#include "connection.h"

#include <algorithm>
#include <vector>

namespace rivero {

namespace {

using List = std::vector<ConnectionPointer>;

GQuark ListQuark() {
  static const GQuark quark = g_quark_from_static_string("rivero-connections");
  return quark;
}

void DisposeOne(GObject* object) {
  auto* list = static_cast<List*>(g_object_get_qdata(object, ListQuark()));
  if (list == nullptr) return;
  const List taken = std::move(*list);
  list->clear();
  for (const ConnectionPointer& connection : taken) connection->Disconnect();
}

void DisposeElement(GstElement* element) {
  DisposeOne(G_OBJECT(element));
  GstIterator* pads = gst_element_iterate_pads(element);
  gst_iterator_foreach(pads, [](const GValue* item, gpointer) { DisposeOne(G_OBJECT(g_value_get_object(item))); }, nullptr);
  gst_iterator_free(pads);
}

}  // namespace

Connection::Connection(Kind kind, GObject* object, CallbackPointer callback)
    : kind_(kind), callback_(std::move(callback)) {
  g_weak_ref_init(&object_, object);
}

Connection::~Connection() { g_weak_ref_clear(&object_); }

ConnectionPointer Connection::Make(Kind kind, GObject* object, CallbackPointer callback) {
  const ConnectionPointer connection(new Connection(kind, object, std::move(callback)));
  if (kind == Kind::kHold) return connection;
  auto* list = static_cast<List*>(g_object_get_qdata(object, ListQuark()));
  if (list == nullptr) {
    list = new List();
    g_object_set_qdata_full(object, ListQuark(), list, [](gpointer data) { delete static_cast<List*>(data); });
  }
  list->erase(std::remove_if(list->begin(), list->end(), [](const auto& each) { return each->IsDone(); }), list->end());
  list->push_back(connection);
  return connection;
}

void Connection::Disconnect() {
  if (callback_ != nullptr) callback_->Disable();
  if (done_.exchange(true)) return;
  auto* object = static_cast<GObject*>(g_weak_ref_get(&object_));
  if (object == nullptr) return;
  if (kind_ != Kind::kSignal) {
    gst_pad_remove_probe(GST_PAD(object), id_);
  } else if (g_signal_handler_is_connected(object, id_)) {
    g_signal_handler_disconnect(object, id_);
  }
  g_object_unref(object);
}

Napi::Function Connection::Disconnector(Napi::Env env, ConnectionPointer connection) {
  return Napi::Function::New(env, [connection](const Napi::CallbackInfo&) { connection->Disconnect(); });
}

void Connection::DisposeAll(GObject* object) {
  if (!GST_IS_ELEMENT(object)) {
    DisposeOne(object);
    return;
  }
  DisposeElement(GST_ELEMENT(object));
  if (!GST_IS_BIN(object)) return;
  GstIterator* children = gst_bin_iterate_recurse(GST_BIN(object));
  gst_iterator_foreach(
      children, [](const GValue* item, gpointer) { DisposeElement(GST_ELEMENT(g_value_get_object(item))); }, nullptr);
  gst_iterator_free(children);
}

Napi::Object ProbeObject(Napi::Env env, ConnectionPointer connection) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("remove", Connection::Disconnector(env, std::move(connection)));
  return object;
}

}  // namespace rivero
