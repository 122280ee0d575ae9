#include "certificate.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace rivero {

namespace {

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, KeyDeleter>;

// Every stack with DTLS 1.2 has AES-GCM (RFC 8827 section 6.5 requires it); dtls_records.h and dtls_record_layer.h rely on it.
constexpr char kCipherList[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";

bool SetRandomSerial(X509* certificate) {
  uint8_t bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
  bytes[0] = static_cast<uint8_t>((bytes[0] & 0x7f) | 0x40);  // positive, of full length
  BIGNUM* number = BN_bin2bn(bytes, sizeof bytes, nullptr);
  const bool ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
  return ok;
}

CertificatePointer SelfSign(EVP_PKEY* key) {
  constexpr long kDay = 24 * 60 * 60;
  CertificatePointer certificate(X509_new());
  if (!certificate) return nullptr;
  X509* x509 = certificate.get();
  X509_NAME* name = X509_get_subject_name(x509);
  const auto* common_name = reinterpret_cast<const unsigned char*>("WebRTC");
  const bool ok = X509_set_version(x509, 2) == 1 && SetRandomSerial(x509) &&
                  X509_gmtime_adj(X509_getm_notBefore(x509), -kDay) &&  // clocks differ
                  X509_gmtime_adj(X509_getm_notAfter(x509), DtlsIdentity::kValidityDays * kDay) &&
                  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
                  X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, key) == 1 &&
                  X509_sign(x509, key, EVP_sha256()) > 0;
  return ok ? std::move(certificate) : nullptr;
}

// Certificates of WebRTC are self-signed: the fingerprint in the SDP is what counts, and TypeScript compares it
// before it uses a key (RFC 8827 section 6.5).
int AcceptAnyCertificate(int, X509_STORE_CTX*) { return 1; }

const EVP_MD* FindDigest(const std::string& algorithm) {
  if (algorithm == "sha-1") return EVP_sha1();
  if (algorithm == "sha-224") return EVP_sha224();
  if (algorithm == "sha-256") return EVP_sha256();
  if (algorithm == "sha-384") return EVP_sha384();
  if (algorithm == "sha-512") return EVP_sha512();
  return nullptr;
}

}  // namespace

std::string Fingerprint(ByteView certificate, const std::string& algorithm) {
  const EVP_MD* digest = FindDigest(algorithm);
  uint8_t bytes[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (!digest || EVP_Digest(certificate.data, certificate.length, bytes, &length, digest, nullptr) != 1) return "";
  static const char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (unsigned i = 0; i < length; i++) {
    if (i > 0) text += ':';
    text += kHex[bytes[i] >> 4];
    text += kHex[bytes[i] & 15];
  }
  return text;
}

std::string DtlsIdentity::CertificateFingerprint(const std::string& algorithm) const {
  uint8_t* der = nullptr;
  const int length = i2d_X509(certificate_.get(), &der);
  if (length <= 0) return "";
  std::string text = Fingerprint({der, static_cast<size_t>(length)}, algorithm);
  OPENSSL_free(der);
  return text;
}

std::shared_ptr<DtlsIdentity> DtlsIdentity::Create(ByteView private_key) {
  const unsigned char* cursor = private_key.data;
  KeyPointer key(d2i_AutoPrivateKey(nullptr, &cursor, static_cast<long>(private_key.length)));
  std::shared_ptr<DtlsIdentity> identity(new DtlsIdentity());
  if (key) identity->certificate_ = SelfSign(key.get());
  if (identity->certificate_) identity->context_.reset(SSL_CTX_new(DTLS_method()));
  SSL_CTX* context = identity->context_.get();
  const bool ok = context && SSL_CTX_use_certificate(context, identity->certificate_.get()) == 1 &&
                  SSL_CTX_use_PrivateKey(context, key.get()) == 1 &&
                  SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
                  SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
                  SSL_CTX_set_cipher_list(context, kCipherList) == 1;
  ERR_clear_error();
  if (!ok) return nullptr;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, AcceptAnyCertificate);
  SSL_CTX_set_read_ahead(context, 1);  // a datagram is read as a whole
  SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return identity;
}

}  // namespace rivero
