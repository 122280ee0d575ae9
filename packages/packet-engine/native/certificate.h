// A self-signed certificate for DTLS and the OpenSSL context that presents it.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "bytes.h"

namespace rivero {

struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using CertificatePointer = std::unique_ptr<X509, CertificateDeleter>;

// Of a certificate (DER): upper-case hexadecimal bytes with colons (RFC 8122 section 5), empty for an unknown algorithm
// ("sha-256", …).
std::string Fingerprint(ByteView certificate, const std::string& algorithm);

class DtlsIdentity {
 public:
  static constexpr long kValidityDays = 365;

  // private_key: PKCS #8, DER. Null when it is no usable key.
  static std::shared_ptr<DtlsIdentity> Create(ByteView private_key);

  std::string CertificateFingerprint(const std::string& algorithm) const;
  SSL_CTX* context() const { return context_.get(); }

 private:
  struct ContextDeleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  DtlsIdentity() = default;
  CertificatePointer certificate_;
  std::unique_ptr<SSL_CTX, ContextDeleter> context_;
};

}  // namespace rivero
