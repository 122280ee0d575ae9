// Checks of what JavaScript passes in. Each reader throws an error with the code INVALID_ARGUMENT and returns false
// when an argument is missing, of another type or out of range.
#pragma once

#include <napi.h>

#include <cmath>
#include <string>

#include "bytes.h"

namespace rivero {

inline void ThrowCoded(Napi::Env env, const char* code, const std::string& message) {
  if (env.IsExceptionPending()) return;
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  error.ThrowAsJavaScriptException();
}

inline bool InvalidArgument(const Napi::CallbackInfo& info, const char* name, const std::string& wanted) {
  ThrowCoded(info.Env(), "INVALID_ARGUMENT", std::string(name) + " must be " + wanted);
  return false;
}

inline bool ReadInteger(const Napi::CallbackInfo& info, size_t position, const char* name, uint32_t minimum,
                        uint32_t maximum, uint32_t* out) {
  const double value = info[position].IsNumber() ? info[position].As<Napi::Number>().DoubleValue() : NAN;
  if (!(value >= minimum && value <= maximum) || value != std::floor(value)) {
    return InvalidArgument(info, name, "an integer from " + std::to_string(minimum) + " to " + std::to_string(maximum));
  }
  *out = static_cast<uint32_t>(value);
  return true;
}

inline bool ReadString(const Napi::CallbackInfo& info, size_t position, const char* name, std::string* out) {
  if (!info[position].IsString()) return InvalidArgument(info, name, "a string");
  *out = info[position].As<Napi::String>().Utf8Value();
  return true;
}

// The view is valid until the call returns.
inline bool ReadBytes(const Napi::CallbackInfo& info, size_t position, const char* name, ByteView* out) {
  if (!info[position].IsTypedArray() || info[position].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    return InvalidArgument(info, name, "a Uint8Array");
  }
  const auto array = info[position].As<Napi::Uint8Array>();
  *out = {array.Data(), array.ByteLength()};
  return true;
}

// Tells the garbage collector what an object holds outside of its heap, so that it comes in time.
inline void AccountMemory(Napi::Env env, int64_t change) {
  int64_t total;
  napi_adjust_external_memory(env, change, &total);
}

inline Napi::Value CopyBytes(Napi::Env env, const uint8_t* data, size_t length) {
  Napi::Uint8Array array = Napi::Uint8Array::New(env, length);
  if (length > 0) memcpy(array.Data(), data, length);
  return array;
}

}  // namespace rivero
