import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../auth/principal.js';
import { Refused } from '../auth/refused.js';
import type { Admission } from '../http/admission.js';
import type { Logger } from '../log/logger.js';
import type { Refusals } from '../log/refusals.js';
import type { MediaObject } from '../objects/media-object.js';
import type { ObjectService } from '../objects/object-service.js';
import type { SessionStore } from '../sessions/session-store.js';
import { DoorSession, isElement } from './door-session.js';
import { asHttpError, decodedPath, HttpError } from './http-error.js';
import { fragmentOf, readSdpFragment, restartOffer, type SdpFragment, ufragOf } from './sdp-fragment.js';

const WHIP = '/whip/';
const WHEP = '/whep/';
const RESOURCE = 'resource/';
const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
/** Names of servers may take a while to resolve; what is found by then goes into the answer. */
const GATHER_MILLIS = 3000;
/** A client that has the answer connects within this, or never. */
const CONNECT_MILLIS = 30_000;

export interface MediaDoorsOptions {
  objects: ObjectService;
  sessions: SessionStore;
  admission: Admission;
  /** Bytes of a description. */
  maxSdpBytes: number;
  log: Logger;
  refusals: Refusals;
}

type Protocol = 'WHIP' | 'WHEP';

/** What a client has made and may change and end. */
interface Resource {
  protocol: Protocol;
  subject: string;
  session: DoorSession;
  endpoint: MediaObject;
  /** What the client offered last. */
  offer: string;
  /** Of the present ICE session. */
  etag: string;
  timer: NodeJS.Timeout | undefined;
}

/**
 * WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) for every element of every pipeline: `POST /whip/ELEMENT` publishes into the
 * element, `POST /whep/ELEMENT` plays what comes out of it. Each client gets a WebRtcEndpoint in the element's pipeline, which ends with
 * the client's DELETE, with its connection, or with the pipeline. Who may control the server may come in here, with the same tokens.
 */
export class MediaDoors {
  readonly #options: MediaDoorsOptions;
  readonly #resources = new Map<string, Resource>();

  constructor(options: MediaDoorsOptions) {
    this.#options = options;
  }

  /** Clients at the doors. */
  get size(): number {
    return this.#resources.size;
  }

  /** Answers what belongs here; false for everything else. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    const protocol: Protocol | undefined = path.startsWith(WHIP)
      ? 'WHIP'
      : path.startsWith(WHEP)
        ? 'WHEP'
        : undefined;
    if (protocol === undefined) return false;
    const { origin } = request.headers;
    if (origin !== undefined) {
      // Whether the origin may come in is decided below; without these headers its page would not even see the refusal.
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader(
        'access-control-expose-headers',
        'location, etag, link, accept-patch, access-control-allow-methods',
      );
      response.setHeader('vary', 'origin');
    }
    try {
      await this.#serve(protocol, path.slice(WHIP.length), request, response);
    } catch (error) {
      this.#refuse(error, request, response);
    }
    return true;
  }

  async #serve(
    protocol: Protocol,
    rest: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const isResource = rest.startsWith(RESOURCE);
    const allow = isResource ? 'PATCH, DELETE, OPTIONS' : 'POST, OPTIONS';
    if (request.method === 'OPTIONS') {
      response.writeHead(204, {
        'access-control-allow-methods': allow,
        'access-control-allow-headers': 'authorization, content-type, if-match',
        'accept-post': SDP,
      });
      response.end();
      return;
    }
    const principal = await this.#options.admission.admit(request, request.socket.remoteAddress ?? 'unknown');
    if (isResource) {
      const id = rest.slice(RESOURCE.length);
      const resource = this.#resources.get(id);
      if (
        resource === undefined ||
        resource.protocol !== protocol ||
        resource.subject !== principal.subject
      ) {
        throw new HttpError(404, 'There is no such resource');
      }
      if (request.method === 'DELETE') {
        this.#end(id, 'its client has left');
        response.writeHead(200).end();
        return;
      }
      if (request.method === 'PATCH') {
        await this.#patch(resource, request, response);
        return;
      }
    } else if (request.method === 'POST') {
      await this.#open(protocol, rest, principal, request, response);
      return;
    }
    throw new HttpError(405, `Only ${allow}`, { allow });
  }

  async #open(
    protocol: Protocol,
    rest: string,
    principal: Principal,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    this.sweep();
    const offer = await this.#body(request, SDP);
    const id = randomUUID();
    let gathered: () => void = () => {};
    const gathering = new Promise<void>((resolve) => {
      gathered = resolve;
    });
    const session = new DoorSession(
      this.#options.objects,
      this.#options.sessions,
      principal.subject,
      (event) => {
        if (event.type === 'IceGatheringDone') gathered();
        if (event.type === 'IceComponentStateChanged') this.#iceState(id, String(event.data.state));
      },
    );
    try {
      const element = session.find(decodedPath(rest));
      if (
        element === undefined ||
        !isElement(this.#options.objects.api, element) ||
        element.pipeline === undefined
      ) {
        throw new HttpError(404, `There is no element '${decodedPath(rest)}'`);
      }
      const endpoint = await session.create('WebRtcEndpoint', {
        mediaPipeline: element.pipeline.id,
        ...(protocol === 'WHIP' ? { recvonly: true } : { sendonly: true }),
      });
      for (const event of ['IceGatheringDone', 'IceComponentStateChanged'])
        await session.subscribe(endpoint, event);
      const [source, sink] = protocol === 'WHIP' ? [endpoint, element] : [element, endpoint];
      await session.invoke(source, 'connect', { sink: sink.id });
      await session.invoke(endpoint, 'processOffer', { offer });
      await session.invoke(endpoint, 'gatherCandidates');
      await within(gathering, GATHER_MILLIS);
      const answer = await session.invoke<string>(endpoint, 'getLocalSessionDescriptor');
      session.keepOnly(endpoint);
      if (!session.holdsObjects) throw new HttpError(404, 'The element has ended');
      const resource: Resource = {
        protocol,
        subject: principal.subject,
        session,
        endpoint,
        offer,
        etag: newEtag(),
        timer: setTimeout(() => this.#end(id, 'its client did not connect'), CONNECT_MILLIS).unref(),
      };
      this.#resources.set(id, resource);
      this.#options.log.info(
        { protocol, element: element.id, endpoint: endpoint.id, resource: id },
        'Client at the door',
      );
      response.writeHead(201, {
        'content-type': SDP,
        location: `${protocol === 'WHIP' ? WHIP : WHEP}${RESOURCE}${id}`,
        etag: resource.etag,
        'accept-patch': FRAGMENT,
      });
      response.end(answer);
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Candidates that come later, or ICE anew (RFC 9725 sections 4.3.2 and 4.3.3). Clients that send no If-Match are many: it may be missing. */
  async #patch(resource: Resource, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const match = request.headers['if-match'] ?? '*';
    const fragment = readSdpFragment(await this.#body(request, FRAGMENT));
    const isRestart = fragment.ufrag !== undefined && fragment.ufrag !== ufragOf(resource.offer);
    if (isRestart) await this.#restart(resource, fragment);
    else if (match !== '*' && !match.includes(resource.etag))
      throw new HttpError(412, 'ICE has been restarted since');
    for (const candidate of fragment.candidates) {
      await resource.session.invoke(resource.endpoint, 'addIceCandidate', { candidate });
    }
    if (!isRestart) {
      response.writeHead(204).end();
      return;
    }
    const local = await resource.session.invoke<string>(resource.endpoint, 'getLocalSessionDescriptor');
    response.writeHead(200, { 'content-type': FRAGMENT, etag: resource.etag }).end(fragmentOf(local));
  }

