// The class SrtpSession of the addon: one packet at a time, for interoperability tests and tools.
#include <napi.h>

#include <vector>

#include "arguments.h"
#include "binding.h"
#include "layout.h"
#include "rtp_header.h"
#include "srtp_session.h"

namespace rivero {

namespace {

constexpr uint32_t kMaxRollover = 0xffffffff;

class SrtpBinding : public Napi::ObjectWrap<SrtpBinding> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("SrtpSession", DefineClass(env, "SrtpSession", {
        InstanceMethod<&SrtpBinding::ProtectRtp>("protectRtp"),
        InstanceMethod<&SrtpBinding::UnprotectRtp>("unprotectRtp"),
        InstanceMethod<&SrtpBinding::ProtectRtcp>("protectRtcp"),
        InstanceMethod<&SrtpBinding::UnprotectRtcp>("unprotectRtcp"),
        InstanceMethod<&SrtpBinding::ReleaseStream>("releaseStream"),
    }));
  }

  // profile, send key, receive keys, SSRCs, whether the keys are session keys, MKI to send, MKIs of the receive keys
  explicit SrtpBinding(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    uint32_t profile, streams;
    ByteView send_key, receive_key, send_mki, receive_mkis;
    if (!ReadInteger(info, 0, "profile", 0, 0xffff, &profile) || !ReadBytes(info, 1, "sendKey", &send_key) ||
        !ReadBytes(info, 2, "receiveKey", &receive_key) || !ReadInteger(info, 3, "maxSsrcs", 1, 65536, &streams) ||
        !ReadBytes(info, 5, "sendMki", &send_mki) || !ReadBytes(info, 6, "receiveMkis", &receive_mkis)) {
      return;
    }
    const bool session_keys = info[4].ToBoolean();
    sender_ = SrtpSender::Create(static_cast<SrtpProfile>(profile), {send_key, session_keys});
    receiver_ = SrtpReceiver::Create(static_cast<SrtpProfile>(profile), {receive_key, session_keys}, streams,
                                     receive_mkis);
    if (!sender_ || !receiver_ || !sender_->SetMki(send_mki)) InvalidArgument(info, "keys", "of a supported profile and of its length");
  }

 private:
  static bool ReadPacket(const Napi::CallbackInfo& info, ByteView* packet) {
    if (!ReadBytes(info, 0, "packet", packet)) return false;
    return packet->length <= layout::kSlotSize || InvalidArgument(info, "packet", "at most 2048 bytes long");
  }

  // packet, roll-over counter; the sequence number is that of the packet
  Napi::Value ProtectRtp(const Napi::CallbackInfo& info) {
    ByteView packet;
    uint32_t rollover;
    if (!ReadPacket(info, &packet) || !ReadInteger(info, 1, "rollover", 0, kMaxRollover, &rollover)) return {};
    const size_t header = RtpHeaderLength(packet.data, packet.length);
    if (header == 0) {
      InvalidArgument(info, "packet", "an RTP packet");
      return {};
    }
    std::vector<uint8_t> out(packet.length + kMaxSrtpTrailer);
    memcpy(out.data(), packet.data, header);
    const uint64_t index = static_cast<uint64_t>(rollover) << 16 | ReadU16(packet.data + 2);
    const ByteView payload = {packet.data + header, packet.length - header};
    return CopyBytes(info.Env(), out.data(), sender_->ProtectRtp(out.data(), header, {}, payload, index));
  }

  Napi::Value ProtectRtcp(const Napi::CallbackInfo& info) {
    ByteView packet;
    if (!ReadPacket(info, &packet)) return {};
    std::vector<uint8_t> out(packet.length + kMaxSrtcpTrailer);
    if (packet.length > 0) memcpy(out.data(), packet.data, packet.length);
    return CopyBytes(info.Env(), out.data(), sender_->ProtectRtcp(out.data(), packet.length));
  }

  // Results of unprotecting are objects with "result" (SrtpResult) and, when that is 0, the rest.
  static Napi::Object Result(Napi::Env env, SrtpResult result) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("result", Napi::Number::New(env, static_cast<int>(result)));
    return object;
  }

  Napi::Value UnprotectRtp(const Napi::CallbackInfo& info) {
    ByteView packet;
    if (!ReadPacket(info, &packet)) return {};
    std::vector<uint8_t> copy(packet.data, packet.data + packet.length);
    UnprotectedRtp rtp;
    const SrtpResult result = receiver_->UnprotectRtp(copy.data(), copy.size(), &rtp);
    Napi::Object object = Result(info.Env(), result);
    if (result != SrtpResult::kOk) return object;
    object.Set("packet", CopyBytes(info.Env(), copy.data(), rtp.length));
    object.Set("headerLength", Napi::Number::New(info.Env(), static_cast<double>(rtp.header_length)));
    object.Set("index", Napi::Number::New(info.Env(), static_cast<double>(rtp.index)));
    object.Set("stream", Napi::Number::New(info.Env(), rtp.stream));
    return object;
  }

  Napi::Value UnprotectRtcp(const Napi::CallbackInfo& info) {
    ByteView packet;
    if (!ReadPacket(info, &packet)) return {};
    std::vector<uint8_t> copy(packet.data, packet.data + packet.length);
    size_t length = 0;
    const SrtpResult result = receiver_->UnprotectRtcp(copy.data(), copy.size(), &length);
    Napi::Object object = Result(info.Env(), result);
    if (result == SrtpResult::kOk) object.Set("packet", CopyBytes(info.Env(), copy.data(), length));
    return object;
  }

  void ReleaseStream(const Napi::CallbackInfo& info) {
    uint32_t ssrc;
    if (ReadInteger(info, 0, "ssrc", 0, 0xffffffff, &ssrc)) receiver_->ReleaseStream(ssrc);
  }

  std::unique_ptr<SrtpSender> sender_;
  std::unique_ptr<SrtpReceiver> receiver_;
};

// profile, master key and salt, whether for RTCP -> session keys, to compare with test vectors
Napi::Value DeriveKeys(const Napi::CallbackInfo& info) {
  uint32_t profile;
  ByteView master;
  if (!ReadInteger(info, 0, "profile", 0, 0xffff, &profile) || !ReadBytes(info, 1, "master", &master)) return {};
  const SrtpProfileShape* shape = FindProfileShape(static_cast<SrtpProfile>(profile));
  SrtpSessionKeys keys;
  const SrtpKeyUsage usage = info[2].ToBoolean() ? SrtpKeyUsage::kRtcp : SrtpKeyUsage::kRtp;
  if (!shape || master.length != shape->key_length + shape->salt_length ||
      !DeriveSessionKeys(*shape, master.data, usage, &keys)) {
    InvalidArgument(info, "master", "of a supported profile and of its length");
    return {};
  }
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("cipherKey", CopyBytes(info.Env(), keys.cipher_key, shape->key_length));
  result.Set("authKey", CopyBytes(info.Env(), keys.auth_key, sizeof keys.auth_key));
  result.Set("salt", CopyBytes(info.Env(), keys.salt, shape->salt_length));
  return result;
}

}  // namespace

void ExportSrtp(Napi::Env env, Napi::Object exports) {
  SrtpBinding::Define(env, exports);
  exports.Set("deriveSrtpKeys", Napi::Function::New(env, DeriveKeys, "deriveSrtpKeys"));
}

}  // namespace rivero
