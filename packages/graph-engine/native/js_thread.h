// The way from GStreamer's threads to JavaScript: tasks are posted and nobody waits for them.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <string>

namespace rivero::js_thread {

void Open(Napi::Env env);
// From now on nothing is posted any more.
void Close();
bool IsOpen();

// Any thread. What is posted after Close is dropped without being destroyed: it may hold references of JavaScript.
void Post(std::function<void(Napi::Env)> task);

// While something is held, node's event loop does not end. JavaScript thread only.
void Hold();
void Release();

size_t PendingTasks();

}  // namespace rivero::js_thread

namespace rivero {

// A function of JavaScript that native code may own on any thread.
class Callback {
 public:
  explicit Callback(Napi::Function function) : function_(Napi::Persistent(function)) {}
  // JavaScript thread only.
  void Call(Napi::Env env, const std::vector<napi_value>& args);
  // After this it is never called again, whatever has been posted.
  void Disable() { function_.Reset(); }

 private:
  Napi::FunctionReference function_;
};

using CallbackPointer = std::shared_ptr<Callback>;
CallbackPointer MakeCallback(Napi::Function function);

// The result of work that was done on another thread.
struct Outcome {
  static Outcome Failure(const char* code, std::string message) { return {code, std::move(message), nullptr}; }
  static Outcome Success(std::function<Napi::Value(Napi::Env)> value = nullptr) { return {nullptr, "", std::move(value)}; }

  const char* code;
  std::string message;
  std::function<Napi::Value(Napi::Env)> value;
};

// A promise that any thread may settle, once. It keeps the event loop going until then.
class Settlement {
 public:
  static std::shared_ptr<Settlement> Make(Napi::Env env);
  Napi::Promise Promise() { return deferred_.Promise(); }
  void Settle(Outcome outcome);

 private:
  explicit Settlement(Napi::Env env) : deferred_(Napi::Promise::Deferred::New(env)) {}
  Napi::Promise::Deferred deferred_;
};

}  // namespace rivero
