#include "js_thread.h"

#include <atomic>

namespace rivero::js_thread {

namespace {

using Task = std::function<void(Napi::Env)>;

Napi::ThreadSafeFunction dispatcher;
std::atomic<bool> open{false};
std::atomic<size_t> pending{0};
size_t holds = 0;
napi_env held_env = nullptr;

void Run(Napi::Env env, Napi::Function, Task* task) {
  pending--;
  // Without an environment the task is left as it is: it can't be destroyed either.
  if (static_cast<napi_env>(env) == nullptr) return;
  Napi::HandleScope scope(env);
  (*task)(env);
  delete task;
}

}  // namespace

void Open(Napi::Env env) {
  const auto nothing = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  dispatcher = Napi::ThreadSafeFunction::New(env, nothing, "GStreamer", 0, 1);
  dispatcher.Unref(env);
  held_env = env;
  open = true;
}

void Close() { open = false; }

bool IsOpen() { return open; }

void Post(Task task) {
  auto* owned = new Task(std::move(task));
  if (!open) return;
  pending++;
  if (dispatcher.NonBlockingCall(owned, Run) != napi_ok) pending--;
}

void Hold() {
  if (holds++ == 0) dispatcher.Ref(held_env);
}

void Release() {
  if (--holds == 0) dispatcher.Unref(held_env);
}

size_t PendingTasks() { return pending; }

}  // namespace rivero::js_thread

namespace rivero {

void Callback::Call(Napi::Env env, const std::vector<napi_value>& args) {
  if (function_.IsEmpty()) return;
  function_.Value().Call(args);
  if (!env.IsExceptionPending()) return;
  // What a listener throws is an uncaught exception, as it is for any event emitter of node.
  const Napi::Error error = env.GetAndClearPendingException();
  napi_fatal_exception(env, error.Value());
}

CallbackPointer MakeCallback(Napi::Function function) {
  // References may be dropped on the JavaScript thread only.
  return CallbackPointer(new Callback(function), [](Callback* callback) {
    js_thread::Post([callback](Napi::Env) { delete callback; });
  });
}

std::shared_ptr<Settlement> Settlement::Make(Napi::Env env) {
  js_thread::Hold();
  return std::shared_ptr<Settlement>(new Settlement(env));
}

void Settlement::Settle(Outcome outcome) {
  js_thread::Post([deferred = deferred_, outcome = std::move(outcome)](Napi::Env env) {
    js_thread::Release();
    if (outcome.code == nullptr) {
      deferred.Resolve(outcome.value ? outcome.value(env) : env.Undefined());
      return;
    }
    Napi::Error error = Napi::Error::New(env, outcome.message);
    error.Set("code", Napi::String::New(env, outcome.code));
    deferred.Reject(error.Value());
  });
}

}  // namespace rivero
