#include "messages.h"

#include "handle.h"
#include "stopping.h"
#include "values.h"

namespace rivero {

namespace {

struct Domain {
  const char* name;
  GType codes;
};

Domain DomainOf(GQuark quark) {
  if (quark == GST_CORE_ERROR) return {"core", GST_TYPE_CORE_ERROR};
  if (quark == GST_LIBRARY_ERROR) return {"library", GST_TYPE_LIBRARY_ERROR};
  if (quark == GST_RESOURCE_ERROR) return {"resource", GST_TYPE_RESOURCE_ERROR};
  if (quark == GST_STREAM_ERROR) return {"stream", GST_TYPE_STREAM_ERROR};
  return {g_quark_to_string(quark), G_TYPE_INVALID};
}

std::string NickOf(GType type, gint code) {
  if (type == G_TYPE_INVALID) return "";
  auto* codes = static_cast<GEnumClass*>(g_type_class_ref(type));
  const GEnumValue* value = g_enum_get_value(codes, code);
  const std::string nick = value == nullptr ? "" : value->value_nick;
  g_type_class_unref(codes);
  return nick;
}

void AddProblem(Napi::Object object, GstMessage* message) {
  GError* error = nullptr;
  gchar* debug = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error(message, &error, &debug);
  } else {
    gst_message_parse_warning(message, &error, &debug);
  }
  const Domain domain = DomainOf(error->domain);
  object.Set("domain", domain.name);
  object.Set("code", error->code);
  object.Set("reason", NickOf(domain.codes, error->code));
  object.Set("message", error->message == nullptr ? "" : error->message);
  object.Set("debug", TakeString(debug));
  g_error_free(error);
}

std::string StateName(GstState state) {
  if (state == GST_STATE_VOID_PENDING) return "void-pending";
  return TakeString(g_ascii_strdown(gst_element_state_get_name(state), -1));
}

void AddStates(Napi::Object object, GstMessage* message) {
  GstState from;
  GstState to;
  GstState pending;
  gst_message_parse_state_changed(message, &from, &to, &pending);
  object.Set("from", StateName(from));
  object.Set("to", StateName(to));
  object.Set("pending", StateName(pending));
}

const char* KindOf(GstStream* stream) {
  const GstStreamType type = gst_stream_get_stream_type(stream);
  if (type & GST_STREAM_TYPE_VIDEO) return "video";
  if (type & GST_STREAM_TYPE_AUDIO) return "audio";
  if (type & GST_STREAM_TYPE_TEXT) return "text";
  return type & GST_STREAM_TYPE_CONTAINER ? "container" : "unknown";
}

void AddStreams(Napi::Env env, Napi::Object object, GstMessage* message) {
  GstStreamCollection* collection = nullptr;
  gst_message_parse_stream_collection(message, &collection);
  Napi::Array list = Napi::Array::New(env);
  for (guint i = 0; collection != nullptr && i < gst_stream_collection_get_size(collection); i++) {
    GstStream* stream = gst_stream_collection_get_stream(collection, i);
    GstCaps* caps = gst_stream_get_caps(stream);
    const gchar* id = gst_stream_get_stream_id(stream);
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("id", id == nullptr ? "" : id);
    entry.Set("kind", KindOf(stream));
    entry.Set("caps", caps == nullptr ? "" : TakeString(gst_caps_to_string(caps)));
    entry.Set("selected", Napi::Boolean::New(env, gst_stream_get_stream_flags(stream) & GST_STREAM_FLAG_SELECT));
    if (caps != nullptr) gst_caps_unref(caps);
    list.Set(i, entry);
  }
  if (collection != nullptr) gst_object_unref(collection);
  object.Set("streams", list);
}

void AddTags(Napi::Env env, Napi::Object object, GstMessage* message) {
  GstTagList* tags = nullptr;
  gst_message_parse_tag(message, &tags);
  object.Set("tags", FromTagList(env, tags));
  gst_tag_list_unref(tags);
}

}  // namespace

bool IsAnnounced(GstMessage* message) {
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
    case GST_MESSAGE_WARNING:
      return GST_MESSAGE_SRC(message) == nullptr || !IsStopping(GST_MESSAGE_SRC(message));
    case GST_MESSAGE_EOS:
    case GST_MESSAGE_STATE_CHANGED:
    case GST_MESSAGE_BUFFERING:
    case GST_MESSAGE_ELEMENT:
    case GST_MESSAGE_LATENCY:
    case GST_MESSAGE_CLOCK_LOST:
    case GST_MESSAGE_ASYNC_DONE:
    case GST_MESSAGE_DURATION_CHANGED:
    case GST_MESSAGE_STREAM_START:
    case GST_MESSAGE_STREAM_COLLECTION:
    case GST_MESSAGE_TAG:
      return true;
    default:
      return false;
  }
}

Napi::Object FromMessage(Napi::Env env, GstMessage* message, const std::string& path) {
  GstObject* source = GST_MESSAGE_SRC(message);
  Napi::Object object = Napi::Object::New(env);
  object.Set("type", GST_MESSAGE_TYPE_NAME(message));
  object.Set("source", source == nullptr ? env.Undefined() : Handle::Wrap(env, source));
  object.Set("sourceName", source == nullptr ? "" : TakeString(gst_object_get_name(source)));
  object.Set("path", path);
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
    case GST_MESSAGE_WARNING:
      AddProblem(object, message);
      break;
    case GST_MESSAGE_STATE_CHANGED:
      AddStates(object, message);
      break;
    case GST_MESSAGE_BUFFERING: {
      gint percent = 0;
      gst_message_parse_buffering(message, &percent);
      object.Set("percent", percent);
      break;
    }
    case GST_MESSAGE_ELEMENT:
      if (const GstStructure* structure = gst_message_get_structure(message); structure != nullptr) {
        object.Set("structure", FromStructure(env, structure));
      }
      break;
    case GST_MESSAGE_STREAM_COLLECTION:
      AddStreams(env, object, message);
      break;
    case GST_MESSAGE_TAG:
      AddTags(env, object, message);
      break;
    default:
      break;
  }
  return object;
}

}  // namespace rivero
