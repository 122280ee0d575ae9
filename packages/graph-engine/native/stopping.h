// Elements that are being stopped post errors of which nobody wants to hear: a source whose socket is closed, a sink
// that is not negotiated yet.
#pragma once

#include <gst/gst.h>

namespace rivero {

inline GQuark StoppingQuark() {
  static const GQuark quark = g_quark_from_static_string("rivero-stopping");
  return quark;
}

inline void SetStopping(GstObject* object, bool stopping) {
  g_object_set_qdata(G_OBJECT(object), StoppingQuark(), stopping ? GINT_TO_POINTER(1) : nullptr);
}

// Whether the object or something around it is being stopped. Any thread.
inline bool IsStopping(GstObject* object) {
  GstObject* each = GST_OBJECT(gst_object_ref(object));
  while (each != nullptr) {
    const bool stopping = g_object_get_qdata(G_OBJECT(each), StoppingQuark()) != nullptr;
    GstObject* parent = stopping ? nullptr : gst_object_get_parent(each);
    gst_object_unref(each);
    if (stopping) return true;
    each = parent;
  }
  return false;
}

}  // namespace rivero
