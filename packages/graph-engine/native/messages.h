#pragma once

#include <gst/gst.h>
#include <napi.h>

#include <string>

namespace rivero {

// Whether JavaScript wants to hear of messages like this one. Any thread.
bool IsAnnounced(GstMessage* message);

// A message of the bus as an object; where its source was is told apart, since it may have moved since.
Napi::Object FromMessage(Napi::Env env, GstMessage* message, const std::string& path);

}  // namespace rivero
