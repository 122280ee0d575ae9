// What the addon exports; each function adds one class or object.
#pragma once

#include <napi.h>

namespace rivero {

void ExportEngine(Napi::Env env, Napi::Object exports);
void ExportDtls(Napi::Env env, Napi::Object exports);
void ExportSrtp(Napi::Env env, Napi::Object exports);

}  // namespace rivero
