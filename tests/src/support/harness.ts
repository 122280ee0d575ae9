import { after, before } from 'node:test';
import { type BrowserOptions, TestBrowser } from './browser.js';
import { type KurentoClient, openClient } from './kurento.js';
import { type ServerOptions, TestServer } from './server.js';

/** What the tests of one file share. Usable within tests and hooks only. */
export interface Harness {
  readonly server: TestServer;
  readonly browser: TestBrowser;
  readonly client: KurentoClient;
}

/** Starts a server, a browser and a client before the tests of this file, and ends them after. */
export function useHarness(options: { server?: ServerOptions; browser?: BrowserOptions } = {}): Harness {
  let server: TestServer | undefined;
  let browser: TestBrowser | undefined;
  let client: KurentoClient | undefined;
  before(async () => {
    [server, browser] = await Promise.all([
      TestServer.start(options.server),
      TestBrowser.launch(options.browser),
    ]);
    client = await openClient(server.uri);
  });
  after(async () => {
    client?.close();
    await browser?.close();
    await server?.stop();
  });
  return {
    get server() {
      return started(server);
    },
    get browser() {
      return started(browser);
    },
    get client() {
      return started(client);
    },
  };
}

function started<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not started');
  return value;
}
