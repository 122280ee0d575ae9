#include "shared_memory.h"

#include <sys/mman.h>

#include <cstdint>

#include "layout.h"

namespace rivero {

SharedBlock SharedBlock::Allocate(size_t length) {
  SharedBlock block;
  void* memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return block;
  block.memory_ = std::shared_ptr<void>(memory, [length](void* p) { munmap(p, length); });
  block.length_ = length;
  return block;
}

SharedMemory::SharedMemory(const EngineLimits& limits)
    : slab(SharedBlock::Allocate(size_t{limits.slots} * layout::kSlotSize)),
      descriptors(SharedBlock::Allocate(layout::kBatchSize * layout::descriptor::kStride * sizeof(int32_t))),
      addresses(SharedBlock::Allocate(layout::kBatchSize * layout::kAddressStride)),
      slot_meta(SharedBlock::Allocate(size_t{limits.slots} * layout::slot_meta::kStride * sizeof(uint32_t))),
      commands(SharedBlock::Allocate(size_t{limits.commands} * layout::command::kStride * sizeof(int32_t))),
      consumers(SharedBlock::Allocate(size_t{limits.consumers} * layout::consumer::kStride * sizeof(uint32_t))),
      counters(SharedBlock::Allocate(layout::counter::kCount * sizeof(double))),
      outbox(SharedBlock::Allocate(layout::outbox::kPackets * layout::outbox::kPacketStride)),
      outbox_records(SharedBlock::Allocate(
          (layout::outbox::kFirstRecord + layout::outbox::kPackets * layout::outbox::kRecordStride) *
          sizeof(uint32_t))),
      sent(SharedBlock::Allocate(size_t{limits.sessions} * layout::sent::kStride * sizeof(uint32_t))) {}

bool SharedMemory::valid() const {
  return slab.length() && descriptors.length() && addresses.length() && slot_meta.length() && commands.length() &&
         consumers.length() && counters.length() && outbox.length() && outbox_records.length() &&
         sent.length();
}

}  // namespace rivero
