import { testInterop } from './support/interop.js';
import { PythonPeer, pythonRuns } from './support/python-peer.js';

const WANTED =
  'gstreamer1.0-nice gstreamer1.0-plugins-bad gstreamer1.0-plugins-good python3-gi gir1.2-gst-plugins-bad-1.0';

const hasGStreamer = pythonRuns(
  [
    'import gi; gi.require_version("GstWebRTC", "1.0"); from gi.repository import Gst, GstWebRTC; Gst.init(None)',
    'exit(not all(map(Gst.ElementFactory.find, ["webrtcbin", "nicesrc", "vp8enc", "opusenc"])))',
  ].join('; '),
);

testInterop('GStreamer’s webrtcbin', async (media) => new PythonPeer('gstreamer_peer.py', media), {
  skip: hasGStreamer ? undefined : `needs the Debian packages ${WANTED}`,
  holds: true,
});
