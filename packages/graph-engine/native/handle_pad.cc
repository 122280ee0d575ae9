// Pads: links, caps, offsets.
#include "arguments.h"
#include "handle.h"
#include "values.h"

namespace rivero {

namespace {

std::string CapsOf(GstPad* pad) {
  GstCaps* caps = gst_pad_query_caps(pad, nullptr);
  const std::string text = caps == nullptr ? "" : TakeString(gst_caps_to_string(caps));
  if (caps != nullptr) gst_caps_unref(caps);
  return text;
}

std::string FullName(GstPad* pad) { return TakeString(gst_object_get_path_string(GST_OBJECT(pad))); }

}  // namespace

void Handle::AppendPadMethods(std::vector<Method>* methods) {
  methods->push_back(InstanceMethod("direction", &Handle::Direction));
  methods->push_back(InstanceMethod("linkPad", &Handle::LinkPad));
  methods->push_back(InstanceMethod("unlink", &Handle::Unlink));
  methods->push_back(InstanceMethod("peer", &Handle::Peer));
  methods->push_back(InstanceMethod("setTarget", &Handle::SetTarget));
  methods->push_back(InstanceMethod("currentCaps", &Handle::CurrentCaps));
  methods->push_back(InstanceMethod("queryCaps", &Handle::QueryCaps));
  methods->push_back(InstanceMethod("setActive", &Handle::SetActive));
  methods->push_back(InstanceMethod("offset", &Handle::Offset));
  methods->push_back(InstanceMethod("setOffset", &Handle::SetOffset));
}

Napi::Value Handle::Direction(Info info) {
  GstPad* pad = Pad(info);
  if (pad == nullptr) return info.Env().Undefined();
  return Napi::String::New(info.Env(), GST_PAD_DIRECTION(pad) == GST_PAD_SRC ? "src" : "sink");
}

void Handle::LinkPad(Info info) {
  GstPad* pad = Pad(info);
  GObject* argument = pad == nullptr ? nullptr : Argument(info, 0, GST_TYPE_PAD);
  if (argument == nullptr) return;
  GstPad* sink = GST_PAD(argument);
  std::string reason;
  if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC || GST_PAD_DIRECTION(sink) != GST_PAD_SINK) {
    reason = "a link goes from a source pad to a sink pad";
  } else {
    const GstPadLinkReturn result = gst_pad_link(pad, sink);
    if (result == GST_PAD_LINK_OK) return;
    reason = gst_pad_link_get_name(result);
    if (result == GST_PAD_LINK_NOFORMAT) reason += ": " + CapsOf(pad) + " against " + CapsOf(sink);
  }
  ThrowCoded(info.Env(), "LINK_FAILED", FullName(pad) + " can't be linked to " + FullName(sink) + ": " + reason);
}

Napi::Value Handle::Unlink(Info info) {
  GstPad* pad = Pad(info);
  if (pad == nullptr) return info.Env().Undefined();
  GstPad* peer = gst_pad_get_peer(pad);
  if (peer == nullptr) return Napi::Boolean::New(info.Env(), false);
  const bool is_source = GST_PAD_DIRECTION(pad) == GST_PAD_SRC;
  const bool unlinked = gst_pad_unlink(is_source ? pad : peer, is_source ? peer : pad);
  gst_object_unref(peer);
  return Napi::Boolean::New(info.Env(), unlinked);
}

Napi::Value Handle::Peer(Info info) {
  GstPad* pad = Pad(info);
  GstPad* peer = pad == nullptr ? nullptr : gst_pad_get_peer(pad);
  if (peer == nullptr) return info.Env().Undefined();
  const Napi::Value value = Wrap(info.Env(), peer);
  gst_object_unref(peer);
  return value;
}

void Handle::SetTarget(Info info) {
  GstPad* pad = Pad(info);
  if (pad == nullptr) return;
  if (!GST_IS_GHOST_PAD(pad)) {
    ThrowCoded(info.Env(), "INVALID_STATE", FullName(pad) + " is no ghost pad");
    return;
  }
  GObject* target = nullptr;
  if (!info[0].IsUndefined() && (target = Argument(info, 0, GST_TYPE_PAD)) == nullptr) return;
  const bool fits = target == nullptr || GST_PAD_DIRECTION(target) == GST_PAD_DIRECTION(pad);
  if (!fits || !gst_ghost_pad_set_target(GST_GHOST_PAD(pad), reinterpret_cast<GstPad*>(target))) {
    ThrowCoded(info.Env(), "LINK_FAILED", FullName(pad) + " can't stand for this pad");
  }
}

Napi::Value Handle::CurrentCaps(Info info) {
  GstPad* pad = Pad(info);
  GstCaps* caps = pad == nullptr ? nullptr : gst_pad_get_current_caps(pad);
  if (caps == nullptr) return info.Env().Undefined();
  const std::string text = TakeString(gst_caps_to_string(caps));
  gst_caps_unref(caps);
  return Napi::String::New(info.Env(), text);
}

Napi::Value Handle::QueryCaps(Info info) {
  GstPad* pad = Pad(info);
  if (pad == nullptr) return info.Env().Undefined();
  return Napi::String::New(info.Env(), CapsOf(pad));
}

void Handle::SetActive(Info info) {
  GstPad* pad = Pad(info);
  bool active = false;
  if (pad == nullptr || !ReadBoolean(info, 0, "active", &active)) return;
  if (!gst_pad_set_active(pad, active)) {
    ThrowCoded(info.Env(), "INVALID_STATE", FullName(pad) + " can't be " + (active ? "activated" : "deactivated"));
  }
}

Napi::Value Handle::Offset(Info info) {
  GstPad* pad = Pad(info);
  if (pad == nullptr) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(gst_pad_get_offset(pad)));
}

void Handle::SetOffset(Info info) {
  GstPad* pad = Pad(info);
  int64_t offset = 0;
  if (pad != nullptr && ReadTime(info, 0, "offset", &offset)) gst_pad_set_offset(pad, offset);
}

}  // namespace rivero
