import {
  ContainerError,
  type ContainerFrame,
  type ContainerOutput,
  type ContainerWriter,
  type TrackFormat,
} from './container.js';

/** Writes JPEG pictures one behind the other, without a container: what Kurento's JPEG_VIDEO_ONLY gives. */
export class JpegWriter implements ContainerWriter {
  readonly #output: ContainerOutput;
  #tracks = 0;
  #finished = false;

  constructor(output: ContainerOutput) {
    this.#output = output;
  }

  addTrack(format: TrackFormat): number {
    if (format.codec !== 'JPEG')
      throw new ContainerError(`a row of JPEG pictures does not hold ${format.codec}`);
    if (this.#tracks > 0) throw new ContainerError('a row of JPEG pictures holds one track');
    return this.#tracks++;
  }

  write(frame: ContainerFrame): void {
    if (frame.track !== 0 || this.#tracks === 0) throw new ContainerError(`no track ${frame.track}`);
    if (!this.#finished) this.#output.append(frame.data);
  }

  flush(): void {}

  finish(): void {
    this.#finished = true;
  }
}
