#include "values.h"

#include <cmath>

#include "handle.h"

namespace rivero {

namespace {

constexpr double kMaxExact = 9007199254740992.0;

Napi::Value FromArray(Napi::Env env, const GValue* value) {
  const bool is_array = GST_VALUE_HOLDS_ARRAY(value);
  const guint count = is_array ? gst_value_array_get_size(value) : gst_value_list_get_size(value);
  Napi::Array array = Napi::Array::New(env, count);
  for (guint i = 0; i < count; i++) {
    const GValue* item = is_array ? gst_value_array_get_value(value, i) : gst_value_list_get_value(value, i);
    array.Set(i, FromGValue(env, item));
  }
  return array;
}

Napi::Value FromStrings(Napi::Env env, gchar** strings) {
  Napi::Array array = Napi::Array::New(env);
  for (uint32_t i = 0; strings != nullptr && strings[i] != nullptr; i++) {
    array.Set(i, Napi::String::New(env, strings[i]));
  }
  return array;
}

G_GNUC_BEGIN_IGNORE_DEPRECATIONS
Napi::Value FromOldArray(Napi::Env env, const GValueArray* values) {
  Napi::Array array = Napi::Array::New(env);
  for (guint i = 0; values != nullptr && i < values->n_values; i++) array.Set(i, FromGValue(env, &values->values[i]));
  return array;
}
G_GNUC_END_IGNORE_DEPRECATIONS

Napi::Value FromEnum(Napi::Env env, const GValue* value) {
  auto* type = static_cast<GEnumClass*>(g_type_class_ref(G_VALUE_TYPE(value)));
  const GEnumValue* entry = g_enum_get_value(type, g_value_get_enum(value));
  Napi::Value result = Napi::Number::New(env, g_value_get_enum(value));
  if (entry != nullptr) result = Napi::String::New(env, entry->value_nick);
  g_type_class_unref(type);
  return result;
}

Napi::Value StringOrNull(Napi::Env env, const gchar* string) {
  if (string == nullptr) return env.Null();
  return Napi::String::New(env, string);
}

// What a JavaScript value is when no type says it: inside of structures and arrays.
bool ToUntypedGValue(Napi::Value value, GValue* out) {
  if (value.IsBoolean()) {
    g_value_init(out, G_TYPE_BOOLEAN);
  } else if (value.IsString()) {
    g_value_init(out, G_TYPE_STRING);
  } else if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    const bool whole = number == std::floor(number) && std::fabs(number) <= kMaxExact;
    g_value_init(out, !whole ? G_TYPE_DOUBLE : std::fabs(number) <= G_MAXINT ? G_TYPE_INT : G_TYPE_INT64);
  } else if (value.IsArray()) {
    g_value_init(out, GST_TYPE_ARRAY);
  } else if (Handle::From(value) != nullptr) {
    g_value_init(out, G_OBJECT_TYPE(Handle::From(value)->object()));
  } else if (value.IsObject()) {
    g_value_init(out, GST_TYPE_STRUCTURE);
  } else {
    return false;
  }
  if (ToGValue(value, out)) return true;
  g_value_unset(out);
  return false;
}

bool ToStructure(Napi::Object object, GValue* out) {
  const Napi::Value name = object.Get("name");
  const Napi::Value fields = object.Get("fields");
  if (!name.IsString() || !fields.IsObject()) return false;
  const std::string text = name.As<Napi::String>().Utf8Value();
  // gst_structure_new_empty aborts what it does on a bad name with a critical message.
  if (text.empty() || !g_ascii_isalpha(text[0])) return false;
  GstStructure* structure = gst_structure_new_empty(text.c_str());
  if (structure == nullptr) return false;
  const Napi::Array keys = fields.As<Napi::Object>().GetPropertyNames();
  for (uint32_t i = 0; i < keys.Length(); i++) {
    const Napi::Value key = keys.Get(i);
    GValue field = G_VALUE_INIT;
    if (!ToUntypedGValue(fields.As<Napi::Object>().Get(key), &field)) {
      gst_structure_free(structure);
      return false;
    }
    gst_structure_take_value(structure, key.ToString().Utf8Value().c_str(), &field);
  }
  g_value_take_boxed(out, structure);
  return true;
}

bool ToArray(Napi::Array array, GValue* out) {
  for (uint32_t i = 0; i < array.Length(); i++) {
    GValue item = G_VALUE_INIT;
    if (!ToUntypedGValue(array.Get(i), &item)) return false;
    if (GST_VALUE_HOLDS_ARRAY(out)) {
      gst_value_array_append_and_take_value(out, &item);
    } else {
      gst_value_list_append_and_take_value(out, &item);
    }
  }
  return true;
}

bool ToStrings(Napi::Array array, GValue* out) {
  gchar** strings = g_new0(gchar*, array.Length() + 1);
  for (uint32_t i = 0; i < array.Length(); i++) strings[i] = g_strdup(array.Get(i).ToString().Utf8Value().c_str());
  g_value_take_boxed(out, strings);
  return true;
}

bool ToNumber(double number, GValue* out) {
  const GType type = G_TYPE_FUNDAMENTAL(G_VALUE_TYPE(out));
  if (type == G_TYPE_FLOAT || type == G_TYPE_DOUBLE) {
    if (type == G_TYPE_FLOAT) g_value_set_float(out, static_cast<gfloat>(number));
    if (type == G_TYPE_DOUBLE) g_value_set_double(out, number);
    return !std::isnan(number);
  }
  if (number != std::floor(number) || std::fabs(number) > kMaxExact) return false;
  const auto whole = static_cast<gint64>(number);
  switch (type) {
    case G_TYPE_INT:
      g_value_set_int(out, static_cast<gint>(whole));
      return whole >= G_MININT && whole <= G_MAXINT;
    case G_TYPE_UINT:
      g_value_set_uint(out, static_cast<guint>(whole));
      return whole >= 0 && whole <= G_MAXUINT;
    case G_TYPE_LONG:
      g_value_set_long(out, static_cast<glong>(whole));
      return true;
    case G_TYPE_ULONG:
      g_value_set_ulong(out, static_cast<gulong>(whole));
      return whole >= 0;
    case G_TYPE_INT64:
      g_value_set_int64(out, whole);
      return true;
    case G_TYPE_UINT64:
      g_value_set_uint64(out, static_cast<guint64>(whole));  // -1: none
      return whole >= -1;
    case G_TYPE_ENUM:
      g_value_set_enum(out, static_cast<gint>(whole));
      return whole >= G_MININT && whole <= G_MAXINT;
    case G_TYPE_FLAGS:
      g_value_set_flags(out, static_cast<guint>(whole));
      return whole >= 0 && whole <= G_MAXUINT;
    default:
      return false;
  }
}

}  // namespace

