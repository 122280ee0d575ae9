#include "session_table.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

namespace rivero {

bool IndexPool::Allocate(uint32_t* index) {
  // Fresh numbers first: a number that was used before comes back as late as possible.
  if (next_ < used_.size()) {
    *index = next_++;
  } else if (!free_.empty()) {
    *index = free_.front();
    free_.pop_front();
  } else {
    return false;
  }
  used_[*index] = 1;
  return true;
}

void IndexPool::Free(uint32_t index) {
  used_[index] = 0;
  free_.push_back(index);
}

namespace {

RemoteKeyHash RandomHash() {
  RemoteKeyHash hash = {0x51ed270b1f3c9a77u};
  RAND_bytes(reinterpret_cast<uint8_t*>(&hash.seed), sizeof hash.seed);
  return hash;
}

bool DigestKey(SrtpProfile profile, ByteView key, ByteView mkis, uint8_t digest[32]) {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1 &&
         EVP_DigestUpdate(context.get(), &profile, sizeof profile) == 1 &&
         EVP_DigestUpdate(context.get(), key.data, key.length) == 1 &&
         EVP_DigestUpdate(context.get(), mkis.data, mkis.length) == 1 &&
         EVP_DigestFinal_ex(context.get(), digest, nullptr) == 1;
}

}  // namespace

SessionTable::SessionTable(uint32_t limit) : pool_(limit), sessions_(limit), by_remote_(16, RandomHash()) {}

void SessionTable::Remove(uint32_t index) {
  for (const RemoteKey& key : sessions_[index].allowed) by_remote_.erase(key);
  for (auto& latch : latches_) {
    if (latch && latch->session == index) latch.reset();
  }
  DropEarly(&sessions_[index]);
  sessions_[index] = Session();
  pool_.Free(index);
}

bool SessionTable::KeepEarly(uint32_t index, EarlyPacket packet) {
  std::vector<EarlyPacket>& early = sessions_[index].early;
  if (early_ >= kMaxEarly || early.size() >= kMaxEarlyPerSession) return false;
  early.push_back(std::move(packet));
  early_++;
  return true;
}

void SessionTable::DropEarly(Session* session) {
  early_ -= session->early.size();
  session->early.clear();
}

uint32_t SessionTable::TakeEarly(std::vector<EarlyPacket>* packets) {
  while (!ready_.empty()) {
    const uint32_t index = ready_.back();
    ready_.pop_back();
    // It may be gone by now, and its number another's.
    Session& session = sessions_[index];
    if (!session.receiver || session.early.empty()) continue;
    *packets = std::move(session.early);
    session.early.clear();
    early_ -= packets->size();
    return index;
  }
  return kUnknown;
}

bool SessionTable::SetKeys(uint32_t index, SrtpProfile profile, ByteView send_key, ByteView receive_key,
                           uint32_t max_streams, ByteView send_mki, ByteView receive_mkis) {
  Session& session = sessions_[index];
  uint8_t sending[32], receiving[32];
  if (!DigestKey(profile, send_key, {}, sending) || !DigestKey(profile, receive_key, receive_mkis, receiving)) return false;
  auto sender = SrtpSender::Create(profile, {send_key});
  auto receiver = SrtpReceiver::Create(profile, {receive_key}, max_streams, receive_mkis);
  if (!sender || !receiver || !sender->SetMki(send_mki)) return false;
  if (!session.sender || CRYPTO_memcmp(sending, session.send_digest, sizeof sending) != 0) {
    session.sender = std::move(sender);
    std::copy(sending, sending + sizeof sending, session.send_digest);
  }
  session.sender->SetMki(send_mki);
  if (!session.receiver || CRYPTO_memcmp(receiving, session.receive_digest, sizeof receiving) != 0) {
    session.receiver = std::move(receiver);
    std::copy(receiving, receiving + sizeof receiving, session.receive_digest);
  }
  if (!session.early.empty()) ready_.push_back(index);
  return true;
}

void SessionTable::SetPlain(uint32_t index, uint32_t max_streams) {
  Session& session = sessions_[index];
  if (session.sender && session.sender->plain()) return;
  memset(session.send_digest, 0, sizeof session.send_digest);
  memset(session.receive_digest, 0, sizeof session.receive_digest);
  session.sender = SrtpSender::CreatePlain();
  session.receiver = SrtpReceiver::CreatePlain(max_streams);
  DropEarly(&session);
}

void SessionTable::SetLatch(uint32_t socket, const Latch& latch) {
  std::vector<RemoteKey> former;
  for (const RemoteKey& key : sessions_[latch.session].allowed) {
    if (key.socket == socket) former.push_back(key);
  }
  for (const RemoteKey& key : former) Disallow(latch.session, key);
  Allow(latch.session, latch.preferred);
  if (socket >= latches_.size()) latches_.resize(socket + 1);
  latches_[socket].reset(new Latch(latch));
}

void SessionTable::Lock(Latch* latch, const RemoteKey& from) {
  if (latch->locked && !(latch->current == latch->preferred)) Disallow(latch->session, latch->current);
  Allow(latch->session, from);
  latch->current = from;
  latch->locked = true;
}

bool SessionTable::Allow(uint32_t index, const RemoteKey& key) {
  Session& session = sessions_[index];
  const auto found = by_remote_.find(key);
  if (found != by_remote_.end() && found->second == index) return true;
  if (session.allowed.size() >= kMaxRemotesPerSession) return false;
  if (found != by_remote_.end()) Disallow(found->second, key);
  by_remote_.emplace(key, index);
  session.allowed.push_back(key);
  return true;
}

void SessionTable::Disallow(uint32_t index, const RemoteKey& key) {
  std::vector<RemoteKey>& allowed = sessions_[index].allowed;
  const auto found = std::find(allowed.begin(), allowed.end(), key);
  if (found == allowed.end()) return;
  allowed.erase(found);
  by_remote_.erase(key);
}

uint32_t SessionTable::FindByRemote(const RemoteKey& key) const {
  const auto found = by_remote_.find(key);
  return found == by_remote_.end() ? kUnknown : found->second;
}

void SessionTable::ForgetSocket(uint32_t socket) {
  if (socket < latches_.size()) latches_[socket].reset();
  for (uint32_t i = 0; i < pool_.high_water(); i++) {
    Session& session = sessions_[i];
    if (session.remote_socket == static_cast<int32_t>(socket)) session.remote_socket = Session::kNoSocket;
    if (session.rtcp_socket == static_cast<int32_t>(socket)) session.rtcp_socket = Session::kNoSocket;
    auto& allowed = session.allowed;
    for (const RemoteKey& key : allowed) {
      if (key.socket == socket) by_remote_.erase(key);
    }
    allowed.erase(std::remove_if(allowed.begin(), allowed.end(),
                                 [socket](const RemoteKey& key) { return key.socket == socket; }),
                  allowed.end());
  }
}

void SessionTable::Clear() {
  for (uint32_t i = 0; i < pool_.high_water(); i++) {
    if (pool_.IsUsed(i)) Remove(i);
  }
}

}  // namespace rivero