  async #restart(resource: Resource, { ufrag, pwd }: SdpFragment): Promise<void> {
    // RFC 8839 section 5.4.
    if (ufrag === undefined || !/^\S{4,256}$/.test(ufrag) || pwd === undefined || !/^\S{22,256}$/.test(pwd))
      throw new HttpError(
        400,
        'An ICE restart needs an ice-ufrag of at least 4 characters and an ice-pwd of 22',
      );
    const offer = restartOffer(resource.offer, ufrag, pwd);
    await resource.session.invoke(resource.endpoint, 'processOffer', { offer });
    resource.offer = offer;
    resource.etag = newEtag();
  }

  #iceState(id: string, state: string): void {
    const resource = this.#resources.get(id);
    if (resource === undefined) return;
    if (state === 'CONNECTED' || state === 'READY') {
      clearTimeout(resource.timer);
      resource.timer = undefined;
    } else if (state === 'FAILED') {
      this.#end(id, 'its connection failed');
    }
  }

  #end(id: string, reason: string): void {
    const resource = this.#resources.get(id);
    if (resource === undefined) return;
    this.#resources.delete(id);
    clearTimeout(resource.timer);
    this.#options.log.info(
      { protocol: resource.protocol, resource: id, reason },
      'Client at the door has gone',
    );
    // An application that looked at the pipeline's children holds the endpoint, too.
    resource.session.release(resource.endpoint);
    resource.session.close();
  }

  /** Forgets clients whose pipeline has ended. */
  sweep(): void {
    for (const [id, { session }] of this.#resources) {
      if (!session.holdsObjects) this.#end(id, 'its pipeline has ended');
    }
  }

  close(): void {
    for (const id of [...this.#resources.keys()]) this.#end(id, 'the server ends');
  }

  async #body(request: IncomingMessage, type: string): Promise<string> {
    const given = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    if (given !== type) throw new HttpError(415, `The content type must be ${type}`, { 'accept-post': SDP });
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of request as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > this.#options.maxSdpBytes) throw new HttpError(413, 'The description is too long');
      parts.push(part);
    }
    return Buffer.concat(parts).toString('utf8');
  }

  #refuse(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    const { log, refusals } = this.#options;
    const { status, message, headers } = asHttpError(error);
    if (error instanceof Refused)
      refusals.note(error.message, request.socket.remoteAddress ?? 'unknown', error.fields);
    if (status >= 500) log.error({ err: error }, 'A request at a door failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // A body that nobody reads must not keep the connection.
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      connection: 'close',
      ...headers,
    });
    response.end(`${message}\n`);
  }
}

function newEtag(): string {
  return `"${randomUUID()}"`;
}

/** Waits for a promise, but no longer than this. */
async function within(promise: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