std::string TakeString(gchar* string) {
  std::string copy = string == nullptr ? "" : string;
  g_free(string);
  return copy;
}

double TimeNumber(GstClockTime time) { return GST_CLOCK_TIME_IS_VALID(time) ? static_cast<double>(time) : -1; }

Napi::Value FromGValue(Napi::Env env, const GValue* value) {
  const GType type = G_VALUE_TYPE(value);
  switch (G_TYPE_FUNDAMENTAL(type)) {
    case G_TYPE_BOOLEAN:
      return Napi::Boolean::New(env, g_value_get_boolean(value));
    case G_TYPE_INT:
      return Napi::Number::New(env, g_value_get_int(value));
    case G_TYPE_UINT:
      return Napi::Number::New(env, g_value_get_uint(value));
    case G_TYPE_LONG:
      return Napi::Number::New(env, static_cast<double>(g_value_get_long(value)));
    case G_TYPE_ULONG:
      return Napi::Number::New(env, static_cast<double>(g_value_get_ulong(value)));
    case G_TYPE_INT64:
      return Napi::Number::New(env, static_cast<double>(g_value_get_int64(value)));
    case G_TYPE_UINT64:
      return Napi::Number::New(env, TimeNumber(g_value_get_uint64(value)));
    case G_TYPE_FLOAT:
      return Napi::Number::New(env, g_value_get_float(value));
    case G_TYPE_DOUBLE:
      return Napi::Number::New(env, g_value_get_double(value));
    case G_TYPE_STRING:
      return StringOrNull(env, g_value_get_string(value));
    case G_TYPE_ENUM:
      return FromEnum(env, value);
    case G_TYPE_OBJECT: {
      gpointer object = g_value_get_object(value);
      return object == nullptr ? env.Null() : Handle::Wrap(env, object);
    }
    default:
      break;
  }
  if (type == GST_TYPE_STRUCTURE) {
    const GstStructure* structure = gst_value_get_structure(value);
    return structure == nullptr ? env.Null() : FromStructure(env, structure);
  }
  if (type == GST_TYPE_CAPS) {
    const GstCaps* caps = gst_value_get_caps(value);
    if (caps == nullptr) return env.Null();
    return Napi::String::New(env, TakeString(gst_caps_to_string(caps)));
  }
  if (type == GST_TYPE_ARRAY || type == GST_TYPE_LIST) return FromArray(env, value);
  if (type == G_TYPE_STRV) return FromStrings(env, static_cast<gchar**>(g_value_get_boxed(value)));
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  if (type == g_value_array_get_type()) return FromOldArray(env, static_cast<GValueArray*>(g_value_get_boxed(value)));
  G_GNUC_END_IGNORE_DEPRECATIONS
  if (type == GST_TYPE_TAG_LIST) {
    auto* tags = static_cast<GstTagList*>(g_value_get_boxed(value));
    if (tags == nullptr) return env.Null();
    Napi::Object object = Napi::Object::New(env);
    object.Set("name", "taglist");
    object.Set("fields", FromTagList(env, tags));
    return object;
  }
  if (type == G_TYPE_ERROR) {
    const auto* error = static_cast<GError*>(g_value_get_boxed(value));
    return StringOrNull(env, error == nullptr ? nullptr : error->message);
  }
  // Serialising media would write it out in hexadecimal digits. (Codec data in caps stays as it is: it is small.)
  if (type == GST_TYPE_BUFFER || type == GST_TYPE_SAMPLE || G_TYPE_FUNDAMENTAL(type) == G_TYPE_POINTER) {
    return env.Null();
  }
  gchar* text = gst_value_serialize(value);
  const Napi::Value result = StringOrNull(env, text);
  g_free(text);
  return result;
}

