#include "srtp_session.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "rtp_header.h"

namespace rivero {

namespace {
constexpr uint32_t kEncryptedFlag = 0x80000000;
constexpr size_t kIndexLength = 4;
constexpr size_t kSsrcOffsetRtp = 8;
constexpr size_t kSsrcOffsetRtcp = 4;

bool InitTransform(const SrtpProfileShape& shape, const SrtpKeyMaterial& material, SrtpKeyUsage usage,
                   AeadCipher::Direction direction, SrtpTransform::Context context, SrtpTransform* transform) {
  SrtpSessionKeys keys;
  const uint8_t* bytes = material.bytes.data;
  if (material.bytes.length != shape.key_length + shape.salt_length) return false;
  if (material.are_session_keys) {
    memcpy(keys.cipher_key, bytes, shape.key_length);
    memcpy(keys.salt, bytes + shape.key_length, shape.salt_length);
  } else if (!DeriveSessionKeys(shape, bytes, usage, &keys)) {
    return false;
  }
  return transform->Init(shape, keys, direction, context);
}

// Of one thread. Each has the key of whoever used it last.
struct SharedCiphers {
  AeadCipher aead[2][2];  // by direction and length of the key
  CounterCipher counter[2];
};
thread_local SharedCiphers shared_ciphers;

}  // namespace

bool SrtpTransform::Init(const SrtpProfileShape& shape, const SrtpSessionKeys& keys, AeadCipher::Direction direction,
                         Context context) {
  memcpy(salt_, keys.salt, sizeof salt_);
  context_ = context;
  direction_ = direction;
  if (!shape.aead) {
    hmac_ = std::make_unique<HmacSha1>();
    hmac_->Init(keys.auth_key, sizeof keys.auth_key);
  }
  if (context != Context::kOwn) {
    key_length_ = static_cast<uint8_t>(shape.key_length);
    memcpy(key_, keys.cipher_key, shape.key_length);
    return true;
  }
  if (shape.aead) return aead_.Init(keys.cipher_key, shape.key_length, direction);
  return counter_.Init(keys.cipher_key, shape.key_length);
}

AeadCipher* SrtpTransform::Aead() {
  if (context_ == Context::kOwn) return &aead_;
  const bool long_key = key_length_ == 32;
  AeadCipher* cipher =
      context_ == Context::kShared ? &shared_ciphers.aead[direction_ == AeadCipher::Direction::kSeal][long_key] : &aead_;
  if (!cipher->Init(key_, key_length_, direction_)) return nullptr;
  if (context_ == Context::kOnDemand) {
    context_ = Context::kOwn;
    OPENSSL_cleanse(key_, sizeof key_);
  }
  return cipher;
}

CounterCipher* SrtpTransform::Counter() {
  if (context_ == Context::kOwn) return &counter_;
  CounterCipher* cipher = context_ == Context::kShared ? &shared_ciphers.counter[key_length_ == 32] : &counter_;
  if (!cipher->Init(key_, key_length_)) return nullptr;
  if (context_ == Context::kOnDemand) {
    context_ = Context::kOwn;
    OPENSSL_cleanse(key_, sizeof key_);
  }
  return cipher;
}

void SrtpTransform::AeadNonce(uint32_t ssrc, uint64_t index, uint8_t nonce[AeadCipher::kNonceLength]) const {
  // 2 zero bytes, SSRC, 48-bit index; an SRTCP index has its upper 17 bits zero.
  nonce[0] = nonce[1] = 0;
  WriteU32(nonce + 2, ssrc);
  WriteU16(nonce + 6, static_cast<uint16_t>(index >> 32));
  WriteU32(nonce + 8, static_cast<uint32_t>(index));
  for (size_t i = 0; i < AeadCipher::kNonceLength; i++) nonce[i] ^= salt_[i];
}

void SrtpTransform::CounterIv(uint32_t ssrc, uint64_t index, uint8_t iv[16]) const {
  // (salt << 16) ^ (SSRC << 64) ^ (index << 16)
  memcpy(iv, salt_, 14);
  iv[14] = iv[15] = 0;
  uint8_t mask[10];
  WriteU32(mask, ssrc);
  WriteU16(mask + 4, static_cast<uint16_t>(index >> 32));
  WriteU32(mask + 6, static_cast<uint32_t>(index));
  for (size_t i = 0; i < sizeof mask; i++) iv[4 + i] ^= mask[i];
}

// ---- sending

std::unique_ptr<SrtpSender> SrtpSender::Create(SrtpProfile profile, const SrtpKeyMaterial& keys) {
  const SrtpProfileShape* shape = FindProfileShape(profile);
  if (!shape) return nullptr;
  std::unique_ptr<SrtpSender> sender(new SrtpSender(*shape));
  const auto direction = AeadCipher::Direction::kSeal;
  using Context = SrtpTransform::Context;
  const bool ok = InitTransform(*shape, keys, SrtpKeyUsage::kRtp, direction, Context::kOwn, &sender->rtp_) &&
                  InitTransform(*shape, keys, SrtpKeyUsage::kRtcp, direction, Context::kShared, &sender->rtcp_);
  return ok ? std::move(sender) : nullptr;
}

std::unique_ptr<SrtpSender> SrtpSender::CreatePlain() { return std::unique_ptr<SrtpSender>(new SrtpSender(kPlainShape)); }

size_t SrtpSender::ProtectRtp(uint8_t* packet, size_t header_length, ByteView prefix, ByteView payload, uint64_t index) {
  if (plain()) {
    if (prefix.length > 0) memcpy(packet + header_length, prefix.data, prefix.length);
    if (payload.length > 0) memcpy(packet + header_length + prefix.length, payload.data, payload.length);
    return header_length + prefix.length + payload.length;
  }
  const uint32_t ssrc = ReadU32(packet + kSsrcOffsetRtp);
  const size_t end = header_length + prefix.length + payload.length;
  if (shape_.aead) {
    uint8_t nonce[AeadCipher::kNonceLength];
    rtp_.AeadNonce(ssrc, index, nonce);
    const AeadCipher::Input input = {{{packet, header_length}, {}}, {prefix, payload}};
    AeadCipher* cipher = rtp_.Aead();
    const bool sealed = cipher && cipher->Seal(nonce, input, packet + header_length, packet + end);
    return sealed ? end + AeadCipher::kTagLength : 0;
  }
  uint8_t iv[16], rollover[4], mac[HmacSha1::kLength];
  rtp_.CounterIv(ssrc, index, iv);
  CounterCipher* cipher = rtp_.Counter();
  if (!cipher || !cipher->Crypt(iv, prefix, payload, packet + header_length)) return 0;
  WriteU32(rollover, static_cast<uint32_t>(index >> 16));
  rtp_.hmac().Compute({packet, end}, {rollover, sizeof rollover}, mac);
  return end + AppendTag(packet + end, mac, shape_.tag_length);
}

bool SrtpSender::SetMki(ByteView mki) {
  if (mki.length > kMaxMki || (mki.length > 0 && (shape_.aead || plain()))) return false;
  mki_length_ = static_cast<uint8_t>(mki.length);
  std::copy(mki.data, mki.data + mki.length, mki_);
  return true;
}

// Of the suites without AEAD: the MKI stands before the tag, which does not cover it.
size_t SrtpSender::AppendTag(uint8_t* end, const uint8_t* mac, size_t tag_length) const {
  if (mki_length_ > 0) memcpy(end, mki_, mki_length_);
  memcpy(end + mki_length_, mac, tag_length);
  return mki_length_ + tag_length;
}

size_t SrtpSender::ProtectRtcp(uint8_t* packet, size_t length) {
  if (plain()) return length < kRtcpHeaderLength ? 0 : length;
  if (length < kRtcpHeaderLength || rtcp_index_ == kEncryptedFlag - 1) return 0;
  const uint32_t index = ++rtcp_index_;
  const uint32_t ssrc = ReadU32(packet + kSsrcOffsetRtcp);
  uint8_t index_word[kIndexLength];
  WriteU32(index_word, index | kEncryptedFlag);
  uint8_t* body = packet + kRtcpHeaderLength;
  const ByteView text = {body, length - kRtcpHeaderLength};
  if (shape_.aead) {  // header | ciphertext | tag | index
    uint8_t nonce[AeadCipher::kNonceLength];
    rtcp_.AeadNonce(ssrc, index, nonce);
    const AeadCipher::Input input = {{{packet, kRtcpHeaderLength}, {index_word, kIndexLength}}, {text, {}}};
    AeadCipher* cipher = rtcp_.Aead();
    if (!cipher || !cipher->Seal(nonce, input, body, packet + length)) return 0;
    memcpy(packet + length + AeadCipher::kTagLength, index_word, kIndexLength);
    return length + AeadCipher::kTagLength + kIndexLength;
  }
  uint8_t iv[16], mac[HmacSha1::kLength];  // header | ciphertext | index | tag
  rtcp_.CounterIv(ssrc, index, iv);
  CounterCipher* cipher = rtcp_.Counter();
  if (!cipher || !cipher->Crypt(iv, text, {}, body)) return 0;
  memcpy(packet + length, index_word, kIndexLength);
  rtcp_.hmac().Compute({packet, length + kIndexLength}, {}, mac);
  return length + kIndexLength + AppendTag(packet + length + kIndexLength, mac, shape_.rtcp_tag_length);
}

// ---- replay state by SSRC

uint32_t ReplayTable::Find(uint32_t ssrc) {
  if (last_found_ < entries_.size() && entries_[last_found_].ssrc == ssrc) return last_found_;
  for (uint32_t i = 0; i < entries_.size(); i++) {
    if (entries_[i].ssrc == ssrc) return last_found_ = i;
  }
  return kUnknown;
}

uint32_t ReplayTable::Add(uint32_t ssrc) {
  if (entries_.size() < limit_) {
    entries_.emplace_back();
    entries_.back().ssrc = ssrc;
    return static_cast<uint32_t>(entries_.size() - 1);
  }
  uint32_t oldest = kUnknown;
  for (uint32_t i = 0; i < entries_.size(); i++) {
    if (entries_[i].released_at == 0) continue;
    if (oldest == kUnknown || entries_[i].released_at < entries_[oldest].released_at) oldest = i;
  }
  if (oldest == kUnknown) return kUnknown;
  entries_[oldest] = Entry();
  entries_[oldest].ssrc = ssrc;
  released_--;
  return oldest;
}

void ReplayTable::Release(uint32_t ssrc) {
  const uint32_t entry = Find(ssrc);
  if (entry == kUnknown || entries_[entry].released_at != 0) return;
  entries_[entry].released_at = ++release_clock_;
  released_++;
}

void ReplayTable::Accept(uint32_t entry, uint64_t index) {
  Entry& stream = entries_[entry];
  if (stream.released_at != 0) {  // it speaks again
    stream.released_at = 0;
    released_--;
  }
  stream.window.Accept(index);
}

// ---- receiving

std::unique_ptr<SrtpReceiver> SrtpReceiver::Create(SrtpProfile profile, const SrtpKeyMaterial& keys,
                                                   uint32_t max_streams, ByteView mkis) {
  const SrtpProfileShape* shape = FindProfileShape(profile);
  if (!shape) return nullptr;
  std::unique_ptr<SrtpReceiver> receiver(new SrtpReceiver(*shape, max_streams));
  if (mkis.length == 0) return receiver->InitKeys(keys, &receiver->keys_) ? std::move(receiver) : nullptr;
  const size_t length = shape->key_length + shape->salt_length;
  const size_t count = keys.bytes.length / length;
  if (shape->aead || count == 0 || count > kMaxKeys || count * length != keys.bytes.length || mkis.length % count != 0 ||
      mkis.length / count > kMaxMki) {
    return nullptr;
  }
  receiver->mki_length_ = mkis.length / count;
  receiver->mkis_.assign(mkis.data, mkis.data + mkis.length);
  for (size_t i = 0; i < count; i++) {
    if (i > 0) receiver->further_keys_.push_back(std::make_unique<Keys>());
    Keys* target = i == 0 ? &receiver->keys_ : receiver->further_keys_.back().get();
    if (!receiver->InitKeys({{keys.bytes.data + i * length, length}, keys.are_session_keys}, target)) return nullptr;
  }
  return receiver;
}

bool SrtpReceiver::InitKeys(const SrtpKeyMaterial& material, Keys* keys) const {
  const auto direction = AeadCipher::Direction::kOpen;
  using Context = SrtpTransform::Context;
  return InitTransform(shape_, material, SrtpKeyUsage::kRtp, direction, Context::kOnDemand, &keys->rtp) &&
         InitTransform(shape_, material, SrtpKeyUsage::kRtcp, direction, Context::kShared, &keys->rtcp);
}

// The tag moves to where the MKI was: then the packet is one without MKI.
SrtpReceiver::Keys* SrtpReceiver::TakeMki(uint8_t* packet, size_t tag_length, size_t* length) {
  if (*length < mki_length_ + tag_length) return nullptr;
  uint8_t* mki = packet + *length - tag_length - mki_length_;
  for (size_t i = 0; i <= further_keys_.size(); i++) {
    if (memcmp(mki, mkis_.data() + i * mki_length_, mki_length_) != 0) continue;
    memmove(mki, mki + mki_length_, tag_length);
    *length -= mki_length_;
    return i == 0 ? &keys_ : further_keys_[i - 1].get();
  }
  return nullptr;
}

std::unique_ptr<SrtpReceiver> SrtpReceiver::CreatePlain(uint32_t max_streams) {
  return std::unique_ptr<SrtpReceiver>(new SrtpReceiver(kPlainShape, max_streams));
}

SrtpResult SrtpReceiver::TakePlainRtp(const uint8_t* packet, size_t length, UnprotectedRtp* result) {
  const size_t header_length = RtpHeaderLength(packet, length);
  if (header_length == 0) return SrtpResult::kMalformed;
  const uint32_t ssrc = ReadU32(packet + kSsrcOffsetRtp);
  const uint16_t sequence = ReadU16(packet + 2);
  uint32_t stream = rtp_streams_.Find(ssrc);
  if (stream == ReplayTable::kUnknown && !rtp_streams_.HasRoom()) return SrtpResult::kStreamLimit;
  uint64_t index = uint64_t{1} << 16 | sequence;  // so that packets from before the first one have numbers too
  if (stream == ReplayTable::kUnknown) {
    stream = rtp_streams_.Add(ssrc);
  } else {
    const ReplayWindow& window = rtp_streams_.window(stream);
    const uint64_t highest = window.highest();
    index = highest + static_cast<uint64_t>(int64_t{static_cast<int16_t>(sequence - static_cast<uint16_t>(highest))});
    if (index + ReplayWindow::kSize <= highest) {
      // RFC 3550 appendix A.1: two packets in sequence far from all others mean that the source began anew.
      uint32_t& expected = rtp_streams_.restart(stream);
      if (expected != sequence) {
        expected = static_cast<uint16_t>(sequence + 1);
        return SrtpResult::kReplayed;
      }
      index = ((highest >> 16) + 1) << 16 | sequence;
    } else if (window.IsReplay(index)) {
      return SrtpResult::kReplayed;
    }
  }
  rtp_streams_.restart(stream) = ReplayTable::kUnknown;
  rtp_streams_.Accept(stream, index);
  *result = {length, header_length, index, stream};
  return SrtpResult::kOk;
}

// RFC 3550 appendix A.2: a chain of packets that fills the datagram.
SrtpResult SrtpReceiver::TakePlainRtcp(const uint8_t* packet, size_t length, size_t* new_length) {
  if (length < kRtcpHeaderLength || packet[0] >> 6 != 2) return SrtpResult::kMalformed;
  size_t end = 0;
  while (end + 4 <= length && packet[end] >> 6 == 2) end += 4 * (size_t{ReadU16(packet + end + 2)} + 1);
  if (end != length) return SrtpResult::kMalformed;
  *new_length = length;
  return SrtpResult::kOk;
}

SrtpResult SrtpReceiver::UnprotectRtp(uint8_t* packet, size_t length, UnprotectedRtp* result) {
  if (plain()) return TakePlainRtp(packet, length, result);
  Keys* const keys = mki_length_ == 0 ? &keys_ : TakeMki(packet, shape_.tag_length, &length);
  if (!keys) return SrtpResult::kAuthenticationFailed;
  if (length < kRtpFixedHeaderLength + shape_.tag_length) return SrtpResult::kMalformed;
  const size_t end = length - shape_.tag_length;
  const size_t header_length = RtpHeaderLength(packet, end);
  if (header_length == 0) return SrtpResult::kMalformed;

  const uint32_t ssrc = ReadU32(packet + kSsrcOffsetRtp);
  const uint16_t sequence = ReadU16(packet + 2);
  uint32_t stream = rtp_streams_.Find(ssrc);
  if (stream == ReplayTable::kUnknown && !rtp_streams_.HasRoom()) return SrtpResult::kStreamLimit;
  uint64_t index = sequence;  // a new stream begins with roll-over counter 0
  if (stream != ReplayTable::kUnknown) {
    // RFC 3711 section 3.3.1: the index nearest to the highest one seen.
    const uint64_t highest = rtp_streams_.window(stream).highest();
    const int64_t nearest = static_cast<int64_t>(highest) + static_cast<int16_t>(sequence - static_cast<uint16_t>(highest));
    if (nearest < 0 || nearest >> 48 != 0) return SrtpResult::kReplayed;
    index = static_cast<uint64_t>(nearest);
    if (rtp_streams_.window(stream).IsReplay(index)) return SrtpResult::kReplayed;
  }

  if (!DecryptRtp(keys, packet, header_length, end, index)) return SrtpResult::kAuthenticationFailed;
  if (stream == ReplayTable::kUnknown) stream = rtp_streams_.Add(ssrc);
  rtp_streams_.Accept(stream, index);
  *result = {end, header_length, index, stream};
  return SrtpResult::kOk;
}

bool SrtpReceiver::DecryptRtp(Keys* keys, uint8_t* packet, size_t header_length, size_t end, uint64_t index) {
  const uint32_t ssrc = ReadU32(packet + kSsrcOffsetRtp);
  uint8_t* payload = packet + header_length;
  const ByteView text = {payload, end - header_length};
  if (shape_.aead) {
    uint8_t nonce[AeadCipher::kNonceLength];
    keys->rtp.AeadNonce(ssrc, index, nonce);
    AeadCipher* cipher = keys->rtp.Aead();
    return cipher && cipher->Open(nonce, {{{packet, header_length}, {}}, {text, {}}}, payload, packet + end);
  }
  uint8_t iv[16], rollover[4], mac[HmacSha1::kLength];
  WriteU32(rollover, static_cast<uint32_t>(index >> 16));
  keys->rtp.hmac().Compute({packet, end}, {rollover, sizeof rollover}, mac);
  if (CRYPTO_memcmp(mac, packet + end, shape_.tag_length) != 0) return false;
  keys->rtp.CounterIv(ssrc, index, iv);
  CounterCipher* cipher = keys->rtp.Counter();
  return cipher && cipher->Crypt(iv, text, {}, payload);
}

SrtpResult SrtpReceiver::UnprotectRtcp(uint8_t* packet, size_t length, size_t* new_length) {
  if (plain()) return TakePlainRtcp(packet, length, new_length);
  Keys* const keys = mki_length_ == 0 ? &keys_ : TakeMki(packet, shape_.rtcp_tag_length, &length);
  if (!keys) return SrtpResult::kAuthenticationFailed;
  const size_t trailer = shape_.rtcp_tag_length + kIndexLength;
  if (length < kRtcpHeaderLength + trailer || packet[0] >> 6 != 2) return SrtpResult::kMalformed;
  const size_t end = length - trailer;
  const uint8_t* tag = packet + (shape_.aead ? end : length - shape_.rtcp_tag_length);
  const uint8_t* index_word = packet + (shape_.aead ? length - kIndexLength : end);
  const uint64_t index = ReadU32(index_word) & ~kEncryptedFlag;

  // Every sender SSRC counts its own indexes.
  const uint32_t ssrc = ReadU32(packet + kSsrcOffsetRtcp);
  uint32_t stream = rtcp_streams_.Find(ssrc);
  if (stream == ReplayTable::kUnknown && !rtcp_streams_.HasRoom()) return SrtpResult::kStreamLimit;
  if (stream != ReplayTable::kUnknown && rtcp_streams_.window(stream).IsReplay(index)) return SrtpResult::kReplayed;

  if (!DecryptRtcp(keys, packet, end, index_word, tag)) return SrtpResult::kAuthenticationFailed;
  if (stream == ReplayTable::kUnknown) stream = rtcp_streams_.Add(ssrc);
  rtcp_streams_.Accept(stream, index);
  *new_length = end;
  return SrtpResult::kOk;
}

bool SrtpReceiver::DecryptRtcp(Keys* keys, uint8_t* packet, size_t end, const uint8_t* index_word, const uint8_t* tag) {
  const uint32_t ssrc = ReadU32(packet + kSsrcOffsetRtcp);
  const uint32_t word = ReadU32(index_word);
  const bool encrypted = (word & kEncryptedFlag) != 0;
  const uint32_t index = word & ~kEncryptedFlag;
  uint8_t* body = packet + kRtcpHeaderLength;
  const ByteView text = {body, encrypted ? end - kRtcpHeaderLength : 0};
  if (shape_.aead) {
    uint8_t nonce[AeadCipher::kNonceLength];
    keys->rtcp.AeadNonce(ssrc, index, nonce);
    const size_t clear = encrypted ? kRtcpHeaderLength : end;
    AeadCipher* cipher = keys->rtcp.Aead();
    return cipher && cipher->Open(nonce, {{{packet, clear}, {index_word, kIndexLength}}, {text, {}}}, body, tag);
  }
  uint8_t iv[16], mac[HmacSha1::kLength];
  keys->rtcp.hmac().Compute({packet, end + kIndexLength}, {}, mac);
  if (CRYPTO_memcmp(mac, tag, shape_.rtcp_tag_length) != 0) return false;
  if (!encrypted) return true;
  keys->rtcp.CounterIv(ssrc, index, iv);
  CounterCipher* cipher = keys->rtcp.Counter();
  return cipher && cipher->Crypt(iv, text, {}, body);
}

void SrtpReceiver::ReleaseStream(uint32_t ssrc) {
  rtp_streams_.Release(ssrc);
  rtcp_streams_.Release(ssrc);
}

}  // namespace rivero
