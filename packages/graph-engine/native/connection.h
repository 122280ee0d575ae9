// What JavaScript listens to: a signal handler or a probe that calls a function. The function would keep alive what it
// mentions, most often the very object it listens to, so connections end with Dispose and not with garbage collection.
#pragma once

#include <gst/gst.h>
#include <napi.h>

#include <atomic>
#include <memory>

#include "js_thread.h"

namespace rivero {

class Connection {
 public:
  // A hold calls nobody: DisposeAll leaves it, so that the pad stays blocked until its element has stopped.
  enum class Kind { kSignal, kProbe, kHold };

  static std::shared_ptr<Connection> Make(Kind kind, GObject* object, CallbackPointer callback);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void SetId(gulong id) { id_ = id; }
  // Ended by itself: there is nothing to take off any more. Any thread.
  void MarkDone() { done_ = true; }
  bool IsDone() const { return done_; }
  // JavaScript thread only. Calling it again changes nothing.
  void Disconnect();

  // A function that disconnects.
  static Napi::Function Disconnector(Napi::Env env, std::shared_ptr<Connection> connection);
  // Ends the connections of an object, of what it contains, and of their pads.
  static void DisposeAll(GObject* object);

 private:
  Connection(Kind kind, GObject* object, CallbackPointer callback);

  Kind kind_;
  GWeakRef object_;
  CallbackPointer callback_;
  gulong id_ = 0;
  std::atomic<bool> done_{false};
};

using ConnectionPointer = std::shared_ptr<Connection>;

// An object with a method `remove` that disconnects.
Napi::Object ProbeObject(Napi::Env env, ConnectionPointer connection);

}  // namespace rivero
