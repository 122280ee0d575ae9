// Threads for what may take long: state changes, seeks, events, queries. Each outermost bin below a pipeline, and each
// pipeline, has a queue of its own that is worked off in order; a queue that hangs holds up no other.
#pragma once

#include <gst/gst.h>
#include <napi.h>

#include <functional>

#include "js_thread.h"

namespace rivero {

// JavaScript thread only.
void PostToStrand(GstObject* object, std::function<void()> task);

// A promise of what the work gives. The object lives until it is done.
Napi::Value RunOnStrand(Napi::Env env, GstObject* object, std::function<Outcome()> work);

// Drops a reference. An element that nobody else has is stopped first, as GStreamer demands. May take long.
void ReleaseObject(GObject* object);

// The same on another thread. JavaScript thread only.
void PostRelease(GObject* object);

// False when they are not idle after the given time.
bool WaitForStrands(int milliseconds);

}  // namespace rivero
