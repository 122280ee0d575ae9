"""A peer on aiortc, led by JSON lines on standard input; answers and events go to standard output."""
import asyncio
import base64
import fractions
import json
import os
import sys

import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp

# The left half of the picture is bright, the right half dark.
WIDTH, HEIGHT, LEFT, RIGHT, TOLERANCE = 160, 120, 180, 65, 25
LOUD = 1000
RATE, SAMPLES, FRAMES_PER_SECOND = 48000, 960, 25


def say(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Sound(MediaStreamTrack):
    kind = "audio"
    count = 0

    async def recv(self):
        await asyncio.sleep(SAMPLES / RATE)
        frame = av.AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        # A square wave of 400 Hz.
        frame.planes[0].update(b"".join(
            (8000 if (i // 60) % 2 else -8000).to_bytes(2, "little", signed=True) for i in range(SAMPLES)))
        frame.pts, frame.sample_rate, frame.time_base = self.count * SAMPLES, RATE, fractions.Fraction(1, RATE)
        self.count += 1
        return frame


class Picture(MediaStreamTrack):
    kind = "video"
    count = 0

    async def recv(self):
        await asyncio.sleep(1 / FRAMES_PER_SECOND)
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane in frame.planes:
            row = bytes([128]) * plane.line_size
            if plane.width == WIDTH:
                row = (bytes([LEFT]) * (WIDTH // 2) + bytes([RIGHT]) * (WIDTH // 2)).ljust(plane.line_size, b"\0")
            plane.update(row * plane.height)
        frame.pts, frame.time_base = self.count * 90000 // FRAMES_PER_SECOND, fractions.Fraction(1, 90000)
        self.count += 1
        return frame


class Peer:
    def __init__(self):
        self.received = {"audio": 0, "video": 0, "strange": 0}
        self.channel = None
        self.receiving = []
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.on("track", lambda track: self.receiving.append(
            asyncio.ensure_future(self.receive(track))))

    async def open(self, media):
        if media:
            self.connection.addTrack(Sound())
            self.connection.addTrack(Picture())

    async def offer(self):
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def directed_offer(self, direction):
        for transceiver in self.connection.getTransceivers():
            transceiver.direction = direction
        return await self.offer()

    async def answer(self, sdp):
        await self.open(True)
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    async def accept(self, sdp):
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def candidate(self, index, line):
        candidate = candidate_from_sdp(line.removeprefix("candidate:"))
        candidate.sdpMLineIndex = index
        await self.connection.addIceCandidate(candidate)

    async def make_channel(self, label):
        self.channel = self.connection.createDataChannel(label)

        @self.channel.on("message")
        def on_message(message):
            if isinstance(message, str):
                say(message=message)
            else:
                say(bytes=base64.b64encode(message).decode())

    async def send(self, text=None, data=None):
        self.channel.send(text if text is not None else base64.b64decode(data))

    async def status(self):
        is_open = self.channel is not None and self.channel.readyState == "open"
        return {"state": self.connection.connectionState, "channelIsOpen": is_open, "received": self.received}

    async def receive(self, track):
        try:
            while True:
                getattr(self, f"on_{track.kind}")(await track.recv())
        except MediaStreamError:
            pass

    def on_audio(self, frame):
        samples = memoryview(bytes(frame.planes[0])).cast("h")
        if max(samples, default=0) > LOUD:
            self.received["audio"] += 1

    def on_video(self, frame):
        plane = frame.planes[0]
        row = bytes(plane)[HEIGHT // 2 * plane.line_size:]
        left, right = row[WIDTH // 4], row[WIDTH * 3 // 4]
        fits = abs(left - LEFT) < TOLERANCE and abs(right - RIGHT) < TOLERANCE
        self.received["video" if fits else "strange"] += 1


async def main():
    peer = Peer()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        request = json.loads(line)
        result = await getattr(peer, request["method"])(**request["params"])
        say(id=request["id"], result=result)
    os._exit(0)


asyncio.run(main())
