// Elements: pads, states, events, queries.
#include <gst/video/video-event.h>

#include "arguments.h"
#include "connection.h"
#include "handle.h"
#include "probes.h"
#include "stopping.h"
#include "strand.h"
#include "values.h"

namespace rivero {

namespace {

Napi::Value WrapAndUnref(Napi::Env env, gpointer object) {
  if (object == nullptr) return env.Undefined();
  const Napi::Value value = Handle::Wrap(env, object);
  gst_object_unref(object);
  return value;
}

struct PadAddedListener {
  CallbackPointer callback;
};

// On the thread that adds the pad: held before anything flows.
void HoldAndAnnounce(GstElement*, GstPad* pad, PadAddedListener* listener) {
  if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC) return;
  const gulong id = AddHold(pad);
  gst_object_ref(pad);
  js_thread::Post([callback = listener->callback, pad, id](Napi::Env env) {
    const ConnectionPointer hold = Connection::Make(Connection::Kind::kHold, G_OBJECT(pad), nullptr);
    hold->SetId(id);
    const Napi::Value handle = WrapAndUnref(env, pad);
    callback->Call(env, {handle, ProbeObject(env, hold)});
  });
}

bool ReadState(const Napi::CallbackInfo& info, GstState* out) {
  std::string name;
  if (!ReadString(info, 0, "state", &name)) return false;
  static const std::pair<const char*, GstState> kStates[] = {
      {"null", GST_STATE_NULL}, {"ready", GST_STATE_READY}, {"paused", GST_STATE_PAUSED}, {"playing", GST_STATE_PLAYING}};
  for (const auto& [known, state] : kStates) {
    if (name != known) continue;
    *out = state;
    return true;
  }
  return InvalidArgument(info, "state", "null, ready, paused or playing");
}

std::string StateName(GstState state) {
  if (state == GST_STATE_VOID_PENDING) return "void-pending";
  return TakeString(g_ascii_strdown(gst_element_state_get_name(state), -1));
}

Outcome ChangeState(GstElement* element, GstState state) {
  const GstStateChangeReturn result = gst_element_set_state(element, state);
  if (result == GST_STATE_CHANGE_FAILURE) {
    return Outcome::Failure("STATE_CHANGE_FAILED", TakeString(gst_object_get_name(GST_OBJECT(element))) + " can't become " +
                                                       StateName(state));
  }
  const char* name = result == GST_STATE_CHANGE_ASYNC        ? "async"
                     : result == GST_STATE_CHANGE_NO_PREROLL ? "no-preroll"
                                                             : "success";
  return Outcome::Success([name](Napi::Env env) { return Napi::String::New(env, name); });
}

GstEvent* MakeSelection(const std::vector<std::string>& streams) {
  GList* list = nullptr;
  for (const std::string& stream : streams) list = g_list_append(list, g_strdup(stream.c_str()));
  GstEvent* event = gst_event_new_select_streams(list);
  g_list_free_full(list, g_free);
  return event;
}

// Null with an error thrown when there is no such event.
GstEvent* MakeEvent(const Napi::CallbackInfo& info) {
  std::string type;
  std::string text;
  std::vector<std::string> streams;
  if (!ReadString(info, 0, "type", &type) || !ReadString(info, 1, "structure", &text) ||
      !ReadStrings(info, 2, "streams", &streams)) {
    return nullptr;
  }
  if (type == "eos") return gst_event_new_eos();
  if (type == "flush-start") return gst_event_new_flush_start();
  if (type == "flush-stop") return gst_event_new_flush_stop(TRUE);
  if (type == "reconfigure") return gst_event_new_reconfigure();
  if (type == "force-key-unit") return gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0);
  if (type == "select-streams" && !streams.empty()) return MakeSelection(streams);
  const bool upstream = type == "custom-upstream";
  if (!upstream && type != "custom-downstream" && type != "custom-downstream-oob") {
    InvalidArgument(info, "type", "the type of an event that can be sent");
    return nullptr;
  }
  GstStructure* structure = gst_structure_from_string(text.c_str(), nullptr);
  if (structure == nullptr) {
    InvalidArgument(info, "structure", "a structure as GStreamer writes it");
    return nullptr;
  }
  return gst_event_new_custom(upstream                      ? GST_EVENT_CUSTOM_UPSTREAM
                              : type == "custom-downstream" ? GST_EVENT_CUSTOM_DOWNSTREAM
                                                            : GST_EVENT_CUSTOM_DOWNSTREAM_OOB,
                              structure);
}

