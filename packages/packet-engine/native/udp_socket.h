// One bound, non-blocking UDP socket and the libuv handle that watches it.
#pragma once

#include <uv.h>

#include <atomic>
#include <functional>

#include "socket_address.h"

namespace rivero {

// A system error by the name that TypeScript sees, for example ADDRESS_IN_USE.
const char* SocketErrorCode(int error_number);

class UdpSocket {
 public:
  // Binds address; null and *error_number when that fails.
  static UdpSocket* Open(const SocketAddress& address, uint32_t index, int* error_number);

  // Calls on_readable from the loop until Close. 0 or a libuv error.
  int Watch(uv_loop_t* loop, std::function<void(UdpSocket*)> on_readable);

  // Closes the descriptor at once; the object deletes itself, after on_closed, when libuv has let go of the handle.
  void Close(std::function<void()> on_closed);

  int descriptor() const { return descriptor_; }  // -1 once closed
  bool open() const { return descriptor_ >= 0; }
  uint32_t index() const { return index_; }
  const SocketAddress& address() const { return address_; }  // with the real port
  bool segmentation() const { return segmentation_.load(std::memory_order_relaxed); }  // UDP_SEGMENT works here
  void DisableSegmentation() { segmentation_.store(false, std::memory_order_relaxed); }

 private:
  UdpSocket() = default;
  ~UdpSocket() = default;

  int descriptor_ = -1;
  uint32_t index_ = 0;
  bool watching_ = false;
  std::atomic<bool> segmentation_{false};  // any sending thread may find that it does not work
  SocketAddress address_;
  uv_poll_t poll_ = {};
  std::function<void(UdpSocket*)> on_readable_;
  std::function<void()> on_closed_;
};

}  // namespace rivero
