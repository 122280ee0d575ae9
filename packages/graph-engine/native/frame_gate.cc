#include "frame_gate.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

#include "arguments.h"
#include "connection.h"
#include "frame_slot.h"

namespace rivero {

namespace {

constexpr double kNanosPerMilli = 1e6;
using SlotPointer = std::shared_ptr<FrameSlot>;

std::mutex gates_mutex;
std::map<uint32_t, std::weak_ptr<FrameGate>> gates;
uint32_t last_id = 0;

void Max(std::atomic<gint64>* most, gint64 value) {
  if (value > *most) *most = value;
}

}  // namespace

class FrameGate {
 public:
  explicit FrameGate(uint32_t id) : id_(id) {}
  ~FrameGate() {
    if (caps_ != nullptr) gst_caps_unref(caps_);
    const std::lock_guard<std::mutex> lock(gates_mutex);
    gates.erase(id_);
  }

  uint32_t id() const { return id_; }

  // The streaming thread.
  GstPadProbeReturn OnBuffer(GstPad* pad, GstPadProbeInfo* info) {
    if (!open_) {
      passed_++;
      return GST_PAD_PROBE_OK;
    }
    GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    info->data = buffer;
    const SlotPointer slot = MakeSlot(pad, buffer);
    if (slot == nullptr) {
      passed_++;
      return GST_PAD_PROBE_OK;
    }
    const gint64 begin = g_get_monotonic_time();
    std::unique_lock<std::mutex> lock(mutex_);
    if (open_) {
      slot_ = slot;
      since_ = begin;
      napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
      settled_.wait(lock, [&] { return slot->state == SlotState::kDone || !open_; });
      since_ = 0;
      slot_ = nullptr;
    }
    if (slot->state == SlotState::kTaken) {
      // Whoever has it may be writing still: the memory stays with them.
      slot->state = SlotState::kAbandoned;
      abandoned_++;
      return GST_PAD_PROBE_DROP;
    }
    const bool is_processed = slot->state == SlotState::kDone;
    slot->state = SlotState::kAbandoned;
    lock.unlock();
    slot->Unmap();
    if (is_processed) {
      const gint64 took = g_get_monotonic_time() - begin;
      processed_++;
      total_ += took;
      Max(&max_, took);
    } else {
      passed_++;
    }
    return GST_PAD_PROBE_OK;
  }

  // A worker thread. False when another one is attached.
  bool Attach(napi_threadsafe_function wake) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (wake_ != nullptr || is_closed_) return false;
    wake_ = wake;
    open_ = true;
    return true;
  }

  // A worker thread that ends.
  void Detach() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = false;
    wake_ = nullptr;
    // Nobody writes any more.
    if (slot_ != nullptr && slot_->state == SlotState::kTaken) slot_->state = SlotState::kOffered;
    settled_.notify_all();
  }

  SlotPointer Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (slot_ == nullptr || slot_->state != SlotState::kOffered || !open_) return nullptr;
    slot_->state = SlotState::kTaken;
    return slot_;
  }

  void Done(const SlotPointer& slot) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (slot->state != SlotState::kTaken) return;
    slot->state = SlotState::kDone;
    settled_.notify_all();
  }

  void Close() {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_closed_ = true;
    open_ = false;
    settled_.notify_all();
  }

  void Read(double* into) const {
    const gint64 since = since_;
    into[0] = static_cast<double>(processed_);
    into[1] = static_cast<double>(passed_);
    into[2] = static_cast<double>(abandoned_);
    into[3] = static_cast<double>(total_);
    into[4] = static_cast<double>(max_);
    into[5] = since == 0 ? 0 : static_cast<double>(g_get_monotonic_time() - since);
  }
  static constexpr size_t kFigures = 6;

 private:
  SlotPointer MakeSlot(GstPad* pad, GstBuffer* buffer) {
    GstCaps* caps = gst_pad_get_current_caps(pad);
    if (caps == nullptr) return nullptr;
    if (caps != caps_) {
      if (caps_ != nullptr) gst_caps_unref(caps_);
      caps_ = caps;
      is_known_ = format_.Read(caps);
    } else {
      gst_caps_unref(caps);
    }
    auto slot = std::make_shared<FrameSlot>();
    if (!is_known_ || !slot->Map(buffer, format_)) return nullptr;
    slot->time = GST_BUFFER_PTS(buffer);
    GstEvent* event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    if (event != nullptr) {
      const GstSegment* segment = nullptr;
      gst_event_parse_segment(event, &segment);
      if (segment->format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID(slot->time)) {
        slot->time = gst_segment_to_running_time(segment, GST_FORMAT_TIME, slot->time);
      }
      gst_event_unref(event);
    }
    return slot;
  }

  const uint32_t id_;
  // The streaming thread's.
  GstCaps* caps_ = nullptr;
  FrameFormat format_;
  bool is_known_ = false;

  std::mutex mutex_;
  std::condition_variable settled_;
  SlotPointer slot_;
  napi_threadsafe_function wake_ = nullptr;
  bool is_closed_ = false;
  std::atomic<bool> open_{false};

  // Microseconds of the monotonic clock since when somebody waits, 0 for nobody.
  std::atomic<gint64> since_{0};
  std::atomic<uint64_t> processed_{0};
  std::atomic<uint64_t> passed_{0};
  std::atomic<uint64_t> abandoned_{0};
  std::atomic<gint64> total_{0};
  std::atomic<gint64> max_{0};
};

