// One DTLS association (RFC 6347, RFC 5764) over datagrams handed in and out: no socket, no timer.
#pragma once

#include <string>
#include <vector>

#include "certificate.h"
#include "dtls_record_layer.h"
#include "srtp_keys.h"

namespace rivero {

class DtlsAssociation {
 public:
  enum class Role { kClient, kServer };
  // The order is that of the names in src/dtls-session.ts.
  enum class State : uint32_t { kNew, kConnecting, kConnected, kFailed, kClosed };
  using Datagram = std::vector<uint8_t>;

  static constexpr size_t kMaxQueuedDatagrams = 256;      // each way
  static constexpr size_t kMaxQueuedBytes = 1024 * 1024;  // each way
  static constexpr size_t kMinMtu = 256;
  static constexpr size_t kMaxMtu = 16384;

  // profiles: names as OpenSSL has them, with colons. Null when OpenSSL refuses.
  static std::unique_ptr<DtlsAssociation> Create(std::shared_ptr<DtlsIdentity> identity, Role role, size_t mtu,
                                                 const std::string& profiles);
  ~DtlsAssociation();
  DtlsAssociation(const DtlsAssociation&) = delete;

  void Start();
  void HandleDatagram(ByteView datagram);
  void HandleTimeout();
  bool NextTimeout(double* milliseconds) const;  // false when no timer runs
  bool Send(ByteView data);
  void Close();  // sends close_notify

  State state() const { return state_; }
  // Whether OpenSSL still holds memory for it: until the handshake is over, one way or the other.
  bool heavy() const { return ssl_ != nullptr; }
  std::vector<Datagram> TakeOutgoing();
  std::vector<Datagram> TakeIncoming();

  std::string PeerFingerprint(const std::string& algorithm) const;
  // Keys as SRTP wants them (key, then salt); false until connected and when no profile was agreed.
  bool ExportSrtpKeys(SrtpProfile* profile, std::vector<uint8_t>* send_key, std::vector<uint8_t>* receive_key) const;
  std::string CipherName() const;

 private:
  friend struct DatagramBio;
  struct SslDeleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  // A queue of datagrams that drops what does not fit any more, as a network does.
  class Queue {
   public:
    void Push(const uint8_t* data, size_t length);
    std::vector<Datagram> Take();

   private:
    std::vector<Datagram> datagrams_;  // (an empty deque takes 600 bytes)
    size_t bytes_ = 0;
  };

  DtlsAssociation() = default;
  void Advance();
  void ReadApplicationData();
  void HandleFailure(int result);
  // The handshake is over: takes out of OpenSSL what is needed from now on. False when something is missing.
  bool Establish();
  bool KeepPeerCertificate();
  bool KeepSrtpKeys();
  void HandleRecords(ByteView datagram);
  void HandleRecord(uint8_t type, ByteView content);
  void SendAlert(uint8_t level, uint8_t description);

  std::shared_ptr<DtlsIdentity> identity_;
  std::unique_ptr<SSL, SslDeleter> ssl_;     // during the handshake
  std::unique_ptr<WrittenRecords> written_;  // during the handshake
  std::unique_ptr<ReadRecords> read_;        // during the handshake
  std::unique_ptr<DtlsRecordLayer> records_;  // while connected
  bool carries_data_ = false;
  Role role_ = Role::kServer;
  State state_ = State::kNew;
  uint32_t mtu_ = 0;
  ByteView current_;  // the datagram that OpenSSL has not read yet
  std::vector<uint8_t> peer_certificate_;  // DER
  const char* cipher_name_ = "";
  // RFC 5764 section 4.2: client key, server key, client salt, server salt. Empty without a profile.
  std::vector<uint8_t> srtp_material_;
  SrtpProfile srtp_profile_ = {};
  Queue outgoing_;
  Queue incoming_;
};

}  // namespace rivero
