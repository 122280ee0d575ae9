#include "socket_address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <cstdlib>

namespace rivero {

void SocketAddress::CopyAddress(uint8_t out[16]) const {
  memset(out, 0, 16);
  if (is_v6()) {
    memcpy(out, &v6.sin6_addr, 16);
  } else {
    memcpy(out, &v4.sin_addr, 4);
  }
}

std::string SocketAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = "";
  const void* address = is_v6() ? static_cast<const void*>(&v6.sin6_addr) : &v4.sin_addr;
  inet_ntop(generic.sa_family, address, text, sizeof text);
  return text;
}

bool ParseSocketAddress(const std::string& text, uint16_t port, SocketAddress* address) {
  *address = SocketAddress();
  if (inet_pton(AF_INET, text.c_str(), &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons(port);
    return true;
  }
  const size_t percent = text.find('%');
  if (inet_pton(AF_INET6, text.substr(0, percent).c_str(), &address->v6.sin6_addr) != 1) return false;
  address->v6.sin6_family = AF_INET6;
  address->v6.sin6_port = htons(port);
  if (percent != std::string::npos) {
    const std::string scope = text.substr(percent + 1);
    uint32_t index = if_nametoindex(scope.c_str());
    if (index == 0) index = static_cast<uint32_t>(strtoul(scope.c_str(), nullptr, 10));
    if (index == 0) return false;
    address->v6.sin6_scope_id = index;
  }
  return true;
}

RemoteKey::RemoteKey(uint32_t socket_index, const SocketAddress& from)
    : port(from.port()), is_v6(from.is_v6()), socket(socket_index) {
  static_assert(sizeof(RemoteKey) == 24, "compared and hashed as bytes");
  from.CopyAddress(address);
}

size_t RemoteKeyHash::operator()(const RemoteKey& key) const {
  uint64_t words[3] = {};
  memcpy(words, &key, sizeof key);
  uint64_t hash = seed;
  for (const uint64_t word : words) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace rivero
