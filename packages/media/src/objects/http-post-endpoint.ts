import { randomUUID } from 'node:crypto';
import { GraphElement } from './graph-element.js';
import { type PlayerProblem, playerError } from './player-endpoint.js';

/**
 * Plays what is uploaded to it by HTTP into the pipeline (Kurento: HttpPostEndpoint). The graph takes the upload at a port on 127.0.0.1; the
 * server's port is the door to it. What is forwarded is as it was encoded wherever the sinks accept it, whatever useEncodedMedia says.
 */
export class HttpPostEndpoint extends GraphElement {
  /** It takes nothing: what is connected to it ends there. */
  protected override wireInput(): void {}

  readonly #token = randomUUID();
  #started: Promise<unknown> | undefined;
  #inSession = false;

  /** Where the graph takes the upload; the server gives clients the URL of its door in place of it. */
  async getUrl(): Promise<string> {
    const { disconnectionTimeout = 2 } = this.params;
    this.#started ??= this.startInGraph('HttpPost', {
      token: this.#token,
      timeout: Number(disconnectionTimeout) * 1000,
    });
    const started = this.#started;
    try {
      const { port } = (await started) as { port: number };
      return `http://127.0.0.1:${port}/${this.#token}`;
    } catch (error) {
      if (this.#started === started) this.#started = undefined;
      throw error;
    }
  }

  override graphEvent(type: string, data: Record<string, unknown>): void {
    switch (type) {
      case 'started':
        this.#inSession = true;
        this.emit('MediaSessionStarted');
        break;
      case 'terminated':
        this.#terminated();
        break;
      case 'ended':
        this.emit('EndOfStream');
        break;
      case 'broken':
        this.emitError('RESOURCE_ERROR_READ', 9, `The upload is not complete: ${data.message}`);
        break;
      case 'error': {
        const { type: error, code, description } = playerError(data as unknown as PlayerProblem);
        this.emitError(error, code, description);
        break;
      }
      default:
        super.graphEvent(type, data);
    }
  }

  override graphLost(): void {
    this.#started = undefined;
    super.graphLost();
    this.#terminated();
  }

  #terminated(): void {
    if (!this.#inSession) return;
    this.#inSession = false;
    this.emit('MediaSessionTerminated');
  }
}
