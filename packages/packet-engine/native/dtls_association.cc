#include "dtls_association.h"

#include <openssl/err.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "dtls_records.h"

namespace rivero {

// OpenSSL appends this record (header and one byte) to a datagram without looking at the MTU.
constexpr size_t kChangeCipherSpecLength = 14;

// The BIO between OpenSSL and the queues. A memory BIO would run datagrams into each other.
struct DatagramBio {
  static DtlsAssociation* Owner(BIO* bio) { return static_cast<DtlsAssociation*>(BIO_get_data(bio)); }

  static int Write(BIO* bio, const char* data, int length) {
    BIO_clear_retry_flags(bio);
    const ByteView datagram = {reinterpret_cast<const uint8_t*>(data), static_cast<size_t>(length)};
    Owner(bio)->written_->Note(datagram);
    Owner(bio)->outgoing_.Push(datagram.data, datagram.length);
    return length;
  }

  static int Read(BIO* bio, char* out, int length) {
    BIO_clear_retry_flags(bio);
    ByteView& current = Owner(bio)->current_;
    if (current.length == 0) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const size_t copied = std::min(current.length, static_cast<size_t>(length));
    memcpy(out, current.data, copied);
    current = {};
    return static_cast<int>(copied);
  }

  static long Control(BIO* bio, int command, long, void*) {
    switch (command) {
      case BIO_CTRL_FLUSH: return 1;
      case BIO_CTRL_DGRAM_QUERY_MTU:
      case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return static_cast<long>(Owner(bio)->mtu_ - kChangeCipherSpecLength);
      default: return 0;  // also BIO_CTRL_DGRAM_GET_MTU_OVERHEAD: the MTU here is that of the UDP payload
    }
  }

  static int Create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }

  static const BIO_METHOD* Method() {
    static const BIO_METHOD* const kMethod = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagram queue");
      if (!method) return method;
      BIO_meth_set_write(method, Write);
      BIO_meth_set_read(method, Read);
      BIO_meth_set_ctrl(method, Control);
      BIO_meth_set_create(method, Create);
      return method;
    }();
    return kMethod;
  }
};

namespace {

constexpr unsigned kFirstTimeoutUs = 200000;  // a real-time call cannot wait for the second of RFC 6347
constexpr unsigned kLastTimeoutUs = 3000000;

// RFC 5246 section 7.2.
constexpr uint8_t kWarning = 1;
constexpr uint8_t kFatal = 2;
constexpr uint8_t kCloseNotify = 0;
constexpr uint8_t kNoRenegotiation = 100;
// Handshake messages, section 7.4.
constexpr uint8_t kHelloRequest = 0;
constexpr uint8_t kClientHello = 1;
constexpr uint8_t kFinished = 20;

unsigned NextTimeoutUs(SSL*, unsigned previous_us) {
  return previous_us == 0 ? kFirstTimeoutUs : std::min(previous_us * 2, kLastTimeoutUs);
}

}  // namespace

void DtlsAssociation::Queue::Push(const uint8_t* data, size_t length) {
  if (datagrams_.size() >= kMaxQueuedDatagrams || bytes_ + length > kMaxQueuedBytes) return;
  datagrams_.emplace_back(data, data + length);
  bytes_ += length;
}

std::vector<DtlsAssociation::Datagram> DtlsAssociation::Queue::Take() {
  bytes_ = 0;
  return std::exchange(datagrams_, {});
}

std::unique_ptr<DtlsAssociation> DtlsAssociation::Create(std::shared_ptr<DtlsIdentity> identity, Role role, size_t mtu,
                                                         const std::string& profiles) {
  std::unique_ptr<DtlsAssociation> association(new DtlsAssociation());
  association->identity_ = std::move(identity);
  association->role_ = role;
  association->mtu_ = static_cast<uint32_t>(mtu);
  association->written_ = std::make_unique<WrittenRecords>();
  association->read_ = std::make_unique<ReadRecords>();
  association->ssl_.reset(SSL_new(association->identity_->context()));
  SSL* ssl = association->ssl_.get();
  BIO* bio = DatagramBio::Method() ? BIO_new(DatagramBio::Method()) : nullptr;
  if (!ssl || !bio || SSL_set_tlsext_use_srtp(ssl, profiles.c_str()) != 0) {  // 0 is success
    BIO_free(bio);
    ERR_clear_error();
    return nullptr;
  }
  BIO_set_data(bio, association.get());
  SSL_set_bio(ssl, bio, bio);
  DTLS_set_link_mtu(ssl, static_cast<long>(mtu - kChangeCipherSpecLength));
  DTLS_set_timer_cb(ssl, NextTimeoutUs);
  if (role == Role::kServer) {
    SSL_set_accept_state(ssl);
  } else {
    SSL_set_connect_state(ssl);
  }
  return association;
}

