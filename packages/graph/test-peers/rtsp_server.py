"""
An RTSP camera for the tests: a moving picture in H.264 and a tone in Opus, unless told otherwise. Arguments: port (0 for any) and options as
JSON: `launch` (payloaders pay0, pay1, as gst-launch writes them), `user` and `password`, `method` (basic, digest), `transport` (udp, tcp),
`rtcp` (false: no reports). Tells its port on stdout. A line `reconfigure WIDTH HEIGHT` on stdin changes the size of the picture.
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

ORDINARY = (
    "videotestsrc is-live=true pattern=ball ! capsfilter name=size caps=video/x-raw,format=I420,width=160,height=120,framerate=15/1"
    " ! x264enc tune=zerolatency key-int-max=15 ! rtph264pay name=pay0 pt=96"
    " audiotestsrc is-live=true ! audio/x-raw,rate=48000 ! opusenc ! rtpopuspay name=pay1 pt=97"
)

Gst.init(None)
options = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(f"( {options.get('launch', ORDINARY)} )")
factory.set_shared(True)
transports = {"udp": GstRtsp.RTSPLowerTrans.UDP, "tcp": GstRtsp.RTSPLowerTrans.TCP}
if "transport" in options:
    factory.set_protocols(transports[options["transport"]])
if options.get("rtcp") is False:
    factory.set_enable_rtcp(False)
if "user" in options:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if options.get("method") == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options["user"], options["password"], token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options["user"], options["password"]), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)
medias = []
factory.connect("media-configure", lambda _factory, media: medias.append(media))
server.get_mount_points().add_factory("/camera", factory)
server.attach(None)


def command(stdin, _condition):
    words = stdin.readline().split()
    if len(words) == 3 and words[0] == "reconfigure":
        size = medias[-1].get_element().get_by_name("size")
        caps = f"video/x-raw,format=I420,width={words[1]},height={words[2]},framerate=15/1"
        size.set_property("caps", Gst.Caps.from_string(caps))
    return bool(words)


GLib.io_add_watch(sys.stdin, GLib.IO_IN, command)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
