#include "handle.h"


#include <unordered_map>

#include "arguments.h"
#include "strand.h"

namespace rivero {

Napi::FunctionReference Handle::constructor;

namespace {

// JavaScript thread only. The handle of an object that JavaScript has let go stays until it is finalised.
std::unordered_map<GObject*, Handle*>& Handles() {
  static auto* handles = new std::unordered_map<GObject*, Handle*>();
  return *handles;
}

// Tells the garbage collector what it would free, roughly: its own objects are tiny.
void AccountMemory(Napi::Env env, GObject* object, int sign) {
  constexpr int64_t kElement = 32 << 10;
  constexpr int64_t kOther = 2 << 10;
  Napi::MemoryManagement::AdjustExternalMemory(env, sign * (GST_IS_ELEMENT(object) ? kElement : kOther));
}

}  // namespace

Handle::Handle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Handle>(info) {
  if (!info[0].IsExternal()) {
    ThrowCoded(info.Env(), "INVALID_ARGUMENT", "handles are made by the addon");
    return;
  }
  object_ = info[0].As<Napi::External<GObject>>().Data();
  g_object_ref(object_);
  Handles()[object_] = this;
  AccountMemory(info.Env(), object_, 1);
}

Handle::~Handle() {
  if (object_ == nullptr) return;
  const auto entry = Handles().find(object_);
  if (entry != Handles().end() && entry->second == this) Handles().erase(entry);
  // When the process ends, the operating system takes the rest.
  if (!js_thread::IsOpen()) return;
  AccountMemory(Env(), object_, -1);
  PostRelease(object_);
}

void Handle::Export(Napi::Env env, Napi::Object exports) {
  std::vector<Method> methods;
  AppendObjectMethods(&methods);
  AppendElementMethods(&methods);
  AppendBinMethods(&methods);
  AppendPadMethods(&methods);
  AppendProbeMethods(&methods);
  AppendAppMethods(&methods);
  AppendMeterMethods(&methods);
  const Napi::Function function = DefineClass(env, "Handle", methods);
  constructor = Napi::Persistent(function);
  constructor.SuppressDestruct();
  exports.Set("Handle", function);
}

Napi::Value Handle::Wrap(Napi::Env env, gpointer object) {
  const auto known = Handles().find(static_cast<GObject*>(object));
  if (known != Handles().end()) {
    const Napi::Object value = known->second->Value();
    if (!value.IsEmpty()) return value;
  }
  return constructor.New({Napi::External<GObject>::New(env, static_cast<GObject*>(object))});
}

Handle* Handle::From(Napi::Value value) {
  if (!value.IsObject() || !value.As<Napi::Object>().InstanceOf(constructor.Value())) return nullptr;
  void* handle = nullptr;
  if (napi_unwrap(value.Env(), value, &handle) != napi_ok) return nullptr;
  auto* found = static_cast<Handle*>(handle);
  return found->object_ == nullptr ? nullptr : found;
}

size_t Handle::Count() { return Handles().size(); }

void Handle::StopPipelines() {
  for (const auto& entry : Handles()) {
    if (!GST_IS_PIPELINE(entry.first)) continue;
    auto* pipeline = GST_ELEMENT(gst_object_ref(entry.first));
    PostToStrand(GST_OBJECT(pipeline), [pipeline] { gst_element_set_state(pipeline, GST_STATE_NULL); });
  }
}

GstObject* Handle::Object(Info info) {
  if (object_ != nullptr && GST_IS_OBJECT(object_)) return GST_OBJECT(object_);
  ThrowCoded(info.Env(), "INVALID_ARGUMENT", "this is no object of GStreamer");
  return nullptr;
}

GstElement* Handle::Element(Info info) {
  if (object_ != nullptr && GST_IS_ELEMENT(object_)) return GST_ELEMENT(object_);
  ThrowCoded(info.Env(), "INVALID_ARGUMENT", "this is no element");
  return nullptr;
}

GstBin* Handle::Bin(Info info) {
  if (object_ != nullptr && GST_IS_BIN(object_)) return GST_BIN(object_);
  ThrowCoded(info.Env(), "INVALID_ARGUMENT", "this is no bin");
  return nullptr;
}

GstPad* Handle::Pad(Info info) {
  if (object_ != nullptr && GST_IS_PAD(object_)) return GST_PAD(object_);
  ThrowCoded(info.Env(), "INVALID_ARGUMENT", "this is no pad");
  return nullptr;
}

GObject* Handle::Argument(Info info, size_t position, GType type) {
  const Handle* handle = From(info[position]);
  if (handle != nullptr && g_type_is_a(G_OBJECT_TYPE(handle->object_), type)) return handle->object_;
  ThrowCoded(info.Env(), "INVALID_ARGUMENT", std::string("a ") + g_type_name(type) + " is wanted");
  return nullptr;
}

}  // namespace rivero
