/** Bytes of the headers of one part. */
const MAX_HEADERS = 16 * 1024;
/** Bytes of everything that is not the file: form fields, preamble, epilogue. */
const MAX_OTHER = 256 * 1024;

/** The body is no multipart/form-data with a file in it. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError';
}

/** The boundary that a content type declares (RFC 2046 section 5.1.1), undefined when it is no multipart/form-data or has none. */
export function multipartBoundary(contentType: string): string | undefined {
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType)) return undefined;
  const found = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/**
 * Takes the first file out of a multipart/form-data body (RFC 7578) as it comes in, however it is cut. Other fields are passed over,
 * within bounds; nothing of the file is kept.
 */
export class MultipartFile {
  readonly #delimiter: Buffer;
  /** The first delimiter may stand at the very beginning: as if a line had ended before it. */
  #pending: Buffer = Buffer.from('\r\n');
  #state: 'between' | 'delimiter' | 'headers' | 'file' | 'done' = 'between';
  #other = 0;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  /** Whether the file was there and is complete. */
  get complete(): boolean {
    return this.#state === 'done';
  }

  /** Takes more of the body; gives what of it belongs to the file. @throws MultipartError */
  push(bytes: Uint8Array): Buffer[] {
    const file: Buffer[] = [];
    if (this.#state === 'done') {
      this.#pass(bytes.length);
      return file;
    }
    this.#pending = this.#pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#pending, bytes]);
    while (this.#step(file));
    return file;
  }

  #step(file: Buffer[]): boolean {
    const pending = this.#pending;
    switch (this.#state) {
      case 'between':
      case 'file': {
        const at = pending.indexOf(this.#delimiter);
        // A delimiter may have come in part.
        const end = at >= 0 ? at : Math.max(0, pending.length - this.#delimiter.length + 1);
        if (this.#state === 'between') this.#pass(end);
        else if (end > 0) file.push(pending.subarray(0, end));
        this.#pending = pending.subarray(at >= 0 ? at + this.#delimiter.length : end);
        if (at < 0) return false;
        if (this.#state === 'file') {
          this.#state = 'done';
          this.#pending = Buffer.alloc(0);
          return false;
        }
        this.#state = 'delimiter';
        return true;
      }
      case 'delimiter': {
        if (pending.length < 2) return false;
        if (pending[0] === 0x2d && pending[1] === 0x2d)
          throw new MultipartError('there is no file in the form');
        const at = pending.indexOf('\r\n');
        if (at > 256 || (at < 0 && pending.length > 256))
          throw new MultipartError('a boundary line is too long');
        if (at < 0) return false;
        // What ends this line may begin the empty line that ends the headers.
        this.#pending = pending.subarray(at);
        this.#state = 'headers';
        return true;
      }
      case 'headers': {
        const at = pending.indexOf('\r\n\r\n');
        if (at > MAX_HEADERS || (at < 0 && pending.length > MAX_HEADERS))
          throw new MultipartError('the headers of a part are too long');
        if (at < 0) return false;
        const headers = pending.subarray(0, at).toString('latin1');
        const isFile = /\r\ncontent-disposition:[^\r]*;\s*filename\*?=/i.test(headers);
        this.#pass(at);
        this.#pending = pending.subarray(at + 4);
        this.#state = isFile ? 'file' : 'between';
        // The delimiter of an empty field begins with the end of its headers.
        if (!isFile) this.#pending = pending.subarray(at + 2);
        return true;
      }
      case 'done':
        return false;
    }
  }

  #pass(bytes: number): void {
    this.#other += bytes;
    if (this.#other > MAX_OTHER) throw new MultipartError('the form has too much besides its file');
  }
}
