// From Speex to RTP (RFC 5574). GStreamer's own payloader takes the first two buffers for the headers of a file, and fails where it is
// linked to an encoder that has given them to others before; here what is needed is in the caps, and headers are left out whenever they come.
#include "speex_pay.h"

#include <gst/rtp/gstrtpbasepayload.h>
#include <gst/rtp/gstrtpbuffer.h>

namespace {

struct RiveroSpeexPay {
  GstRTPBasePayload parent;
  // Those of the caps: header and comments.
  GstBuffer* headers[2];
};

struct RiveroSpeexPayClass {
  GstRTPBasePayloadClass parent;
};

G_DEFINE_TYPE(RiveroSpeexPay, rivero_speex_pay, GST_TYPE_RTP_BASE_PAYLOAD)

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("audio/x-speex, rate=(int)[6000, 48000], channels=(int)1"));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("application/x-rtp, media=(string)audio, payload=(int)[96,127], "
                                            "clock-rate=(int)[6000, 48000], encoding-name=(string)SPEEX, encoding-params=(string)1"));

gboolean SetCaps(GstRTPBasePayload* base, GstCaps* caps) {
  auto* self = reinterpret_cast<RiveroSpeexPay*>(base);
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  gint rate = 0;
  if (!gst_structure_get_int(structure, "rate", &rate)) return FALSE;
  const GValue* headers = gst_structure_get_value(structure, "streamheader");
  const guint count = headers != nullptr && GST_VALUE_HOLDS_ARRAY(headers) ? gst_value_array_get_size(headers) : 0;
  for (guint i = 0; i < G_N_ELEMENTS(self->headers); i++) {
    const GValue* header = i < count ? gst_value_array_get_value(headers, i) : nullptr;
    gst_buffer_replace(&self->headers[i], header != nullptr && GST_VALUE_HOLDS_BUFFER(header) ? gst_value_get_buffer(header) : nullptr);
  }
  gst_rtp_base_payload_set_options(base, "audio", TRUE, "SPEEX", static_cast<guint>(rate));
  return gst_rtp_base_payload_set_outcaps(base, "encoding-params", G_TYPE_STRING, "1", nullptr);
}

bool IsHeader(const RiveroSpeexPay* self, GstBuffer* buffer) {
  if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_HEADER)) return true;
  for (GstBuffer* header : self->headers) {
    if (header == nullptr || gst_buffer_get_size(header) != gst_buffer_get_size(buffer)) continue;
    GstMapInfo map;
    if (!gst_buffer_map(header, &map, GST_MAP_READ)) continue;
    const bool is_it = gst_buffer_memcmp(buffer, 0, map.data, map.size) == 0;
    gst_buffer_unmap(header, &map);
    if (is_it) return true;
  }
  return false;
}

GstFlowReturn HandleBuffer(GstRTPBasePayload* base, GstBuffer* buffer) {
  if (gst_buffer_get_size(buffer) == 0 || IsHeader(reinterpret_cast<RiveroSpeexPay*>(base), buffer)) {
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
  }
  GstBuffer* packet = gst_rtp_base_payload_allocate_output_buffer(base, 0, 0, 0);
  GST_BUFFER_PTS(packet) = GST_BUFFER_PTS(buffer);
  GST_BUFFER_DURATION(packet) = GST_BUFFER_DURATION(buffer);
  return gst_rtp_base_payload_push(base, gst_buffer_append(packet, buffer));
}

void Finalize(GObject* object) {
  auto* self = reinterpret_cast<RiveroSpeexPay*>(object);
  for (GstBuffer*& header : self->headers) gst_buffer_replace(&header, nullptr);
  G_OBJECT_CLASS(rivero_speex_pay_parent_class)->finalize(object);
}

void rivero_speex_pay_init(RiveroSpeexPay* self) {
  for (GstBuffer*& header : self->headers) header = nullptr;
}

void rivero_speex_pay_class_init(RiveroSpeexPayClass* type) {
  G_OBJECT_CLASS(type)->finalize = Finalize;
  auto* element = GST_ELEMENT_CLASS(type);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "RTP Speex payloader", "Codec/Payloader/Network/RTP", "Puts Speex into RTP packets",
                                        "Rivero");
  auto* pay = GST_RTP_BASE_PAYLOAD_CLASS(type);
  pay->set_caps = SetCaps;
  pay->handle_buffer = HandleBuffer;
}

}  // namespace

namespace rivero {

bool RegisterSpeexPay() { return gst_element_register(nullptr, "riverospeexpay", GST_RANK_NONE, rivero_speex_pay_get_type()); }

}  // namespace rivero
