// From bandwidth-efficient RTP to frames of AMR and AMR-WB as files have them (RFC 4867, sections 4.3 and 5.3).
#include "amr_depay.h"

#include <gst/rtp/gstrtpbasedepayload.h>
#include <gst/rtp/gstrtpbuffer.h>

#include "amr_bits.h"

namespace {

using namespace rivero::amr;

constexpr GstClockTime kFrameTime = 20 * GST_MSECOND;

struct RiveroAmrDepay {
  GstRTPBaseDepayload parent;
  gboolean is_wide;
};

struct RiveroAmrDepayClass {
  GstRTPBaseDepayloadClass parent;
};

G_DEFINE_TYPE(RiveroAmrDepay, rivero_amr_depay, GST_TYPE_RTP_BASE_DEPAYLOAD)

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("application/x-rtp, media=(string)audio, clock-rate=(int)8000, encoding-name=(string)AMR; "
                    "application/x-rtp, media=(string)audio, clock-rate=(int)16000, encoding-name=(string)AMR-WB"));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("audio/AMR, channels=(int)1, rate=(int)8000; "
                                            "audio/AMR-WB, channels=(int)1, rate=(int)16000"));

gboolean SetCaps(GstRTPBaseDepayload* base, GstCaps* in) {
  auto* self = reinterpret_cast<RiveroAmrDepay*>(base);
  const gchar* name = gst_structure_get_string(gst_caps_get_structure(in, 0), "encoding-name");
  self->is_wide = g_strcmp0(name, "AMR-WB") == 0;
  const gint rate = self->is_wide ? 16000 : 8000;
  base->clock_rate = static_cast<guint>(rate);
  GstCaps* caps = gst_caps_new_simple(self->is_wide ? "audio/AMR-WB" : "audio/AMR", "channels", G_TYPE_INT, 1, "rate",
                                      G_TYPE_INT, rate, nullptr);
  const gboolean taken = gst_pad_set_caps(GST_RTP_BASE_DEPAYLOAD_SRCPAD(base), caps);
  gst_caps_unref(caps);
  return taken;
}

// The frame types of a packet.
struct Contents {
  unsigned headers[kMaxFrames];
  int bits[kMaxFrames];
  size_t count;
  size_t bytes;
};

bool ReadContents(BitReader* reader, const FrameBits& frame_bits, Contents* contents) {
  *contents = {};
  if (reader->left() < 4) return false;
  reader->Read(4);  // the mode that the sender asks for
  size_t speech = 0;
  for (bool more = true; more;) {
    if (contents->count == kMaxFrames || reader->left() < 6) return false;
    more = reader->Read(1) == 1;
    const unsigned type = reader->Read(4);
    const unsigned is_good = reader->Read(1);
    const int bits = frame_bits[type];
    if (bits == kUnknown) return false;
    contents->headers[contents->count] = type << 3 | is_good << 2;
    contents->bits[contents->count++] = bits;
    contents->bytes += 1 + BytesOf(bits);
    speech += static_cast<size_t>(bits);
  }
  return reader->left() >= speech;
}

// Packets that are not of this format are left out, as lost ones are.
GstBuffer* Process(GstRTPBaseDepayload* base, GstRTPBuffer* rtp) {
  const auto* self = reinterpret_cast<RiveroAmrDepay*>(base);
  const auto* payload = static_cast<const uint8_t*>(gst_rtp_buffer_get_payload(rtp));
  BitReader reader(payload, gst_rtp_buffer_get_payload_len(rtp));
  Contents contents;
  if (!ReadContents(&reader, self->is_wide ? kWideband : kNarrowband, &contents)) return nullptr;
  auto* frames = static_cast<uint8_t*>(g_malloc0(contents.bytes));
  uint8_t* at = frames;
  for (size_t i = 0; i < contents.count; i++) {
    *at++ = static_cast<uint8_t>(contents.headers[i]);
    BitWriter writer(at);
    CopyBits(&reader, &writer, static_cast<size_t>(contents.bits[i]));
    at += BytesOf(contents.bits[i]);
  }
  GstBuffer* buffer = gst_buffer_new_wrapped(frames, contents.bytes);
  GST_BUFFER_DURATION(buffer) = contents.count * kFrameTime;
  if (gst_rtp_buffer_get_marker(rtp)) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_RESYNC);
  return buffer;
}

void rivero_amr_depay_init(RiveroAmrDepay* self) { self->is_wide = FALSE; }

void rivero_amr_depay_class_init(RiveroAmrDepayClass* type) {
  auto* element = GST_ELEMENT_CLASS(type);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "RTP AMR depayloader, bandwidth-efficient", "Codec/Depayloader/Network/RTP",
                                        "Takes AMR and AMR-WB out of bandwidth-efficient RTP packets", "Rivero");
  auto* depay = GST_RTP_BASE_DEPAYLOAD_CLASS(type);
  depay->set_caps = SetCaps;
  depay->process_rtp_packet = Process;
}

}  // namespace

namespace rivero {

bool RegisterAmrDepay() {
  return gst_element_register(nullptr, "riveroamrdepay", GST_RANK_NONE, rivero_amr_depay_get_type());
}

}  // namespace rivero
