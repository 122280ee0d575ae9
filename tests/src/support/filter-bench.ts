import { join } from 'node:path';
import { draw } from './drawn-pictures.js';
import type { MediaElement, MediaPipeline } from './kurento.js';
import { lastPicture } from './media-file.js';
import { describeRtp, portsOf, type RtpPrograms } from './rtp-programs.js';
import { waitFor } from './wait.js';

/** Where a drawn picture goes in front of a filter, and what comes out is looked at. */
export class FilterBench {
  #files = 0;

  /** `folder`: for pictures and recordings. */
  constructor(
    private readonly pipeline: MediaPipeline,
    private readonly programs: RtpPrograms,
    private readonly folder: string,
  ) {}

  #file(ending: string): string {
    return join(this.folder, `${this.pipeline.id.slice(0, 8)}-${++this.#files}.${ending}`);
  }

  /** A camera in front of a picture. */
  async camera(at: (x: number, y: number) => readonly [number, number, number]): Promise<MediaElement> {
    const path = this.#file('png');
    draw(path, 320, 240, at);
    const endpoint = await this.pipeline.create('RtpEndpoint');
    this.programs.sendPicture(path, portsOf(await endpoint.processOffer(describeRtp('VP8'))));
    return endpoint;
  }

  /** A camera in front of pictures that follow each other, ten a second, again and again. */
  async film(
    pictures: readonly ((x: number, y: number) => readonly [number, number, number])[],
  ): Promise<MediaElement> {
    const name = this.#file('film');
    for (const [at, picture] of pictures.entries()) {
      draw(`${name}-${`${at}`.padStart(3, '0')}.png`, 320, 240, picture);
    }
    const endpoint = await this.pipeline.create('RtpEndpoint');
    this.programs.sendFilm(`${name}-%03d.png`, portsOf(await endpoint.processOffer(describeRtp('VP8'))));
    return endpoint;
  }

  /** Records what comes out of an element until the last picture is as it should be. */
  async sees(element: MediaElement, check: (at: (x: number, y: number) => number[]) => void): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const path = this.#file('webm');
      const recorder = await this.pipeline.create('RecorderEndpoint', {
        uri: `file://${path}`,
        mediaProfile: 'WEBM_VIDEO_ONLY',
      });
      await element.connect(recorder);
      await recorder.record();
      await waitFor('the recording to begin', async () => (await recorder.getState()) === 'START', 30_000);
      const begun = Date.now();
      await waitFor('some seconds to be recorded', () => Date.now() - begun > 1500 * attempt);
      await recorder.stopAndWait();
      await recorder.release();
      try {
        check(lastPicture(path).at);
        return;
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }
}
