import type { IncomingMessage, ServerResponse } from 'node:http';
import { KurentoError } from '@rivero/api';
import type { Principal } from '../auth/principal.js';
import { Refused } from '../auth/refused.js';
import type { Admission } from '../http/admission.js';
import type { Logger } from '../log/logger.js';
import type { Refusals } from '../log/refusals.js';
import type { MediaObject } from '../objects/media-object.js';
import type { ObjectService, UrlPublisher } from '../objects/object-service.js';
import type { SessionStore } from '../sessions/session-store.js';
import { DoorSession, isElement } from './door-session.js';
import { asHttpError, decodedPath, HttpError } from './http-error.js';
import { LiveReplies } from './live-replies.js';

/** What paths of this door begin with. */
const HLS_PATH = '/hls/';
const STREAM = 'stream/';
const INDEX = '/index.m3u8';
const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
/** bit/s that a player is told to reckon with: what the encoder of the stream may make, with sound. */
const BANDWIDTH = 2_500_000;
/** A stream that was made for players ends when none has asked for anything for so long. */
const IDLE_MILLIS = 30_000;
/** A player that does not take an answer within this has stalled. */
const STALL_MILLIS = 30_000;

export interface HlsDoorOptions {
  isOpen: boolean;
  objects: ObjectService;
  sessions: SessionStore;
  admission: Admission;
  /** What URLs begin with. */
  baseUrl: () => string;
  /** Requests that may be on their way at a time; one waits for each player that is at the end of its stream. */
  maxRequests: number;
  log: Logger;
  refusals: Refusals;
}

/** What players read under one token. */
interface Stream {
  readonly recorder: MediaObject;
  readonly replies: LiveReplies;
  /** Of one that was made here. */
  readonly made: { readonly key: string; readonly session: DoorSession } | undefined;
  idle: NodeJS.Timeout | undefined;
}

/**
 * Low-latency HTTP Live Streaming of every element of every pipeline: `GET /hls/ELEMENT/index.m3u8` leads players to what comes out of it. The
 * first one makes a recorder for it in the element's pipeline, for all who come under the same subject; it ends with the last one, or with
 * the pipeline. Who may control the server may come in here, with the same tokens. The stream itself is at a path that can't be guessed, which
 * needs no token: players send none with what a playlist names. That path is what `getLiveUrl` of a recorder tells, too.
 */
export class HlsDoor implements UrlPublisher {
  readonly #options: HlsDoorOptions;
  readonly #streams = new Map<string, Stream>();
  /** Tokens of streams that were made here, by subject and element. */
  readonly #made = new Map<string, Promise<string>>();
  #requests = 0;

  constructor(options: HlsDoorOptions) {
    this.#options = options;
  }

  /** Streams that players know of. */
  get size(): number {
    return this.#streams.size;
  }

  publish(recorder: MediaObject, internal: string): string {
    if (!this.#options.isOpen) {
      throw new KurentoError('NOT_ENOUGH_RESOURCES', 'HLS is turned off at this server (doors.hls)');
    }
    const token = this.#add(recorder, internal, undefined);
    return `${this.#options.baseUrl().replace(/\/+$/, '')}${HLS_PATH}${STREAM}${token}/media.m3u8`;
  }

