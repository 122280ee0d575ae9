// Which servers GStreamer's elements trust over TLS: GLib's default database, which all of them ask.
#pragma once

#include <napi.h>

namespace rivero {

void ExportTlsTrust(Napi::Env env, Napi::Object exports);

}  // namespace rivero
