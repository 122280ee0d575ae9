import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Channel, processLink } from '@rivero/channel';
import type { GraphEvents, GraphMethods, TlsTrust, WorkerGraphEnd } from '../protocol.js';

/** A real graph process, driven as a worker drives it. */
export class GraphProcess {
  readonly events: { type: keyof GraphEvents; data: unknown }[] = [];
  readonly child: ChildProcess;
  readonly channel: WorkerGraphEnd;
  /** What it has written to its standard error. */
  errorOutput = '';

  private constructor(env: NodeJS.ProcessEnv) {
    this.child = fork(fileURLToPath(new URL('../process.js', import.meta.url)), [], {
      env,
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    this.child.stderr!.on('data', (data: Buffer) => {
      this.errorOutput += data;
      process.stderr.write(data);
    });
    this.channel = new Channel(processLink(this.child));
    const types: (keyof GraphEvents)[] = [
      'keyFrameRequest',
      'elementEvent',
      'streamAdded',
      'streamFlowing',
      'streamRemoved',
      'outputFailed',
      'inputFailed',
    ];
    for (const type of types) this.channel.on(type, (data) => this.events.push({ type, data }));
  }

  static async start(env: NodeJS.ProcessEnv = process.env, trust?: TlsTrust): Promise<GraphProcess> {
    const graph = new GraphProcess(env);
    await graph.request('start', { name: 'test', ...(trust && { trust }) });
    return graph;
  }

  request<K extends keyof GraphMethods & string>(
    method: K,
    params: GraphMethods[K]['params'],
  ): Promise<GraphMethods[K]['result']> {
    return this.channel.request(method, params as never) as Promise<GraphMethods[K]['result']>;
  }

  /** Ends it; resolves with its exit code. */
  async close(): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const ends = Promise.all([once(this.child, 'exit'), once(this.child.stderr!, 'close')]);
    this.channel.close();
    await ends;
    return this.child.exitCode;
  }
}
