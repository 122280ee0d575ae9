import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait-for.js';

const PROGRAM = process.env.RIVERO_TURNSERVER ?? 'turnserver';
/** Compiled tests find it beside the sources. */
const fixture = (name: string) =>
  fileURLToPath(new URL(`../../src/test-support/fixtures/${name}`, import.meta.url));

/** Certificate of the server, and the authority to trust for it. For 127.0.0.1, localhost and turn.rivero.test. */
export const TURN_CERTIFICATE = fixture('turn-cert.pem');

/** A real coturn on the loopback: STUN, TURN over UDP, TCP and TLS, user 'user' with password 'secret'. */
export class Coturn {
  readonly port: number;
  readonly tlsPort: number;
  readonly #process: ChildProcess;
  readonly #directory: string;
  readonly #relayPorts: { first: number; last: number };
  #log = '';

  private constructor(ports: { port: number; tlsPort: number; first: number }, more: readonly string[]) {
    this.port = ports.port;
    this.tlsPort = ports.tlsPort;
    this.#relayPorts = { first: ports.first, last: ports.first + 199 };
    this.#directory = mkdtempSync(join(tmpdir(), 'rivero-coturn-'));
    this.#process = spawn(
      PROGRAM,
      [
        ...['-n', '--no-cli', '--no-dtls', '--allow-loopback-peers', '--lt-cred-mech', '--verbose'],
        ...['--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1'],
        `--listening-port=${ports.port}`,
        `--tls-listening-port=${ports.tlsPort}`,
        `--min-port=${this.#relayPorts.first}`,
        `--max-port=${this.#relayPorts.last}`,
        ...['--realm=rivero.test', '--user=user:secret'],
        `--cert=${TURN_CERTIFICATE}`,
        `--pkey=${fixture('turn-key.pem')}`,
        ...['--log-file=stdout', `--pidfile=${join(this.#directory, 'pid')}`],
        `--userdb=${join(this.#directory, 'db')}`,
        ...more,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
  }

  /** Throws an error that says what is missing when coturn is not installed. */
  static async start(more: readonly string[] = []): Promise<Coturn> {
    if (spawnSync(PROGRAM, ['--version'], { stdio: 'ignore' }).error) {
      throw new Error(
        `${PROGRAM} is missing: install the Debian package coturn, or run node scripts/setup.mjs --for test`,
      );
    }
    const [port, tlsPort] = [await freePort(), await freePort()];
    // Below the ports of RtpEndpoint and those that the system hands out.
    const first = 10_000 + Math.floor(Math.random() * 97) * 100;
    const server = new Coturn({ port, tlsPort, first }, more);
    let listening = false;
    const probe = setInterval(() => {
      void answers(server.tlsPort).then((yes) => {
        listening ||= yes;
      });
    }, 50);
    try {
      await waitFor('coturn to listen', () => listening, 20_000);
    } finally {
      clearInterval(probe);
    }
    return server;
  }

  /** What coturn has logged. */
  get log(): string {
    return this.#log;
  }

  url(transport: 'udp' | 'tcp' | 'tls', host = '127.0.0.1'): string {
    return `user:secret@${host}:${transport === 'tls' ? this.tlsPort : this.port}?transport=${transport}`;
  }

  isRelayPort(port: number): boolean {
    return port >= this.#relayPorts.first && port <= this.#relayPorts.last;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A port that is free for TCP and UDP at the moment. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = createSocket('udp4');
    const bound = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, '127.0.0.1', () => resolve(true));
    });
    if (bound) socket.close();
    server.close();
    if (bound) return port;
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
