// AV1 out of RTP, which GStreamer 1.22 can't do.
#pragma once

namespace rivero {

// Makes the element `riveroav1depay` known to GStreamer; false when it does not take it.
bool RegisterAv1Depay();

}  // namespace rivero
