import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BidiConnection } from './bidi.js';
import { servePages } from './pages.js';
import { waitFor } from './wait.js';

const PROGRAM = process.env.RIVERO_FIREFOX ?? 'firefox-esr';
const START_TIMEOUT = 60_000;

const PREFERENCES: Readonly<Record<string, boolean | number | string>> = {
  // A camera and a microphone without asking and without hardware.
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  // Machines without a network have the loopback interface only.
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  // Nothing is fetched from outside.
  'app.update.enabled': false,
  'browser.region.network.url': '',
  'browser.safebrowsing.update.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.systemAddon.update.enabled': false,
  'media.gmp-manager.url': '',
  'media.gmp-provider.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
};

interface EvaluateResult {
  type: 'success' | 'exception';
  result?: { value?: string };
  exceptionDetails?: { text: string };
}

export function hasFirefox(): boolean {
  return spawnSync(PROGRAM, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** A real headless Firefox, led over WebDriver BiDi; its camera and microphone are made up. */
export class Firefox {
  readonly #profile: string;
  readonly #process: ChildProcess;
  readonly #pages: Server;
  #connection: BidiConnection | undefined;
  #output = '';

  private constructor(profile: string, pages: Server) {
    this.#profile = profile;
    this.#pages = pages;
    this.#process = spawn(
      PROGRAM,
      ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' },
      },
    );
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
  }

  static async launch(): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), 'rivero-firefox-'));
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    );
    writeFileSync(join(profile, 'user.js'), lines.join('\n'));
    const firefox = new Firefox(profile, await servePages());
    try {
      await firefox.#connect();
    } catch (error) {
      await firefox.close();
      throw error;
    }
    return firefox;
  }

  /** A tab with an empty page that has the class PagePeer. */
  async newPage(): Promise<FirefoxPage> {
    const connection = this.#connection!;
    const { context } = await connection.command<{ context: string }>('browsingContext.create', {
      type: 'tab',
    });
    const { port } = this.#pages.address() as AddressInfo;
    const url = `http://localhost:${port}/`;
    await connection.command('browsingContext.navigate', { context, url, wait: 'complete' });
    return new FirefoxPage(connection, context);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#connection?.close();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill();
      await ended;
    }
    await new Promise((resolve) => this.#pages.close(resolve));
    // Its content processes write to the profile until they have ended, a moment later.
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  async #connect(): Promise<void> {
    const uri = await waitFor(
      'Firefox to say where it listens',
      () => {
        if (this.#process.exitCode !== null) throw new Error(`Firefox ended:\n${this.#output}`);
        return /WebDriver BiDi listening on (ws:\S+)/.exec(this.#output)?.[1];
      },
      START_TIMEOUT,
    );
    this.#connection = await BidiConnection.open(`${uri}/session`);
    await this.#connection.command('session.new', { capabilities: {} });
  }
}

export class FirefoxPage {
  readonly #connection: BidiConnection;
  readonly #context: string;

  constructor(connection: BidiConnection, context: string) {
    this.#connection = connection;
    this.#context = context;
  }

  /**
   * Runs a function in the page and returns its result. Argument and result travel as JSON.
   * @throws Error with what the function threw
   */
  async evaluate<T, A = undefined>(run: (argument: A) => T, argument?: A): Promise<Awaited<T>> {
    const { type, result, exceptionDetails } = await this.#connection.command<EvaluateResult>(
      'script.evaluate',
      {
        expression: `(async () => JSON.stringify(await (${run})(${JSON.stringify(argument)})))()`,
        awaitPromise: true,
        userActivation: true,
        target: { context: this.#context },
      },
    );
    if (type === 'exception') throw new Error(exceptionDetails?.text);
    return (result?.value === undefined ? undefined : JSON.parse(result.value)) as Awaited<T>;
  }

  async close(): Promise<void> {
    await this.#connection.command('browsingContext.close', { context: this.#context });
  }
}
