// What every GObject has: name, properties, signals.
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include "arguments.h"
#include "connection.h"
#include "handle.h"
#include "properties.h"
#include "values.h"

namespace rivero {

namespace {

using Values = std::vector<GValue>;

Values* CopyArguments(guint count, const GValue* values) {
  // The first is the object itself.
  auto* copies = new Values(count - 1);
  for (guint i = 1; i < count; i++) {
    GValue& copy = (*copies)[i - 1];
    copy = G_VALUE_INIT;
    g_value_init(&copy, G_VALUE_TYPE(&values[i]));
    g_value_copy(&values[i], &copy);
  }
  return copies;
}

void Announce(GClosure* closure, GValue*, guint count, const GValue* values, gpointer, gpointer) {
  const CallbackPointer callback = *static_cast<CallbackPointer*>(closure->data);
  Values* copies = CopyArguments(count, values);
  js_thread::Post([callback, copies](Napi::Env env) {
    std::vector<napi_value> args;
    for (GValue& value : *copies) {
      args.push_back(FromGValue(env, &value));
      g_value_unset(&value);
    }
    delete copies;
    callback->Call(env, args);
  });
}

GClosure* MakeClosure(const CallbackPointer& callback) {
  GClosure* closure = g_closure_new_simple(sizeof(GClosure), new CallbackPointer(callback));
  g_closure_add_finalize_notifier(closure, closure->data,
                                  [](gpointer data, GClosure*) { delete static_cast<CallbackPointer*>(data); });
  g_closure_set_marshal(closure, Announce);
  return closure;
}

GType WithoutScope(GType type) { return type & ~G_SIGNAL_TYPE_STATIC_SCOPE; }

}  // namespace

void Handle::AppendObjectMethods(std::vector<Method>* methods) {
  methods->push_back(InstanceMethod("kind", &Handle::Kind));
  methods->push_back(InstanceMethod("name", &Handle::Name));
  methods->push_back(InstanceMethod("typeName", &Handle::TypeName));
  methods->push_back(InstanceMethod("path", &Handle::Path));
  methods->push_back(InstanceMethod("isWithin", &Handle::IsWithin));
  methods->push_back(InstanceMethod("parent", &Handle::Parent));
  methods->push_back(InstanceMethod("get", &Handle::Get));
  methods->push_back(InstanceMethod("set", &Handle::Set));
  methods->push_back(InstanceMethod("properties", &Handle::Properties));
  methods->push_back(InstanceMethod("on", &Handle::On));
  methods->push_back(InstanceMethod("emit", &Handle::Emit));
  methods->push_back(InstanceMethod("dispose", &Handle::Dispose));
}

Napi::Value Handle::Kind(Info info) {
  const char* kind = "object";
  if (GST_IS_PIPELINE(object_)) {
    kind = "pipeline";
  } else if (GST_IS_BIN(object_)) {
    kind = "bin";
  } else if (GST_IS_APP_SINK(object_)) {
    kind = "appsink";
  } else if (GST_IS_APP_SRC(object_)) {
    kind = "appsrc";
  } else if (GST_IS_ELEMENT(object_)) {
    kind = "element";
  } else if (GST_IS_PAD(object_)) {
    kind = "pad";
  }
  return Napi::String::New(info.Env(), kind);
}

Napi::Value Handle::Name(Info info) {
  if (!GST_IS_OBJECT(object_)) return TypeName(info);
  return Napi::String::New(info.Env(), TakeString(gst_object_get_name(GST_OBJECT(object_))));
}

Napi::Value Handle::TypeName(Info info) { return Napi::String::New(info.Env(), G_OBJECT_TYPE_NAME(object_)); }

Napi::Value Handle::Path(Info info) {
  GstObject* object = Object(info);
  if (object == nullptr) return info.Env().Undefined();
  return Napi::String::New(info.Env(), TakeString(gst_object_get_path_string(object)));
}

Napi::Value Handle::IsWithin(Info info) {
  GstObject* object = Object(info);
  GObject* other = object == nullptr ? nullptr : Argument(info, 0, GST_TYPE_OBJECT);
  if (other == nullptr) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), object == GST_OBJECT(other) || gst_object_has_as_ancestor(object, GST_OBJECT(other)));
}

Napi::Value Handle::Parent(Info info) {
  GstObject* object = Object(info);
  GstObject* parent = object == nullptr ? nullptr : gst_object_get_parent(object);
  if (parent == nullptr) return info.Env().Undefined();
  const Napi::Value value = Wrap(info.Env(), parent);
  gst_object_unref(parent);
  return value;
}

