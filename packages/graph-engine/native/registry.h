#pragma once

#include <napi.h>

namespace rivero {

// Making elements, and what the registry knows of them.
void ExportRegistry(Napi::Env env, Napi::Object exports);

}  // namespace rivero
