// The classes DtlsIdentity and DtlsAssociation of the addon.
#include <napi.h>

#include "arguments.h"
#include "binding.h"
#include "dtls_association.h"

namespace rivero {

namespace {

// Tells our own objects from others before they are unwrapped.
const napi_type_tag kIdentityTag = {0x0a4dd03c7a0c4a6b, 0xb1f6a1b1e0b54a07};

class IdentityBinding : public Napi::ObjectWrap<IdentityBinding> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("DtlsIdentity",
                DefineClass(env, "DtlsIdentity", {InstanceMethod<&IdentityBinding::Fingerprint>("fingerprint")}));
  }

  // private key: PKCS #8, DER
  explicit IdentityBinding(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    ByteView key;
    if (!ReadBytes(info, 0, "privateKey", &key)) return;
    identity_ = DtlsIdentity::Create(key);
    if (!identity_) {
      ThrowCoded(info.Env(), "INVALID_KEY", "no certificate can be made with this private key");
      return;
    }
    info.This().As<Napi::Object>().TypeTag(&kIdentityTag);
  }

  const std::shared_ptr<DtlsIdentity>& identity() const { return identity_; }

 private:
  Napi::Value Fingerprint(const Napi::CallbackInfo& info) {
    std::string algorithm;
    if (!ReadString(info, 0, "algorithm", &algorithm)) return {};
    return Napi::String::New(info.Env(), identity_->CertificateFingerprint(algorithm));
  }

  std::shared_ptr<DtlsIdentity> identity_;
};

class AssociationBinding : public Napi::ObjectWrap<AssociationBinding> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("DtlsAssociation", DefineClass(env, "DtlsAssociation", {
        InstanceMethod<&AssociationBinding::Start>("start"),
        InstanceMethod<&AssociationBinding::HandleDatagram>("handleDatagram"),
        InstanceMethod<&AssociationBinding::HandleTimeout>("handleTimeout"),
        InstanceMethod<&AssociationBinding::NextTimeout>("nextTimeout"),
        InstanceMethod<&AssociationBinding::TakeOutgoing>("takeOutgoing"),
        InstanceMethod<&AssociationBinding::TakeIncoming>("takeIncoming"),
        InstanceMethod<&AssociationBinding::State>("state"),
        InstanceMethod<&AssociationBinding::PeerFingerprint>("peerFingerprint"),
        InstanceMethod<&AssociationBinding::SrtpKeys>("srtpKeys"),
        InstanceMethod<&AssociationBinding::CipherName>("cipherName"),
        InstanceMethod<&AssociationBinding::Send>("send"),
        InstanceMethod<&AssociationBinding::Close>("close"),
    }));
  }

  // identity, is client, MTU, profile names
  explicit AssociationBinding(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (!info[0].IsObject() || !info[0].As<Napi::Object>().CheckTypeTag(&kIdentityTag)) {
      InvalidArgument(info, "certificate", "a certificate");
      return;
    }
    uint32_t mtu;
    std::string profiles;
    if (!ReadInteger(info, 2, "mtu", DtlsAssociation::kMinMtu, DtlsAssociation::kMaxMtu, &mtu) ||
        !ReadString(info, 3, "profiles", &profiles)) {
      return;
    }
    const auto role = info[1].ToBoolean() ? DtlsAssociation::Role::kClient : DtlsAssociation::Role::kServer;
    association_ = DtlsAssociation::Create(IdentityBinding::Unwrap(info[0].As<Napi::Object>())->identity(), role, mtu,
                                           profiles);
    if (!association_) {
      InvalidArgument(info, "profiles", "a list of SRTP protection profiles");
      return;
    }
    Account();
  }

  ~AssociationBinding() override {
    association_.reset();
    Account();
  }

 private:
  static constexpr int64_t kHandshakeMemory = 64 * 1024;  // about what OpenSSL holds for one
  static constexpr int64_t kMemory = 1024;

  void Start(const Napi::CallbackInfo&) { association_->Start(); }
  void HandleTimeout(const Napi::CallbackInfo&) { association_->HandleTimeout(); }

  void Close(const Napi::CallbackInfo&) {
    association_->Close();
    Account();
  }

  // Tells V8 how much there is beside its own heap.
  void Account() {
    const int64_t memory = !association_ ? 0 : association_->heavy() ? kHandshakeMemory : kMemory;
    if (memory != accounted_) AccountMemory(Env(), memory - accounted_);
    accounted_ = memory;
  }

  void HandleDatagram(const Napi::CallbackInfo& info) {
    ByteView data;
    if (!ReadBytes(info, 0, "data", &data)) return;
    association_->HandleDatagram(data);
    Account();
  }

  Napi::Value NextTimeout(const Napi::CallbackInfo& info) {
    double milliseconds = 0;
    if (!association_->NextTimeout(&milliseconds)) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), milliseconds);
  }

  static Napi::Value ToArray(Napi::Env env, const std::vector<DtlsAssociation::Datagram>& datagrams) {
    Napi::Array array = Napi::Array::New(env, datagrams.size());
    for (uint32_t i = 0; i < datagrams.size(); i++) {
      array.Set(i, CopyBytes(env, datagrams[i].data(), datagrams[i].size()));
    }
    return array;
  }

  Napi::Value TakeOutgoing(const Napi::CallbackInfo& info) { return ToArray(info.Env(), association_->TakeOutgoing()); }
  Napi::Value TakeIncoming(const Napi::CallbackInfo& info) { return ToArray(info.Env(), association_->TakeIncoming()); }

  Napi::Value State(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<uint32_t>(association_->state()));
  }

  Napi::Value PeerFingerprint(const Napi::CallbackInfo& info) {
    std::string algorithm;
    if (!ReadString(info, 0, "algorithm", &algorithm)) return {};
    return Napi::String::New(info.Env(), association_->PeerFingerprint(algorithm));
  }

  Napi::Value SrtpKeys(const Napi::CallbackInfo& info) {
    SrtpProfile profile;
    std::vector<uint8_t> send_key, receive_key;
    if (!association_->ExportSrtpKeys(&profile, &send_key, &receive_key)) return info.Env().Undefined();
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("profile", Napi::Number::New(info.Env(), static_cast<uint32_t>(profile)));
    result.Set("sendKey", CopyBytes(info.Env(), send_key.data(), send_key.size()));
    result.Set("receiveKey", CopyBytes(info.Env(), receive_key.data(), receive_key.size()));
    OPENSSL_cleanse(send_key.data(), send_key.size());
    OPENSSL_cleanse(receive_key.data(), receive_key.size());
    return result;
  }

  Napi::Value CipherName(const Napi::CallbackInfo& info) {
    return Napi::String::New(info.Env(), association_->CipherName());
  }

  Napi::Value Send(const Napi::CallbackInfo& info) {
    ByteView data;
    if (!ReadBytes(info, 0, "data", &data)) return {};
    if (data.length > 16384) {
      InvalidArgument(info, "data", "at most 16384 bytes long");
      return {};
    }
    return Napi::Boolean::New(info.Env(), association_->Send(data));
  }

  std::unique_ptr<DtlsAssociation> association_;  // null only when the constructor threw
  int64_t accounted_ = 0;
};

}  // namespace

void ExportDtls(Napi::Env env, Napi::Object exports) {
  IdentityBinding::Define(env, exports);
  AssociationBinding::Define(env, exports);
}

}  // namespace rivero