Napi::Object FromStructure(Napi::Env env, const GstStructure* structure) {
  Napi::Object fields = Napi::Object::New(env);
  for (gint i = 0; i < gst_structure_n_fields(structure); i++) {
    const gchar* name = gst_structure_nth_field_name(structure, i);
    fields.Set(name, FromGValue(env, gst_structure_get_value(structure, name)));
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", gst_structure_get_name(structure));
  object.Set("fields", fields);
  return object;
}

Napi::Object FromTagList(Napi::Env env, const GstTagList* tags) {
  Napi::Object object = Napi::Object::New(env);
  for (gint i = 0; i < gst_tag_list_n_tags(tags); i++) {
    const gchar* name = gst_tag_list_nth_tag_name(tags, i);
    const GValue* first = gst_tag_list_get_value_index(tags, name, 0);
    if (first != nullptr) object.Set(name, FromGValue(env, first));
  }
  return object;
}

bool ToGValue(Napi::Value value, GValue* out, GParamSpec* spec) {
  const GType type = G_VALUE_TYPE(out);
  const GType fundamental = G_TYPE_FUNDAMENTAL(type);
  if (value.IsNull() || value.IsUndefined()) {
    return fundamental == G_TYPE_STRING || fundamental == G_TYPE_OBJECT || fundamental == G_TYPE_BOXED;
  }
  if (value.IsString()) {
    const std::string text = value.As<Napi::String>().Utf8Value();
    if (type == G_TYPE_STRING) {
      g_value_set_string(out, text.c_str());
      return true;
    }
    return fundamental != G_TYPE_OBJECT && gst_value_deserialize_with_pspec(out, text.c_str(), spec);
  }
  if (value.IsBoolean()) {
    if (type != G_TYPE_BOOLEAN) return false;
    g_value_set_boolean(out, value.As<Napi::Boolean>().Value());
    return true;
  }
  if (value.IsNumber()) return ToNumber(value.As<Napi::Number>().DoubleValue(), out);
  if (value.IsArray()) {
    if (type == G_TYPE_STRV) return ToStrings(value.As<Napi::Array>(), out);
    return (type == GST_TYPE_ARRAY || type == GST_TYPE_LIST) && ToArray(value.As<Napi::Array>(), out);
  }
  if (const Handle* handle = Handle::From(value); handle != nullptr) {
    if (fundamental != G_TYPE_OBJECT || !g_type_is_a(G_OBJECT_TYPE(handle->object()), type)) return false;
    g_value_set_object(out, handle->object());
    return true;
  }
  return value.IsObject() && type == GST_TYPE_STRUCTURE && ToStructure(value.As<Napi::Object>(), out);
}

}  // namespace rivero
