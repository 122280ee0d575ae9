// From temporal units of AV1 to RTP (AOM, "RTP Payload Format For AV1", section 4).
#include "av1_pay.h"

#include <gst/rtp/gstrtpbasepayload.h>
#include <gst/rtp/gstrtpbuffer.h>

#include <algorithm>
#include <cstring>

#include "av1_obu.h"

namespace {

using namespace rivero::av1;

constexpr size_t kRtpHeader = 12;
// No packet ends with less than this of an OBU that has more.
constexpr size_t kSmallestPart = 16;
constexpr size_t kSmallestMtu = 64;

struct RiveroAv1Pay {
  GstRTPBasePayload parent;
  // The elements of the packet that is being filled, each with its size before it.
  GByteArray* body;
  guint elements;
  // Length of the size before the first one: a packet with a single element goes without.
  gsize first_size;
  // The first element goes on with an OBU of the packet before.
  gboolean continues;
  // The packet begins a coded video sequence.
  gboolean begins;
};

struct RiveroAv1PayClass {
  GstRTPBasePayloadClass parent;
};

G_DEFINE_TYPE(RiveroAv1Pay, rivero_av1_pay, GST_TYPE_RTP_BASE_PAYLOAD)

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu"));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("application/x-rtp, media=(string)video, payload=(int)[96,127], "
                                            "clock-rate=(int)90000, encoding-name=(string)AV1"));

struct Packets {
  RiveroAv1Pay* self;
  GstBufferList* list;
  GstBuffer* frame;
};

// @param goes_on the last element has more in the next packet
void EndPacket(Packets* to, bool goes_on) {
  RiveroAv1Pay* self = to->self;
  if (self->elements == 0) return;
  const bool is_single = self->elements == 1;
  const gsize skipped = is_single ? self->first_size : 0;
  const gsize length = self->body->len - skipped;
  GstBuffer* packet = gst_rtp_base_payload_allocate_output_buffer(&self->parent, 1 + length, 0, 0);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  if (gst_rtp_buffer_map(packet, GST_MAP_WRITE, &rtp)) {
    auto* payload = static_cast<uint8_t*>(gst_rtp_buffer_get_payload(&rtp));
    payload[0] = (self->continues ? 0x80 : 0) | (goes_on ? 0x40 : 0) | (is_single ? 0x10 : 0) | (self->begins ? 0x08 : 0);
    std::memcpy(payload + 1, self->body->data + skipped, length);
    gst_rtp_buffer_unmap(&rtp);
  }
  GST_BUFFER_PTS(packet) = GST_BUFFER_PTS(to->frame);
  GST_BUFFER_DTS(packet) = GST_BUFFER_DTS(to->frame);
  if (GST_BUFFER_FLAG_IS_SET(to->frame, GST_BUFFER_FLAG_DELTA_UNIT)) GST_BUFFER_FLAG_SET(packet, GST_BUFFER_FLAG_DELTA_UNIT);
  gst_buffer_list_add(to->list, packet);
  g_byte_array_set_size(self->body, 0);
  self->elements = 0;
  self->continues = goes_on;
  self->begins = FALSE;
}

void AddObu(Packets* to, const Obu& obu, size_t room) {
  RiveroAv1Pay* self = to->self;
  uint8_t header[2] = {static_cast<uint8_t>(obu.start[0] & ~kHasSize), obu.header == 2 ? obu.start[1] : uint8_t{0}};
  const size_t total = obu.header + obu.payload_size;
  size_t sent = 0;
  do {
    const size_t left = total - sent;
    const size_t needed = std::min(left, kSmallestPart);
    if (self->body->len + Leb128Length(needed) + needed > room) EndPacket(to, false);
    const size_t free = room - self->body->len;
    size_t part = std::min(left, free);
    while (Leb128Length(part) + part > free) part--;
    uint8_t size[kMaxLeb128];
    const size_t size_length = WriteLeb128(size, part);
    if (self->elements++ == 0) self->first_size = size_length;
    g_byte_array_append(self->body, size, size_length);
    size_t taken = 0;
    if (sent < obu.header) {
      taken = std::min(obu.header - sent, part);
      g_byte_array_append(self->body, header + sent, taken);
    }
    if (part > taken) g_byte_array_append(self->body, obu.payload + (sent + taken - obu.header), part - taken);
    sent += part;
    if (sent < total) EndPacket(to, true);
  } while (sent < total);
}

