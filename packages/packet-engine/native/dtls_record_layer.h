// The records of a DTLS 1.2 association whose handshake is over (RFC 6347 section 4.1, AES-GCM as in RFC 5288). OpenSSL holds
// 40 KB for each association, of which nothing but this is needed any more.
#pragma once

#include <openssl/ssl.h>

#include <deque>
#include <memory>
#include <vector>

#include "bytes.h"
#include "srtp_cipher.h"

namespace rivero {

// Notes what OpenSSL sends in a handshake: the numbers of what comes after go on from there.
class WrittenRecords {
 public:
  void Note(ByteView datagram);

 private:
  friend class DtlsRecordLayer;
  uint64_t next_clear_ = 0;       // sequence number of epoch 0
  uint64_t next_ = 0;             // of epoch 1; 0: nothing was sent in it
  uint64_t nonce_ = 0;            // explicit nonce that was used last in epoch 1
  std::vector<uint8_t> finished_; // the last handshake record of epoch 1
};

// Keeps the encrypted records that OpenSSL was given in a handshake: they must not count a second time after it. The newest
// of them, because anybody who can write the peer's address can send records that nobody can check yet.
class ReadRecords {
 public:
  static constexpr size_t kMaxBytes = 32 * 1024;
  void Note(ByteView datagram);

 private:
  friend class DtlsRecordLayer;
  std::deque<std::vector<uint8_t>> records_;  // of epoch 1
  size_t bytes_ = 0;
};

class DtlsRecordLayer {
 public:
  enum ContentType : uint8_t { kChangeCipherSpec = 20, kAlert = 21, kHandshake = 22, kApplicationData = 23 };
  static constexpr size_t kMaxContent = 16384;

  // Takes the keys of an established association. Null when OpenSSL fails or the cipher is another one than AES-GCM.
  static std::unique_ptr<DtlsRecordLayer> Take(SSL* ssl, bool client, const WrittenRecords& written,
                                               const ReadRecords& read);
  ~DtlsRecordLayer();

  // One whole record. False when it is not of epoch 1, comes again, is too old or not authentic. out has room for kMaxContent.
  bool Open(ByteView record, uint8_t* type, uint8_t* out, size_t* length);
  // Appends a record. False when OpenSSL fails.
  bool Seal(ContentType type, ByteView content, std::vector<uint8_t>* datagram);
  // Appends ChangeCipherSpec and Finished once more, under new numbers (RFC 6347 section 4.2.4).
  bool SealLastFlight(std::vector<uint8_t>* datagram);

  // Gives back what is quickly made again.
  void Rest() {
    seal_.reset();
    open_.reset();
  }

 private:
  static constexpr size_t kMaxKey = 32;
  static constexpr size_t kSalt = 4;
  static constexpr size_t kFinished = 24;  // header of 12, verify_data of 12
  struct Keys {
    uint8_t key[kMaxKey];
    uint8_t salt[kSalt];
  };

  DtlsRecordLayer() = default;
  bool DeriveKeys(SSL* ssl, bool client);
  bool RecoverFinished(ByteView record);
  void TakeAsSeen(const ReadRecords& read);
  bool OpenWith(const Keys& keys, AeadCipher* cipher, ByteView record, uint8_t* out) const;
  bool IsReplay(uint64_t sequence) const;
  void Accept(uint64_t sequence);
  static std::unique_ptr<AeadCipher> MakeCipher(const Keys& keys, size_t key_length, AeadCipher::Direction direction);

  size_t key_length_ = 0;
  Keys write_ = {};
  Keys read_ = {};
  uint64_t next_clear_ = 0;
  uint64_t next_ = 0;
  uint64_t nonce_ = 0;
  // Received: the highest sequence number, and which of the 64 up to it (RFC 6347 section 4.1.2.6).
  uint64_t highest_ = 0;
  uint64_t seen_ = 0;
  uint8_t finished_[kFinished] = {};
  std::unique_ptr<AeadCipher> seal_;  // made when they are needed
  std::unique_ptr<AeadCipher> open_;
};

}  // namespace rivero