bool SendToPad(GstPad* pad, GstEvent* event) {
  const bool is_source = GST_PAD_DIRECTION(pad) == GST_PAD_SRC;
  const bool both = GST_EVENT_IS_UPSTREAM(event) && GST_EVENT_IS_DOWNSTREAM(event);
  const bool push = !both && (is_source ? GST_EVENT_IS_DOWNSTREAM(event) : GST_EVENT_IS_UPSTREAM(event));
  return push ? gst_pad_push_event(pad, event) : gst_pad_send_event(pad, event);
}

double Ask(GstElement* element, const std::string& kind) {
  gint64 time = -1;
  if (kind == "position") return gst_element_query_position(element, GST_FORMAT_TIME, &time) ? static_cast<double>(time) : -1;
  if (kind == "duration") return gst_element_query_duration(element, GST_FORMAT_TIME, &time) ? static_cast<double>(time) : -1;
  GstQuery* query = gst_query_new_seeking(GST_FORMAT_TIME);
  gboolean seekable = FALSE;
  if (gst_element_query(element, query)) gst_query_parse_seeking(query, nullptr, &seekable, nullptr, nullptr);
  gst_query_unref(query);
  return seekable ? 1 : 0;
}

}  // namespace

void Handle::AppendElementMethods(std::vector<Method>* methods) {
  methods->push_back(InstanceMethod("staticPad", &Handle::StaticPad));
  methods->push_back(InstanceMethod("requestPad", &Handle::RequestPad));
  methods->push_back(InstanceMethod("releasePad", &Handle::ReleasePad));
  methods->push_back(InstanceMethod("pads", &Handle::Pads));
  methods->push_back(InstanceMethod("addGhostPad", &Handle::AddGhostPad));
  methods->push_back(InstanceMethod("linkElement", &Handle::LinkElement));
  methods->push_back(InstanceMethod("onPadAdded", &Handle::OnPadAdded));
  methods->push_back(InstanceMethod("setState", &Handle::SetState));
  methods->push_back(InstanceMethod("state", &Handle::State));
  methods->push_back(InstanceMethod("syncStateWithParent", &Handle::SyncStateWithParent));
  methods->push_back(InstanceMethod("lockState", &Handle::LockState));
  methods->push_back(InstanceMethod("factoryName", &Handle::FactoryName));
  methods->push_back(InstanceMethod("query", &Handle::Query));
  methods->push_back(InstanceMethod("queryLatency", &Handle::QueryLatency));
  methods->push_back(InstanceMethod("seek", &Handle::Seek));
  methods->push_back(InstanceMethod("sendEvent", &Handle::SendEvent));
}

Napi::Value Handle::StaticPad(Info info) {
  GstElement* element = Element(info);
  std::string name;
  if (element == nullptr || !ReadString(info, 0, "name", &name)) return info.Env().Undefined();
  return WrapAndUnref(info.Env(), gst_element_get_static_pad(element, name.c_str()));
}

Napi::Value Handle::RequestPad(Info info) {
  GstElement* element = Element(info);
  std::string name;
  if (element == nullptr || !ReadString(info, 0, "template", &name)) return info.Env().Undefined();
  return WrapAndUnref(info.Env(), gst_element_request_pad_simple(element, name.c_str()));
}

void Handle::ReleasePad(Info info) {
  GstElement* element = Element(info);
  GObject* pad = element == nullptr ? nullptr : Argument(info, 0, GST_TYPE_PAD);
  if (pad == nullptr) return;
  GstPadTemplate* pad_template = GST_PAD_PAD_TEMPLATE(pad);
  if (GST_OBJECT_PARENT(pad) != GST_OBJECT(element) || pad_template == nullptr ||
      GST_PAD_TEMPLATE_PRESENCE(pad_template) != GST_PAD_REQUEST) {
    ThrowCoded(info.Env(), "INVALID_STATE", "this is no pad that was requested from the element");
    return;
  }
  Connection::DisposeAll(pad);
  gst_element_release_request_pad(element, GST_PAD(pad));
}

Napi::Value Handle::Pads(Info info) {
  GstElement* element = Element(info);
  if (element == nullptr) return info.Env().Undefined();
  // Copied under the lock; pads come and go on other threads.
  GST_OBJECT_LOCK(element);
  GList* pads = g_list_copy_deep(element->pads, [](gconstpointer pad, gpointer) { return gst_object_ref(const_cast<gpointer>(pad)); }, nullptr);
  GST_OBJECT_UNLOCK(element);
  Napi::Array array = Napi::Array::New(info.Env());
  for (GList* each = pads; each != nullptr; each = each->next) {
    array.Set(array.Length(), WrapAndUnref(info.Env(), each->data));
  }
  g_list_free(pads);
  return array;
}

