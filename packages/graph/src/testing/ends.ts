import { type AppSink, GstBin } from '@rivero/graph-engine';
import type { Picture, Sound } from '@rivero/module/testing';
import { capsFields } from '../caps.js';
import { GraphElement } from '../elements/element.js';
import { Feed } from '../feed.js';
import type { StreamKind } from '../protocol.js';
import { Segment } from '../segment.js';
import type { Stream } from '../stream.js';
import { Tee } from '../tee.js';

/** What goes into a tested element: `{ kind, description }`. */
export class SourceElement extends GraphElement {
  #segment: Segment | undefined;
  #tee: Tee | undefined;
  #output: Stream | undefined;

  async start({ kind, description }: Record<string, unknown>): Promise<void> {
    const { pipeline } = this.host;
    this.#tee = new Tee(pipeline, 'source-tee');
    this.#segment = new Segment(pipeline, 'source', [
      // A description may end with caps.
      GstBin.parse(`${description} ! identity`),
    ]);
    this.#segment.src.link(this.#tee.sink);
    await this.#tee.start();
    await this.#segment.start();
    this.#output = this.host.addStream(String(kind), kind as StreamKind, { raw: this.#tee });
  }

  async close(): Promise<void> {
    if (this.#output !== undefined) await this.host.removeStream(this.#output, 'the test is over');
    await this.#segment?.stop();
    await this.#tee?.stop();
  }
}

/** What comes out of it: `{ kind, take }`, where `take` gets each Picture or Sound. */
export class SinkElement extends GraphElement {
  #segment: Segment | undefined;
  #feed: Feed | undefined;

  async start({ kind, take }: Record<string, unknown>): Promise<void> {
    const isVideo = kind === 'video';
    const caps = isVideo
      ? 'video/x-raw,format=RGBA'
      : 'audio/x-raw,format=S16LE,channels=1,layout=interleaved';
    this.#segment = new Segment(this.host.pipeline, 'sink', [
      ['queue'],
      [isVideo ? 'videoconvert' : 'audioconvert'],
      ['capsfilter', { caps }],
      ['appsink', { sync: false, async: false }],
    ]);
    const gathered: number[] = [];
    (this.#segment.element('appsink') as AppSink).onSample((sample) => {
      const { fields } = capsFields(sample.caps);
      const field = (name: string): number => Number(fields.get(name));
      if (isVideo)
        (take as (picture: Picture) => void)(picture(sample.data, field('width'), field('height')));
      else {
        const { buffer, byteOffset, length } = sample.data;
        gathered.push(...new Int16Array(buffer, byteOffset, length >> 1));
        const rate = field('rate');
        if (gathered.length >= rate / 10) {
          (take as (sound: Sound) => void)({ rate, samples: Int16Array.from(gathered) });
          gathered.length = 0;
        }
      }
      sample.release();
    });
    await this.#segment.start();
  }

  override async connect(_input: string, stream: Stream): Promise<void> {
    this.#feed = new Feed(stream, 'raw', this.#segment!.sink);
    await this.#feed.opened;
  }

  async close(): Promise<void> {
    await this.#feed?.close();
    await this.#segment?.stop();
  }
}

/** A copy, since the sample is lent. */
function picture(data: Uint8Array, width: number, height: number): Picture {
  const bytes = Uint8Array.from(data);
  return {
    width,
    height,
    at: (x, y) => {
      const at = (y * width + x) * 4;
      return [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!];
    },
  };
}
