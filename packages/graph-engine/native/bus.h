// The bus of a pipeline. Its messages never pile up: they go to the listener as they are posted, or nowhere.
#pragma once

#include <gst/gst.h>

#include "js_thread.h"

namespace rivero {

// For every new pipeline.
void DrainBus(GstElement* pipeline);

// Null ends it. Whoever listens keeps the event loop going. JavaScript thread only.
void SetBusListener(GstElement* pipeline, CallbackPointer listener);

}  // namespace rivero