Napi::Value Handle::Get(Info info) {
  std::string name;
  if (!ReadString(info, 0, "property", &name)) return info.Env().Undefined();
  const GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(object_), name.c_str());
  if (spec == nullptr || !(spec->flags & G_PARAM_READABLE)) {
    ThrowCoded(info.Env(), "NO_SUCH_PROPERTY", std::string(G_OBJECT_TYPE_NAME(object_)) + " has no readable property " + name);
    return info.Env().Undefined();
  }
  GValue value = G_VALUE_INIT;
  g_value_init(&value, spec->value_type);
  g_object_get_property(object_, name.c_str(), &value);
  const Napi::Value result = FromGValue(info.Env(), &value);
  g_value_unset(&value);
  return result;
}

void Handle::Set(Info info) {
  std::string name;
  GValue value = G_VALUE_INIT;
  if (!ReadString(info, 0, "property", &name) ||
      !ReadProperty(info.Env(), G_OBJECT_GET_CLASS(object_), name, info[1], false, &value)) {
    return;
  }
  g_object_set_property(object_, name.c_str(), &value);
  g_value_unset(&value);
}

Napi::Value Handle::Properties(Info info) {
  const Napi::Env env = info.Env();
  guint count = 0;
  GParamSpec** specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(object_), &count);
  Napi::Array list = Napi::Array::New(env, count);
  for (guint i = 0; i < count; i++) {
    const gchar* description = g_param_spec_get_blurb(specs[i]);
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", specs[i]->name);
    entry.Set("type", g_type_name(specs[i]->value_type));
    entry.Set("readable", Napi::Boolean::New(env, specs[i]->flags & G_PARAM_READABLE));
    entry.Set("writable", Napi::Boolean::New(env, specs[i]->flags & G_PARAM_WRITABLE));
    entry.Set("description", description == nullptr ? "" : description);
    list.Set(i, entry);
  }
  g_free(specs);
  return list;
}

Napi::Value Handle::On(Info info) {
  const Napi::Env env = info.Env();
  std::string name;
  Napi::Function listener;
  if (!ReadString(info, 0, "signal", &name) || !ReadFunction(info, 1, "listener", &listener)) return env.Undefined();
  guint id = 0;
  GQuark detail = 0;
  GSignalQuery query = {};
  if (g_signal_parse_name(name.c_str(), G_OBJECT_TYPE(object_), &id, &detail, TRUE)) g_signal_query(id, &query);
  if (query.signal_id == 0 || WithoutScope(query.return_type) != G_TYPE_NONE) {
    ThrowCoded(env, "NO_SUCH_SIGNAL",
               std::string(G_OBJECT_TYPE_NAME(object_)) + " has no signal " + name + " that needs no answer");
    return env.Undefined();
  }
  const CallbackPointer callback = MakeCallback(listener);
  const ConnectionPointer connection = Connection::Make(Connection::Kind::kSignal, object_, callback);
  connection->SetId(g_signal_connect_closure_by_id(object_, id, detail, MakeClosure(callback), FALSE));
  return Connection::Disconnector(env, connection);
}

Napi::Value Handle::Emit(Info info) {
  const Napi::Env env = info.Env();
  std::string name;
  if (!ReadString(info, 0, "signal", &name)) return env.Undefined();
  const Napi::Array args = info[1].IsArray() ? info[1].As<Napi::Array>() : Napi::Array::New(env);
  guint id = 0;
  GQuark detail = 0;
  GSignalQuery query = {};
  if (g_signal_parse_name(name.c_str(), G_OBJECT_TYPE(object_), &id, &detail, TRUE)) g_signal_query(id, &query);
  if (query.signal_id == 0 || !(query.signal_flags & G_SIGNAL_ACTION)) {
    ThrowCoded(env, "NO_SUCH_SIGNAL", std::string(G_OBJECT_TYPE_NAME(object_)) + " has no action signal " + name);
    return env.Undefined();
  }
  Values values(query.n_params + 1, GValue G_VALUE_INIT);
  g_value_init(&values[0], G_OBJECT_TYPE(object_));
  g_value_set_object(&values[0], object_);
  bool valid = args.Length() == query.n_params;
  for (guint i = 0; i < query.n_params; i++) {
    g_value_init(&values[i + 1], WithoutScope(query.param_types[i]));
    valid = valid && ToGValue(args.Get(i), &values[i + 1]);
  }
  Napi::Value result = env.Null();
  if (valid) {
    GValue returned = G_VALUE_INIT;
    const GType type = WithoutScope(query.return_type);
    if (type != G_TYPE_NONE) g_value_init(&returned, type);
    g_signal_emitv(values.data(), id, detail, type == G_TYPE_NONE ? nullptr : &returned);
    if (type != G_TYPE_NONE) {
      result = FromGValue(env, &returned);
      g_value_unset(&returned);
    }
  } else {
    ThrowCoded(env, "INVALID_VALUE", "the arguments don't fit the signal " + name);
  }
  for (GValue& value : values) g_value_unset(&value);
  return result;
}

void Handle::Dispose(Info) { Connection::DisposeAll(object_); }

}  // namespace rivero
