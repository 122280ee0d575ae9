// Speex out of RTP for decoders that come at any time, which GStreamer's depayloader does not serve.
#pragma once

namespace rivero {

// Makes the element `riverospeexdepay` known to GStreamer; false when it does not take it.
bool RegisterSpeexDepay();

}  // namespace rivero
