// AV1 into RTP, which GStreamer 1.22 can't do.
#pragma once

namespace rivero {

// Makes the element `riveroav1pay` known to GStreamer; false when it does not take it.
bool RegisterAv1Pay();

}  // namespace rivero