namespace {

GstPadProbeReturn AtGate(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  return (*static_cast<FrameGatePointer*>(data))->OnBuffer(pad, info);
}

// The worker thread's side of a gate. It lives as long as the thread's environment.
struct Attachment {
  FrameGatePointer gate;
  napi_ref header = nullptr;
  double* figures = nullptr;
  napi_ref buffers[FrameSlot::kMaxPlanes] = {};
  SlotPointer taken;
};

constexpr size_t kHeaderLength = 6 + 3 * FrameSlot::kMaxPlanes;

void WriteHeader(const FrameSlot& slot, double* into) {
  into[0] = slot.planes;
  into[1] = slot.columns;
  into[2] = slot.rows;
  into[3] = slot.rate;
  into[4] = GST_CLOCK_TIME_IS_VALID(slot.time) ? static_cast<double>(slot.time) / kNanosPerMilli : -1;
  into[5] = 0;
  for (int plane = 0; plane < FrameSlot::kMaxPlanes; plane++) {
    into[6 + 3 * plane] = slot.stride[plane];
    into[7 + 3 * plane] = slot.width[plane];
    into[8 + 3 * plane] = slot.height[plane];
  }
}

// Takes the memory away from JavaScript. False when JavaScript has given it to somebody else.
bool Withdraw(napi_env env, Attachment* attachment) {
  bool is_back = true;
  for (napi_ref& reference : attachment->buffers) {
    if (reference == nullptr) continue;
    napi_value buffer = nullptr;
    bool is_detached = true;
    napi_get_reference_value(env, reference, &buffer);
    if (buffer != nullptr) napi_is_detached_arraybuffer(env, buffer, &is_detached);
    if (is_detached || napi_detach_arraybuffer(env, buffer) != napi_ok) is_back = false;
    napi_delete_reference(env, reference);
    reference = nullptr;
  }
  return is_back;
}

void CallWorker(napi_env env, napi_value listener, void* context, void*) {
  auto* attachment = static_cast<Attachment*>(context);
  if (env == nullptr || attachment->taken != nullptr) return;
  const SlotPointer slot = attachment->gate->Take();
  if (slot == nullptr) return;
  attachment->taken = slot;
  WriteHeader(*slot, attachment->figures);
  napi_value args[FrameSlot::kMaxPlanes] = {};
  for (int plane = 0; plane < slot->planes; plane++) {
    napi_status status = napi_create_external_arraybuffer(env, slot->data[plane], slot->size[plane], nullptr, nullptr, &args[plane]);
    if (status == napi_ok) status = napi_create_reference(env, args[plane], 1, &attachment->buffers[plane]);
    if (status != napi_ok) return;
  }
  napi_value receiver = nullptr;
  napi_get_undefined(env, &receiver);
  napi_call_function(env, receiver, listener, slot->planes, args, nullptr);
}

Napi::Value Done(const Napi::CallbackInfo& info) {
  auto* attachment = static_cast<Attachment*>(info.Data());
  const SlotPointer slot = std::move(attachment->taken);
  attachment->taken = nullptr;
  if (slot == nullptr) return Napi::Boolean::New(info.Env(), false);
  if (Withdraw(info.Env(), attachment)) {
    attachment->gate->Done(slot);
    return Napi::Boolean::New(info.Env(), true);
  }
  // Somebody may read and write it for ever: so it is never freed.
  new SlotPointer(slot);
  attachment->gate->Close();
  return Napi::Boolean::New(info.Env(), false);
}

Napi::Value Attach(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  double id = 0;
  Napi::Function listener;
  if (!ReadNumber(info, 0, "id", &id) || !ReadFunction(info, 2, "listener", &listener)) return env.Undefined();
  if (!info[1].IsTypedArray() || info[1].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array ||
      info[1].As<Napi::TypedArray>().ElementLength() < kHeaderLength) {
    ThrowCoded(env, "INVALID_ARGUMENT", "header must be a long enough Float64Array");
    return env.Undefined();
  }
  FrameGatePointer gate;
  {
    const std::lock_guard<std::mutex> lock(gates_mutex);
    const auto found = gates.find(static_cast<uint32_t>(id));
    if (found != gates.end()) gate = found->second.lock();
  }
  if (gate == nullptr) {
    ThrowCoded(env, "INVALID_STATE", "there is no such gate");
    return env.Undefined();
  }
  auto* attachment = new Attachment;
  attachment->gate = gate;
  attachment->figures = info[1].As<Napi::Float64Array>().Data();
  napi_create_reference(env, info[1], 1, &attachment->header);
  napi_threadsafe_function wake = nullptr;
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Attachment*>(data); };
  napi_create_threadsafe_function(env, listener, nullptr, Napi::String::New(env, "frames"), 0, 1, attachment, finalize, attachment,
                                  CallWorker, &wake);
  // Cleanup hooks run in the reverse order: this one before the end of the function that it takes from the gate.
  napi_add_env_cleanup_hook(
      env, [](void* data) { static_cast<Attachment*>(data)->gate->Detach(); }, attachment);
  if (!gate->Attach(wake)) {
    ThrowCoded(env, "INVALID_STATE", "the gate is closed, or another thread's");
    return env.Undefined();
  }
  return Napi::Function::New(env, Done, "done", attachment);
}

}  // namespace

