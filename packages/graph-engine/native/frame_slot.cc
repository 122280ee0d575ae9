#include "frame_slot.h"

#include <cstring>

namespace rivero {

bool FrameFormat::Read(const GstCaps* caps) {
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  if (gst_structure_has_name(structure, "video/x-raw")) {
    is_video = true;
    return gst_video_info_from_caps(&video, caps);
  }
  is_video = false;
  const gchar* format = gst_structure_get_string(structure, "format");
  if (!gst_structure_has_name(structure, "audio/x-raw") || format == nullptr) return false;
  sample_bytes = std::strncmp(format, "S16", 3) == 0 ? 2 : std::strncmp(format, "F32", 3) == 0 ? 4 : 0;
  return sample_bytes > 0 && gst_structure_get_int(structure, "rate", &rate) &&
         gst_structure_get_int(structure, "channels", &channels) && channels > 0;
}

bool FrameSlot::Map(GstBuffer* buffer, const FrameFormat& format) {
  is_video_ = format.is_video;
  if (!is_video_) {
    if (!gst_buffer_map(buffer, &map_, GST_MAP_READWRITE)) return false;
    buffer_ = gst_buffer_ref(buffer);
    mapped_ = true;
    planes = 1;
    data[0] = map_.data;
    const size_t step = static_cast<size_t>(format.sample_bytes) * format.channels;
    size[0] = map_.size - map_.size % step;
    columns = static_cast<int>(size[0] / step);
    rows = format.channels;
    rate = format.rate;
    return true;
  }
  // It holds a reference of its own.
  if (!gst_video_frame_map(&frame_, &format.video, buffer, GST_MAP_READWRITE)) return false;
  mapped_ = true;
  columns = GST_VIDEO_FRAME_WIDTH(&frame_);
  rows = GST_VIDEO_FRAME_HEIGHT(&frame_);
  planes = GST_VIDEO_FRAME_N_PLANES(&frame_);
  if (planes > kMaxPlanes) return false;
  const bool has_planes_of_their_own = frame_.meta != nullptr;
  for (int plane = 0; plane < planes; plane++) {
    gint components[GST_VIDEO_MAX_COMPONENTS];
    gst_video_format_info_component(frame_.info.finfo, plane, components);
    data[plane] = GST_VIDEO_FRAME_PLANE_DATA(&frame_, plane);
    stride[plane] = GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, plane);
    width[plane] = GST_VIDEO_FRAME_COMP_WIDTH(&frame_, components[0]);
    height[plane] = GST_VIDEO_FRAME_COMP_HEIGHT(&frame_, components[0]);
    if (stride[plane] <= 0) return false;
    const GstMapInfo& map = frame_.map[has_planes_of_their_own ? plane : 0];
    const auto* begin = static_cast<const guint8*>(data[plane]);
    if (begin < map.data || begin > map.data + map.size) return false;
    const size_t available = map.data + map.size - begin;
    const size_t wanted = static_cast<size_t>(stride[plane]) * height[plane];
    // The last line may end with its last pixel.
    size[plane] = wanted < available ? wanted : available;
  }
  return true;
}

void FrameSlot::Unmap() {
  if (!mapped_) return;
  mapped_ = false;
  if (is_video_) {
    gst_video_frame_unmap(&frame_);
    return;
  }
  gst_buffer_unmap(buffer_, &map_);
  gst_buffer_unref(buffer_);
}

}  // namespace rivero