  #add(recorder: MediaObject, internal: string, made: Stream['made']): string {
    this.sweep();
    const url = new URL(internal);
    const token = url.pathname.split('/')[1]!;
    if (!this.#streams.has(token)) {
      const replies = new LiveReplies(`${url.origin}/${token}/`);
      this.#streams.set(token, { recorder, replies, made, idle: undefined });
    }
    return token;
  }

  /** Answers what belongs here; false for everything else. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (!this.#options.isOpen || !(request.url ?? '').startsWith(HLS_PATH)) return false;
    const { origin } = request.headers;
    if (origin !== undefined) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('vary', 'origin');
    }
    response.on('error', () => {});
    if (this.#requests >= this.#options.maxRequests) {
      this.#refuse(
        new HttpError(503, 'There are too many players', { 'retry-after': '2' }),
        request,
        response,
      );
      return true;
    }
    this.#requests++;
    response.once('close', () => this.#requests--);
    try {
      await this.#serve(request, response);
    } catch (error) {
      this.#refuse(error, request, response);
    }
    return true;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const allow = 'GET, HEAD, OPTIONS';
    if (request.method === 'OPTIONS') {
      const methods = {
        'access-control-allow-methods': allow,
        'access-control-allow-headers': 'authorization, range',
      };
      response.writeHead(204, methods).end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new HttpError(405, `Only ${allow}`, { allow });
    }
    const [path, query] = (request.url ?? '').slice(HLS_PATH.length).split('?', 2) as [string, string?];
    if (path.startsWith(STREAM)) {
      const [token, file, more] = path.slice(STREAM.length).split('/');
      if (token !== undefined && file !== undefined && more === undefined) {
        return this.#serveFile(token, file, query, request, response);
      }
    } else if (path.endsWith(INDEX)) {
      return this.#serveIndex(path.slice(0, -INDEX.length), request, response);
    }
    throw new HttpError(404, 'There is no such stream');
  }

  async #serveIndex(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const principal = await this.#options.admission.admit(request, request.socket.remoteAddress ?? 'unknown');
    const token = await this.#open(decodedPath(name), principal);
    const text = [
      '#EXTM3U',
      '#EXT-X-VERSION:9',
      `#EXT-X-STREAM-INF:BANDWIDTH=${BANDWIDTH}`,
      // Relative, so that it is right behind any proxy.
      `${'../'.repeat(name.split('/').length)}${STREAM}${token}/media.m3u8`,
      '',
    ].join('\n');
    send(request, response, {
      status: 200,
      headers: { 'content-type': PLAYLIST_TYPE, 'cache-control': 'no-store' },
      body: Buffer.from(text),
    });
  }

  async #serveFile(
    token: string,
    file: string,
    query: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const stream = this.#streams.get(token);
    if (stream === undefined || stream.recorder.state === 'gone')
      throw new HttpError(404, 'There is no such stream');
    this.#touch(token, stream);
    try {
      send(request, response, await stream.replies.get(file, query));
    } catch {
      // Its process has ended: with it what it served.
      this.#end(token, 'it can not be reached');
      throw new HttpError(404, 'The stream has ended');
    }
  }

  /** The token of an element's stream, which is made when there is none. */
  #open(id: string, { subject }: Principal): Promise<string> {
    this.sweep();
    const key = JSON.stringify([subject, id]);
    let token = this.#made.get(key);
    if (token === undefined) {
      token = this.#make(key, id, subject);
      this.#made.set(key, token);
      token.catch(() => this.#made.delete(key));
    }
    return token;
  }

  async #make(key: string, id: string, subject: string): Promise<string> {
    const { objects, sessions, log } = this.#options;
    const session = new DoorSession(objects, sessions, subject, () => {});
    try {
      const element = session.find(id);
      if (element?.pipeline === undefined || !isElement(objects.api, element)) {
        throw new HttpError(404, `There is no element '${id}'`);
      }
      const recorder = await session.create('RecorderEndpoint', {
        mediaPipeline: element.pipeline.id,
        uri: 'hls:',
        mediaProfile: 'MP4',
      });
      await session.invoke(element, 'connect', { sink: recorder.id });
      await session.invoke(recorder, 'record');
      const url = await session.invoke<string>(recorder, 'getLiveUrl');
      session.keepOnly(recorder);
      if (!session.holdsObjects) throw new HttpError(404, 'The element has ended');
      const token = new URL(url).pathname.split('/').at(-2)!;
      const stream = this.#streams.get(token)!;
      this.#streams.set(token, { ...stream, made: { key, session } });
      this.#touch(token, this.#streams.get(token)!);
      log.info({ element: id, recorder: recorder.id }, 'HLS of an element begins');
      return token;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  #touch(token: string, stream: Stream): void {
    if (stream.made === undefined) return;
    if (stream.idle === undefined) {
      stream.idle = setTimeout(() => this.#end(token, 'nobody plays it'), IDLE_MILLIS).unref();
    } else {
      stream.idle.refresh();
    }
  }

  #end(token: string, reason: string): void {
    const stream = this.#streams.get(token);
    if (stream === undefined) return;
    this.#streams.delete(token);
    clearTimeout(stream.idle);
    if (stream.made === undefined) return;
    const { key, session } = stream.made;
    this.#made.delete(key);
    session.release(stream.recorder);
    session.close();
    this.#options.log.info({ recorder: stream.recorder.id, reason }, 'HLS of an element has ended');
  }

  /** Forgets streams whose recorder has ended. */
  sweep(): void {
    for (const [token, { recorder }] of this.#streams) {
      if (recorder.state === 'gone') this.#end(token, 'its pipeline has ended');
    }
  }

  close(): void {
    for (const token of [...this.#streams.keys()]) this.#end(token, 'the server ends');
  }

  #refuse(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    const { log, refusals } = this.#options;
    if (response.headersSent || response.destroyed) return;
    if (error instanceof Refused) {
      refusals.note(error.message, request.socket.remoteAddress ?? 'unknown', error.fields);
    }
    const { status, message, headers } = asHttpError(error);
    if (status >= 500 && status !== 503) log.error({ err: error }, 'A request for HLS failed');
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
    response.end(`${message}\n`);
  }
}

interface Reply {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.destroyed) return;
  // What one player does not take is no other's burden: all share the same bytes, and its connection ends.
  response.setTimeout(STALL_MILLIS, () => response.destroy());
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}