DtlsAssociation::~DtlsAssociation() {
  if (ssl_) SSL_set_quiet_shutdown(ssl_.get(), 1);
  OPENSSL_cleanse(srtp_material_.data(), srtp_material_.size());
}

void DtlsAssociation::Start() {
  if (state_ != State::kNew) return;
  state_ = State::kConnecting;
  Advance();
}

void DtlsAssociation::HandleDatagram(ByteView datagram) {
  if (state_ == State::kFailed || state_ == State::kClosed) return;
  if (!AreDtlsRecords(datagram.data, datagram.length)) return;
  if (state_ == State::kNew) {
    if (role_ == Role::kClient) return;  // nothing can be an answer yet
    state_ = State::kConnecting;
  }
  if (state_ == State::kConnected) {
    HandleRecords(datagram);
    return;
  }
  read_->Note(datagram);
  current_ = datagram;
  Advance();
  current_ = {};
}

void DtlsAssociation::HandleTimeout() {
  if (state_ != State::kConnecting) return;
  ERR_clear_error();
  // Sends the last flight again when its time has come; -1 after too many attempts.
  if (DTLSv1_handle_timeout(ssl_.get()) < 0) state_ = State::kFailed;
  ERR_clear_error();
}

bool DtlsAssociation::NextTimeout(double* milliseconds) const {
  if (state_ != State::kConnecting) return false;
  timeval left = {};
  if (DTLSv1_get_timeout(ssl_.get(), &left) != 1) return false;
  *milliseconds = static_cast<double>(left.tv_sec) * 1000 + static_cast<double>(left.tv_usec) / 1000;
  return true;
}

// Lets OpenSSL work on what there is until it wants more.
void DtlsAssociation::Advance() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    HandleFailure(result);
    return;
  }
  // What came with the end of the handshake, or before it, out of order.
  state_ = State::kConnected;
  ReadApplicationData();
  if (!Establish()) {
    state_ = State::kFailed;
    return;
  }
  ssl_.reset();
  written_.reset();
  read_.reset();
}

void DtlsAssociation::ReadApplicationData() {
  uint8_t buffer[DtlsRecordLayer::kMaxContent];
  for (;;) {
    const int length = SSL_read(ssl_.get(), buffer, sizeof buffer);
    if (length <= 0) {
      HandleFailure(length);
      return;
    }
    incoming_.Push(buffer, static_cast<size_t>(length));
  }
}

void DtlsAssociation::HandleFailure(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  if (error == SSL_ERROR_ZERO_RETURN) {
    SSL_shutdown(ssl_.get());  // answer the peer's close_notify
    state_ = State::kClosed;
  } else {
    state_ = State::kFailed;  // once connected, only authenticated records of the peer lead here
  }
  ERR_clear_error();
}

bool DtlsAssociation::Establish() {
  if (!KeepPeerCertificate() || !KeepSrtpKeys()) return false;
  cipher_name_ = SSL_get_cipher_name(ssl_.get());
  if (state_ == State::kConnected) records_ = DtlsRecordLayer::Take(ssl_.get(), role_ == Role::kClient, *written_, *read_);
  return state_ != State::kConnected || records_;
}

bool DtlsAssociation::KeepPeerCertificate() {
#if OPENSSL_VERSION_MAJOR >= 3
  const CertificatePointer certificate(SSL_get1_peer_certificate(ssl_.get()));
#else
  const CertificatePointer certificate(SSL_get_peer_certificate(ssl_.get()));
#endif
  const int length = certificate ? i2d_X509(certificate.get(), nullptr) : 0;
  if (length <= 0) return false;
  peer_certificate_.resize(static_cast<size_t>(length));
  uint8_t* out = peer_certificate_.data();
  return i2d_X509(certificate.get(), &out) == length;
}

