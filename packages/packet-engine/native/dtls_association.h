// One DTLS association (RFC 6347, RFC 5764) over datagrams handed in and out: no socket, no timer.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "certificate.h"
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
  void Close();  // sends close_notify and frees what OpenSSL holds

  State state() const { return state_; }
  std::deque<Datagram> TakeOutgoing();
  std::deque<Datagram> TakeIncoming();

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
    std::deque<Datagram> Take();

   private:
    std::deque<Datagram> datagrams_;
    size_t bytes_ = 0;
  };

  DtlsAssociation() = default;
  class WorkingBuffers;
  void Advance();
  void ReadApplicationData();
  void HandleFailure(int result);
  void KeepPeerCertificate();

  std::shared_ptr<DtlsIdentity> identity_;
  std::unique_ptr<SSL, SslDeleter> ssl_;
  CertificatePointer peer_certificate_;
  Role role_ = Role::kServer;
  State state_ = State::kNew;
  size_t mtu_ = 0;
  ByteView current_;  // the datagram that OpenSSL has not read yet
  Queue outgoing_;
  Queue incoming_;
};

}  // namespace rivero