bool HasSequenceHeader(const uint8_t* data, size_t length) {
  const uint8_t* at = data;
  Obu obu;
  while (ReadObu(&at, data + length, &obu)) {
    if (obu.type == kSequenceHeader) return true;
  }
  return false;
}

GstFlowReturn HandleBuffer(GstRTPBasePayload* base, GstBuffer* frame) {
  auto* self = reinterpret_cast<RiveroAv1Pay*>(base);
  GstMapInfo map;
  if (!gst_buffer_map(frame, &map, GST_MAP_READ)) {
    gst_buffer_unref(frame);
    return GST_FLOW_OK;
  }
  const size_t mtu = std::max<size_t>(GST_RTP_BASE_PAYLOAD_MTU(self), kSmallestMtu);
  const size_t room = mtu - kRtpHeader - 1;
  Packets to = {self, gst_buffer_list_new(), frame};
  g_byte_array_set_size(self->body, 0);
  self->elements = 0;
  self->continues = FALSE;
  self->begins = HasSequenceHeader(map.data, map.size);
  const uint8_t* at = map.data;
  Obu obu;
  while (map.size < kMaxUnit && ReadObu(&at, map.data + map.size, &obu)) {
    if (!IsLeftOut(obu.type)) AddObu(&to, obu, room);
  }
  EndPacket(&to, false);
  gst_buffer_unmap(frame, &map);
  gst_buffer_unref(frame);
  const guint count = gst_buffer_list_length(to.list);
  if (count == 0) {
    gst_buffer_list_unref(to.list);
    return GST_FLOW_OK;
  }
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  GstBuffer* last = gst_buffer_list_get_writable(to.list, count - 1);
  if (gst_rtp_buffer_map(last, GST_MAP_READWRITE, &rtp)) {
    gst_rtp_buffer_set_marker(&rtp, TRUE);
    gst_rtp_buffer_unmap(&rtp);
  }
  GST_BUFFER_FLAG_SET(last, GST_BUFFER_FLAG_MARKER);
  return gst_rtp_base_payload_push_list(base, to.list);
}

gboolean SetCaps(GstRTPBasePayload* base, GstCaps*) {
  gst_rtp_base_payload_set_options(base, "video", TRUE, "AV1", 90000);
  return gst_rtp_base_payload_set_outcaps(base, nullptr);
}

void Finalize(GObject* object) {
  g_byte_array_unref(reinterpret_cast<RiveroAv1Pay*>(object)->body);
  G_OBJECT_CLASS(rivero_av1_pay_parent_class)->finalize(object);
}

void rivero_av1_pay_init(RiveroAv1Pay* self) { self->body = g_byte_array_new(); }

void rivero_av1_pay_class_init(RiveroAv1PayClass* type) {
  auto* element = GST_ELEMENT_CLASS(type);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "RTP AV1 payloader", "Codec/Payloader/Network/RTP", "Puts AV1 into RTP packets",
                                        "Rivero");
  G_OBJECT_CLASS(type)->finalize = Finalize;
  auto* pay = GST_RTP_BASE_PAYLOAD_CLASS(type);
  pay->set_caps = SetCaps;
  pay->handle_buffer = HandleBuffer;
}

}  // namespace

namespace rivero {

bool RegisterAv1Pay() { return gst_element_register(nullptr, "riveroav1pay", GST_RANK_NONE, rivero_av1_pay_get_type()); }

}  // namespace rivero
