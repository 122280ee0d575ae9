// Bins and pipelines: children, clock, bus.
#include "arguments.h"
#include "bus.h"
#include "connection.h"
#include "handle.h"
#include "strand.h"
#include "values.h"

namespace rivero {

void Handle::AppendBinMethods(std::vector<Method>* methods) {
  methods->push_back(InstanceMethod("add", &Handle::Add));
  methods->push_back(InstanceMethod("remove", &Handle::Remove));
  methods->push_back(InstanceMethod("children", &Handle::Children));
  methods->push_back(InstanceMethod("child", &Handle::Child));
  methods->push_back(InstanceMethod("dot", &Handle::Dot));
  methods->push_back(InstanceMethod("recalculateLatency", &Handle::RecalculateLatency));
  methods->push_back(InstanceMethod("useSystemClock", &Handle::UseSystemClock));
  methods->push_back(InstanceMethod("clockTime", &Handle::ClockTime));
  methods->push_back(InstanceMethod("baseTime", &Handle::BaseTime));
  methods->push_back(InstanceMethod("setBaseTime", &Handle::SetBaseTime));
  methods->push_back(InstanceMethod("startTimeNone", &Handle::StartTimeNone));
  methods->push_back(InstanceMethod("onMessage", &Handle::OnMessage));
}

void Handle::Add(Info info) {
  GstBin* bin = Bin(info);
  GObject* element = bin == nullptr ? nullptr : Argument(info, 0, GST_TYPE_ELEMENT);
  if (element == nullptr) return;
  const bool can = GST_OBJECT_PARENT(element) == nullptr && element != G_OBJECT(bin) && !GST_IS_PIPELINE(element);
  if (can && gst_bin_add(bin, GST_ELEMENT(element))) return;
  ThrowCoded(info.Env(), "INVALID_STATE",
             std::string(GST_OBJECT_NAME(element)) + " can't be added to " + GST_OBJECT_NAME(bin) +
                 ": it is in a bin already, or its name is taken");
}

void Handle::Remove(Info info) {
  GstBin* bin = Bin(info);
  GObject* element = bin == nullptr ? nullptr : Argument(info, 0, GST_TYPE_ELEMENT);
  if (element == nullptr) return;
  if (GST_OBJECT_PARENT(element) != GST_OBJECT(bin) || !gst_bin_remove(bin, GST_ELEMENT(element))) {
    ThrowCoded(info.Env(), "INVALID_STATE", std::string(GST_OBJECT_NAME(element)) + " is not in " + GST_OBJECT_NAME(bin));
    return;
  }
  Connection::DisposeAll(element);
}

Napi::Value Handle::Children(Info info) {
  GstBin* bin = Bin(info);
  if (bin == nullptr) return info.Env().Undefined();
  GST_OBJECT_LOCK(bin);
  GList* children = g_list_copy_deep(
      bin->children, [](gconstpointer child, gpointer) { return gst_object_ref(const_cast<gpointer>(child)); }, nullptr);
  GST_OBJECT_UNLOCK(bin);
  Napi::Array array = Napi::Array::New(info.Env());
  for (GList* each = children; each != nullptr; each = each->next) {
    array.Set(array.Length(), Wrap(info.Env(), each->data));
    gst_object_unref(each->data);
  }
  g_list_free(children);
  return array;
}

Napi::Value Handle::Child(Info info) {
  GstBin* bin = Bin(info);
  std::string name;
  if (bin == nullptr || !ReadString(info, 0, "name", &name)) return info.Env().Undefined();
  GstElement* child = gst_bin_get_by_name(bin, name.c_str());
  if (child == nullptr) return info.Env().Undefined();
  const Napi::Value value = Wrap(info.Env(), child);
  gst_object_unref(child);
  return value;
}

Napi::Value Handle::Dot(Info info) {
  GstBin* bin = Bin(info);
  if (bin == nullptr) return info.Env().Undefined();
  return Napi::String::New(info.Env(), TakeString(gst_debug_bin_to_dot_data(bin, GST_DEBUG_GRAPH_SHOW_ALL)));
}

Napi::Value Handle::RecalculateLatency(Info info) {
  GstBin* bin = Bin(info);
  if (bin == nullptr) return info.Env().Undefined();
  return RunOnStrand(info.Env(), GST_OBJECT(bin), [bin] {
    gst_bin_recalculate_latency(bin);
    return Outcome::Success();
  });
}

void Handle::UseSystemClock(Info info) {
  GstBin* bin = Bin(info);
  if (bin == nullptr || !GST_IS_PIPELINE(bin)) return;
  GstClock* clock = gst_system_clock_obtain();
  gst_pipeline_use_clock(GST_PIPELINE(bin), clock);
  gst_object_unref(clock);
}

Napi::Value Handle::ClockTime(Info info) {
  GstElement* element = Element(info);
  if (element == nullptr) return info.Env().Undefined();
  GstClock* clock = gst_element_get_clock(element);
  const double time = clock == nullptr ? -1 : TimeNumber(gst_clock_get_time(clock));
  if (clock != nullptr) gst_object_unref(clock);
  return Napi::Number::New(info.Env(), time);
}

Napi::Value Handle::BaseTime(Info info) {
  GstElement* element = Element(info);
  if (element == nullptr) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), TimeNumber(gst_element_get_base_time(element)));
}

void Handle::SetBaseTime(Info info) {
  GstElement* element = Element(info);
  int64_t time = 0;
  if (element != nullptr && ReadTime(info, 0, "time", &time)) gst_element_set_base_time(element, time);
}

void Handle::StartTimeNone(Info info) {
  GstElement* element = Element(info);
  if (element != nullptr) gst_element_set_start_time(element, GST_CLOCK_TIME_NONE);
}

void Handle::OnMessage(Info info) {
  GstBin* bin = Bin(info);
  if (bin == nullptr) return;
  if (info[0].IsNull()) {
    SetBusListener(GST_ELEMENT(bin), nullptr);
    return;
  }
  Napi::Function listener;
  if (ReadFunction(info, 0, "listener", &listener)) SetBusListener(GST_ELEMENT(bin), MakeCallback(listener));
}

}  // namespace rivero