Napi::Value Handle::AddGhostPad(Info info) {
  GstBin* bin = Bin(info);
  std::string name;
  std::string direction;
  if (bin == nullptr || !ReadString(info, 0, "name", &name) || !ReadString(info, 2, "direction", &direction)) {
    return info.Env().Undefined();
  }
  GObject* target = nullptr;
  if (!info[1].IsUndefined() && (target = Argument(info, 1, GST_TYPE_PAD)) == nullptr) return info.Env().Undefined();
  GstPad* taken = gst_element_get_static_pad(GST_ELEMENT(bin), name.c_str());
  if (taken != nullptr) gst_object_unref(taken);
  const bool linked = target != nullptr && gst_pad_is_linked(GST_PAD(target));
  GstPad* pad = nullptr;
  if (taken == nullptr && !linked) {
    pad = target != nullptr ? gst_ghost_pad_new(name.c_str(), GST_PAD(target))
                            : gst_ghost_pad_new_no_target(name.c_str(), direction == "src" ? GST_PAD_SRC : GST_PAD_SINK);
  }
  if (pad == nullptr || !gst_element_add_pad(GST_ELEMENT(bin), pad)) {
    ThrowCoded(info.Env(), "INVALID_STATE", "no ghost pad " + name + ": the name is taken or the target is linked");
    return info.Env().Undefined();
  }
  return Wrap(info.Env(), pad);
}

void Handle::LinkElement(Info info) {
  GstElement* element = Element(info);
  GObject* sink = element == nullptr ? nullptr : Argument(info, 0, GST_TYPE_ELEMENT);
  std::string text;
  if (sink == nullptr || !ReadString(info, 1, "caps", &text)) return;
  GstCaps* caps = nullptr;
  if (!text.empty() && (caps = gst_caps_from_string(text.c_str())) == nullptr) {
    ThrowCoded(info.Env(), "INVALID_VALUE", text + " are no caps");
    return;
  }
  if (!gst_element_link_filtered(element, GST_ELEMENT(sink), caps)) {
    ThrowCoded(info.Env(), "LINK_FAILED",
               TakeString(gst_object_get_name(GST_OBJECT(element))) + " can't be linked to " +
                   TakeString(gst_object_get_name(GST_OBJECT(sink))) + (text.empty() ? "" : " with " + text));
  }
  if (caps != nullptr) gst_caps_unref(caps);
}

Napi::Value Handle::OnPadAdded(Info info) {
  GstElement* element = Element(info);
  Napi::Function listener;
  if (element == nullptr || !ReadFunction(info, 0, "listener", &listener)) return info.Env().Undefined();
  const CallbackPointer callback = MakeCallback(listener);
  const ConnectionPointer connection = Connection::Make(Connection::Kind::kSignal, object_, callback);
  connection->SetId(g_signal_connect_data(
      object_, "pad-added", G_CALLBACK(HoldAndAnnounce), new PadAddedListener{callback},
      [](gpointer data, GClosure*) { delete static_cast<PadAddedListener*>(data); }, static_cast<GConnectFlags>(0)));
  return Connection::Disconnector(info.Env(), connection);
}

Napi::Value Handle::SetState(Info info) {
  GstElement* element = Element(info);
  GstState state = GST_STATE_NULL;
  if (element == nullptr || !ReadState(info, &state)) return info.Env().Undefined();
  SetStopping(GST_OBJECT(element), state == GST_STATE_NULL);
  return RunOnStrand(info.Env(), GST_OBJECT(element), [element, state] { return ChangeState(element, state); });
}

Napi::Value Handle::State(Info info) {
  GstElement* element = Element(info);
  if (element == nullptr) return info.Env().Undefined();
  GST_OBJECT_LOCK(element);
  const GstState current = GST_STATE(element);
  const GstState pending = GST_STATE_PENDING(element);
  GST_OBJECT_UNLOCK(element);
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("current", StateName(current));
  object.Set("pending", StateName(pending));
  return object;
}

