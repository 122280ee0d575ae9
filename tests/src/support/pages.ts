import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';

/** What the browser is given for a path: an empty page that has the class PagePeer, and the scripts it is made of. */
export function pageFile(path: string): { contentType: string; body: string } {
  if (!/^\/page-[a-z]+\.js$/.test(path)) {
    const body = '<!doctype html><script type="module" src="/page-peer.js"></script>';
    return { contentType: 'text/html', body };
  }
  const body = readFileSync(new URL(`.${path}`, import.meta.url), 'utf8');
  return { contentType: 'text/javascript', body };
}

/** Serves these pages; http://localhost is a secure context, so cameras work. */
export async function servePages(): Promise<Server> {
  const server = createServer((request, response) => {
    const { contentType, body } = pageFile(request.url ?? '/');
    response.setHeader('content-type', contentType);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}
