/** Runs in the browser: a camera whose picture is hard to compress, so that an encoder uses the bitrate it is given. */

/** Frames after which the picture repeats itself. */
const LOOP = 40;
/** Height of the grain in luma: compressed well at some 4 Mbit/s for 640 × 480 at 20 frames a second, and blurred with less. */
const GRAIN = 20;

/** A track of moving stripes with grain. Frames are made once, so that it costs little while it runs. */
export function grainyCamera(width: number, height: number, frameRate: number): MediaStreamTrack {
  const frames = Array.from({ length: LOOP }, (_, index) => makeFrame(width, height, index));
  const track = new MediaStreamTrackGenerator({ kind: 'video' });
  const writer = track.writable.getWriter();
  let count = 0;
  const begin = performance.now();
  const timer = setInterval(
    () => {
      const due = Math.floor(((performance.now() - begin) * frameRate) / 1000);
      if (due < count) return;
      // After a stall the frames that were missed are not made up for.
      count = due + 1;
      if (track.readyState === 'ended') {
        clearInterval(timer);
        return;
      }
      const frame = new VideoFrame(frames[count % LOOP]!, {
        format: 'I420',
        codedWidth: width,
        codedHeight: height,
        timestamp: Math.round((performance.now() - begin) * 1000),
      });
      writer.write(frame).catch(() => clearInterval(timer));
    },
    1000 / frameRate / 4,
  );
  return track;
}

/** Planar I420. */
function makeFrame(width: number, height: number, index: number): Uint8Array<ArrayBuffer> {
  const luma = width * height;
  const bytes = new Uint8Array(luma * 1.5);
  const shift = (index * 2 * width) / LOOP;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const stripes = Math.sin(((x + shift) * 8 * Math.PI) / width) * Math.cos((y * 6 * Math.PI) / height);
      bytes[y * width + x] = 126 + stripes * 70 + (Math.random() - 0.5) * 2 * GRAIN;
    }
  }
  bytes.fill(110 + (index % 2) * 4, luma, luma * 1.25);
  bytes.fill(140, luma * 1.25);
  return bytes;
}

/** Of mediacapture-transform, in Chromium only. */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(options: { kind: 'video' });
  readonly writable: WritableStream<VideoFrame>;
}
