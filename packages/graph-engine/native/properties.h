#pragma once

#include <gst/gst.h>
#include <napi.h>

#include <string>

namespace rivero {

// Reads the value of a property that can be written, some only while the object is being made. Otherwise false, with
// NO_SUCH_PROPERTY or INVALID_VALUE thrown.
bool ReadProperty(Napi::Env env, GObjectClass* object_class, const std::string& name, Napi::Value value,
                  bool at_construction, GValue* out);

}  // namespace rivero
