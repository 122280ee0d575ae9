// SRTP protection profiles (RFC 5764, RFC 7714, RFC 4568, RFC 6188) and the key derivation of RFC 3711 section 4.3.
#pragma once

#include <openssl/crypto.h>

#include "bytes.h"

namespace rivero {

// The numbers are those of the DTLS-SRTP registry.
enum class SrtpProfile : uint16_t {
  kAes128CmHmacSha1_80 = 0x0001,
  kAes128CmHmacSha1_32 = 0x0002,
  kAes256CmHmacSha1_80 = 0x0003,  // RFC 6188: by SDES only; the numbers of the next two were only ever in drafts
  kAes256CmHmacSha1_32 = 0x0004,
  kAeadAes128Gcm = 0x0007,
  kAeadAes256Gcm = 0x0008,
};

struct SrtpProfileShape {
  size_t key_length;
  size_t salt_length;
  size_t tag_length;       // of SRTP
  size_t rtcp_tag_length;  // of SRTCP: never shortened (RFC 4568 section 6.2.2)
  bool aead;
};

// Of sessions without encryption: RTP and RTCP as they are.
extern const SrtpProfileShape kPlainShape;

// Nothing for a number that is no supported profile.
const SrtpProfileShape* FindProfileShape(SrtpProfile profile);

enum class SrtpKeyUsage : uint8_t { kRtp = 0, kRtcp = 3 };  // first label of RFC 3711 section 4.3.2

struct SrtpSessionKeys {
  uint8_t cipher_key[32] = {};
  uint8_t auth_key[20] = {};
  uint8_t salt[14] = {};
  ~SrtpSessionKeys() { OPENSSL_cleanse(this, sizeof *this); }
};

// master: key followed by salt, of exactly the profile's lengths. False when OpenSSL fails.
bool DeriveSessionKeys(const SrtpProfileShape& shape, const uint8_t* master, SrtpKeyUsage usage, SrtpSessionKeys* keys);

}  // namespace rivero
