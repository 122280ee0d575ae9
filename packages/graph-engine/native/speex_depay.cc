// From RTP to Speex (RFC 5574). Decoders want the two headers of a Speex file first, which RTP does not carry. GStreamer's own depayloader
// makes them up once, at its start; here they are in the caps, where a decoder that is added to the running stream finds them too.
#include "speex_depay.h"

#include <gst/rtp/gstrtpbasedepayload.h>
#include <gst/rtp/gstrtpbuffer.h>

#include <cstring>

namespace {

// Frames of 20 ms in a packet at most; a decoder stops where a packet ends.
constexpr guint32 kMaxFrames = 10;
constexpr gsize kHeaderSize = 80;

struct RiveroSpeexDepay {
  GstRTPBaseDepayload parent;
};

struct RiveroSpeexDepayClass {
  GstRTPBaseDepayloadClass parent;
};

G_DEFINE_TYPE(RiveroSpeexDepay, rivero_speex_depay, GST_TYPE_RTP_BASE_DEPAYLOAD)

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("application/x-rtp, media=(string)audio, clock-rate=(int)[6000, 48000], "
                                            "encoding-name=(string)SPEEX"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                                                            GST_STATIC_CAPS("audio/x-speex"));

// The header of Speex in Ogg ("The Speex Codec Manual", section 7): narrowband to 12.5 kHz, wideband to 25 kHz, then ultra-wideband.
GstBuffer* MakeHeader(gint rate) {
  const guint32 mode = rate > 25000 ? 2 : rate > 12500 ? 1 : 0;
  guint8 bytes[kHeaderSize] = {};
  std::memcpy(bytes, "Speex   ", 8);
  std::memcpy(bytes + 8, "1.2", 3);
  const guint32 fields[] = {
      1,                                 // version of the header
      kHeaderSize,
      static_cast<guint32>(rate),
      mode,
      4,                                 // version of the bit stream
      1,                                 // channels
      static_cast<guint32>(-1),          // bitrate: not known
      160u << mode,                      // samples in a frame
      1,                                 // variable bitrate
      kMaxFrames,
  };
  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) GST_WRITE_UINT32_LE(bytes + 28 + 4 * i, fields[i]);
  return gst_buffer_new_memdup(bytes, sizeof(bytes));
}

// Vorbis comments: by nobody, and none.
GstBuffer* MakeComments() {
  const guint8 none[9] = {0, 0, 0, 0, 0, 0, 0, 0, 1};
  return gst_buffer_new_memdup(none, sizeof(none));
}

void Append(GValue* headers, GstBuffer* buffer) {
  GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_HEADER);
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_BUFFER);
  gst_value_take_buffer(&value, buffer);
  gst_value_array_append_and_take_value(headers, &value);
}

gboolean SetCaps(GstRTPBaseDepayload* base, GstCaps* in) {
  gint rate = 0;
  if (!gst_structure_get_int(gst_caps_get_structure(in, 0), "clock-rate", &rate)) return FALSE;
  base->clock_rate = static_cast<guint>(rate);
  GstCaps* caps = gst_caps_new_simple("audio/x-speex", "rate", G_TYPE_INT, rate, "channels", G_TYPE_INT, 1, nullptr);
  GValue headers = G_VALUE_INIT;
  g_value_init(&headers, GST_TYPE_ARRAY);
  Append(&headers, MakeHeader(rate));
  Append(&headers, MakeComments());
  gst_caps_set_value(caps, "streamheader", &headers);
  g_value_unset(&headers);
  const gboolean taken = gst_pad_set_caps(GST_RTP_BASE_DEPAYLOAD_SRCPAD(base), caps);
  gst_caps_unref(caps);
  return taken;
}

GstBuffer* Process(GstRTPBaseDepayload*, GstRTPBuffer* rtp) { return gst_rtp_buffer_get_payload_buffer(rtp); }

void rivero_speex_depay_init(RiveroSpeexDepay*) {}

void rivero_speex_depay_class_init(RiveroSpeexDepayClass* type) {
  auto* element = GST_ELEMENT_CLASS(type);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "RTP Speex depayloader", "Codec/Depayloader/Network/RTP",
                                        "Takes Speex out of RTP packets", "Rivero");
  auto* depay = GST_RTP_BASE_DEPAYLOAD_CLASS(type);
  depay->set_caps = SetCaps;
  depay->process_rtp_packet = Process;
}

}  // namespace

namespace rivero {

bool RegisterSpeexDepay() {
  return gst_element_register(nullptr, "riverospeexdepay", GST_RANK_NONE, rivero_speex_depay_get_type());
}

}  // namespace rivero
