// One buffer that is mapped for JavaScript.
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

namespace rivero {

// What is known of the media at a pad.
struct FrameFormat {
  bool is_video = false;
  GstVideoInfo video;
  int rate = 0;
  int channels = 0;
  int sample_bytes = 0;

  bool Read(const GstCaps* caps);
};

// Guarded by the gate's mutex.
enum class SlotState { kOffered, kTaken, kDone, kAbandoned };

struct FrameSlot {
  static constexpr int kMaxPlanes = 4;

  FrameSlot() = default;
  ~FrameSlot() { Unmap(); }
  FrameSlot(const FrameSlot&) = delete;
  FrameSlot& operator=(const FrameSlot&) = delete;

  // The buffer must be writable. What GStreamer shares with others is copied by it.
  bool Map(GstBuffer* buffer, const FrameFormat& format);
  void Unmap();

  SlotState state = SlotState::kOffered;
  int planes = 0;
  void* data[kMaxPlanes] = {};
  size_t size[kMaxPlanes] = {};
  int stride[kMaxPlanes] = {};
  int width[kMaxPlanes] = {};
  int height[kMaxPlanes] = {};
  // Of the picture (pixels), or the samples of one channel and the channels.
  int columns = 0;
  int rows = 0;
  int rate = 0;
  GstClockTime time = GST_CLOCK_TIME_NONE;

 private:
  GstBuffer* buffer_ = nullptr;
  bool is_video_ = false;
  bool mapped_ = false;
  GstVideoFrame frame_;
  GstMapInfo map_;
};

}  // namespace rivero
