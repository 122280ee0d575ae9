// Speex into RTP from encoders that run already, which GStreamer's payloader does not take it from.
#pragma once

namespace rivero {

// Makes the element `riverospeexpay` known to GStreamer; false when it does not take it.
bool RegisterSpeexPay();

}  // namespace rivero
