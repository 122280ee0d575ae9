// The primitives of SRTP on OpenSSL: AES-GCM, AES in counter mode, HMAC-SHA1.
// Contexts are keyed once and live as long as the session; per packet only the IV changes.
#pragma once

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <memory>

#include "bytes.h"

namespace rivero {

struct CipherContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }  // wipes the keys
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherContextDeleter>;

// AES-128-GCM or AES-256-GCM with a 12-byte nonce and a 16-byte tag, in one direction.
class AeadCipher {
 public:
  static constexpr size_t kNonceLength = 12;
  static constexpr size_t kTagLength = 16;
  static constexpr size_t kContextLength = 1280;

  enum class Direction { kSeal, kOpen };
  // Again with another key of the same length, for the same direction, costs half as much. False when OpenSSL fails: it has no
  // key then.
  bool Init(const uint8_t* key, size_t key_length, Direction direction);

  // Additional data and text come in two pieces, the second of which may be empty.
  struct Input {
    ByteView additional[2];
    ByteView text[2];
  };
  // Writes the ciphertext of both pieces to out and the tag to tag. out may be the same memory as the input.
  bool Seal(const uint8_t* nonce, const Input& input, uint8_t* out, uint8_t* tag);
  // The key schedule mostly lies right behind the context: OpenSSL allocates it next.
  void Prefetch() const {
    const char* context = reinterpret_cast<const char*>(context_.get());
    for (size_t i = 0; i < kContextLength; i += 64) __builtin_prefetch(context + i);
  }
  // False when the tag is wrong (out is garbage then).
  bool Open(const uint8_t* nonce, const Input& input, uint8_t* out, const uint8_t* tag);

 private:
  bool Update(const Input& input, uint8_t* out);
  CipherContext context_;
};

// AES-128 or AES-256 in counter mode, the 16-byte counter block is the IV. Encrypting and decrypting are the same.
class CounterCipher {
 public:
  bool Init(const uint8_t* key, size_t key_length);  // likewise
  bool Crypt(const uint8_t* iv, ByteView first, ByteView second, uint8_t* out);
  void Prefetch() const {  // as above
    const char* context = reinterpret_cast<const char*>(context_.get());
    for (size_t i = 0; i < kContextLength; i += 64) __builtin_prefetch(context + i);
  }

 private:
  static constexpr size_t kContextLength = 768;
  CipherContext context_;
};

// HMAC-SHA1 whose two key blocks are hashed once. The low-level SHA1 calls are used on purpose: a
// provider-based MAC allocates several times per packet.
class HmacSha1 {
 public:
  static constexpr size_t kLength = 20;
  ~HmacSha1();
  void Init(const uint8_t* key, size_t key_length);  // at most 64 bytes
  void Compute(ByteView first, ByteView second, uint8_t* mac) const;
  void Prefetch() const {
    const char* states = reinterpret_cast<const char*>(this);
    for (size_t i = 0; i < sizeof *this; i += 64) __builtin_prefetch(states + i);
  }

 private:
  SHA_CTX inner_ = {};
  SHA_CTX outer_ = {};
};

}  // namespace rivero
