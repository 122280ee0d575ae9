// SRTP encryption with the fewest possible steps: what the floor pays per packet, and how the load is made.
// Session keys come in ready-made; src/support/srtp.ts derives them.
#pragma once

#define OPENSSL_SUPPRESS_DEPRECATED  // the low-level SHA1 calls allocate nothing, the engine uses them too
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <cstdint>
#include <cstring>
#include <memory>

namespace bench {

inline void Write16(uint8_t* out, uint32_t value) {
  out[0] = static_cast<uint8_t>(value >> 8);
  out[1] = static_cast<uint8_t>(value);
}
inline void Write32(uint8_t* out, uint32_t value) {
  Write16(out, value >> 16);
  Write16(out + 2, value);
}
inline uint32_t Read16(const uint8_t* in) { return static_cast<uint32_t>(in[0]) << 8 | in[1]; }
inline uint32_t Read32(const uint8_t* in) { return Read16(in) << 16 | Read16(in + 2); }

constexpr size_t kGcmTag = 16;
constexpr size_t kSha1Tag = 10;

// One sender's key: AES-128-GCM (RFC 7714), or AES-128 in counter mode with HMAC-SHA1-80 (RFC 3711).
class SrtpKey {
 public:
  // key: 16 bytes; salt: 12 bytes for GCM, else 14; auth: 20 bytes, unused for GCM.
  SrtpKey(bool gcm, const uint8_t* key, const uint8_t* salt, const uint8_t* auth)
      : gcm_(gcm), context_(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free) {
    memcpy(salt_, salt, gcm ? 12 : 14);
    EVP_EncryptInit_ex(context_.get(), gcm ? EVP_aes_128_gcm() : EVP_aes_128_ctr(), nullptr, key, nullptr);
    if (!gcm) InitHmac(auth);
  }

  // The header stands in packet; the payload is encrypted from where it lies. Returns the packet's length.
  size_t Protect(uint8_t* packet, size_t header, const uint8_t* payload, size_t length, uint32_t ssrc, uint64_t index) {
    EVP_CIPHER_CTX* context = context_.get();
    const size_t end = header + length;
    int written = 0;
    if (gcm_) {
      uint8_t nonce[12] = {};
      Write32(nonce + 2, ssrc);
      Write16(nonce + 6, static_cast<uint32_t>(index >> 32));
      Write32(nonce + 8, static_cast<uint32_t>(index));
      for (size_t i = 0; i < sizeof nonce; i++) nonce[i] ^= salt_[i];
      EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce);
      EVP_EncryptUpdate(context, nullptr, &written, packet, static_cast<int>(header));
      EVP_EncryptUpdate(context, packet + header, &written, payload, static_cast<int>(length));
      EVP_EncryptFinal_ex(context, packet + end, &written);
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kGcmTag, packet + end);
      return end + kGcmTag;
    }
    uint8_t iv[16] = {};
    Write32(iv + 4, ssrc);
    Write16(iv + 8, static_cast<uint32_t>(index >> 32));
    Write32(iv + 10, static_cast<uint32_t>(index));
    for (size_t i = 0; i < 14; i++) iv[i] ^= salt_[i];
    EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, iv);
    EVP_EncryptUpdate(context, packet + header, &written, payload, static_cast<int>(length));
    uint8_t rollover[4], digest[SHA_DIGEST_LENGTH];
    Write32(rollover, static_cast<uint32_t>(index >> 16));
    SHA_CTX hash = inner_;
    SHA1_Update(&hash, packet, end);
    SHA1_Update(&hash, rollover, sizeof rollover);
    SHA1_Final(digest, &hash);
    hash = outer_;
    SHA1_Update(&hash, digest, sizeof digest);
    SHA1_Final(digest, &hash);
    memcpy(packet + end, digest, kSha1Tag);
    return end + kSha1Tag;
  }

 private:
  void InitHmac(const uint8_t* auth) {
    uint8_t block[64] = {};
    memcpy(block, auth, 20);
    for (uint8_t& byte : block) byte ^= 0x36;
    SHA1_Init(&inner_);
    SHA1_Update(&inner_, block, sizeof block);
    for (uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
    SHA1_Init(&outer_);
    SHA1_Update(&outer_, block, sizeof block);
  }

  bool gcm_;
  uint8_t salt_[14] = {};
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
  SHA_CTX inner_ = {};
  SHA_CTX outer_ = {};
};

}  // namespace bench
