// Threads that encrypt and send what the engine's thread has decided, so that one broadcast can use several processors.
// A session is one thread's: its packets leave in their order, and its state needs no lock.
#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "command_groups.h"
#include "layout.h"
#include "packet_maker.h"
#include "send_batch.h"
#include "session_table.h"
#include "shared_memory.h"
#include "udp_socket.h"

namespace rivero {

struct SendContext {
  const SharedMemory& shared;
  EngineLimits limits;
  bool segmentation;
  SessionTable* sessions;
  UdpSocket* const* sockets;
  SentPackets* sent;  // by consumer
};

// Its methods are called on the engine's thread.
class SenderThread {
 public:
  static constexpr uint64_t kMaxJobs = 64;
  // Commands that may wait, some tens of milliseconds of work. A single flush may be larger.
  static constexpr uint64_t kMaxWaiting = 8192;

  explicit SenderThread(const SendContext& context);
  ~SenderThread();  // sends what waits
  SenderThread(const SenderThread&) = delete;
  // False when the system gives no more threads.
  bool Start(uint32_t number);

  // Makes room for the next flush, then takes its commands.
  void Add(const int32_t* entries, uint32_t count, uint32_t session);
  // What was added since is sent from now on. flush: its number, higher than those before.
  void Post(uint64_t flush);

  bool busy() const { return done_.load(std::memory_order_acquire) != posted_; }
  void WaitForFlush(uint64_t flush);
  void WaitForAll() { WaitForJob(posted_); }
  // Adds what was counted since the last call.
  void Collect(double* counters);

 private:
  struct Command {
    uint32_t first;  // where its entries begin
    uint32_t session;
  };
  // Written by one thread, then by the other: the vectors keep their memory, unless a rare large flush has made them grow.
  struct Job {
    static constexpr size_t kKeptCommands = 2048;
    void Empty() {
      if (commands.capacity() > kKeptCommands || entries.capacity() > kKeptCommands * layout::command::kStride) {
        commands = std::vector<Command>();
        entries = std::vector<int32_t>();
      }
      entries.clear();
      commands.clear();
    }
    std::vector<int32_t> entries;
    std::vector<Command> commands;
    uint64_t commands_before = 0;  // of all jobs up to the one before
    uint64_t flush = 0;
  };

  Job& job(uint64_t number) { return jobs_[number % kMaxJobs]; }
  void WaitForJob(uint64_t number);
  void Run();
  // Sends the first job, and with it as many of those that wait too as it can: what goes to one receiver goes together.
  // Returns the last one sent.
  uint64_t Send(uint64_t first, uint64_t last);
  void AddToGroups(const Job& job);

  const SendContext context_;
  Job jobs_[kMaxJobs];
  uint64_t posted_ = 0;     // jobs given so far; the next one is posted_ + 1
  uint64_t commands_ = 0;   // of all of them
  std::atomic<uint64_t> done_{0};

  std::mutex mutex_;  // of what follows
  std::condition_variable work_;
  std::condition_variable progress_;
  uint64_t given_ = 0;     // posted_, for the thread
  bool sleeping_ = false;  // the thread waits for work
  bool awaited_ = false;   // somebody waits for progress
  bool stopping_ = false;
  double counted_[layout::counter::kCount] = {};

  // The thread's own.
  alignas(64) double counters_[layout::counter::kCount] = {};
  CommandGroups groups_;
  std::vector<const int32_t*> entries_;  // of each command in the groups
  PacketMaker maker_;
  SendBatch batch_;
  pthread_t thread_ = {};
  bool started_ = false;
};

class SenderThreads {
 public:
  // Smaller flushes are not worth waking others up, unless something waits there already.
  static constexpr uint32_t kMinCommands = 512;

  // The threads are made when they are needed first.
  SenderThreads(const SendContext& context, uint32_t count)
      : context_(context), count_(count), slot_flush_(count > 0 ? context.limits.slots : 0) {}

  // Whether a flush of so many commands is to be handed over.
  bool Takes(uint32_t commands);

  // One command with its entries, of a session that sends by a socket of the kernel. What it says was checked.
  void Add(const int32_t* entries, uint32_t count, uint32_t session);
  void Post();

  // Waits until nothing is sent for the session any more. Then it may be changed, and so may its consumers' records.
  void Settle(uint32_t session) {
    if (!threads_.empty()) ThreadOf(session).WaitForAll();
  }
  void SettleAll();
  // Waits until nothing is to be sent any more of what was received into the slot.
  void SettleSlot(uint32_t slot) {
    if (count_ > 0 && slot_flush_[slot] > settled_) AwaitFlush(slot_flush_[slot]);
  }
  // Adds to the shared counters what the threads have counted.
  void Collect();
  // Sends what waits and ends the threads.
  void Stop();

 private:
  // Neighbours are one thread's: what belongs to them lies together.
  static constexpr uint32_t kNeighbours = 16;
  SenderThread& ThreadOf(uint32_t session) { return *threads_[session / kNeighbours % threads_.size()]; }
  bool Start();
  bool busy() const;
  void AwaitFlush(uint64_t flush);

  const SendContext context_;
  uint32_t count_;
  std::vector<std::unique_ptr<SenderThread>> threads_;
  uint64_t flush_ = 1;    // number of the next flush that is handed over
  uint64_t settled_ = 0;  // flushes up to this one are known to be sent
  std::vector<uint64_t> slot_flush_;  // the last one that used a slot
};

}  // namespace rivero