bool DtlsAssociation::KeepSrtpKeys() {
  const SRTP_PROTECTION_PROFILE* agreed = SSL_get_selected_srtp_profile(ssl_.get());
  if (!agreed) return true;
  srtp_profile_ = static_cast<SrtpProfile>(agreed->id);
  const SrtpProfileShape* shape = FindProfileShape(srtp_profile_);
  if (!shape) return true;
  static const char kLabel[] = "EXTRACTOR-dtls_srtp";
  srtp_material_.resize(2 * (shape->key_length + shape->salt_length));
  const bool ok = SSL_export_keying_material(ssl_.get(), srtp_material_.data(), srtp_material_.size(), kLabel,
                                             sizeof kLabel - 1, nullptr, 0, 0) == 1;
  ERR_clear_error();
  return ok;
}

// ---- connected

void DtlsAssociation::HandleRecords(ByteView datagram) {
  uint8_t content[DtlsRecordLayer::kMaxContent];
  for (RecordReader reader(datagram); !reader.done() && state_ == State::kConnected; reader.Next()) {
    uint8_t type;
    size_t length;
    if (records_->Open(reader.record(), &type, content, &length)) HandleRecord(type, {content, length});
  }
  if (records_ && !carries_data_) records_->Rest();
}

// Only what proved to be the peer's.
void DtlsAssociation::HandleRecord(uint8_t type, ByteView content) {
  switch (type) {
    case DtlsRecordLayer::kApplicationData:
      carries_data_ = true;
      if (content.length > 0) incoming_.Push(content.data, content.length);
      return;
    case DtlsRecordLayer::kAlert:
      if (content.length != 2) return;
      if (content.data[1] == kCloseNotify) {
        Close();
      } else if (content.data[0] == kFatal) {
        state_ = State::kFailed;
        records_.reset();
      }
      return;
    case DtlsRecordLayer::kHandshake:
      if (content.length == 0) return;
      // The client repeats its last flight: it has not got that of the server.
      if (content.data[0] == kFinished && role_ == Role::kServer) {
        Datagram flight;
        if (records_->SealLastFlight(&flight)) outgoing_.Push(flight.data(), flight.size());
      }
      if (content.data[0] == kHelloRequest || content.data[0] == kClientHello) SendAlert(kWarning, kNoRenegotiation);
      return;
    default:
      return;
  }
}

void DtlsAssociation::SendAlert(uint8_t level, uint8_t description) {
  const uint8_t alert[] = {level, description};
  Datagram datagram;
  if (records_->Seal(DtlsRecordLayer::kAlert, {alert, sizeof alert}, &datagram)) {
    outgoing_.Push(datagram.data(), datagram.size());
  }
}

bool DtlsAssociation::Send(ByteView data) {
  if (state_ != State::kConnected || data.length == 0) return false;
  carries_data_ = true;
  Datagram datagram;
  if (!records_->Seal(DtlsRecordLayer::kApplicationData, data, &datagram)) return false;
  outgoing_.Push(datagram.data(), datagram.size());
  return true;
}

void DtlsAssociation::Close() {
  if (records_) SendAlert(kWarning, kCloseNotify);
  if (state_ != State::kFailed) state_ = State::kClosed;
  records_.reset();
  ssl_.reset();
}

std::vector<DtlsAssociation::Datagram> DtlsAssociation::TakeOutgoing() { return outgoing_.Take(); }

std::vector<DtlsAssociation::Datagram> DtlsAssociation::TakeIncoming() { return incoming_.Take(); }

std::string DtlsAssociation::PeerFingerprint(const std::string& algorithm) const {
  return peer_certificate_.empty() ? "" : Fingerprint({peer_certificate_.data(), peer_certificate_.size()}, algorithm);
}

bool DtlsAssociation::ExportSrtpKeys(SrtpProfile* profile, std::vector<uint8_t>* send_key,
                                     std::vector<uint8_t>* receive_key) const {
  if (state_ != State::kConnected || srtp_material_.empty()) return false;
  *profile = srtp_profile_;
  const SrtpProfileShape* shape = FindProfileShape(srtp_profile_);
  const auto cut = [&](size_t side) {
    const uint8_t* key = srtp_material_.data() + side * shape->key_length;
    const uint8_t* salt = srtp_material_.data() + 2 * shape->key_length + side * shape->salt_length;
    std::vector<uint8_t> master(key, key + shape->key_length);
    master.insert(master.end(), salt, salt + shape->salt_length);
    return master;
  };
  const bool client = role_ == Role::kClient;
  *send_key = cut(client ? 0 : 1);
  *receive_key = cut(client ? 1 : 0);
  return true;
}

std::string DtlsAssociation::CipherName() const {
  return state_ == State::kConnected ? std::string("DTLSv1.2 ") + cipher_name_ : "";
}

}  // namespace rivero
