import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';

/** Serves an empty page that has the class PagePeer; http://localhost is a secure context, so cameras work. */
export async function servePages(): Promise<Server> {
  const script = readFileSync(new URL('./page-peer.js', import.meta.url));
  const server = createServer((request, response) => {
    const isScript = request.url === '/page-peer.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page-peer.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}
