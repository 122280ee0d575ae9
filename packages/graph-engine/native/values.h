// Values of GLib and GStreamer as values of JavaScript and back.
#pragma once

#include <gst/gst.h>
#include <napi.h>

#include <string>

namespace rivero {

Napi::Value FromGValue(Napi::Env env, const GValue* value);
// {name, fields}
Napi::Object FromStructure(Napi::Env env, const GstStructure* structure);
Napi::Object FromTagList(Napi::Env env, const GstTagList* tags);

// Fills a value that was initialised with its type; false when the JavaScript value doesn't fit it. Nothing is thrown.
// The specification, where there is one, helps to read text.
bool ToGValue(Napi::Value value, GValue* out, GParamSpec* spec = nullptr);

// Takes a string of GLib's allocation; null becomes empty.
std::string TakeString(gchar* string);
// A time of GStreamer as a number, -1 for none.
double TimeNumber(GstClockTime time);

}  // namespace rivero
