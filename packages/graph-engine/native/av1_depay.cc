// From RTP to temporal units of AV1 (AOM, "RTP Payload Format For AV1", section 4).
#include "av1_depay.h"

#include <gst/rtp/gstrtpbasedepayload.h>
#include <gst/rtp/gstrtpbuffer.h>
#include <gst/video/video.h>

#include "av1_obu.h"

namespace {

using namespace rivero::av1;

struct RiveroAv1Depay {
  GstRTPBaseDepayload parent;
  // The temporal unit that is being collected, as an OBU stream; empty between two.
  GByteArray* unit;
  // An OBU of which more is to come.
  GByteArray* fragment;
  gboolean in_fragment;
  gboolean has_sequence_header;
  // Something of the unit is missing.
  gboolean broken;
  // Nothing can be decoded before the next key frame.
  gboolean waits;
  guint32 timestamp;
  GstClockTime time;
};

struct RiveroAv1DepayClass {
  GstRTPBaseDepayloadClass parent;
};

G_DEFINE_TYPE(RiveroAv1Depay, rivero_av1_depay, GST_TYPE_RTP_BASE_DEPAYLOAD)

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("application/x-rtp, media=(string)video, clock-rate=(int)90000, "
                                            "encoding-name=(string)AV1"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu"));

void Forget(RiveroAv1Depay* self) {
  g_byte_array_set_size(self->unit, 0);
  g_byte_array_set_size(self->fragment, 0);
  self->in_fragment = FALSE;
  self->has_sequence_header = FALSE;
  self->broken = FALSE;
}

void Restart(RiveroAv1Depay* self) {
  Forget(self);
  self->waits = TRUE;
}

void WantKeyFrame(RiveroAv1Depay* self) {
  self->waits = TRUE;
  gst_pad_push_event(GST_RTP_BASE_DEPAYLOAD_SINKPAD(self),
                     gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
}

// Writes a whole OBU with its size, which it does not have in RTP.
void AddObu(RiveroAv1Depay* self, const uint8_t* data, size_t length) {
  const uint8_t* at = data;
  Obu obu;
  if (!ReadObu(&at, data + length, &obu)) {
    self->broken = TRUE;
    return;
  }
  if (IsLeftOut(obu.type)) return;
  if (self->unit->len + obu.payload_size + 16 > kMaxUnit) {
    self->broken = TRUE;
    return;
  }
  if (obu.type == kSequenceHeader) self->has_sequence_header = TRUE;
  if (self->unit->len == 0) {
    const uint8_t delimiter[] = {kTemporalDelimiter << 3 | kHasSize, 0};
    g_byte_array_append(self->unit, delimiter, sizeof delimiter);
  }
  uint8_t head[2 + kMaxLeb128];
  head[0] = obu.start[0] | kHasSize;
  if (obu.header == 2) head[1] = obu.start[1];
  const size_t head_length = obu.header + WriteLeb128(head + obu.header, obu.payload_size);
  g_byte_array_append(self->unit, head, head_length);
  g_byte_array_append(self->unit, obu.payload, obu.payload_size);
}

// The elements of one packet: OBUs, or parts of them.
void AddPacket(RiveroAv1Depay* self, const uint8_t* data, size_t length) {
  const uint8_t* const end = data + length;
  if (length < 2) {
    self->broken = TRUE;
    return;
  }
  const uint8_t aggregation = *data;
  const bool continues = (aggregation & 0x80) != 0;
  const bool goes_on = (aggregation & 0x40) != 0;
  const unsigned count = (aggregation >> 4) & 3;
  // One without its beginning, or without its end.
  if (continues != (self->in_fragment == TRUE)) self->broken = TRUE;
  if (self->broken) return;
  const uint8_t* at = data + 1;
  for (unsigned index = 1; at < end && !self->broken; index++) {
    size_t size = static_cast<size_t>(end - at);
    const bool has_size = count == 0 || index < count;
    if (has_size) {
      size_t told = 0;
      if (!ReadLeb128(&at, end, &told) || told > static_cast<size_t>(end - at)) {
        self->broken = TRUE;
        return;
      }
      size = told;
    }
    const bool is_part = goes_on && at + size == end;
    if (self->in_fragment || is_part) {
      if (self->fragment->len + size > kMaxUnit) {
        self->broken = TRUE;
        return;
      }
      g_byte_array_append(self->fragment, at, size);
      self->in_fragment = is_part;
      if (!is_part) {
        AddObu(self, self->fragment->data, self->fragment->len);
        g_byte_array_set_size(self->fragment, 0);
      }
    } else if (size > 0) {
      AddObu(self, at, size);
    }
    at += size;
    if (count != 0 && index == count) break;
  }
  if (at != end) self->broken = TRUE;
}

// The collected unit; NULL when nothing of it can be used.
GstBuffer* TakeUnit(RiveroAv1Depay* self) {
  GstBuffer* buffer = nullptr;
  const bool is_whole = !self->broken && !self->in_fragment;
  const bool is_key = self->has_sequence_header;
  if (!is_whole || (self->waits && !is_key && self->unit->len > 0)) {
    WantKeyFrame(self);
  } else if (self->unit->len > 0) {
    buffer = gst_buffer_new_memdup(self->unit->data, self->unit->len);
    GST_BUFFER_PTS(buffer) = self->time;
    if (!is_key) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    self->waits = FALSE;
  }
  Forget(self);
  return buffer;
}

GstBuffer* Process(GstRTPBaseDepayload* base, GstRTPBuffer* rtp) {
  auto* self = reinterpret_cast<RiveroAv1Depay*>(base);
  const guint32 timestamp = gst_rtp_buffer_get_timestamp(rtp);
  const auto* payload = static_cast<const uint8_t*>(gst_rtp_buffer_get_payload(rtp));
  const guint length = gst_rtp_buffer_get_payload_len(rtp);
  const bool is_gap = GST_BUFFER_IS_DISCONT(rtp->buffer);
  const bool begins_sequence = length > 0 && (payload[0] & 0x88) == 0x08;
  bool has_begun = self->unit->len > 0 || self->in_fragment || self->broken;
  if (has_begun && timestamp != self->timestamp) {
    // The packet with the marker is missing, or the sender sets none.
    if (is_gap) self->broken = TRUE;
    GstBuffer* buffer = TakeUnit(self);
    if (buffer != nullptr) gst_rtp_base_depayload_push(base, buffer);
    has_begun = false;
  }
  if (is_gap && has_begun) self->broken = TRUE;
  // What is missing may have been the beginning of this unit, or one that it refers to.
  if (is_gap && !has_begun && !begins_sequence) self->waits = TRUE;
  if (!has_begun) self->time = GST_BUFFER_PTS(rtp->buffer);
  self->timestamp = timestamp;
  AddPacket(self, payload, length);
  return gst_rtp_buffer_get_marker(rtp) ? TakeUnit(self) : nullptr;
}

gboolean SetCaps(GstRTPBaseDepayload* base, GstCaps*) {
  base->clock_rate = 90000;
  GstCaps* caps = gst_static_pad_template_get_caps(&src_template);
  const gboolean taken = gst_pad_set_caps(GST_RTP_BASE_DEPAYLOAD_SRCPAD(base), caps);
  gst_caps_unref(caps);
  return taken;
}

GstStateChangeReturn ChangeState(GstElement* element, GstStateChange change) {
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED) Restart(reinterpret_cast<RiveroAv1Depay*>(element));
  return GST_ELEMENT_CLASS(rivero_av1_depay_parent_class)->change_state(element, change);
}

void Finalize(GObject* object) {
  auto* self = reinterpret_cast<RiveroAv1Depay*>(object);
  g_byte_array_unref(self->unit);
  g_byte_array_unref(self->fragment);
  G_OBJECT_CLASS(rivero_av1_depay_parent_class)->finalize(object);
}

void rivero_av1_depay_init(RiveroAv1Depay* self) {
  self->unit = g_byte_array_new();
  self->fragment = g_byte_array_new();
  Restart(self);
}

void rivero_av1_depay_class_init(RiveroAv1DepayClass* type) {
  auto* element = GST_ELEMENT_CLASS(type);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "RTP AV1 depayloader", "Codec/Depayloader/Network/RTP",
                                        "Takes AV1 out of RTP packets", "Rivero");
  element->change_state = ChangeState;
  G_OBJECT_CLASS(type)->finalize = Finalize;
  auto* depay = GST_RTP_BASE_DEPAYLOAD_CLASS(type);
  depay->set_caps = SetCaps;
  depay->process_rtp_packet = Process;
}

}  // namespace

namespace rivero {

bool RegisterAv1Depay() {
  return gst_element_register(nullptr, "riveroav1depay", GST_RANK_NONE, rivero_av1_depay_get_type());
}

}  // namespace rivero
