#define OPENSSL_SUPPRESS_DEPRECATED  // see HmacSha1
#include "srtp_cipher.h"

#include <openssl/crypto.h>

#include <cstring>

namespace rivero {

namespace {

bool UpdateOne(EVP_CIPHER_CTX* context, ByteView in, uint8_t* out) {
  int written = 0;
  return in.length == 0 || EVP_CipherUpdate(context, out, &written, in.data, static_cast<int>(in.length)) == 1;
}

}  // namespace

bool AeadCipher::Init(const uint8_t* key, size_t key_length, Direction direction) {
  const EVP_CIPHER* cipher = nullptr;
  if (!context_) {
    cipher = key_length == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    context_.reset(EVP_CIPHER_CTX_new());
  }
  const bool ok =
      context_ && EVP_CipherInit_ex(context_.get(), cipher, nullptr, key, nullptr, direction == Direction::kSeal) == 1;
  if (!ok) context_.reset();
  return ok;
}

bool AeadCipher::Update(const Input& input, uint8_t* out) {
  EVP_CIPHER_CTX* context = context_.get();
  return UpdateOne(context, input.additional[0], nullptr) && UpdateOne(context, input.additional[1], nullptr) &&
         UpdateOne(context, input.text[0], out) && UpdateOne(context, input.text[1], out + input.text[0].length);
}

bool AeadCipher::Seal(const uint8_t* nonce, const Input& input, uint8_t* out, uint8_t* tag) {
  int written = 0;
  return EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, nonce) == 1 && Update(input, out) &&
         EVP_EncryptFinal_ex(context_.get(), tag, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kTagLength, tag) == 1;
}

bool AeadCipher::Open(const uint8_t* nonce, const Input& input, uint8_t* out, const uint8_t* tag) {
  int written = 0;
  uint8_t unused[kTagLength];
  return EVP_DecryptInit_ex(context_.get(), nullptr, nullptr, nullptr, nonce) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kTagLength, const_cast<uint8_t*>(tag)) == 1 &&
         Update(input, out) && EVP_DecryptFinal_ex(context_.get(), unused, &written) == 1;
}

bool CounterCipher::Init(const uint8_t* key, size_t key_length) {
  const EVP_CIPHER* cipher = nullptr;
  if (!context_) {
    cipher = key_length == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
    context_.reset(EVP_CIPHER_CTX_new());
  }
  const bool ok = context_ && EVP_EncryptInit_ex(context_.get(), cipher, nullptr, key, nullptr) == 1;
  if (!ok) context_.reset();
  return ok;
}

bool CounterCipher::Crypt(const uint8_t* iv, ByteView first, ByteView second, uint8_t* out) {
  return EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, iv) == 1 &&
         UpdateOne(context_.get(), first, out) && UpdateOne(context_.get(), second, out + first.length);
}

HmacSha1::~HmacSha1() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

void HmacSha1::Init(const uint8_t* key, size_t key_length) {
  uint8_t block[64] = {};
  memcpy(block, key, key_length < sizeof block ? key_length : sizeof block);
  for (uint8_t& byte : block) byte ^= 0x36;
  SHA1_Init(&inner_);
  SHA1_Update(&inner_, block, sizeof block);
  for (uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
  SHA1_Init(&outer_);
  SHA1_Update(&outer_, block, sizeof block);
  OPENSSL_cleanse(block, sizeof block);
}

void HmacSha1::Compute(ByteView first, ByteView second, uint8_t* mac) const {
  SHA_CTX context = inner_;
  uint8_t digest[kLength];
  SHA1_Update(&context, first.data, first.length);
  if (second.length > 0) SHA1_Update(&context, second.data, second.length);
  SHA1_Final(digest, &context);
  context = outer_;
  SHA1_Update(&context, digest, sizeof digest);
  SHA1_Final(mac, &context);
}

}  // namespace rivero
