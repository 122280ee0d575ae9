#include "srtp_keys.h"

#include <openssl/evp.h>

#include <cstring>
#include <memory>

namespace rivero {

const SrtpProfileShape kPlainShape = {0, 0, 0, 0, false};

const SrtpProfileShape* FindProfileShape(SrtpProfile profile) {
  static const SrtpProfileShape kAes128Cm80 = {16, 14, 10, 10, false};
  static const SrtpProfileShape kAes128Cm32 = {16, 14, 4, 10, false};
  static const SrtpProfileShape kAes256Cm80 = {32, 14, 10, 10, false};
  static const SrtpProfileShape kAes256Cm32 = {32, 14, 4, 10, false};
  static const SrtpProfileShape kAes128Gcm = {16, 12, 16, 16, true};
  static const SrtpProfileShape kAes256Gcm = {32, 12, 16, 16, true};
  switch (profile) {
    case SrtpProfile::kAes128CmHmacSha1_80: return &kAes128Cm80;
    case SrtpProfile::kAes128CmHmacSha1_32: return &kAes128Cm32;
    case SrtpProfile::kAes256CmHmacSha1_80: return &kAes256Cm80;
    case SrtpProfile::kAes256CmHmacSha1_32: return &kAes256Cm32;
    case SrtpProfile::kAeadAes128Gcm: return &kAes128Gcm;
    case SrtpProfile::kAeadAes256Gcm: return &kAes256Gcm;
  }
  return nullptr;
}

namespace {

// The AES-CM pseudo-random function (RFC 3711 section 4.3.3; RFC 7714 section 11 for the AEAD profiles,
// whose 12-byte salt is filled up with zeros on the right). Key derivation rate is 0.
bool Derive(EVP_CIPHER_CTX* context, const SrtpProfileShape& shape, const uint8_t* master, uint8_t label,
            uint8_t* out, size_t length) {
  uint8_t iv[16] = {};
  memcpy(iv, master + shape.key_length, shape.salt_length);
  iv[7] ^= label;
  const EVP_CIPHER* cipher = shape.key_length == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
  const uint8_t zeros[32] = {};
  int written = 0;
  const bool ok = EVP_EncryptInit_ex(context, cipher, nullptr, master, iv) == 1 &&
                  EVP_EncryptUpdate(context, out, &written, zeros, static_cast<int>(length)) == 1;
  OPENSSL_cleanse(iv, sizeof iv);
  return ok;
}

}  // namespace

bool DeriveSessionKeys(const SrtpProfileShape& shape, const uint8_t* master, SrtpKeyUsage usage, SrtpSessionKeys* keys) {
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const uint8_t label = static_cast<uint8_t>(usage);
  return context && Derive(context.get(), shape, master, label, keys->cipher_key, shape.key_length) &&
         Derive(context.get(), shape, master, label + 1, keys->auth_key, sizeof keys->auth_key) &&
         Derive(context.get(), shape, master, label + 2, keys->salt, shape.salt_length);
}

}  // namespace rivero
