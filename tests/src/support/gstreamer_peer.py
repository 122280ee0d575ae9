"""A peer on GStreamer's webrtcbin, led by JSON lines on standard input; answers and events go to standard output."""
import base64
import json
import os
import re
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

# Luminance of the first and the sixth of the seven SMPTE bars, white and red, which the picture is known by.
LEFT, RIGHT, TOLERANCE = 180, 65, 25
LOUD = 1000
WIDTH, HEIGHT = 160, 120

MEDIA = """
webrtcbin name=peer bundle-policy=max-bundle
audiotestsrc is-live=true wave=sine freq=400 volume=0.3 ! audioconvert ! audio/x-raw,channels=2 ! opusenc
  ! rtpopuspay ! application/x-rtp,media=audio,encoding-name=OPUS,encoding-params=(string)2,payload={audio} ! peer.
videotestsrc is-live=true pattern=smpte75 ! video/x-raw,format=I420,width=160,height=120,framerate=25/1
  ! vp8enc deadline=1 keyframe-max-dist=25 ! rtpvp8pay
  ! application/x-rtp,media=video,encoding-name=VP8,payload={video} ! peer.
"""
DATA = "webrtcbin name=peer bundle-policy=max-bundle fakesrc num-buffers=1 ! fakesink"
DECODERS = {
    "audio": "rtpopusdepay ! opusdec ! audioconvert ! audio/x-raw,format=S16LE",
    "video": "rtpvp8depay ! vp8dec ! videoconvert ! video/x-raw,format=I420",
}


def say(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Peer:
    def __init__(self):
        self.received = {"audio": 0, "video": 0, "strange": 0}
        self.channel = None
        self.channel_is_open = False

    def open(self, media, audio=111, video=96):
        description = MEDIA.format(audio=audio, video=video) if media else DATA
        self.pipeline = Gst.parse_launch(description)
        self.webrtc = self.pipeline.get_by_name("peer")
        self.webrtc.connect("pad-added", self.on_pad)
        self.pipeline.set_state(Gst.State.PLAYING)

    def offer(self):
        return self.describe("create-offer", "offer")

    def directed_offer(self, direction):
        directions = GstWebRTC.WebRTCRTPTransceiverDirection
        for index in range(2):
            transceiver = self.webrtc.emit("get-transceiver", index)
            transceiver.set_property("direction", getattr(directions, direction.upper()))
        return self.offer()

    def answer(self, sdp):
        types = {name: int(re.search(rf"a=rtpmap:(\d+) {codec}/", sdp, re.I)[1]) for name, codec in
                 (("audio", "opus"), ("video", "VP8"))}
        self.open(True, **types)
        self.set_remote(sdp, GstWebRTC.WebRTCSDPType.OFFER)
        return self.describe("create-answer", "answer")

    def accept(self, sdp):
        self.set_remote(sdp, GstWebRTC.WebRTCSDPType.ANSWER)

    def candidate(self, index, line):
        self.webrtc.emit("add-ice-candidate", index, line)

    def make_channel(self, label):
        self.channel = self.webrtc.emit("create-data-channel", label, None)
        # Its state is no property to read: the bindings crash on that of a channel which is not open yet.
        self.channel.connect("on-open", lambda _: self.set_open(True))
        self.channel.connect("on-close", lambda _: self.set_open(False))
        self.channel.connect("on-message-string", lambda _, text: say(message=text))
        self.channel.connect("on-message-data", lambda _, data: say(
            bytes=base64.b64encode(data.get_data() if data else b"").decode()))

    def set_open(self, is_open):
        self.channel_is_open = is_open

    def send(self, text=None, data=None):
        if text is not None:
            self.channel.emit("send-string", text)
        else:
            self.channel.emit("send-data", GLib.Bytes.new(base64.b64decode(data)))

    def status(self):
        state = self.webrtc.get_property("connection-state")
        return {"state": state.value_nick, "channelIsOpen": self.channel_is_open, "received": self.received}

    def describe(self, signal, field):
        promise = Gst.Promise.new()
        self.webrtc.emit(signal, None, promise)
        promise.wait()
        reply = promise.get_reply()  # owns the description
        description = reply.get_value(field)
        done = Gst.Promise.new()
        self.webrtc.emit("set-local-description", description, done)
        done.wait()
        gathered = GstWebRTC.WebRTCICEGatheringState.COMPLETE
        while self.webrtc.get_property("ice-gathering-state") != gathered:
            threading.Event().wait(0.02)
        return self.webrtc.get_property("local-description").sdp.as_text()

    def set_remote(self, sdp, kind):
        _, parsed = GstSdp.SDPMessage.new_from_text(sdp)
        promise = Gst.Promise.new()
        self.webrtc.emit("set-remote-description", GstWebRTC.WebRTCSessionDescription.new(kind, parsed), promise)
        promise.wait()

    def on_pad(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        kind = pad.get_current_caps().get_structure(0).get_string("media")
        decoder = Gst.parse_bin_from_description(
            f"queue ! {DECODERS[kind]} ! fakesink name=end signal-handoffs=true sync=false", True)
        decoder.get_by_name("end").connect("handoff", getattr(self, f"on_{kind}"))
        self.pipeline.add(decoder)
        decoder.sync_state_with_parent()
        pad.link(decoder.sinkpads[0])

    def on_audio(self, _sink, buffer, _pad):
        data = buffer.extract_dup(0, buffer.get_size())
        samples = memoryview(data).cast("h")
        if max(samples, default=0) > LOUD:
            self.received["audio"] += 1

    def on_video(self, _sink, buffer, _pad):
        data = buffer.extract_dup(0, buffer.get_size())
        row = HEIGHT // 4 * WIDTH
        left, right = data[row + WIDTH // 14], data[row + WIDTH * 11 // 14]
        fits = abs(left - LEFT) < TOLERANCE and abs(right - RIGHT) < TOLERANCE
        self.received["video" if fits else "strange"] += 1


def main():
    Gst.init(None)
    threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        say(id=request["id"], result=getattr(peer, request["method"])(**request["params"]))
    sys.stdout.flush()
    os._exit(0)


main()
