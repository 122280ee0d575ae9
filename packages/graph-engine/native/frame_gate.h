// A gate at a pad, where every picture or piece of sound goes through JavaScript in a worker thread: its memory is lent to the
// thread as it is, without a copy, and the buffer goes on when the thread is done with it. The pad's streaming thread waits for
// that; it must be one that does nothing else, behind a queue that drops what is late.
#pragma once

#include <gst/gst.h>
#include <napi.h>

#include <memory>

namespace rivero {

class FrameGate;
using FrameGatePointer = std::shared_ptr<FrameGate>;

namespace frame_gates {

// Main thread: puts a gate at a pad, whose caps must be raw video or interleaved raw audio. Answers an object with id, read, open
// and close. Media passes unchanged while no worker thread is attached, and after close.
Napi::Value Make(Napi::Env env, GstPad* pad);
// The environment of a worker thread: attach(id, header, listener).
void ExportToWorker(Napi::Env env, Napi::Object exports);
// Nobody waits any more.
void CloseAll();

}  // namespace frame_gates

}  // namespace rivero
