import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RecordingProfile } from '../profile.js';
import type { Storage, StorageError } from '../storage/storage.js';
import { LiveWindow, TARGET_SECONDS } from './live-window.js';
import { LiveWriter } from './live-writer.js';

/** Bytes of media that are kept of one stream. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Requests that wait for what is to come. */
const MAX_WAITING = 256;
/**
 * ms for which what was asked for may stay away. Less than the three target durations of RFC 8216bis 6.2.5.2: players (hls.js: 10 s) take a
 * longer silence of the server for its end.
 */
const MAX_WAIT_MS = 2 * TARGET_SECONDS * 1000;
/** ms for which a stream that has ended can be had. */
const LINGER_MS = 10_000;
const PLAYLIST = 'media.m3u8';

/**
 * A recording that is written nowhere: its last seconds are served as low-latency HLS, on 127.0.0.1, under a path that can't be guessed. The
 * server's door brings it to players. Answers are the playlist (`media.m3u8`, which waits with `_HLS_msn` and `_HLS_part`), and what it names.
 */
export class LiveStorage implements Storage {
  onError: ((error: StorageError) => void) | undefined;
  /** How many tracks there will be. */
  expectedTracks = 0;
  readonly #token = randomUUID();
  readonly #window: LiveWindow;
  readonly #waiting = new Set<() => void>();
  #server: Server | undefined;
  #closing: Promise<void> | undefined;

  constructor(maxBytes = MAX_BYTES) {
    this.#window = new LiveWindow(maxBytes);
  }

  /** Where the playlist is, on this machine; undefined before `open`. */
  get url(): string | undefined {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    return address ? `http://127.0.0.1:${address.port}/${this.#token}/${PLAYLIST}` : undefined;
  }

  /** The profile for it: codecs that all players take. */
  profile(kinds: RecordingProfile): RecordingProfile {
    return {
      codecs: {
        video: kinds.codecs.video.length > 0 ? ['H264'] : [],
        audio: kinds.codecs.audio.length > 0 ? ['AAC'] : [],
      },
      severalTracks: false,
      contentType: 'application/vnd.apple.mpegurl',
      writer: (_output, date) =>
        new LiveWriter(
          this.#window,
          date,
          () => this.expectedTracks,
          () => this.#wake(),
        ),
    };
  }

  async open(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  /** The writer keeps all in the window. */
  append(): void {}

  patch(): void {}

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#window.end();
    this.#wake();
    const server = this.#server;
    setTimeout(() => {
      server?.close();
      server?.closeAllConnections();
    }, LINGER_MS).unref();
    server?.unref();
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const url = new URL(request.url ?? '/', 'http://localhost');
    const prefix = `/${this.#token}/`;
    const name = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : '';
    if (name === '') return refuse(response, 404);
    if (request.method !== 'GET') return refuse(response, 405);
    if (name === PLAYLIST) return this.#servePlaylist(url.searchParams, response);
    if (this.#window.isNext(name)) await this.#until(response, () => !this.#window.isNext(name));
    const bytes = this.#window.resource(name);
    if (bytes === undefined) return refuse(response, this.#window.isNext(name) ? 503 : 404);
    response.writeHead(200, {
      'content-type': 'video/mp4',
      'content-length': bytes.length,
      // Names are never given again.
      'cache-control': 'public, max-age=60, immutable',
    });
    response.end(bytes);
  }

  async #servePlaylist(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const segment = wholeNumber(query.get('_HLS_msn'));
    const part = wholeNumber(query.get('_HLS_part'));
    if (Number.isNaN(segment) || Number.isNaN(part) || (part !== undefined && segment === undefined)) {
      return refuse(response, 400);
    }
    let isThere = (): boolean => this.#window.hasSegment || this.#window.ended;
    if (segment !== undefined) {
      if (this.#window.isTooFar({ segment, part })) return refuse(response, 400);
      isThere = () => this.#window.reaches({ segment, part });
    }
    const isComplete = await this.#until(response, isThere);
    // A source that pauses has nothing new to tell. An error would make players give up, the same playlist makes them ask again.
    if (!isComplete && !this.#window.hasSegment) return refuse(response, 503);
    const text = this.#window.playlist();
    response.writeHead(200, {
      'content-type': 'application/vnd.apple.mpegurl',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-cache',
    });
    response.end(text);
  }

  /** Waits until something is so; false when it does not become so in time. */
  #until(response: ServerResponse, isSo: () => boolean): Promise<boolean> {
    if (isSo()) return Promise.resolve(true);
    if (this.#waiting.size >= MAX_WAITING) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (result: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        response.off('close', gone);
        resolve(result);
      };
      const look = (): void => {
        if (isSo()) end(true);
      };
      const gone = (): void => end(false);
      const timer = setTimeout(gone, MAX_WAIT_MS);
      this.#waiting.add(look);
      response.on('close', gone);
    });
  }
}

/** NaN for what is no number. */
function wholeNumber(text: string | null): number | undefined {
  if (text === null) return undefined;
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'text/plain', ...(status === 503 && { 'retry-after': '1' }) });
  response.end();
}
