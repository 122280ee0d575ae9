import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

type Json = Record<string, unknown>;

const START_TIMEOUT_MS = 60_000;
/** Debian's Janus crashes in some of its starts. */
const STARTS = 5;

/** Where Debian's package has its plugins, undefined when it is not installed. */
function libraries(): string | undefined {
  if (spawnSync('janus', ['--version'], { stdio: 'ignore' }).error !== undefined) return undefined;
  return readdirSync('/usr/lib')
    .map((name) => join('/usr/lib', name, 'janus'))
    .find((path) => existsSync(join(path, 'plugins', 'libjanus_videoroom.so')));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Janus with its video room plugin, spoken to over its WebSocket API. */
export class JanusServer {
  #nextTransaction = 1;
  readonly #waiting = new Map<string, { resolve: (reply: Json) => void; reject: (error: Error) => void }>();
  #session: number | undefined;
  #handle: number | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    private readonly socket: WebSocket,
  ) {
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Json;
      if (message.janus === 'ack') return;
      const waiting = this.#waiting.get(String(message.transaction));
      this.#waiting.delete(String(message.transaction));
      if (message.janus === 'success') waiting?.resolve(message);
      else waiting?.reject(new Error(`Janus: ${JSON.stringify(message)}`));
    });
  }

  /** @returns undefined when Janus is not installed */
  static async start(processors: string): Promise<JanusServer | undefined> {
    const library = libraries();
    if (library === undefined) return undefined;
    for (let starts = 1; starts <= STARTS; starts++) {
      const server = await JanusServer.#tryToStart(library, processors);
      if (server !== undefined) return server;
    }
    throw new Error('Janus does not start');
  }

  /** @returns undefined when it ended or did not answer */
  static async #tryToStart(library: string, processors: string): Promise<JanusServer | undefined> {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'rivero-janus-'));
    const folder = (name: string): string => `  ${name}_folder = "${join(library, name)}"\n`;
    const onlyIn = (folder: string, name: string): string => {
      const others = readdirSync(join(library, folder)).filter(
        (file) => file.endsWith('.so') && file !== name,
      );
      return `${folder}: {\n  disable = "${others.join(',')}"\n}\n`;
    };
    writeFileSync(
      join(directory, 'janus.jcfg'),
      `general: {\n  configs_folder = "${directory}"\n${['plugins', 'transports', 'events', 'loggers'].map(folder).join('')}` +
        '  debug_level = 1\n  session_timeout = 0\n  interface = "127.0.0.1"\n}\n' +
        'media: {\n  rtp_port_range = "20000-40000"\n}\n' +
        // Others, without configuration, make it crash as it starts.
        onlyIn('plugins', 'libjanus_videoroom.so') +
        onlyIn('transports', 'libjanus_websockets.so'),
    );
    writeFileSync(
      join(directory, 'janus.transport.websockets.jcfg'),
      `general: {\n  json = "compact"\n  ws = true\n  ws_port = ${port}\n  ws_ip = "127.0.0.1"\n}\n`,
    );
    const args = ['-c', processors, 'janus', '-F', directory, '-C', join(directory, 'janus.jcfg')];
    // It may crash at the end: its core dump goes with the folder.
    const child = spawn('taskset', args, { stdio: 'ignore', cwd: directory });
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`, 'janus-protocol');
      const open = await new Promise<boolean>((resolve) => {
        socket.once('open', () => resolve(true));
        socket.once('error', () => resolve(false));
      });
      if (open) {
        const server = new JanusServer(child, directory, socket);
        await server.#attach();
        return server;
      }
      if (performance.now() > deadline || child.exitCode !== null || child.signalCode !== null) {
        child.kill('SIGKILL');
        rmSync(directory, { recursive: true, force: true });
        return undefined;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  get pid(): number {
    return this.child.pid!;
  }

  async #attach(): Promise<void> {
    this.#session = ((await this.#request({ janus: 'create' })).data as { id: number }).id;
    const attached = await this.#request({ janus: 'attach', plugin: 'janus.plugin.videoroom' });
    this.#handle = (attached.data as { id: number }).id;
    await this.plugin({ request: 'create', room: 1, publishers: 4 });
  }

  #request(request: Json): Promise<Json> {
    const transaction = String(this.#nextTransaction++);
    const identity = { session_id: this.#session, handle_id: this.#handle };
    return new Promise((resolve, reject) => {
      this.#waiting.set(transaction, { resolve, reject });
      this.socket.send(JSON.stringify({ ...request, ...identity, transaction }));
    });
  }

  /** A request of the video room plugin. @throws Error what Janus says */
  async plugin(body: Json): Promise<Json> {
    const reply = await this.#request({ janus: 'message', body });
    const { data } = reply.plugindata as { data: Json };
    if (data.error !== undefined) throw new Error(`Janus: ${JSON.stringify(data)}`);
    return data;
  }

  async stop(): Promise<void> {
    this.socket.close();
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const force = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(force);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
