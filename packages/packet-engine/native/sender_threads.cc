#include "sender_threads.h"

#include <signal.h>

#include <string>
#include <utility>

#include "send_group.h"

namespace rivero {

using namespace layout;

SenderThread::SenderThread(const SendContext& context)
    : context_(context),
      groups_(kFirstVirtualSocket, context.limits.sessions, context.limits.commands),
      maker_(context.shared, context.sent, counters_),
      batch_(counters_, context.segmentation) {}

bool SenderThread::Start(uint32_t number) {
  // The signals of the process are the loop's.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, nullptr, [](void* self) -> void* {
    static_cast<SenderThread*>(self)->Run();
    return nullptr;
  }, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  started_ = error == 0;
  if (started_) pthread_setname_np(thread_, ("rivero-send-" + std::to_string(number)).c_str());
  return started_;
}

SenderThread::~SenderThread() {
  if (!started_) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  pthread_join(thread_, nullptr);
}

void SenderThread::Add(const int32_t* entries, uint32_t count, uint32_t session) {
  Job& next = job(posted_ + 1);
  if (next.flush != 0) {  // of a job long ago
    if (posted_ + 1 > kMaxJobs) WaitForJob(posted_ + 1 - kMaxJobs);
    next.Empty();
    next.flush = 0;
  }
  next.commands.push_back({static_cast<uint32_t>(next.entries.size()), session});
  next.entries.insert(next.entries.end(), entries, entries + size_t{count} * command::kStride);
}

void SenderThread::Post(uint64_t flush) {
  Job& next = job(posted_ + 1);
  if (next.flush != 0 || next.commands.empty()) return;  // nothing was added
  // The oldest jobs have to go before there is room for this one.
  uint64_t first = posted_ + 1;
  while (first > 1 && first + kMaxJobs > posted_ + 2 && commands_ - job(first - 1).commands_before <= kMaxWaiting) first--;
  if (first > 1) WaitForJob(first - 1);
  next.flush = flush;
  next.commands_before = commands_;
  commands_ += next.commands.size();
  posted_++;
  bool wake;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    given_ = posted_;
    wake = sleeping_;
  }
  if (wake) work_.notify_one();
}

void SenderThread::WaitForFlush(uint64_t flush) {
  uint64_t number = posted_;
  while (number > 0 && posted_ - number < kMaxJobs && job(number).flush > flush) number--;
  WaitForJob(number);
}

void SenderThread::WaitForJob(uint64_t number) {
  if (done_.load(std::memory_order_acquire) >= number) return;
  std::unique_lock<std::mutex> lock(mutex_);
  awaited_ = true;
  progress_.wait(lock, [&] { return done_.load(std::memory_order_relaxed) >= number; });
  awaited_ = false;
}

void SenderThread::Collect(double* counters) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (uint32_t i = 0; i < counter::kCount; i++) counters[i] += std::exchange(counted_[i], 0);
}

void SenderThread::Run() {
  uint64_t number = 0;
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    sleeping_ = true;
    work_.wait(lock, [&] { return stopping_ || given_ > number; });
    sleeping_ = false;
    if (given_ == number) return;
    const uint64_t last = given_;
    lock.unlock();
    number = Send(number + 1, last);
    lock.lock();
    for (uint32_t i = 0; i < counter::kCount; i++) counted_[i] += std::exchange(counters_[i], 0);
    done_.store(number, std::memory_order_release);
    if (awaited_) progress_.notify_one();
  }
}

uint64_t SenderThread::Send(uint64_t first, uint64_t last) {
  groups_.Clear();
  entries_.clear();
  uint64_t number = first;
  AddToGroups(job(number));
  while (number < last && entries_.size() + job(number + 1).commands.size() <= groups_.command_capacity()) {
    AddToGroups(job(++number));
  }
  const auto entry_of = [this](uint32_t i) { return entries_[i]; };
  maker_.BeginFlush();
  for (uint32_t socket = groups_.first_socket(); socket != CommandGroups::kEnd; socket = groups_.next_socket(socket)) {
    SendGroup(groups_, socket, entry_of, context_.sessions, context_.sockets[socket], &maker_, &batch_);
  }
  return number;
}

void SenderThread::AddToGroups(const Job& job) {
  for (const Command& command : job.commands) {
    const int32_t socket = context_.sessions->At(command.session)->remote_socket;
    groups_.Add(static_cast<uint32_t>(entries_.size()), command.session, static_cast<uint32_t>(socket));
    entries_.push_back(job.entries.data() + command.first);
  }
}

// ---- all of them

bool SenderThreads::Takes(uint32_t commands) {
  if (count_ == 0 || (commands < kMinCommands && !busy())) return false;
  return !threads_.empty() || Start();
}

bool SenderThreads::Start() {
  for (uint32_t i = 0; i < count_; i++) {
    auto thread = std::make_unique<SenderThread>(context_);
    if (!thread->Start(i)) break;
    threads_.push_back(std::move(thread));
  }
  if (threads_.empty()) count_ = 0;  // the engine's thread does it all
  return !threads_.empty();
}

bool SenderThreads::busy() const {
  for (const auto& thread : threads_) {
    if (thread->busy()) return true;
  }
  return false;
}

void SenderThreads::Add(const int32_t* entries, uint32_t count, uint32_t session) {
  slot_flush_[static_cast<uint32_t>(entries[command::kSlot])] = flush_;
  ThreadOf(session).Add(entries, count, session);
}

void SenderThreads::Post() {
  Collect();
  for (const auto& thread : threads_) thread->Post(flush_);
  flush_++;
}

void SenderThreads::SettleAll() {
  for (const auto& thread : threads_) thread->WaitForAll();
  settled_ = flush_ - 1;
}

void SenderThreads::AwaitFlush(uint64_t flush) {
  if (!busy()) flush = flush_ - 1;
  for (const auto& thread : threads_) thread->WaitForFlush(flush);
  settled_ = flush;
}

void SenderThreads::Collect() {
  for (const auto& thread : threads_) thread->Collect(context_.shared.counters.as<double>());
}

void SenderThreads::Stop() {
  SettleAll();
  Collect();
  threads_.clear();
  count_ = 0;
}

}  // namespace rivero
