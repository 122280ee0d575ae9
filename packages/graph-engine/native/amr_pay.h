// AMR into bandwidth-efficient RTP: GStreamer's payloader knows the octet-aligned form only.
#pragma once

namespace rivero {

// Makes the element `riveroamrpay` known to GStreamer; false when it does not take it.
bool RegisterAmrPay();

}  // namespace rivero
