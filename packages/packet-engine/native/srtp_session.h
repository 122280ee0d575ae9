// SRTP and SRTCP (RFC 3711, AEAD profiles of RFC 7714): one class for each direction.
#pragma once

#include <memory>
#include <vector>

#include "replay_window.h"
#include "srtp_cipher.h"
#include "srtp_keys.h"

namespace rivero {

constexpr size_t kMaxMki = 16;               // master key identifier, with the suites of SDES
constexpr size_t kMaxSrtpTrailer = kMaxMki + 16;       // and authentication tag
constexpr size_t kMaxSrtcpTrailer = kMaxMki + 16 + 4;  // and E flag and index
constexpr size_t kRtcpHeaderLength = 8;      // what stays in clear of an SRTCP packet

// Key followed by salt. Session keys are used as they are (test vectors come so), without authentication key.
struct SrtpKeyMaterial {
  ByteView bytes;
  bool are_session_keys = false;
};

// Keys of RTP or of RTCP, in one direction.
class SrtpTransform {
 public:
  // Which context of OpenSSL encrypts or decrypts; each takes 1.4 KB.
  enum class Context : uint8_t {
    kOwn,       // for what is used for every packet
    kOnDemand,  // the same, made at the first packet: many peers never send any
    kShared,    // the thread's, keyed anew each time: for what is used a few times a second
  };
  bool Init(const SrtpProfileShape& shape, const SrtpSessionKeys& keys, AeadCipher::Direction direction, Context context);

  // Null when OpenSSL fails. To be used at once.
  AeadCipher* Aead();
  CounterCipher* Counter();
  const HmacSha1& hmac() const { return *hmac_; }
  void PrefetchContext() const {
    if (!hmac_) return aead_.Prefetch();
    counter_.Prefetch();
    hmac_->Prefetch();
  }

  // RFC 7714 sections 8.1 and 9.1; the index has 48 bits for RTP, 31 for RTCP.
  void AeadNonce(uint32_t ssrc, uint64_t index, uint8_t nonce[AeadCipher::kNonceLength]) const;
  // RFC 3711 section 4.1.1.
  void CounterIv(uint32_t ssrc, uint64_t index, uint8_t iv[16]) const;

  ~SrtpTransform() {
    OPENSSL_cleanse(salt_, sizeof salt_);
    OPENSSL_cleanse(key_, sizeof key_);
  }

 private:
  uint8_t salt_[14] = {};  // first: what every packet needs lies together
  Context context_ = Context::kOwn;
  AeadCipher::Direction direction_ = AeadCipher::Direction::kSeal;
  AeadCipher aead_;
  CounterCipher counter_;
  std::unique_ptr<HmacSha1> hmac_;
  uint8_t key_length_ = 0;
  uint8_t key_[32] = {};  // while there is no context of its own
};

class SrtpSender {
 public:
  // Null when the keys' length does not match the profile or OpenSSL fails.
  static std::unique_ptr<SrtpSender> Create(SrtpProfile profile, const SrtpKeyMaterial& keys);
  // Packets go out as they are.
  static std::unique_ptr<SrtpSender> CreatePlain();
  bool plain() const { return shape_.key_length == 0; }

  // packet holds the header already; prefix and payload are encrypted behind it, from wherever they lie.
  // index: roll-over counter << 16 | sequence number. Room for kMaxSrtpTrailer more bytes is needed.
  // Returns the length of the packet, 0 when OpenSSL fails.
  size_t ProtectRtp(uint8_t* packet, size_t header_length, ByteView prefix, ByteView payload, uint64_t index);

  // Bring closer what ProtectRtp needs: the second when the first has had its effect.
  void Prefetch() const { __builtin_prefetch(this); }
  void PrefetchContext() const { rtp_.PrefetchContext(); }

  // In place, with room for kMaxSrtcpTrailer more bytes. Returns the new length, 0 when the packet is too short,
  // OpenSSL fails or the 2^31 indexes of this key are used up.
  size_t ProtectRtcp(uint8_t* packet, size_t length);

  // Names the key in every packet (RFC 3711 section 3.1). Empty: it is not named. False when it is too long or the profile has AEAD.
  bool SetMki(ByteView mki);

 private:
  explicit SrtpSender(const SrtpProfileShape& shape) : shape_(shape) {}

