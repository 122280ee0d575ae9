// From frames of AMR and AMR-WB to bandwidth-efficient RTP (RFC 4867, sections 4.3 and 5.3).
#include "amr_pay.h"

#include <gst/rtp/gstrtpbasepayload.h>
#include <gst/rtp/gstrtpbuffer.h>

#include <cstring>

#include "amr_bits.h"

namespace {

using namespace rivero::amr;

// No mode is asked for (RFC 4867 section 4.3.1).
constexpr unsigned kNoRequest = 15;

struct RiveroAmrPay {
  GstRTPBasePayload parent;
  gboolean is_wide;
};

struct RiveroAmrPayClass {
  GstRTPBasePayloadClass parent;
};

G_DEFINE_TYPE(RiveroAmrPay, rivero_amr_pay, GST_TYPE_RTP_BASE_PAYLOAD)

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("audio/AMR, channels=(int)1, rate=(int)8000; "
                                            "audio/AMR-WB, channels=(int)1, rate=(int)16000"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("application/x-rtp, media=(string)audio, payload=(int)[96,127], clock-rate=(int)8000, encoding-name=(string)AMR; "
                    "application/x-rtp, media=(string)audio, payload=(int)[96,127], clock-rate=(int)16000, encoding-name=(string)AMR-WB"));

gboolean SetCaps(GstRTPBasePayload* base, GstCaps* caps) {
  auto* self = reinterpret_cast<RiveroAmrPay*>(base);
  self->is_wide = gst_structure_has_name(gst_caps_get_structure(caps, 0), "audio/AMR-WB");
  gst_rtp_base_payload_set_options(base, "audio", TRUE, self->is_wide ? "AMR-WB" : "AMR", self->is_wide ? 16000 : 8000);
  return gst_rtp_base_payload_set_outcaps(base, nullptr);
}

struct Frame {
  unsigned header;
  const uint8_t* speech;
  int bits;
};

// @returns how many frames there are; 0 when the bytes are none of AMR
size_t ReadFrames(const uint8_t* at, size_t length, const FrameBits& frame_bits, Frame* frames) {
  const uint8_t* end = at + length;
  size_t count = 0;
  while (at < end) {
    const unsigned header = *at++;
    const int bits = frame_bits[header >> 3 & 15];
    if (count == kMaxFrames || bits == kUnknown || BytesOf(bits) > static_cast<size_t>(end - at)) return 0;
    frames[count++] = {header, at, bits};
    at += BytesOf(bits);
  }
  return count;
}

GstBuffer* MakePacket(GstRTPBasePayload* base, const Frame* frames, size_t count) {
  size_t bits = 4 + 6 * count;
  for (size_t i = 0; i < count; i++) bits += static_cast<size_t>(frames[i].bits);
  const auto length = static_cast<guint>((bits + 7) / 8);
  GstBuffer* packet = gst_rtp_base_payload_allocate_output_buffer(base, length, 0, 0);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gst_rtp_buffer_map(packet, GST_MAP_READWRITE, &rtp);
  auto* payload = static_cast<uint8_t*>(gst_rtp_buffer_get_payload(&rtp));
  std::memset(payload, 0, length);
  BitWriter writer(payload);
  writer.Write(kNoRequest, 4);
  for (size_t i = 0; i < count; i++) {
    writer.Write(i + 1 < count ? 1 : 0, 1);
    writer.Write(frames[i].header >> 2 & 31, 5);
  }
  for (size_t i = 0; i < count; i++) {
    BitReader reader(frames[i].speech, BytesOf(frames[i].bits));
    CopyBits(&reader, &writer, static_cast<size_t>(frames[i].bits));
  }
  gst_rtp_buffer_unmap(&rtp);
  return packet;
}

GstFlowReturn HandleBuffer(GstRTPBasePayload* base, GstBuffer* buffer) {
  const auto* self = reinterpret_cast<RiveroAmrPay*>(base);
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    gst_buffer_unref(buffer);
    return GST_FLOW_ERROR;
  }
  Frame frames[kMaxFrames];
  const size_t count = ReadFrames(map.data, map.size, self->is_wide ? kWideband : kNarrowband, frames);
  GstBuffer* packet = count == 0 ? nullptr : MakePacket(base, frames, count);
  gst_buffer_unmap(buffer, &map);
  if (packet != nullptr) {
    GST_BUFFER_PTS(packet) = GST_BUFFER_PTS(buffer);
    GST_BUFFER_DURATION(packet) = GST_BUFFER_DURATION(buffer);
    if (GST_BUFFER_IS_DISCONT(buffer)) {
      // The first of a talkspurt (RFC 4867 section 4.1).
      GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
      gst_rtp_buffer_map(packet, GST_MAP_READWRITE, &rtp);
      gst_rtp_buffer_set_marker(&rtp, TRUE);
      gst_rtp_buffer_unmap(&rtp);
    }
  }
  gst_buffer_unref(buffer);
  return packet == nullptr ? GST_FLOW_OK : gst_rtp_base_payload_push(base, packet);
}

void rivero_amr_pay_init(RiveroAmrPay* self) { self->is_wide = FALSE; }

void rivero_amr_pay_class_init(RiveroAmrPayClass* type) {
  auto* element = GST_ELEMENT_CLASS(type);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "RTP AMR payloader, bandwidth-efficient", "Codec/Payloader/Network/RTP",
                                        "Puts AMR and AMR-WB into bandwidth-efficient RTP packets", "Rivero");
  auto* pay = GST_RTP_BASE_PAYLOAD_CLASS(type);
  pay->set_caps = SetCaps;
  pay->handle_buffer = HandleBuffer;
}

}  // namespace

namespace rivero {

bool RegisterAmrPay() { return gst_element_register(nullptr, "riveroamrpay", GST_RANK_NONE, rivero_amr_pay_get_type()); }

}  // namespace rivero
