// Checks of what JavaScript passes in. Each reader throws an error with the code INVALID_ARGUMENT and returns false
// when an argument is missing or of another type.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

namespace rivero {

inline void ThrowCoded(Napi::Env env, const char* code, const std::string& message) {
  if (env.IsExceptionPending()) return;
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  error.ThrowAsJavaScriptException();
}

inline bool InvalidArgument(const Napi::CallbackInfo& info, const char* name, const char* wanted) {
  ThrowCoded(info.Env(), "INVALID_ARGUMENT", std::string(name) + " must be " + wanted);
  return false;
}

inline bool ReadString(const Napi::CallbackInfo& info, size_t position, const char* name, std::string* out) {
  if (!info[position].IsString()) return InvalidArgument(info, name, "a string");
  *out = info[position].As<Napi::String>().Utf8Value();
  return true;
}

inline bool ReadBoolean(const Napi::CallbackInfo& info, size_t position, const char* name, bool* out) {
  if (!info[position].IsBoolean()) return InvalidArgument(info, name, "a boolean");
  *out = info[position].As<Napi::Boolean>().Value();
  return true;
}

inline bool ReadNumber(const Napi::CallbackInfo& info, size_t position, const char* name, double* out) {
  if (!info[position].IsNumber()) return InvalidArgument(info, name, "a number");
  *out = info[position].As<Napi::Number>().DoubleValue();
  if (*out != *out) return InvalidArgument(info, name, "a number");
  return true;
}

// Nanoseconds within what a number holds exactly; -1 stands for none.
inline bool ReadTime(const Napi::CallbackInfo& info, size_t position, const char* name, int64_t* out) {
  double value = 0;
  if (!ReadNumber(info, position, name, &value)) return false;
  if (value < -9007199254740992.0 || value > 9007199254740992.0) {
    return InvalidArgument(info, name, "a time in nanoseconds");
  }
  *out = static_cast<int64_t>(value);
  return true;
}

inline bool ReadFunction(const Napi::CallbackInfo& info, size_t position, const char* name, Napi::Function* out) {
  if (!info[position].IsFunction()) return InvalidArgument(info, name, "a function");
  *out = info[position].As<Napi::Function>();
  return true;
}

inline bool ReadStrings(const Napi::CallbackInfo& info, size_t position, const char* name,
                        std::vector<std::string>* out) {
  if (!info[position].IsArray()) return InvalidArgument(info, name, "an array of strings");
  const auto array = info[position].As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value value = array.Get(i);
    if (!value.IsString()) return InvalidArgument(info, name, "an array of strings");
    out->push_back(value.As<Napi::String>().Utf8Value());
  }
  return true;
}

}  // namespace rivero
