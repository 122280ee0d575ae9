import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileStorage } from './file-storage.js';
import { type Storage, StorageError } from './storage.js';

export interface SpoolOptions {
  /** Folder for the recording until it is uploaded. */
  readonly spoolDirectory: string;
  /** Name of the file there. */
  readonly spoolName: string;
  readonly contentType: string;
}

/**
 * A place on a server. The recording is completed in a local file first and uploaded when it ends, with its index and
 * lengths, so that a server which is away for a while costs nothing. When all tries fail, the local file stays and the
 * error names it.
 */
export abstract class SpooledStorage implements Storage {
  onError: ((error: StorageError) => void) | undefined;
  /** The local file. */
  protected readonly path: string;
  readonly #directory: string;
  readonly #file: FileStorage;
  #closing: Promise<void> | undefined;
  readonly #aborted = new AbortController();

  constructor({ spoolDirectory, spoolName }: SpoolOptions) {
    this.#directory = spoolDirectory;
    this.path = join(spoolDirectory, spoolName);
    this.#file = new FileStorage(this.path);
    this.#file.onError = (error) => this.onError?.(error);
  }

  /** Where it goes, for people: without passwords. */
  protected abstract readonly place: string;

  /** Brings the local file of so many bytes to the server. @throws {StorageError} */
  protected abstract upload(size: number): Promise<void>;

  /** Set when an upload that is under way is to be given up. */
  protected get aborted(): AbortSignal {
    return this.#aborted.signal;
  }

  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await this.#file.open();
  }

  append(bytes: Uint8Array): void {
    this.#file.append(bytes);
  }

  patch(offset: number, bytes: Uint8Array): void {
    this.#file.patch(offset, bytes);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Gives up an upload that is under way; the local file stays. */
  abort(): void {
    this.#aborted.abort();
  }

  async #close(): Promise<void> {
    await this.#file.close();
    const { size } = await stat(this.path);
    if (size > 0) await this.upload(size);
    await rm(this.path, { force: true });
  }

  protected failure(
    type: 'RESOURCE_ERROR_WRITE' | 'RESOURCE_ERROR_NOT_AUTHORIZED' | 'RESOURCE_ERROR_NOT_FOUND',
    problem: string,
  ): StorageError {
    return new StorageError(
      type,
      `${this.place}: upload failed: ${problem}; the recording is kept in ${this.path}`,
    );
  }

  /** Waits before another try, no longer when the upload is given up. */
  protected pause(milliseconds: number): Promise<void> {
    const signal = this.aborted;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
  }
}
