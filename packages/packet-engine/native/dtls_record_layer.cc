#include "dtls_record_layer.h"

#include <openssl/err.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <cstring>

#include "dtls_records.h"

namespace rivero {

namespace {

constexpr size_t kExplicitNonce = 8;
constexpr size_t kTag = AeadCipher::kTagLength;
constexpr uint64_t kEpoch1 = uint64_t{1} << 48;
constexpr uint64_t kLastSequence = kEpoch1 - 1;

uint64_t ReadU64(const uint8_t* p) { return static_cast<uint64_t>(ReadU32(p)) << 32 | ReadU32(p + 4); }

void WriteU64(uint8_t* p, uint64_t value) {
  WriteU32(p, static_cast<uint32_t>(value >> 32));
  WriteU32(p + 4, static_cast<uint32_t>(value));
}

void WriteHeader(uint8_t* p, uint8_t type, uint64_t epoch_and_sequence, size_t length) {
  p[0] = type;
  WriteU16(p + 1, 0xfefd);
  WriteU64(p + 3, epoch_and_sequence);
  WriteU16(p + 11, static_cast<uint16_t>(length));
}

struct KeyContextDeleter {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

// key_block of RFC 5246 section 6.3.
bool ExpandKeys(SSL* ssl, const EVP_MD* digest, uint8_t* out, size_t length) {
  static const char kLabel[] = "key expansion";
  uint8_t secret[SSL_MAX_MASTER_KEY_LENGTH], client[SSL3_RANDOM_SIZE], server[SSL3_RANDOM_SIZE];
  const size_t secret_length = SSL_SESSION_get_master_key(SSL_get_session(ssl), secret, sizeof secret);
  const std::unique_ptr<EVP_PKEY_CTX, KeyContextDeleter> kdf(EVP_PKEY_CTX_new_id(EVP_PKEY_TLS1_PRF, nullptr));
  size_t derived = length;
  const bool ok =
      kdf && secret_length > 0 && SSL_get_client_random(ssl, client, sizeof client) == sizeof client &&
      SSL_get_server_random(ssl, server, sizeof server) == sizeof server && EVP_PKEY_derive_init(kdf.get()) == 1 &&
      EVP_PKEY_CTX_set_tls1_prf_md(kdf.get(), digest) == 1 &&
      EVP_PKEY_CTX_set1_tls1_prf_secret(kdf.get(), secret, static_cast<int>(secret_length)) == 1 &&
      EVP_PKEY_CTX_add1_tls1_prf_seed(kdf.get(), reinterpret_cast<const uint8_t*>(kLabel), sizeof kLabel - 1) == 1 &&
      EVP_PKEY_CTX_add1_tls1_prf_seed(kdf.get(), server, sizeof server) == 1 &&
      EVP_PKEY_CTX_add1_tls1_prf_seed(kdf.get(), client, sizeof client) == 1 &&
      EVP_PKEY_derive(kdf.get(), out, &derived) == 1 && derived == length;
  OPENSSL_cleanse(secret, sizeof secret);
  return ok;
}

}  // namespace

void WrittenRecords::Note(ByteView datagram) {
  if (!AreDtlsRecords(datagram.data, datagram.length)) return;
  for (RecordReader reader(datagram); !reader.done(); reader.Next()) {
    const ByteView record = reader.record();
    const uint64_t number = ReadU64(record.data + 3);
    if (number < kEpoch1) {
      next_clear_ = number + 1;
      continue;
    }
    next_ = (number & kLastSequence) + 1;
    nonce_ = ReadU64(record.data + kRecordHeader);
    if (record.data[0] == DtlsRecordLayer::kHandshake) finished_.assign(record.data, record.data + record.length);
  }
}

void ReadRecords::Note(ByteView datagram) {
  if (!AreDtlsRecords(datagram.data, datagram.length)) return;
  for (RecordReader reader(datagram); !reader.done(); reader.Next()) {
    const ByteView record = reader.record();
    if (ReadU64(record.data + 3) >> 48 != 1 || record.length > kMaxBytes) continue;
    records_.emplace_back(record.data, record.data + record.length);
    bytes_ += record.length;
    while (bytes_ > kMaxBytes) {
      bytes_ -= records_.front().size();
      records_.pop_front();
    }
  }
}

std::unique_ptr<DtlsRecordLayer> DtlsRecordLayer::Take(SSL* ssl, bool client, const WrittenRecords& written,
                                                       const ReadRecords& read) {
  std::unique_ptr<DtlsRecordLayer> layer(new DtlsRecordLayer());
  layer->next_clear_ = written.next_clear_;
  layer->next_ = written.next_;
  layer->nonce_ = written.nonce_;
  const bool ok = written.next_ > 0 && layer->DeriveKeys(ssl, client) &&
                  layer->RecoverFinished({written.finished_.data(), written.finished_.size()});
  if (ok) layer->TakeAsSeen(read);
  ERR_clear_error();
  return ok ? std::move(layer) : nullptr;
}

DtlsRecordLayer::~DtlsRecordLayer() {
  OPENSSL_cleanse(&write_, sizeof write_);
  OPENSSL_cleanse(&read_, sizeof read_);
}

bool DtlsRecordLayer::DeriveKeys(SSL* ssl, bool client) {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  const int nid = cipher ? SSL_CIPHER_get_cipher_nid(cipher) : NID_undef;
  key_length_ = nid == NID_aes_128_gcm ? 16 : nid == NID_aes_256_gcm ? 32 : 0;
  const EVP_MD* digest = cipher ? SSL_CIPHER_get_handshake_digest(cipher) : nullptr;
  if (key_length_ == 0 || !digest) return false;
  // Keys of the client and of the server, then their salts: AEAD ciphers have no MAC keys.
  uint8_t block[2 * kMaxKey + 2 * kSalt];
  const bool ok = ExpandKeys(ssl, digest, block, 2 * key_length_ + 2 * kSalt);
  const auto cut = [&](size_t side, Keys* keys) {
    memcpy(keys->key, block + side * key_length_, key_length_);
    memcpy(keys->salt, block + 2 * key_length_ + side * kSalt, kSalt);
  };
  cut(client ? 0 : 1, &write_);
  cut(client ? 1 : 0, &read_);
  OPENSSL_cleanse(block, sizeof block);
  return ok;
}

// From what was sent. That it can be decrypted proves the keys, too.
bool DtlsRecordLayer::RecoverFinished(ByteView record) {
  if (record.length != kRecordHeader + kExplicitNonce + kFinished + kTag) return false;
  const auto cipher = MakeCipher(write_, key_length_, AeadCipher::Direction::kOpen);
  constexpr uint8_t kFinishedType = 20;
  return cipher && OpenWith(write_, cipher.get(), record, finished_) && finished_[0] == kFinishedType;
}

// Only what is authentic counts: forged numbers must not close the window for genuine ones.
void DtlsRecordLayer::TakeAsSeen(const ReadRecords& read) {
  uint8_t content[kMaxContent];
  for (const std::vector<uint8_t>& record : read.records_) {
    uint8_t type;
    size_t length;
    Open({record.data(), record.size()}, &type, content, &length);
  }
  OPENSSL_cleanse(content, sizeof content);
  Rest();
}

std::unique_ptr<AeadCipher> DtlsRecordLayer::MakeCipher(const Keys& keys, size_t key_length,
                                                        AeadCipher::Direction direction) {
  auto cipher = std::make_unique<AeadCipher>();
  if (!cipher->Init(keys.key, key_length, direction)) cipher.reset();
  return cipher;
}

// record: long enough, its content no longer than fits.
bool DtlsRecordLayer::OpenWith(const Keys& keys, AeadCipher* cipher, ByteView record, uint8_t* out) const {
  const uint8_t* nonce_and_text = record.data + kRecordHeader;
  const size_t length = record.length - kRecordHeader - kExplicitNonce - kTag;
  uint8_t nonce[AeadCipher::kNonceLength];
  memcpy(nonce, keys.salt, kSalt);
  memcpy(nonce + kSalt, nonce_and_text, kExplicitNonce);
  // Epoch and sequence number, type, version, length of the text (RFC 5246 section 6.2.3.3).
  uint8_t additional[kRecordHeader];
  memcpy(additional, record.data + 3, 8);
  memcpy(additional + 8, record.data, 3);
  WriteU16(additional + 11, static_cast<uint16_t>(length));
  const AeadCipher::Input input = {{{additional, sizeof additional}, {}},
                                   {{nonce_and_text + kExplicitNonce, length}, {}}};
  return cipher->Open(nonce, input, out, record.data + record.length - kTag);
}

bool DtlsRecordLayer::Open(ByteView record, uint8_t* type, uint8_t* out, size_t* length) {
  if (record.length < kRecordHeader + kExplicitNonce + kTag) return false;
  const size_t content = record.length - kRecordHeader - kExplicitNonce - kTag;
  const uint64_t number = ReadU64(record.data + 3);
  if (content > kMaxContent || number >> 48 != 1 || ReadU16(record.data + 1) != 0xfefd) return false;
  const uint64_t sequence = number & kLastSequence;
  if (IsReplay(sequence)) return false;
  if (!open_) open_ = MakeCipher(read_, key_length_, AeadCipher::Direction::kOpen);
  const bool authentic = open_ && OpenWith(read_, open_.get(), record, out);
  if (!authentic) {
    ERR_clear_error();
    return false;
  }
  Accept(sequence);
  *type = record.data[0];
  *length = content;
  return true;
}

bool DtlsRecordLayer::Seal(ContentType type, ByteView content, std::vector<uint8_t>* datagram) {
  if (next_ > kLastSequence || content.length > kMaxContent) return false;
  if (!seal_) seal_ = MakeCipher(write_, key_length_, AeadCipher::Direction::kSeal);
  if (!seal_) return false;
  const size_t start = datagram->size();
  const size_t body = kExplicitNonce + content.length + kTag;
  datagram->resize(start + kRecordHeader + body);
  uint8_t* record = datagram->data() + start;
  WriteHeader(record, type, kEpoch1 | next_, body);
  // OpenSSL counts the explicit nonces of a key up from a random one.
  WriteU64(record + kRecordHeader, nonce_ + 1);
  uint8_t nonce[AeadCipher::kNonceLength];
  memcpy(nonce, write_.salt, kSalt);
  memcpy(nonce + kSalt, record + kRecordHeader, kExplicitNonce);
  uint8_t additional[kRecordHeader];
  memcpy(additional, record + 3, 8);
  memcpy(additional + 8, record, 3);
  WriteU16(additional + 11, static_cast<uint16_t>(content.length));
  uint8_t* text = record + kRecordHeader + kExplicitNonce;
  const AeadCipher::Input input = {{{additional, sizeof additional}, {}}, {content, {}}};
  // Used up even when it fails: neither number may ever be used for something else.
  nonce_++;
  next_++;
  if (seal_->Seal(nonce, input, text, text + content.length)) return true;
  ERR_clear_error();
  datagram->resize(start);
  return false;
}

bool DtlsRecordLayer::SealLastFlight(std::vector<uint8_t>* datagram) {
  const size_t start = datagram->size();
  datagram->resize(start + kRecordHeader + 1);
  uint8_t* record = datagram->data() + start;
  WriteHeader(record, kChangeCipherSpec, next_clear_++, 1);
  record[kRecordHeader] = 1;
  return Seal(kHandshake, {finished_, sizeof finished_}, datagram);
}

bool DtlsRecordLayer::IsReplay(uint64_t sequence) const {
  if (seen_ == 0 || sequence > highest_) return false;
  return highest_ - sequence >= 64 || (seen_ >> (highest_ - sequence) & 1) != 0;
}

void DtlsRecordLayer::Accept(uint64_t sequence) {
  if (seen_ == 0 || sequence > highest_) {
    const uint64_t steps = seen_ == 0 ? 64 : sequence - highest_;
    seen_ = (steps >= 64 ? 0 : seen_ << steps) | 1;
    highest_ = sequence;
  } else {
    seen_ |= uint64_t{1} << (highest_ - sequence);
  }
}

}  // namespace rivero