Napi::Value Handle::SyncStateWithParent(Info info) {
  GstElement* element = Element(info);
  if (element == nullptr) return info.Env().Undefined();
  SetStopping(GST_OBJECT(element), false);
  return RunOnStrand(info.Env(), GST_OBJECT(element), [element] {
    if (gst_element_sync_state_with_parent(element)) return Outcome::Success();
    return Outcome::Failure("STATE_CHANGE_FAILED",
                            TakeString(gst_object_get_name(GST_OBJECT(element))) + " can't follow its bin's state");
  });
}

void Handle::LockState(Info info) {
  GstElement* element = Element(info);
  bool locked = false;
  if (element != nullptr && ReadBoolean(info, 0, "locked", &locked)) gst_element_set_locked_state(element, locked);
}

Napi::Value Handle::FactoryName(Info info) {
  GstElement* element = Element(info);
  if (element == nullptr) return info.Env().Undefined();
  GstElementFactory* factory = gst_element_get_factory(element);
  return Napi::String::New(info.Env(), factory == nullptr ? "" : GST_OBJECT_NAME(factory));
}

Napi::Value Handle::Query(Info info) {
  GstElement* element = Element(info);
  std::string kind;
  if (element == nullptr || !ReadString(info, 0, "kind", &kind)) return info.Env().Undefined();
  return RunOnStrand(info.Env(), GST_OBJECT(element), [element, kind] {
    const double answer = Ask(element, kind);
    return Outcome::Success([answer](Napi::Env env) { return Napi::Number::New(env, answer); });
  });
}

Napi::Value Handle::QueryLatency(Info info) {
  GstElement* element = Element(info);
  if (element == nullptr) return info.Env().Undefined();
  return RunOnStrand(info.Env(), GST_OBJECT(element), [element] {
    GstQuery* query = gst_query_new_latency();
    const bool answered = gst_element_query(element, query);
    gboolean live = FALSE;
    GstClockTime minimum = 0;
    GstClockTime maximum = GST_CLOCK_TIME_NONE;
    if (answered) gst_query_parse_latency(query, &live, &minimum, &maximum);
    gst_query_unref(query);
    if (!answered) return Outcome::Success();
    return Outcome::Success([live, minimum, maximum](Napi::Env env) {
      Napi::Object object = Napi::Object::New(env);
      object.Set("live", Napi::Boolean::New(env, live));
      object.Set("minimum", TimeNumber(minimum));
      object.Set("maximum", TimeNumber(maximum));
      return object;
    });
  });
}

Napi::Value Handle::Seek(Info info) {
  GstElement* element = Element(info);
  int64_t position = 0;
  std::string text;
  double rate = 0;
  int64_t stop = 0;
  if (element == nullptr || !ReadTime(info, 0, "position", &position) || !ReadString(info, 1, "flags", &text) ||
      !ReadNumber(info, 2, "rate", &rate) || !ReadTime(info, 3, "stop", &stop)) {
    return info.Env().Undefined();
  }
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_SEEK_FLAGS);
  const bool valid = gst_value_deserialize(&value, text.c_str()) && rate != 0 && position >= 0;
  const auto flags = static_cast<GstSeekFlags>(g_value_get_flags(&value));
  g_value_unset(&value);
  if (!valid) {
    ThrowCoded(info.Env(), "INVALID_ARGUMENT", "a seek needs a position from 0, a rate other than 0 and flags");
    return info.Env().Undefined();
  }
  return RunOnStrand(info.Env(), GST_OBJECT(element), [element, position, flags, rate, stop] {
    const bool done = gst_element_seek(element, rate, GST_FORMAT_TIME, flags, GST_SEEK_TYPE_SET, position,
                                       stop < 0 ? GST_SEEK_TYPE_NONE : GST_SEEK_TYPE_SET, stop < 0 ? -1 : stop);
    if (done) return Outcome::Success();
    return Outcome::Failure("SEEK_FAILED", TakeString(gst_object_get_name(GST_OBJECT(element))) + " can't be seeked");
  });
}

Napi::Value Handle::SendEvent(Info info) {
  GstObject* object = Object(info);
  GstEvent* event = object == nullptr ? nullptr : MakeEvent(info);
  if (event == nullptr) return info.Env().Undefined();
  return RunOnStrand(info.Env(), object, [object, event] {
    const bool sent = GST_IS_PAD(object) ? SendToPad(GST_PAD(object), event) : gst_element_send_event(GST_ELEMENT(object), event);
    return Outcome::Success([sent](Napi::Env env) { return Napi::Boolean::New(env, sent); });
  });
}

}  // namespace rivero
