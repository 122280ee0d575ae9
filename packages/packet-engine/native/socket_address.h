// An IPv4 or IPv6 address with port, as the kernel wants it, and the key under which remote addresses are found.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace rivero {

struct SocketAddress {
  union {
    sockaddr_in6 v6 = {};  // the largest: all bytes begin as zero
    sockaddr_in v4;
    sockaddr generic;
  };

  bool is_v6() const { return generic.sa_family == AF_INET6; }
  socklen_t length() const { return is_v6() ? sizeof v6 : sizeof v4; }
  uint16_t port() const { return ntohs(is_v6() ? v6.sin6_port : v4.sin_port); }
  // The address in 16 bytes, IPv4 in the first four.
  void CopyAddress(uint8_t out[16]) const;
  std::string ToString() const;  // without port; without scope
};

// A numeric address, IPv6 with or without %scope. False for anything else.
bool ParseSocketAddress(const std::string& text, uint16_t port, SocketAddress* address);

// Where a packet came from: local socket, remote address and port.
struct RemoteKey {
  uint8_t address[16];
  uint16_t port;
  uint16_t is_v6;
  uint32_t socket;

  RemoteKey(uint32_t socket_index, const SocketAddress& from);
  bool operator==(const RemoteKey& other) const { return memcmp(this, &other, sizeof *this) == 0; }
};

struct RemoteKeyHash {
  uint64_t seed;  // random for each engine
  size_t operator()(const RemoteKey& key) const;
};

}  // namespace rivero
