import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';

/** The call of Kurento's sampleImage.proto. */
const PATH = '/videoSampler.ImageDeliver/deliverImage';
/** How long a receiver may take, ms. */
const DEADLINE_MS = 10_000;
/** What an answer may have at most: it is an empty message. */
const MAX_ANSWER = 64 * 1024;
const OK = '0';

/** Makes unary gRPC calls over one connection, which is made when it is needed and again when it was lost. */
export class GrpcSender {
  readonly #authority: URL;
  #session: ClientHttp2Session | undefined;
  #closed = false;

  /**
   * @param endpoint `host:port`, also as `dns:host:port`, in clear text, as Kurento's; or an http: or https: URL
   * @throws Error when it is none
   */
  constructor(endpoint: string) {
    const target = endpoint.replace(/^dns:(\/\/\/)?/, '');
    const url = /^https?:\/\//i.test(target) ? target : `http://${target}`;
    if (!URL.canParse(url)) throw new Error(`'${endpoint}' is no address of a gRPC server: host:port`);
    this.#authority = new URL(url);
  }

  /** `http://host:port` or `https://host:port`. */
  get origin(): string {
    return this.#authority.origin;
  }

  /** Sends a message. Rejects where it was not accepted, with the reason. */
  async send(message: Uint8Array): Promise<void> {
    const session = this.#connect();
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${DEADLINE_MS}m`,
    });
    let status: string | undefined;
    let reason = '';
    const noteStatus = (headers: Record<string, unknown>): void => {
      const code = headers['grpc-status'];
      if (code === undefined) return;
      status = String(code);
      reason = unescaped(String(headers['grpc-message'] ?? ''));
    };
    // An answer without a message has its status in its headers ("trailers only").
    stream.on('response', noteStatus);
    stream.on('trailers', noteStatus);
    let received = 0;
    stream.on('data', (data: Buffer) => {
      received += data.length;
      if (received > MAX_ANSWER) stream.close(constants.NGHTTP2_CANCEL);
    });
    // The message of gRPC: not compressed, its length, itself.
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    stream.write(prefix);
    stream.end(message);
    await ended(session, stream);
    if (status !== OK)
      throw new Error(status === undefined ? 'the call was not answered' : `gRPC status ${status} ${reason}`);
  }

  #connect(): ClientHttp2Session {
    if (this.#closed) throw new Error('the sender is closed');
    if (this.#session !== undefined && !this.#session.closed && !this.#session.destroyed)
      return this.#session;
    const session = connect(this.#authority.origin);
    this.#session = session;
    // Told by the calls that fail with it; without a listener it would end the process.
    session.on('error', () => {});
    return session;
  }

  /** Ends the connection; what is on its way fails. */
  close(): void {
    this.#closed = true;
    this.#session?.destroy();
    this.#session = undefined;
  }
}

/** What a status says: percent-encoded, by a server that may not have done it well. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Waits for the end of a call. Rejects where the connection was lost, or after the deadline. */
function ended(session: ClientHttp2Session, stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve, reject) => {
    // A call that was still waiting for the connection hears nothing of its loss: the connection does.
    const lost = (error?: Error): void => settle(error ?? new Error('the connection was closed'));
    const timer = setTimeout(() => {
      settle(new Error(`not answered in ${DEADLINE_MS} ms`));
      stream.close(constants.NGHTTP2_CANCEL);
    }, DEADLINE_MS);
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      session.off('error', lost);
      session.off('close', lost);
      if (error === undefined) resolve();
      else reject(error);
    };
    session.on('error', lost);
    session.on('close', lost);
    stream.on('error', settle);
    stream.on('close', () => settle());
  });
}
