// Memory that both sides see. C++ owns it together with the ArrayBuffer, so that neither a garbage collection nor a
// detached buffer can leave the other side with a dangling pointer.
#pragma once

#include <cstddef>
#include <memory>

namespace rivero {

class SharedBlock {
 public:
  SharedBlock() = default;
  // Zeroed, page-aligned; pages cost nothing until they are touched. Empty when there is no memory.
  static SharedBlock Allocate(size_t length);

  template <class T>
  T* as() const { return static_cast<T*>(memory_.get()); }
  size_t length() const { return length_; }
  const std::shared_ptr<void>& owner() const { return memory_; }

 private:
  std::shared_ptr<void> memory_;
  size_t length_ = 0;
};

// Sizes and contents of everything shared; see layout.h.
struct EngineLimits {
  uint32_t slots;
  uint32_t sessions;
  uint32_t consumers;
  uint32_t commands;
  uint32_t ssrcs_per_session;
  uint32_t packets_per_second;  // of one session; 0: any
  uint32_t stun_per_second;     // of one address that is no session's; 0: any
};

struct SharedMemory {
  explicit SharedMemory(const EngineLimits& limits);
  bool valid() const;

  SharedBlock slab, descriptors, addresses, slot_meta, commands, consumers, counters, outbox, outbox_records, sent;
};

}  // namespace rivero
