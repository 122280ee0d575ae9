#include "udp_socket.h"

#include <netinet/udp.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace rivero {

namespace {

constexpr int kSocketBuffer = 4 << 20;

void SetOption(int descriptor, int level, int name, int value) {
  // Wishes only: the kernel may cap buffers and may lack an option.
  setsockopt(descriptor, level, name, &value, sizeof value);
}

bool SupportsSegmentation(int descriptor) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(descriptor, IPPROTO_UDP, UDP_SEGMENT, &value, &length) == 0;
}

}  // namespace

const char* SocketErrorCode(int error_number) {
  switch (error_number) {
    case EADDRINUSE: return "ADDRESS_IN_USE";
    case EADDRNOTAVAIL: return "ADDRESS_NOT_AVAILABLE";
    case EACCES:
    case EPERM: return "PERMISSION_DENIED";
    case EMFILE:
    case ENFILE: return "TOO_MANY_OPEN_FILES";
    case EAFNOSUPPORT: return "FAMILY_NOT_SUPPORTED";
    default: return "SOCKET_ERROR";
  }
}

UdpSocket* UdpSocket::Open(const SocketAddress& address, uint32_t index, int* error_number) {
  const int descriptor = socket(address.generic.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    *error_number = errno;
    return nullptr;
  }
  if (address.is_v6()) SetOption(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  SetOption(descriptor, SOL_SOCKET, SO_RCVBUF, kSocketBuffer);
  SetOption(descriptor, SOL_SOCKET, SO_SNDBUF, kSocketBuffer);
  SetOption(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  SocketAddress bound = address;
  socklen_t length = sizeof bound;
  if (bind(descriptor, &address.generic, address.length()) != 0 ||
      getsockname(descriptor, &bound.generic, &length) != 0) {
    *error_number = errno;
    close(descriptor);
    return nullptr;
  }
  UdpSocket* udp = new UdpSocket();
  udp->descriptor_ = descriptor;
  udp->index_ = index;
  udp->address_ = bound;
  udp->segmentation_ = SupportsSegmentation(descriptor);
  return udp;
}

int UdpSocket::Watch(uv_loop_t* loop, std::function<void(UdpSocket*)> on_readable) {
  if (watching_ || !open()) return 0;
  int error = uv_poll_init(loop, &poll_, descriptor_);
  if (error != 0) return error;
  watching_ = true;
  on_readable_ = std::move(on_readable);
  poll_.data = this;
  return uv_poll_start(&poll_, UV_READABLE, [](uv_poll_t* poll, int, int) {
    auto* self = static_cast<UdpSocket*>(poll->data);
    self->on_readable_(self);
  });
}

void UdpSocket::Close(std::function<void()> on_closed) {
  if (!open()) return;
  if (!watching_) {
    close(descriptor_);
    descriptor_ = -1;
    on_closed();
    delete this;
    return;
  }
  on_closed_ = std::move(on_closed);
  uv_poll_stop(&poll_);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    auto* self = static_cast<UdpSocket*>(handle->data);
    self->on_closed_();
    delete self;
  });
  close(descriptor_);
  descriptor_ = -1;
}

}  // namespace rivero
