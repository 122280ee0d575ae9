// Bandwidth-efficient AMR out of RTP: GStreamer's depayloader knows the octet-aligned form only.
#pragma once

namespace rivero {

// Makes the element `riveroamrdepay` known to GStreamer; false when it does not take it.
bool RegisterAmrDepay();

}  // namespace rivero
