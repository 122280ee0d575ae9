import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ResourceErrorType, type Storage, StorageError } from './storage.js';

/** So many bytes are not held back, so that memory stays small. */
const GATHER_BYTES = 256 * 1024;
/** Bytes that may wait for a slow disk. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

type Write = { bytes: Uint8Array[]; position: number; appended: boolean };

/** A local file. What comes in one turn of the event loop is written together; one write is under way at a time. */
export class FileStorage implements Storage {
  onError: ((error: StorageError) => void) | undefined;
  readonly #path: string;
  #handle: FileHandle | undefined;
  #opening: Promise<void> | undefined;
  readonly #queue: Write[] = [];
  #pendingBytes = 0;
  #length = 0;
  #writing: Promise<void> | undefined;
  #error: StorageError | undefined;
  #closing: Promise<void> | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Bytes appended so far. */
  get length(): number {
    return this.#length;
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      this.#handle = await open(this.#path, 'w');
    } catch (error) {
      const failure = storageError(error, this.#path, 'RESOURCE_ERROR_OPEN_WRITE');
      this.#error = failure;
      throw failure;
    }
    this.#drain();
  }

  append(bytes: Uint8Array): void {
    const last = this.#queue.at(-1);
    if (last?.appended === true) last.bytes.push(bytes);
    else this.#queue.push({ bytes: [bytes], position: this.#length, appended: true });
    this.#length += bytes.length;
    this.#enqueued(bytes.length);
  }

  patch(offset: number, bytes: Uint8Array): void {
    this.#queue.push({ bytes: [bytes], position: offset, appended: false });
    this.#enqueued(bytes.length);
  }

  /** What has come so far is in the file when it resolves. */
  async flush(): Promise<void> {
    await this.#opening?.catch(() => {});
    do {
      this.#drain();
      await this.#writing;
    } while (this.#queue.length > 0 && this.#error === undefined && this.#handle !== undefined);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => {});
    this.#drain();
    while (this.#writing !== undefined) await this.#writing;
    const handle = this.#handle;
    this.#handle = undefined;
    try {
      // A recording that is said to be complete survives the loss of power too.
      await handle?.datasync();
    } catch {
      // Pipes and devices can't.
    }
    try {
      await handle?.close();
    } catch (error) {
      this.#fail(storageError(error, this.#path, 'RESOURCE_ERROR_WRITE'));
    }
    if (this.#error !== undefined && this.onError === undefined) throw this.#error;
  }

  #enqueued(length: number): void {
    if (this.#error !== undefined) {
      this.#queue.length = 0;
      return;
    }
    this.#pendingBytes += length;
    if (this.#pendingBytes > MAX_PENDING_BYTES) {
      this.#fail(
        new StorageError('RESOURCE_ERROR_WRITE', `${this.#path}: the disk is too slow for the recording`),
      );
      return;
    }
    if (this.#pendingBytes >= GATHER_BYTES) this.#drain();
    else this.#immediate ??= setImmediate(() => this.#drain());
  }

  #drain(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    if (this.#writing !== undefined || this.#handle === undefined || this.#queue.length === 0) return;
    this.#writing = this.#writeQueue(this.#handle).finally(() => {
      this.#writing = undefined;
      if (this.#error === undefined) this.#drain();
    });
  }

  async #writeQueue(handle: FileHandle): Promise<void> {
    for (let write = this.#queue.shift(); write !== undefined; write = this.#queue.shift()) {
      const bytes = write.bytes.length === 1 ? write.bytes[0]! : Buffer.concat(write.bytes);
      let done = 0;
      try {
        // A file may take a part of a write only.
        while (done < bytes.length) {
          const { bytesWritten } = await handle.write(
            bytes,
            done,
            bytes.length - done,
            write.position + done,
          );
          done += bytesWritten;
        }
        this.#pendingBytes -= bytes.length;
      } catch (error) {
        // Half a frame at the end would be damage: what was whole before stays.
        if (write.appended) await handle.truncate(write.position + whole(write.bytes, done)).catch(() => {});
        this.#fail(storageError(error, this.#path, 'RESOURCE_ERROR_WRITE'));
        return;
      }
    }
  }

  #fail(error: StorageError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#queue.length = 0;
    this.onError?.(error);
  }
}

/** How many of the first bytes are pieces that lie whole within a length. */
function whole(pieces: readonly Uint8Array[], length: number): number {
  let end = 0;
  for (const piece of pieces) {
    if (end + piece.length > length) break;
    end += piece.length;
  }
  return end;
}

/** What an error of the file system means. */
function storageError(error: unknown, where: string, otherwise: ResourceErrorType): StorageError {
  const code = (error as NodeJS.ErrnoException).code;
  const message = `${where}: ${error instanceof Error ? error.message : String(error)}`;
  const type: ResourceErrorType =
    code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' ? 'RESOURCE_ERROR_NO_SPACE_LEFT' : otherwise;
  return new StorageError(type, message, { cause: error });
}
