#include "strand.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

namespace rivero {

namespace {

std::mutex idle_mutex;
std::condition_variable idle_changed;
int busy_strands = 0;

class Strand : public std::enable_shared_from_this<Strand> {
 public:
  void Post(std::function<void()> task);
  void Run();

 private:
  std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;
  bool running_ = false;
};

void RunStrand(gpointer data, gpointer) {
  auto* strand = static_cast<std::shared_ptr<Strand>*>(data);
  (*strand)->Run();
  delete strand;
}

// Threads come as they are needed and stay for a while for the next task.
GThreadPool* Pool() {
  static GThreadPool* pool = g_thread_pool_new(RunStrand, nullptr, -1, FALSE, nullptr);
  return pool;
}

void Strand::Post(std::function<void()> task) {
  std::lock_guard<std::mutex> lock(mutex_);
  tasks_.push_back(std::move(task));
  if (running_) return;
  running_ = true;
  {
    std::lock_guard<std::mutex> idle_lock(idle_mutex);
    busy_strands++;
  }
  g_thread_pool_push(Pool(), new std::shared_ptr<Strand>(shared_from_this()), nullptr);
}

void Strand::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!tasks_.empty()) {
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
  running_ = false;
  std::lock_guard<std::mutex> idle_lock(idle_mutex);
  if (--busy_strands == 0) idle_changed.notify_all();
}

std::shared_ptr<Strand> StrandOf(GstObject* object) {
  static const GQuark quark = g_quark_from_static_string("rivero-strand");
  GstObject* owner = GST_OBJECT(gst_object_ref(object));
  for (GstObject* parent = gst_object_get_parent(owner); parent != nullptr; parent = gst_object_get_parent(owner)) {
    if (GST_IS_PIPELINE(parent)) {
      gst_object_unref(parent);
      break;
    }
    gst_object_unref(owner);
    owner = parent;
  }
  auto* strand = static_cast<std::shared_ptr<Strand>*>(g_object_get_qdata(G_OBJECT(owner), quark));
  if (strand == nullptr) {
    strand = new std::shared_ptr<Strand>(std::make_shared<Strand>());
    g_object_set_qdata_full(G_OBJECT(owner), quark, strand,
                            [](gpointer data) { delete static_cast<std::shared_ptr<Strand>*>(data); });
  }
  std::shared_ptr<Strand> found = *strand;
  gst_object_unref(owner);
  return found;
}

}  // namespace

void PostToStrand(GstObject* object, std::function<void()> task) { StrandOf(object)->Post(std::move(task)); }

Napi::Value RunOnStrand(Napi::Env env, GstObject* object, std::function<Outcome()> work) {
  const auto settlement = Settlement::Make(env);
  gst_object_ref(object);
  PostToStrand(object, [object, settlement, work = std::move(work)] {
    settlement->Settle(work());
    ReleaseObject(G_OBJECT(object));
  });
  return settlement->Promise();
}

void ReleaseObject(GObject* object) {
  if (GST_IS_ELEMENT(object) && object->ref_count == 1 && GST_OBJECT_PARENT(object) == nullptr &&
      GST_STATE(object) != GST_STATE_NULL) {
    gst_element_set_state(GST_ELEMENT(object), GST_STATE_NULL);
  }
  g_object_unref(object);
}

void PostRelease(GObject* object) {
  // The garbage collector gives up many at once: one thread does for all that need not be stopped.
  static const auto* const reaper = new std::shared_ptr<Strand>(std::make_shared<Strand>());
  const bool is_stopped = !GST_IS_ELEMENT(object) || GST_STATE(object) == GST_STATE_NULL;
  const std::shared_ptr<Strand> strand = is_stopped ? *reaper : StrandOf(GST_OBJECT(object));
  strand->Post([object] { ReleaseObject(object); });
}

bool WaitForStrands(int milliseconds) {
  std::unique_lock<std::mutex> lock(idle_mutex);
  return idle_changed.wait_for(lock, std::chrono::milliseconds(milliseconds), [] { return busy_strands == 0; });
}

}  // namespace rivero
