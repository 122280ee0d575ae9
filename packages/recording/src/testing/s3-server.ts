import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An object in a bucket. */
export interface StoredObject {
  content: Buffer;
  type: string;
}

interface Upload {
  key: string;
  type: string;
  parts: Map<number, { content: Buffer; etag: string }>;
}

/** What is answered as an error of S3. */
class S3Failure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

const MIN_PART = 5 * 1024 * 1024;

/**
 * For tests: what of the REST API of S3 an upload needs (PutObject, multipart uploads), with its XML, its limits on parts, and
 * signatures (Signature Version 4) that are checked as Amazon does. Everything is kept in memory.
 */
export class S3Server {
  /** By `bucket/key`. */
  readonly objects = new Map<string, StoredObject>();
  /** Multipart uploads that were neither completed nor aborted. */
  readonly uploads = new Map<string, Upload>();
  /** Each request as method and operation. */
  readonly requests: string[] = [];
  /** Asked before each request: an answer with this status in place of the true one. */
  fails: (operation: string) => number | undefined = () => undefined;
  readonly accessKeyId = 'TESTKEY';
  readonly secretAccessKey = 'test secret';
  readonly #buckets: ReadonlySet<string>;
  readonly #server: Server;
  #ids = 0;

  private constructor(buckets: readonly string[]) {
    this.#buckets = new Set(buckets);
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        const failure = error instanceof S3Failure ? error : new S3Failure(500, 'InternalError');
        const body = `<?xml version="1.0"?><Error><Code>${failure.code}</Code><Message>no</Message></Error>`;
        response.writeHead(failure.status, { 'content-type': 'application/xml' }).end(body);
      });
    });
  }

  static async start(...buckets: string[]): Promise<S3Server> {
    const server = new S3Server(buckets);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const content = Buffer.concat(parts);
    const url = new URL(request.url!, 'http://s3');
    const operation = operationOf(request.method!, url.searchParams);
    this.requests.push(operation);
    const status = this.fails(operation);
    if (status !== undefined) throw new S3Failure(status, 'ServiceUnavailable');
    this.#checkSignature(request, url, content);
    const [, bucket = '', ...rest] = url.pathname.split('/');
    if (!this.#buckets.has(bucket)) throw new S3Failure(404, 'NoSuchBucket');
    const key = `${bucket}/${decodeURIComponent(rest.join('/'))}`;
    const type = request.headers['content-type'] ?? '';
    const etag = `"${createHash('md5').update(content).digest('hex')}"`;
    switch (operation) {
      case 'PutObject':
        if (request.headers['content-length'] === undefined) throw new S3Failure(411, 'MissingContentLength');
        this.objects.set(key, { content, type });
        response.writeHead(200, { etag }).end();
        return;
      case 'CreateMultipartUpload': {
        const id = `upload-${++this.#ids}`;
        this.uploads.set(id, { key, type, parts: new Map() });
        response.end(
          `<?xml version="1.0"?><InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>k</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
        );
        return;
      }
      case 'UploadPart':
        this.#upload(url, key).parts.set(Number(url.searchParams.get('partNumber')), { content, etag });
        response.writeHead(200, { etag }).end();
        return;
      case 'CompleteMultipartUpload':
        this.#complete(url, key, String(content));
        response.end(
          `<?xml version="1.0"?><CompleteMultipartUploadResult><Bucket>${bucket}</Bucket><Key>k</Key><ETag>"1"</ETag></CompleteMultipartUploadResult>`,
        );
        return;
      case 'AbortMultipartUpload':
        this.#upload(url, key);
        this.uploads.delete(url.searchParams.get('uploadId')!);
        response.writeHead(204).end();
        return;
      default:
        throw new S3Failure(501, 'NotImplemented');
    }
  }

  #upload(url: URL, key: string): Upload {
    const upload = this.uploads.get(url.searchParams.get('uploadId') ?? '');
    if (upload?.key !== key) throw new S3Failure(404, 'NoSuchUpload');
    return upload;
  }

  #complete(url: URL, key: string, xml: string): void {
    const upload = this.#upload(url, key);
    const named = [...xml.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part]) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part!)?.[1]),
      etag: /<ETag>(.*?)</.exec(part!)?.[1]?.replaceAll('&quot;', '"'),
    }));
    const found = named.map(({ number, etag }, index) => {
      const part = upload.parts.get(number);
      if (part === undefined || part.etag !== etag) throw new S3Failure(400, 'InvalidPart');
      if (number <= (named[index - 1]?.number ?? 0)) throw new S3Failure(400, 'InvalidPartOrder');
      if (index < named.length - 1 && part.content.length < MIN_PART)
        throw new S3Failure(400, 'EntityTooSmall');
      return part.content;
    });
    if (found.length === 0) throw new S3Failure(400, 'MalformedXML');
    this.objects.set(key, { content: Buffer.concat(found), type: upload.type });
    this.uploads.delete(url.searchParams.get('uploadId')!);
  }

  /** Signature Version 4 in the Authorization header ("Authenticating Requests: Using the Authorization Header", Amazon S3 API reference). */
  #checkSignature(request: IncomingMessage, url: URL, content: Buffer): void {
    const { authorization } = request.headers;
    if (authorization === undefined) throw new S3Failure(403, 'AccessDenied');
    const match =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
        authorization,
      );
    if (match === null) throw new S3Failure(400, 'AuthorizationHeaderMalformed');
    const [, keyId, day, region, signedHeaders, signature] = match as unknown as string[];
    if (keyId !== this.accessKeyId) throw new S3Failure(403, 'InvalidAccessKeyId');
    const time = String(request.headers['x-amz-date']);
    const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
    if (!(Math.abs(Date.now() - at) < 15 * 60_000)) throw new S3Failure(403, 'RequestTimeTooSkewed');
    const payload = String(request.headers['x-amz-content-sha256']);
    if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(content))
      throw new S3Failure(400, 'XAmzContentSHA256Mismatch');
    const names = signedHeaders!.split(';');
    if (!names.includes('host') || !names.includes('x-amz-date')) throw new S3Failure(403, 'AccessDenied');
    const canonical = [
      request.method,
      request.url!.replace(/\?.*/, ''),
      [...url.searchParams]
        .map(([name, value]) => `${encode(name)}=${encode(value)}`)
        .sort()
        .join('&'),
      ...names.map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}`),
      '',
      signedHeaders,
      payload,
    ].join('\n');
    const scope = `${day}/${region}/s3/aws4_request`;
    const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
    let key: Buffer = Buffer.from(`AWS4${this.secretAccessKey}`);
    for (const step of [day, region, 's3', 'aws4_request']) key = hmac(key, step!);
    if (hmac(key, text).toString('hex') !== signature) throw new S3Failure(403, 'SignatureDoesNotMatch');
  }
}

function operationOf(method: string, query: URLSearchParams): string {
  const upload = query.has('uploadId');
  if (method === 'PUT') return upload ? 'UploadPart' : 'PutObject';
  if (method === 'POST' && query.has('uploads')) return 'CreateMultipartUpload';
  if (method === 'POST' && upload) return 'CompleteMultipartUpload';
  return method === 'DELETE' && upload ? 'AbortMultipartUpload' : method;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
