import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { SpooledStorage, type SpoolOptions } from './spooled-storage.js';
import { StorageError } from './storage.js';

/** Where buckets are, and as whom they are written to. What is left out comes from the environment, as in all tools for S3. */
export interface S3Account {
  /** URL of an S3-compatible server; left out: that of Amazon for the region. */
  readonly endpoint?: string;
  /** @default AWS_REGION or that of the profile; us-east-1 where an endpoint is given */
  readonly region?: string;
  /** @default AWS_ACCESS_KEY_ID, the profile, or the role of the machine */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

export interface S3StorageOptions extends SpoolOptions {
  readonly account: S3Account;
  /** Tries of each request. @default 5 */
  readonly attempts?: number;
  /** Larger files go in parts of at least so many bytes, so that what fails is not sent again as a whole. @default 64 MiB; S3 takes no less than 5 MiB */
  readonly partBytes?: number;
  /** The server must go on with an answer or with taking bytes within this, ms. @default 30 000 */
  readonly timeout?: number;
}

const PART_BYTES = 64 * 1024 * 1024;
/** Of an upload (Amazon S3 multipart upload limits). */
const MAX_PARTS = 10_000;
/** What S3 and its likes answer when credentials are missing or do not do. */
const REFUSED: ReadonlySet<string> = new Set([
  'AccessDenied',
  'CredentialsProviderError',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
]);

const nothing = (): void => {};
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** What is used of the SDK. It may be missing, also when this is compiled: so its own types are not used. */
interface Sdk {
  readonly S3Client: new (configuration: Record<string, unknown>) => S3Client;
  readonly PutObjectCommand: Command;
  readonly CreateMultipartUploadCommand: Command;
  readonly UploadPartCommand: Command;
  readonly CompleteMultipartUploadCommand: Command;
  readonly AbortMultipartUploadCommand: Command;
}
type Command = new (input: Record<string, unknown>) => object;
interface S3Client {
  send(
    command: object,
    options?: { abortSignal: AbortSignal },
  ): Promise<{ UploadId?: string; ETag?: string }>;
  destroy(): void;
}
interface S3Problem extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const SDK: string = '@aws-sdk/client-s3';

/** Bucket and key of `s3://bucket/key`; undefined where one of them is missing. */
export function parseS3Uri(url: URL): { bucket: string; key: string } | undefined {
  const bucket = url.hostname;
  const key = decodeURIComponent(url.pathname.slice(1));
  return bucket === '' || key === '' || key.endsWith('/') ? undefined : { bucket, key };
}

/** A place in a bucket of Amazon S3 or of a server that speaks its protocol. Needs the package @aws-sdk/client-s3. */
export class S3Storage extends SpooledStorage {
  protected readonly place: string;
  readonly #bucket: string;
  readonly #key: string;
  readonly #options: S3StorageOptions;
  #sdk: Sdk | undefined;

  /** @throws {StorageError} the URI names no object */
  constructor(url: URL, options: S3StorageOptions) {
    super(options);
    const target = parseS3Uri(url);
    if (target === undefined) {
      throw new StorageError('RESOURCE_ERROR_NOT_FOUND', `'${url.href}' is not of the form s3://BUCKET/KEY`);
    }
    this.#bucket = target.bucket;
    this.#key = target.key;
    this.place = `s3://${target.bucket}/${target.key}`;
    this.#options = options;
  }

  /** @throws {StorageError} also when the package is missing: better now than after an hour */
  override async open(): Promise<void> {
    try {
      this.#sdk = (await import(SDK)) as Sdk;
    } catch {
      throw new StorageError(
        'RESOURCE_ERROR_OPEN_WRITE',
        `${this.place}: the package @aws-sdk/client-s3 is not installed: npm install -w packages/recording --include=optional`,
      );
    }
    await super.open();
  }

  protected override async upload(size: number): Promise<void> {
    const { partBytes = PART_BYTES } = this.#options;
    const client = new this.#sdk!.S3Client(this.#configuration());
    try {
      if (size <= partBytes) await this.#put(client, size);
      else await this.#putParts(client, size, Math.max(partBytes, Math.ceil(size / MAX_PARTS)));
    } catch (error) {
      const { name, message, $metadata } = error as S3Problem;
      const status = $metadata?.httpStatusCode;
      const refused = REFUSED.has(name) || status === 401 || status === 403;
      const missing = name === 'NoSuchBucket';
      throw this.failure(
        refused
          ? 'RESOURCE_ERROR_NOT_AUTHORIZED'
          : missing
            ? 'RESOURCE_ERROR_NOT_FOUND'
            : 'RESOURCE_ERROR_WRITE',
        `${name}: ${message}`,
      );
    } finally {
      client.destroy();
    }
  }

  #configuration(): Record<string, unknown> {
    const { account, attempts = 5, timeout = 30_000 } = this.#options;
    const { endpoint = '', region = '', accessKeyId = '', secretAccessKey = '' } = account;
    return {
      maxAttempts: attempts,
      // Other servers than Amazon's do not all know its checksums of later years; lengths and signatures are always checked.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // It would write to the console; what goes wrong is in the errors.
      logger: SILENT,
      requestHandler: { connectionTimeout: timeout, socketTimeout: timeout },
      ...(endpoint !== '' && { endpoint, forcePathStyle: true, region: 'us-east-1' }),
      ...(region !== '' && { region }),
      ...(accessKeyId !== '' && { credentials: { accessKeyId, secretAccessKey } }),
    };
  }

  async #put(client: S3Client, size: number): Promise<void> {
    const { PutObjectCommand } = this.#sdk!;
    const { attempts = 5 } = this.#options;
    // A stream can't be sent twice: each try has one of its own.
    for (let attempt = 1; ; attempt++) {
      const body = createReadStream(this.path);
      try {
        const command = new PutObjectCommand({
          ...this.#target,
          Body: body,
          ContentLength: size,
          ...this.#type,
        });
        await client.send(command, { abortSignal: this.aborted });
        return;
      } catch (error) {
        const status = (error as S3Problem).$metadata?.httpStatusCode ?? 0;
        const mayPass = status === 0 || status >= 500 || status === 408 || status === 429;
        const name = (error as Error).name;
        if (!mayPass || REFUSED.has(name) || attempt >= attempts || this.aborted.aborted) throw error;
        await this.pause(500 * 2 ** (attempt - 1));
      } finally {
        body.destroy();
      }
    }
  }

  /** In parts; an upload that fails is taken back, so that its parts cost nothing. */
  async #putParts(client: S3Client, size: number, partBytes: number): Promise<void> {
    const sdk = this.#sdk!;
    const abortSignal = this.aborted;
    const { UploadId } = await client.send(
      new sdk.CreateMultipartUploadCommand({ ...this.#target, ...this.#type }),
      { abortSignal },
    );
    const upload = { ...this.#target, UploadId };
    const file = await open(this.path, 'r');
    try {
      const parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for (let at = 0; at < size; at += partBytes) {
        const Body = await read(file, at, Math.min(partBytes, size - at));
        const PartNumber = parts.length + 1;
        const { ETag } = await client.send(new sdk.UploadPartCommand({ ...upload, PartNumber, Body }), {
          abortSignal,
        });
        parts.push({ PartNumber, ETag });
      }
      await client.send(
        new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }),
        { abortSignal },
      );
    } catch (error) {
      await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => {});
      throw error;
    } finally {
      await file.close();
    }
  }

  get #target(): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#key };
  }

  get #type(): { ContentType: string } {
    return { ContentType: this.#options.contentType };
  }
}

async function read(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new Error('the local file became shorter');
    done += bytesRead;
  }
  return bytes;
}
