#pragma once

#include <gst/gst.h>

namespace rivero {

// Keeps a pad's data waiting until the probe is removed or the pad is deactivated. What tells about the stream (caps,
// tags, segment) goes on, so that it can be read from the pad. Gives the probe's id.
gulong AddHold(GstPad* pad);

}  // namespace rivero