namespace frame_gates {

Napi::Value Make(Napi::Env env, GstPad* pad) {
  FrameGatePointer gate;
  {
    const std::lock_guard<std::mutex> lock(gates_mutex);
    gate = std::make_shared<FrameGate>(++last_id);
    gates[gate->id()] = gate;
  }
  const ConnectionPointer connection = Connection::Make(Connection::Kind::kProbe, G_OBJECT(pad), nullptr);
  connection->SetId(gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, AtGate, new FrameGatePointer(gate),
                                      [](gpointer data) { delete static_cast<FrameGatePointer*>(data); }));
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", Napi::Number::New(env, gate->id()));
  object.Set("read", Napi::Function::New(env, [gate](const Napi::CallbackInfo& info) {
               if (!info[0].IsTypedArray()) return;
               auto array = info[0].As<Napi::Float64Array>();
               if (array.TypedArrayType() != napi_float64_array || array.ElementLength() < FrameGate::kFigures) return;
               gate->Read(array.Data());
             }));
  object.Set("close", Napi::Function::New(env, [gate](const Napi::CallbackInfo&) { gate->Close(); }));
  object.Set("remove", Napi::Function::New(env, [gate, connection](const Napi::CallbackInfo&) {
               gate->Close();
               connection->Disconnect();
             }));
  return object;
}

void ExportToWorker(Napi::Env env, Napi::Object exports) {
  exports.Set("attachFrames", Napi::Function::New(env, Attach, "attachFrames"));
}

void CloseAll() {
  std::vector<FrameGatePointer> open;
  {
    const std::lock_guard<std::mutex> lock(gates_mutex);
    for (const auto& [id, gate] : gates) open.push_back(gate.lock());
  }
  for (const FrameGatePointer& gate : open) {
    if (gate != nullptr) gate->Close();
  }
}

}  // namespace frame_gates

}  // namespace rivero
