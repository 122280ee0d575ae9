import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.webm': 'video/webm',
  '.mp4': 'video/mp4',
};

// The pages load nothing from elsewhere and run no inline code; nobody may frame them.
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/**
 * Serves the files of a folder: `/` is its index.html. Only GET and HEAD, no hidden files, nothing outside of
 * the folder, whatever the path or a symbolic link says.
 */
export class StaticFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(response, 405, 'Method not allowed', { allow: 'GET, HEAD' });
      return;
    }
    const file = await this.#find(request.url ?? '/');
    if (file === undefined) {
      refuse(response, 404, 'Not found');
      return;
    }
    const etag = `"${file.size.toString(36)}-${Math.floor(file.mtimeMs).toString(36)}"`;
    const headers = {
      ...HEADERS,
      'content-type': TYPES[extname(file.path).toLowerCase()] ?? 'application/octet-stream',
      etag,
    };
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(200, { ...headers, 'content-length': file.size });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const stream = createReadStream(file.path, { end: Math.max(0, file.size - 1) });
    stream.on('error', () => response.destroy());
    response.on('close', () => stream.destroy());
    stream.pipe(response);
  }

  async #find(url: string): Promise<{ path: string; size: number; mtimeMs: number } | undefined> {
    const parts = pathParts(url);
    if (parts === undefined) return undefined;
    try {
      const root = await realpath(this.#directory);
      const path = await realpath(join(root, ...(parts.length === 0 ? ['index.html'] : parts)));
      if (!path.startsWith(root + sep)) return undefined;
      const file = await stat(path);
      return file.isFile() ? { path, size: file.size, mtimeMs: file.mtimeMs } : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The names in the path of a URL; undefined when one is hidden, empty, `..`, or not well encoded. */
function pathParts(url: string): string[] | undefined {
  const path = url.replace(/[?#].*$/s, '');
  if (!path.startsWith('/')) return undefined;
  if (path === '/') return [];
  let names: string[];
  try {
    names = path.slice(1).split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
  return names.every((name) => /^[^./\\\0][^/\\\0]*$/.test(name)) ? names : undefined;
}

/** A short plain answer. */
export function refuse(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(`${text}\n`);
}
