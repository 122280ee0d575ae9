#include "registry.h"

#include <gst/gst.h>

#include "arguments.h"
#include "bus.h"
#include "handle.h"
#include "properties.h"
#include "values.h"

namespace rivero {

namespace {

using Info = const Napi::CallbackInfo&;

// Takes the floating reference of a new element.
Napi::Value WrapNew(Napi::Env env, GstElement* element) {
  gst_object_ref_sink(element);
  const Napi::Value value = Handle::Wrap(env, element);
  gst_object_unref(element);
  return value;
}

const char* NameOrNull(const std::string& name) { return name.empty() ? nullptr : name.c_str(); }

Napi::Value Version(Info info) {
  guint major;
  guint minor;
  guint micro;
  guint nano;
  gst_version(&major, &minor, &micro, &nano);
  return Napi::String::New(info.Env(), std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(micro));
}

Napi::Value HasElement(Info info) {
  std::string name;
  if (!ReadString(info, 0, "name", &name)) return info.Env().Undefined();
  GstElementFactory* factory = gst_element_factory_find(name.c_str());
  if (factory != nullptr) gst_object_unref(factory);
  return Napi::Boolean::New(info.Env(), factory != nullptr);
}

Napi::Array PadTemplates(Napi::Env env, GstElementFactory* factory) {
  Napi::Array list = Napi::Array::New(env);
  for (const GList* each = gst_element_factory_get_static_pad_templates(factory); each != nullptr; each = each->next) {
    auto* pad = static_cast<GstStaticPadTemplate*>(each->data);
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", pad->name_template);
    entry.Set("direction", pad->direction == GST_PAD_SRC ? "src" : "sink");
    entry.Set("presence", pad->presence == GST_PAD_ALWAYS ? "always" : pad->presence == GST_PAD_REQUEST ? "request" : "sometimes");
    entry.Set("caps", pad->static_caps.string == nullptr ? "" : pad->static_caps.string);
    list.Set(list.Length(), entry);
  }
  return list;
}

Napi::Value InspectElement(Info info) {
  const Napi::Env env = info.Env();
  std::string name;
  if (!ReadString(info, 0, "name", &name)) return env.Undefined();
  GstElementFactory* factory = gst_element_factory_find(name.c_str());
  if (factory == nullptr) return env.Undefined();
  const auto text = [&](const char* key) {
    const gchar* value = gst_element_factory_get_metadata(factory, key);
    return Napi::String::New(env, value == nullptr ? "" : value);
  };
  const gchar* plugin = gst_plugin_feature_get_plugin_name(GST_PLUGIN_FEATURE(factory));
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", name);
  object.Set("longName", text(GST_ELEMENT_METADATA_LONGNAME));
  object.Set("classification", text(GST_ELEMENT_METADATA_KLASS));
  object.Set("description", text(GST_ELEMENT_METADATA_DESCRIPTION));
  object.Set("plugin", plugin == nullptr ? "" : plugin);
  object.Set("rank", gst_plugin_feature_get_rank(GST_PLUGIN_FEATURE(factory)));
  object.Set("padTemplates", PadTemplates(env, factory));
  gst_object_unref(factory);
  return object;
}

// Names and values for the making of an element; what is left of it is freed in any case.
struct Construction {
  std::vector<std::string> names;
  std::vector<GValue> values;
  ~Construction() {
    for (GValue& value : values) g_value_unset(&value);
  }
};

bool ReadConstruction(Napi::Env env, GstElementFactory* factory, Napi::Object properties, Construction* out) {
  auto* element_class = static_cast<GObjectClass*>(g_type_class_ref(gst_element_factory_get_element_type(factory)));
  const Napi::Array keys = properties.GetPropertyNames();
  bool valid = true;
  for (uint32_t i = 0; valid && i < keys.Length(); i++) {
    const std::string name = Napi::Value(keys.Get(i)).As<Napi::String>().Utf8Value();
    GValue value = G_VALUE_INIT;
    valid = ReadProperty(env, element_class, name, properties.Get(name), true, &value);
    if (!valid) break;
    out->names.push_back(name);
    out->values.push_back(value);
  }
  g_type_class_unref(element_class);
  return valid;
}

Napi::Value MakeElement(Info info) {
  const Napi::Env env = info.Env();
  std::string factory_name;
  if (!ReadString(info, 0, "factory", &factory_name)) return env.Undefined();
  GstElementFactory* found = gst_element_factory_find(factory_name.c_str());
  auto* factory = found == nullptr ? nullptr : GST_ELEMENT_FACTORY(gst_plugin_feature_load(GST_PLUGIN_FEATURE(found)));
  if (found != nullptr) gst_object_unref(found);
  if (factory == nullptr) {
    ThrowCoded(env, "ELEMENT_MISSING", "GStreamer has no element " + factory_name + ": a plugin is not installed");
    return env.Undefined();
  }
  Construction construction;
  const bool valid = ReadConstruction(env, factory, info[1].As<Napi::Object>(), &construction);
  GstElement* element = nullptr;
  if (valid) {
    std::vector<const char*> names;
    for (const std::string& name : construction.names) names.push_back(name.c_str());
    element = gst_element_factory_create_with_properties(factory, names.size(), names.data(), construction.values.data());
  }
  gst_object_unref(factory);
  if (element != nullptr) return WrapNew(env, element);
  ThrowCoded(env, "ELEMENT_MISSING", factory_name + " can't be made");
  return env.Undefined();
}

Napi::Value MakeBin(Info info) {
  std::string name;
  if (!ReadString(info, 0, "name", &name)) return info.Env().Undefined();
  return WrapNew(info.Env(), gst_bin_new(NameOrNull(name)));
}

Napi::Value MakePipeline(Info info) {
  std::string name;
  if (!ReadString(info, 0, "name", &name)) return info.Env().Undefined();
  GstElement* pipeline = gst_pipeline_new(NameOrNull(name));
  DrainBus(pipeline);
  return WrapNew(info.Env(), pipeline);
}

Napi::Value ParseBin(Info info) {
  const Napi::Env env = info.Env();
  std::string description;
  bool ghost_pads = false;
  if (!ReadString(info, 0, "description", &description) || !ReadBoolean(info, 1, "ghostPads", &ghost_pads)) {
    return env.Undefined();
  }
  GError* error = nullptr;
  GstElement* bin =
      gst_parse_bin_from_description_full(description.c_str(), ghost_pads, nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (bin != nullptr && error == nullptr) return WrapNew(env, bin);
  ThrowCoded(env, "PARSE_FAILED", error == nullptr ? "an empty description" : error->message);
  g_clear_error(&error);
  if (bin != nullptr) gst_object_unref(gst_object_ref_sink(bin));
  return env.Undefined();
}

Napi::Value ParseCaps(Info info) {
  const Napi::Env env = info.Env();
  std::string text;
  if (!ReadString(info, 0, "caps", &text)) return env.Undefined();
  GstCaps* caps = gst_caps_from_string(text.c_str());
  if (caps == nullptr) {
    ThrowCoded(env, "INVALID_VALUE", text + " are no caps");
    return env.Undefined();
  }
  Napi::Array list = Napi::Array::New(env);
  for (guint i = 0; i < gst_caps_get_size(caps); i++) list.Set(i, FromStructure(env, gst_caps_get_structure(caps, i)));
  gst_caps_unref(caps);
  return list;
}

Napi::Value MonotonicTime(Info info) {
  GstClock* clock = gst_system_clock_obtain();
  const double time = TimeNumber(gst_clock_get_time(clock));
  gst_object_unref(clock);
  return Napi::Number::New(info.Env(), time);
}

}  // namespace

void ExportRegistry(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, Napi::Value (*function)(Info)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("version", Version);
  add("hasElement", HasElement);
  add("inspectElement", InspectElement);
  add("makeElement", MakeElement);
  add("makeBin", MakeBin);
  add("makePipeline", MakePipeline);
  add("parseBin", ParseBin);
  add("parseCaps", ParseCaps);
  add("monotonicTime", MonotonicTime);
}

}  // namespace rivero
