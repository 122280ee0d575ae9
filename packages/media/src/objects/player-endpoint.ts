import { KurentoError } from '@rivero/api';
import { UriForbiddenError } from '@rivero/module/host';
import { UriEndpoint } from './uri-endpoint.js';

/** What the player in the graph tells of a failure; domains and reasons are GStreamer's. */
export interface PlayerProblem {
  domain: string;
  reason: string;
  code: number;
  /** Something has been played before it. */
  hasFlowed: boolean;
  message: string;
}

interface PlayerError {
  type: string;
  code: number;
  description: string;
}

const NANOSECONDS = 1_000_000;

/** Schemes for which there are sources in GStreamer: they can be forbidden. For others there is nothing to forbid. */
const KNOWN_SCHEMES = new Set(
  (
    'file http https rtsp rtsps rtspt rtspu rtsph rtsp-sdp rtmp rtmps rtmpt rtmpe rtmpte rtmpts srt udp rtp rist tcp s3 ' +
    'ftp ftps sftp smb dav davs mms mmsh mmst mmsu data sdp appsrc fd pushfile resource dvb dvd cdda v4l2 sctp gs'
  ).split(' '),
);

function schemeOf(uri: string): string {
  return uri.slice(0, uri.indexOf(':')).toLowerCase();
}

/** What GStreamer says of it (GST_CORE_ERROR_MISSING_PLUGIN). */
function unknownScheme(scheme: string): PlayerProblem {
  const message = `No URI handler implemented for "${scheme}".`;
  return { domain: 'core', reason: 'missing-plugin', code: 12, hasFlowed: false, message };
}

/**
 * Plays a file, a stream of the web or a camera (Kurento: PlayerEndpoint). Sinks that accept the codec of the source get it as it is;
 * for the others it is transcoded once for all of them, as is video that viewers can't use as it is encoded, unless useEncodedMedia
 * forbids that.
 */
export class PlayerEndpoint extends UriEndpoint {
  /** It takes nothing: what is connected to it ends there. */
  protected override wireInput(): void {}

  async play(): Promise<null> {
    if (!this.setState('START')) return null;
    if (!/^[a-z][a-z0-9+.-]*:/i.test(this.uri)) {
      this.#tell({ type: 'INVALID_URI', code: 0, description: 'Invalid URI' });
      return null;
    }
    try {
      if (!this.isInGraph) {
        const uri = await this.#checkedUri();
        if (uri === undefined || this.released || this.state !== 'START') return null;
        await this.startInGraph('Player', {
          uri,
          networkCache: this.params.networkCache ?? 2000,
          keepEncoded: this.params.useEncodedMedia === true,
        });
      }
      await this.call('play');
    } catch (error) {
      // It can be tried again.
      this.setState('STOP');
      throw error;
    }
    return null;
  }

  /** What is to be opened; undefined when it may not be, which is told. */
  async #checkedUri(): Promise<string | undefined> {
    try {
      return await this.context.uriAccess.check(this.uri);
    } catch (error) {
      if (!(error instanceof UriForbiddenError)) throw error;
      const scheme = schemeOf(this.uri);
      if (!KNOWN_SCHEMES.has(scheme)) {
        this.#tell(playerError(unknownScheme(scheme)));
        return undefined;
      }
      this.#tell({ type: error.type, code: error.code, description: error.message });
      return undefined;
    }
  }

  async pause(): Promise<null> {
    // Also when there is nothing to pause, as in Kurento.
    if (!this.setState('PAUSE') || !this.isInGraph) return null;
    await this.call('pause');
    return null;
  }

  async stop(): Promise<null> {
    if (!this.setState('STOP') || !this.isInGraph) return null;
    await this.call('stop');
    return null;
  }

  async getPosition(): Promise<number> {
    return this.isInGraph ? Math.round((await this.call<number>('position')) / NANOSECONDS) : 0;
  }

  /** @throws KurentoError PLAYER_SEEK_FAIL when nothing is loaded, or what is loaded can't be seeked */
  async setPosition({ position }: { position: number }): Promise<null> {
    if (!this.isInGraph || position < 0) throw new KurentoError('PLAYER_SEEK_FAIL', 'Seek fails');
    await this.call('seek', { position: position * NANOSECONDS });
    return null;
  }

  async getVideoInfo(): Promise<Record<string, unknown>> {
    const info = this.isInGraph
      ? await this.call<{ duration: number; seekable: boolean } | null>('info')
      : null;
    const duration = Math.round((info?.duration ?? 0) / NANOSECONDS);
    const isSeekable = info?.seekable ?? false;
    return { isSeekable, seekableInit: 0, seekableEnd: isSeekable ? duration : 0, duration };
  }

  async getElementGstreamerDot(): Promise<string> {
    return this.getGstreamerDot();
  }

  override graphEvent(type: string, data: Record<string, unknown>): void {
    switch (type) {
      case 'ended':
        this.emit('EndOfStream');
        this.setState('STOP');
        break;
      case 'error':
        this.#tell(playerError(data as unknown as PlayerProblem));
        break;
      case 'lost':
        this.#tell({
          type: 'RESOURCE_ERROR_READ',
          code: 9,
          description: `The source is lost and will be opened again: ${data.message}`,
        });
        break;
      case 'restored':
        this.context.log.info({ object: this.id }, 'the source is back');
        break;
      default:
        super.graphEvent(type, data);
    }
  }

  override graphLost(): void {
    super.graphLost();
    this.setState('STOP');
  }

  #tell({ type, code, description }: PlayerError): void {
    this.emitError(type, code, description);
  }
}

/** The one error of a failure, as Kurento names it. */
export function playerError({ domain, reason, code, hasFlowed, message }: PlayerProblem): PlayerError {
  const description = `Error code ${code}: ${message}`;
  if (domain === 'resource' && !hasFlowed)
    return { type: 'INVALID_URI', code: 0, description: `Invalid URI: ${message}` };
  if (domain === 'core' && reason === 'missing-plugin')
    return { type: 'UNEXPECTED_ELEMENT_ERROR', code, description };
  if (domain === 'stream' && !hasFlowed)
    return { type: 'INVALID_MEDIA', code: 0, description: 'Invalid Media' };
  if (domain === 'stream' && code === 1) return { type: 'STREAM_ERROR_FAILED', code, description };
  return { type: 'UNEXPECTED_ELEMENT_ERROR', code, description };
}