  size_t AppendTag(uint8_t* end, const uint8_t* mac, size_t tag_length) const;

  const SrtpProfileShape& shape_;
  SrtpTransform rtp_;
  SrtpTransform rtcp_;
  uint32_t rtcp_index_ = 0;
  uint8_t mki_length_ = 0;
  uint8_t mki_[kMaxMki] = {};
};

enum class SrtpResult { kOk, kMalformed, kAuthenticationFailed, kReplayed, kStreamLimit };

struct UnprotectedRtp {
  size_t length = 0;         // padding still on
  size_t header_length = 0;
  uint64_t index = 0;        // roll-over counter << 16 | sequence number
  uint32_t stream = 0;       // number of the SSRC within the session
};

// Replay windows by SSRC. An entry is made when the first packet was authenticated, never before.
class ReplayTable {
 public:
  explicit ReplayTable(uint32_t limit) : limit_(limit) {}

  static constexpr uint32_t kUnknown = 0xffffffff;
  uint32_t Find(uint32_t ssrc);
  bool HasRoom() const { return entries_.size() < limit_ || released_ > 0; }
  // Takes the place of the stream released longest ago when the table is full.
  uint32_t Add(uint32_t ssrc);
  void Release(uint32_t ssrc);
  ReplayWindow& window(uint32_t entry) { return entries_[entry].window; }
  // Sequence number that would prove that the source began anew; kUnknown: none.
  uint32_t& restart(uint32_t entry) { return entries_[entry].restart; }
  void Accept(uint32_t entry, uint64_t index);

 private:
  struct Entry {
    uint32_t ssrc = 0;
    uint32_t restart = kUnknown;
    uint64_t released_at = 0;  // 0: in use
    ReplayWindow window;
  };
  uint32_t limit_;
  uint32_t released_ = 0;
  uint64_t release_clock_ = 0;
  uint32_t last_found_ = 0;
  std::vector<Entry> entries_;
};

class SrtpReceiver {
 public:
  // With MKIs, one for each key and all of a length, there may be several keys, one after the other: each packet names its own.
  static std::unique_ptr<SrtpReceiver> Create(SrtpProfile profile, const SrtpKeyMaterial& keys, uint32_t max_streams,
                                              ByteView mkis = {});
  // Packets come as they are: only sequence numbers and SSRCs are looked after.
  static std::unique_ptr<SrtpReceiver> CreatePlain(uint32_t max_streams);
  bool plain() const { return shape_.key_length == 0; }

  // In place. On any result but kOk the packet's bytes are undefined.
  SrtpResult UnprotectRtp(uint8_t* packet, size_t length, UnprotectedRtp* result);
  SrtpResult UnprotectRtcp(uint8_t* packet, size_t length, size_t* new_length);

  // The peer has ended this stream: its place may be given to another SSRC when the table is full. Until then the
  // replay state is kept, so that old packets cannot be played again.
  void ReleaseStream(uint32_t ssrc);

 private:
  SrtpReceiver(const SrtpProfileShape& shape, uint32_t max_streams)
      : shape_(shape), rtp_streams_(max_streams), rtcp_streams_(max_streams) {}
  SrtpResult TakePlainRtp(const uint8_t* packet, size_t length, UnprotectedRtp* result);
  SrtpResult TakePlainRtcp(const uint8_t* packet, size_t length, size_t* new_length);
  struct Keys {
    SrtpTransform rtp;
    SrtpTransform rtcp;
  };
  static constexpr size_t kMaxKeys = 16;
  bool InitKeys(const SrtpKeyMaterial& material, Keys* keys) const;
  // Takes the MKI out of a packet. Null when it is not known.
  Keys* TakeMki(uint8_t* packet, size_t tag_length, size_t* length);
  bool DecryptRtp(Keys* keys, uint8_t* packet, size_t header_length, size_t end, uint64_t index);
  bool DecryptRtcp(Keys* keys, uint8_t* packet, size_t end, const uint8_t* index_word, const uint8_t* tag);

  const SrtpProfileShape& shape_;
  Keys keys_;
  size_t mki_length_ = 0;
  std::vector<uint8_t> mkis_;  // of all keys
  std::vector<std::unique_ptr<Keys>> further_keys_;
  ReplayTable rtp_streams_;
  ReplayTable rtcp_streams_;
};

}  // namespace rivero
